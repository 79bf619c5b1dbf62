/* What is done with a store while the service does not run. */
#include <errno.h>
#include <grp.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/offline.h"
#include "gateway/settings.h"
#include "gateway/site.h"
#include "store/move.h"

int
offline_fail(const char *what, const char *why)
{
	fprintf(
	    stderr, "hudhudctl: %s%s%s\n", what, why != NULL ? ": " : "", why != NULL ? why : "");
	return -1;
}

/* ---- whose store it is */

/* What root makes here must be the service's, and a database may ask who it is. */
static int
become_owner(const char *state)
{
	const struct passwd *pw;
	struct stat st;

	if (stat(state, &st) == -1)
		return offline_fail(
		    state, errno == ENOENT ? "there is no such state folder: make it, and give it "
					     "to the service's user"
					   : strerror(errno));
	if (geteuid() != 0 || st.st_uid == 0)
		return 0;
	pw = getpwuid(st.st_uid);
	if ((pw != NULL ? initgroups(pw->pw_name, st.st_gid) : setgroups(0, NULL)) == -1 ||
	    setgid(st.st_gid) == -1 || setuid(st.st_uid) == -1)
		return offline_fail("cannot become the owner of the state folder", strerror(errno));
	return 0;
}

/* The lock that hudhudd has while it runs.  A descriptor, or -1. */
static int
lock_state(const char *state)
{
	int fd = settings_lock(state);
	char *path;

	if (fd != -1)
		return fd;
	if (errno == EWOULDBLOCK)
		return offline_fail("hudhudd runs with these settings: stop it first", NULL);
	path = mem_printf("%s/lock", state);
	offline_fail(path, strerror(errno));
	free(path);
	return -1;
}

/* ---- what is told */

struct telling {
	bool json;
	json_t *tables;
	int64_t last; /* when something was said */
};

static void
progress(void *cookie, const char *table, int64_t rows, bool all)
{
	struct telling *t = cookie;

	if (all)
		json_object_set_new(t->tables, table, json_integer(rows));
	if (t->json || (!all && clock_ms() - t->last < 1000) || (all && rows == 0))
		return;
	t->last = clock_ms();
	printf("  %-10s %12lld%s\n", table, (long long)rows, all ? "" : " ...");
	fflush(stdout);
}

/* The ':' before ${url}'s password, and *${at} the '@' behind it; NULL: it has none. */
static const char *
password_in(const char *url, const char **at)
{
	const char *user = strstr(url, "://"), *query = strchr(url, '?');

	*at = strchr(url, '@');
	if (user == NULL || *at == NULL || (query != NULL && *at >= query) || *at <= user + 3)
		return NULL;
	return memchr(user + 3, ':', (size_t)(*at - user - 3));
}

/* A URL as it may be shown: without a password. */
static void
show_url(const char *label, const char *url)
{
	const char *at, *colon = password_in(url, &at), *query = strchr(url, '?');
	int n = (int)(query != NULL ? (size_t)(query - url) : strlen(url));

	if (colon != NULL)
		printf("%s%.*s:...%.*s%s\n", label, (int)(colon - url), url, (int)(url + n - at),
		    at, query != NULL ? "?..." : "");
	else
		printf("%s%.*s%s\n", label, n, url, query != NULL ? "?..." : "");
}

/* What to put into the settings for ${url}: its password has a place of its own there. */
static void
show_setting(const char *url)
{
	const char *at, *colon = password_in(url, &at);

	if (colon == NULL)
		printf("  store = \"%s\";\n", url);
	else
		printf("  store = \"%.*s%s\";\n  store_password_file = \"...\"; # a file with the "
		       "password, for hudhudd alone to read\n",
		    (int)(colon - url), url, at);
}

static int
run_move(struct move *m, bool json, json_t **told)
{
	struct telling t = { .json = json, .tables = json_object() };
	int64_t began = clock_ms();
	int r;

	m->progress = progress;
	m->cookie = &t;
	r = move_store(m);
	if (r == -1) {
		offline_fail(m->why, NULL);
		json_decref(t.tables);
		return -1;
	}
	if (!json)
		printf("%lld rows in %.1f s, read back and found the same\n", (long long)m->rows,
		    (double)(clock_ms() - began) / 1000);
	if (!json && m->again)
		printf("(an earlier try had not come to its end)\n");
	if (!json && m->mended > 0)
		printf("%lld texts were no UTF-8: they have ? where they were not\n",
		    (long long)m->mended);
	*told = json_pack("{s:b, s:I, s:I, s:I, s:o}", "done", 1, "rows", (json_int_t)m->rows,
	    "mended", (json_int_t)m->mended, "seconds", (json_int_t)((clock_ms() - began) / 1000),
	    "tables", t.tables);
	return 0;
}

static void
say_json(json_t *v, bool json)
{
	char *text = json_dumps(v, JSON_COMPACT);

	if (json && text != NULL)
		puts(text);
	free(text);
	json_decref(v);
}

/* ---- the commands */

static int
move(const struct conf_section *top, const char *to, bool json)
{
	char *from = site_store(top);
	struct move m = { .from = from, .to = to, .state = conf_text(top, "state") };
	json_t *told;
	int r;

	if (strcmp(conf_text(top, "store"), to) == 0) {
		free(from);
		return offline_fail("source and target are the same", NULL);
	}
	if (!json) {
		show_url("from ", conf_text(top, "store"));
		show_url("to   ", to);
	}
	r = run_move(&m, json, &told);
	if (r == 0) {
		say_json(told, json);
		if (!json) {
			printf("Now put this into the settings, and start hudhudd:\n");
			show_setting(to);
			printf(
			    "The old store is as it was. Keep it until you are content with the new one, "
			    "but start\nno hudhudd on it again: what was sent since would be sent again.\n");
		}
	} else
		offline_fail(
		    "nothing was moved; go on with the old store, which is as it was", NULL);
	explicit_bzero(from, strlen(from));
	free(from);
	return r == 0 ? 1 : -1;
}

/* Where "backup" puts a name without a slash is where it is looked for, too. */
static char *
find_backup(const char *file, const char *state)
{
	char *path = realpath(file, NULL), *other;

	if (path == NULL && file[0] != '/') {
		other = mem_printf("%s/%s", state, file);
		path = realpath(other, NULL);
		free(other);
	}
	if (path == NULL || access(path, R_OK) == -1) {
		offline_fail(
		    file, errno == EACCES ? "the service's user may not read it" : strerror(errno));
		free(path);
		return NULL;
	}
	return path;
}

static int
restore(const struct conf_section *top, const char *file, bool force, bool json)
{
	char *path = find_backup(file, conf_text(top, "state")), *from, *to;
	struct move m = {
		.state = conf_text(top, "state"), .in_use = true, .over = force, .old = true
	};
	json_t *told;
	int r;

	if (path == NULL)
		return -1;
	m.from = from = mem_printf("sqlite:%s", path);
	m.to = to = site_store(top);
	if (!json) {
		printf("from %s\n", path);
		show_url("to   ", conf_text(top, "store"));
	}
	r = run_move(&m, json, &told);
	if (r == 0) {
		json_object_set_new(told, "next", json_integer(m.next + 1));
		say_json(told, json);
		if (!json)
			printf(
			    "Ids go on at %lld, so that those given after %lld are not given again.\n"
			    "Now start hudhudd. People log in to the pages again.\n",
			    (long long)m.next + 1, (long long)m.head);
	} else
		offline_fail(
		    m.occupied
			? "what is there was left as it is; --force puts the backup in its place"
			: "nothing was restored",
		    NULL);
	explicit_bzero(to, strlen(to));
	free(path);
	free(from);
	free(to);
	return r == 0 ? 1 : -1;
}

int
offline_run(const struct conf_section *top, const char *const *args, size_t n, bool json)
{
	const char *state = conf_text(top, "state");
	bool moves = strcmp(args[0], "move") == 0;
	bool force = n == 3 && strcmp(args[2], "--force") == 0;
	int lock, r;

	if (n == 3 && (moves || !force))
		return offline_fail(
		    moves ? "usage: hudhudctl move URL" : "usage: hudhudctl restore FILE [--force]",
		    NULL);
	if (become_owner(state) == -1 || (lock = lock_state(state)) == -1)
		return -1;
	r = moves ? move(top, args[1], json) : restore(top, args[1], force, json);
	close(lock);
	return r;
}
