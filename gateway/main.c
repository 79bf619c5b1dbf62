/*
 * hudhudd: reads the settings, opens the store, runs a core until it is told to stop.
 * Called with --channel it is one channel's process instead.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/channels.h"
#include "gateway/control.h"
#include "gateway/lexicon.h"
#include "gateway/notify.h"
#include "gateway/port.h"
#include "gateway/sandbox.h"
#include "gateway/secret.h"
#include "gateway/settings.h"
#include "gateway/start.h"

#define CHILD_FD 3
#define RENEW_TRIES 60
#define RENEW_MS 1000

struct daemon {
	const char *path; /* of the settings, NULL: the usual place */
	char exe[4096];
	struct conf *conf;
	struct store *store;
	struct core *core;
	struct meter *meter; /* as long as the process lives */
	struct control *control;
	int lock;
};

static void
usage(FILE *out)
{
	fprintf(out, "usage: hudhudd [-c FILE] [-n] [-V] [-h]\n"
		     "  -c FILE  the settings (" SETTINGS_FILE ")\n"
		     "  -n       check the settings, say what is wrong with them, and end\n"
		     "  -V       print the version\n"
		     "  -h       print this\n");
}

/* Read the settings; NULL after printing every fault. */
static struct conf *
load(const char *path, FILE *out)
{
	struct conf_faults faults = { 0 };
	struct conf *conf = settings_load(path, channel_kinds, &faults);

	if (conf == NULL)
		fputs(buf_text(&faults.text), out);
	buf_free(&faults.text);
	return conf;
}

/* The state folder, and the one lock that keeps a second daemon off the same store. */
static int
open_state(struct daemon *d)
{
	const char *state = conf_text(conf_top(d->conf), "state");

	if (mkdir(state, 0700) == -1 && errno != EEXIST) {
		log_error("the state folder %s cannot be made: %s; make it, or set \"state\"",
		    state, strerror(errno));
		return -1;
	}
	d->lock = settings_lock(state);
	if (d->lock != -1)
		return 0;
	if (errno == EWOULDBLOCK)
		log_error("another hudhudd runs on %s; stop it first", state);
	else
		log_error("%s/lock cannot be opened: %s", state, strerror(errno));
	return -1;
}

static int
start(struct daemon *d)
{
	d->core = core_new(d->conf, d->store, channel_kinds, d->exe);
	if (d->core == NULL)
		return -1;
	core_lend_meter(d->core, d->meter);
	if (core_start(d->core) == -1)
		goto no_start;
	d->control = control_start(d->core, conf_text(conf_top(d->conf), "control"));
	if (d->control != NULL)
		return 0;
	core_stop(d->core);
no_start:
	core_free(d->core);
	d->core = NULL;
	return -1;
}

static void
stop(struct daemon *d)
{
	control_stop(d->control);
	d->control = NULL;
	core_stop(d->core);
	core_free(d->core);
	d->core = NULL;
}

/* The lock and the store are held as long as the process lives. */
static bool
moves_store(const struct conf *old, const struct conf *new)
{
	return strcmp(conf_text(conf_top(old), "state"), conf_text(conf_top(new), "state")) != 0 ||
	       strcmp(conf_text(conf_top(old), "store"), conf_text(conf_top(new), "store")) != 0 ||
	       strcmp(conf_text(conf_top(old), "store_password"),
		   conf_text(conf_top(new), "store_password")) != 0;
}

/* SIGHUP: with new settings, if they are right, everything but the store starts anew. */
static int
reload(struct daemon *d)
{
	struct conf *old = d->conf, *new = load(d->path, stderr);

	if (new == NULL) {
		log_warn("the settings have faults; it goes on with the old ones");
		return 0;
	}
	if (moves_store(old, new)) {
		log_warn(
		    "a change of state or store needs a restart; it goes on with the old settings");
		conf_free(new);
		return 0;
	}
	notify("RELOADING=1");
	log_info("reading the settings again");
	stop(d);
	d->conf = new;
	if (start(d) == -1) {
		log_warn("it does not start with the new settings; it goes on with the old ones");
		d->conf = old;
		conf_free(new);
		if (start(d) == -1)
			return -1;
	} else {
		conf_free(old);
	}
	notify("READY=1");
	return 0;
}

/* SIGUSR1, from the fan-out: what it has in memory is void, and the store may be away once more. */
static int
renew(struct daemon *d)
{
	stop(d);
	for (int i = 0; i < RENEW_TRIES; i++) {
		if (start(d) == 0)
			return 0;
		poll(NULL, 0, RENEW_MS);
	}
	return -1;
}

static int
serve(struct daemon *d, const sigset_t *signals)
{
	int sig = 0;

	if (start(d) == -1)
		return 1;
	notify("READY=1");
	log_info("hudhudd " VERSION " is ready");
	while (sigwait(signals, &sig) == 0 && (sig == SIGHUP || sig == SIGUSR1))
		if ((sig == SIGHUP ? reload(d) : renew(d)) == -1)
			return 1;
	log_info("stopping: signal %d", sig);
	notify("STOPPING=1");
	stop(d);
	return 0;
}

static int
run(struct daemon *d)
{
	const struct conf_section *top;
	sigset_t signals;
	ssize_t n;
	char *url;
	int rc = 1;

	/* Threads inherit this: all signals come here. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);

	n = readlink("/proc/self/exe", d->exe, sizeof(d->exe) - 1);
	if (n <= 0) {
		log_error("/proc is needed to start the channels");
		return 1;
	}
	if (open_state(d) == -1)
		return 1;
	top = conf_top(d->conf);
	if (d->path == NULL && access(SETTINGS_FILE, F_OK) == -1)
		log_info("there is no " SETTINGS_FILE
			 ": the defaults are used, and the store is in %s",
		    conf_text(top, "state"));
	url = site_store(top);
	d->store = store_open(url, conf_text(top, "state"));
	explicit_bzero(url, strlen(url));
	free(url);
	if (d->store == NULL)
		return 1;
	d->meter = meter_new();
	rc = serve(d, &signals);
	store_close(d->store);
	meter_free(d->meter);
	if (rc == 0)
		log_info("stopped; everything accepted is kept");
	return rc;
}

static int
be_channel(const char *name)
{
	int rc;

	log_context(name);
	if (sandbox_prepare(name) == -1)
		return 1;
	rc = port_main(CHILD_FD, channel_kinds, sandbox_close);
	return rc;
}

/* Texts from the source tree's build come first, so that it runs before it is installed. */
static int
load_languages(const struct daemon *d)
{
	const char *folder = getenv("HUDHUD_LOCALE");
	const char *lang = conf_text(conf_group(d->conf, "site"), "language");

	lang_load(folder != NULL ? folder : LOCALEDIR);
	lexicon_load();
	if (lang_known(lang))
		return 0;
	fprintf(stderr, "site: language: there are no texts in \"%s\"\n", lang);
	return -1;
}

/* A file's folder: that of a name alone is the state folder, which is made. */
static int
check_store(const struct daemon *d)
{
	static const char kind[] = "sqlite:";
	const char *url = conf_text(conf_top(d->conf), "store"), *where = url + strlen(kind), *end;
	const char *state = conf_text(conf_top(d->conf), "state");
	char *folder;
	int r = 0;

	if (strncmp(url, kind, strlen(kind)) != 0 || (end = strrchr(where, '/')) == NULL)
		return 0;
	folder = where[0] == '/' ? mem_printf("%.*s/", (int)(end - where), where)
				 : mem_printf("%s/%.*s", state, (int)(end - where), where);
	if (access(folder, W_OK | X_OK) == -1) {
		fprintf(stderr, "store: %s: %s\n", folder, strerror(errno));
		r = -1;
	}
	free(folder);
	return r;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon d = { .lock = -1 };
	bool check = false;
	int opt, rc;

	signal(SIGPIPE, SIG_IGN);
	umask(077);
	secret_init();
	if (argc == 3 && strcmp(argv[1], "--channel") == 0)
		return be_channel(argv[2]);
	while ((opt = getopt_long(argc, argv, "c:nVh", longs, NULL)) != -1)
		switch (opt) {
		case 'c':
			d.path = optarg;
			break;
		case 'n':
			check = true;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	d.conf = load(d.path, stderr);
	if (d.conf == NULL)
		return 1;
	rc = load_languages(&d) == -1 || check_store(&d) == -1;
	if (rc == 0 && !check)
		rc = run(&d);
	conf_free(d.conf);
	lexicon_unload();
	lang_unload();
	return rc;
}
