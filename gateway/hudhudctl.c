/* The operator's hand: finds the control socket, asks, prints, and ends as it was answered. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "gateway/offline.h"
#include "gateway/operate.h"
#include "gateway/settings.h"
#include "gateway/site.h"

#define HEARD_MS 10000 /* until the service says that it has heard; to do it may take long */

static void
print_help(void)
{
	const struct operate_words *w;

	printf("usage: hudhudctl [-c FILE] [--json] COMMAND\n\n"
	       "  -c FILE   the settings of the service (%s)\n"
	       "  --json    answer in JSON, for machines\n"
	       "  -V, -h    the version; this\n\ncommands:\n",
	    SETTINGS_FILE);
	for (w = operate_words; w->word != NULL; w++)
		printf("  %s%s%s%s%s\n            %s\n", w->word, w->second != NULL ? " " : "",
		    w->second != NULL ? w->second : "", w->usage[0] != '\0' ? " " : "", w->usage,
		    w->help);
}

/* Where the service listens and where it keeps its state; NULL, after telling why. */
static struct conf *
load(const char *file)
{
	/* What is said of channels is the service's concern. */
	static const struct conf_schema schema = { .top = top_keys, .check = site_check_top };
	struct conf_faults faults = { 0 };
	struct conf *c;

	if (file == NULL && access(SETTINGS_FILE, F_OK) == 0)
		file = SETTINGS_FILE;
	c = conf_load(file, &schema, &faults);
	if (c == NULL)
		fputs(buf_text(&faults.text), stderr);
	buf_free(&faults.text);
	return c;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (mem_copy(a.sun_path, sizeof(a.sun_path), path) == -1)
		return offline_fail(path, "too long for a socket");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		fprintf(stderr, "hudhudctl: %s: %s: %s\n", path, strerror(errno),
		    errno == EACCES ? "only root and the service's user may do this"
				    : "does the service run, with these settings?");
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

static int
send_all(int fd, const char *p, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = send(fd, p, n, MSG_NOSIGNAL);
		if (r == -1 && errno != EINTR)
			return -1;
		p += r > 0 ? r : 0;
		n -= r > 0 ? (size_t)r : 0;
	}
	return 0;
}

static int
send_request(int fd, char *const *args, size_t n, bool json)
{
	json_t *list = json_array();
	char *text;
	struct buf b = { 0 };
	size_t i;
	int r;

	for (i = 0; i < n; i++)
		if (json_array_append_new(list, json_string(args[i])) == -1) {
			json_decref(list);
			return offline_fail("an argument is not UTF-8", NULL);
		}
	list = json_pack("{s:o, s:b}", "args", list, "json", json);
	text = json_dumps(list, JSON_COMPACT);
	buf_printf(&b, "%s\n", text);
	r = send_all(fd, b.data, b.len);
	buf_free(&b);
	free(text);
	json_decref(list);
	return r == 0 ? 0 : offline_fail("the service does not listen", strerror(errno));
}

/*
 * Print what came, line by line.  Return 1 once the last line said that it is done, -1 if
 * it said that it is not, else 0.
 */
static int
print_lines(struct buf *in)
{
	char *eol;
	const char *text;
	json_t *v, *ok;
	int r = 0;

	while (r == 0 && in->len > 0 && (eol = memchr(in->data, '\n', in->len)) != NULL) {
		v = json_loadb(in->data, (size_t)(eol - in->data), 0, NULL);
		ok = json_object_get(v, "ok");
		text = json_string_value(json_object_get(v, "out"));
		if (text != NULL)
			fputs(text, stdout);
		else if (json_is_true(ok))
			r = 1;
		else {
			text = json_string_value(json_object_get(v, "error"));
			r = offline_fail(text != NULL ? text : "the answer is malformed", NULL);
		}
		json_decref(v);
		buf_drop(in, (size_t)(eol + 1 - in->data));
	}
	return r;
}

/* One more piece of the file ${from}; closes it, and the way to the service, at its end. */
static int
send_piece(int fd, int *from)
{
	char part[32768];
	ssize_t n = read(*from, part, sizeof(part));

	if (n == -1 && errno == EINTR)
		return 0;
	if (n > 0 && send_all(fd, part, (size_t)n) == 0)
		return 0;
	if (n == -1)
		return offline_fail("the file cannot be read", strerror(errno));
	/* If it does not listen any more, its answer says why. */
	close(*from);
	*from = -1;
	shutdown(fd, SHUT_WR);
	return 0;
}

/* Hear the answer while ${from} (-1: nothing) is sent.  1: it was done. */
static int
converse(int fd, int from)
{
	struct buf in = { 0 };
	struct pollfd p = { .fd = fd };
	char part[32768];
	ssize_t n;
	bool heard = false;
	int r = 0, ready;

	if (from == -1)
		shutdown(fd, SHUT_WR);
	while (r == 0) {
		/* Nobody is sent a file who has not heard what it is for. */
		p.events = (short)(POLLIN | (from != -1 && heard ? POLLOUT : 0));
		ready = poll(&p, 1, heard ? -1 : HEARD_MS);
		if (ready == -1 && errno != EINTR)
			r = offline_fail("poll", strerror(errno));
		else if (ready == 0)
			r = offline_fail("the service does not answer", NULL);
		heard |= ready > 0;
		if (ready <= 0)
			continue;
		if (r == 0 && (p.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
			n = recv(fd, part, sizeof(part), 0);
			if (n == 0 || (n == -1 && errno != EINTR))
				r = offline_fail("the service closed the connection", NULL);
			buf_add(&in, part, n > 0 ? (size_t)n : 0);
			if (n > 0)
				r = print_lines(&in);
		} else if (r == 0 && from != -1 && (p.revents & POLLOUT) != 0)
			r = send_piece(fd, &from);
	}
	buf_free(&in);
	if (from != -1)
		close(from);
	return r;
}

/* Open the file that command ${w} sends, or put the one it names, in ${args}, under ${state}. */
static int
prepare(const struct operate_words *w, const char *state, char **args, size_t n, int *from)
{
	char folder[PATH_MAX], **last = &args[n - 1];

	*from = -1;
	if (w->input == INPUT_FILE) {
		*from = strcmp(*last, "-") == 0 ? dup(STDIN_FILENO)
						: open(*last, O_RDONLY | O_CLOEXEC);
		if (*from == -1)
			return offline_fail(*last, strerror(errno));
	} else if (w->input == INPUT_PATH && (*last)[0] != '/') {
		/* the service need not run in this folder */
		if (realpath(state, folder) == NULL)
			return offline_fail(state, strerror(errno));
		*last = mem_printf("%s/%s", folder, *last);
	}
	return 0;
}

static int
ask(const struct conf_section *top, const struct operate_words *w, char **args, size_t n, bool json)
{
	int fd, from, r = -1;

	if (prepare(w, conf_text(top, "state"), args, n, &from) == 0 &&
	    (fd = connect_to(conf_text(top, "control"))) != -1) {
		r = send_request(fd, args, n, json);
		if (r == 0)
			r = converse(fd, from);
		close(fd);
	}
	return r;
}

static int
run(const char *file, char **args, size_t n, bool json)
{
	struct conf *c;
	char why[200];
	int i, r;

	i = operate_find((const char *const *)args, n, why, sizeof(why));
	if (i == -1)
		return offline_fail(why, NULL);
	c = load(file);
	if (c == NULL)
		return -1;
	if (operate_words[i].input == INPUT_OFFLINE)
		r = offline_run(conf_top(c), (const char *const *)args, n, json);
	else
		r = ask(conf_top(c), &operate_words[i], args, n, json);
	conf_free(c);
	return r;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *file = NULL;
	bool json = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "+c:hV", longs, NULL)) != -1) {
		if (c == 'c')
			file = optarg;
		else if (c == 'j')
			json = true;
		else if (c == 'V')
			return puts("hudhudctl " PACKAGE_VERSION) == EOF;
		else if (c == 'h')
			return print_help(), 0;
		else
			return 1;
	}
	/* Behind a command, too, but for "as", whose text may be anything. */
	if (argc - optind > 1 && strcmp(argv[optind], "as") != 0 &&
	    strcmp(argv[argc - 1], "--json") == 0) {
		json = true;
		argc--;
	}
	r = run(file, argv + optind, (size_t)(argc - optind), json);
	if (fflush(stdout) != 0)
		r = offline_fail("the output cannot be written", strerror(errno));
	return r == 1 ? 0 : 1;
}
