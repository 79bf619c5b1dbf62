#ifndef HUDHUD_TESTS_UNIT_HOUSE_H
#define HUDHUD_TESTS_UNIT_HOUSE_H

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/ladder.h"
#include "gateway/port.h"
#include "gateway/secret.h"
#include "gateway/settings.h"
#include "gateway/start.h"
#include "tests/tap.h"

/*
 * A core in a folder of its own, for tests with kinds of channels that they bring; the channels' processes are
 * the test's program again.
 */
#define CHILD_FD 3

struct house {
	const struct channel_kind *const *kinds;
	char folder[64];
	struct conf *conf;
	struct store *store;
	struct core *core;
};

/** Is this program started as a channel's process?  Then port_main() is its part. */
static inline bool
house_is_channel(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	return argc == 3 && strcmp(argv[1], "--channel") == 0;
}

/** Make the folder, which has ${name} in its own; ends the test if it cannot be made. */
static inline void
house_begin(struct house *h, const char *name, const struct channel_kind *const *kinds)
{
	*h = (struct house){ .kinds = kinds };
	secret_init();
	snprintf(h->folder, sizeof(h->folder), "/tmp/hudhud-%s.XXXXXX", name);
	if (mkdtemp(h->folder) == NULL)
		log_die("no folder for a house");
}

/** Open the store, with the settings that ${fmt} makes; ends the test if they are faulty. */
static inline __attribute__((format(printf, 2, 3))) void
house_open(struct house *h, const char *fmt, ...)
{
	struct conf_faults faults = { 0 };
	char text[1024];
	va_list values;
	int n;

	va_start(values, fmt);
	n = vsnprintf(text, sizeof(text), fmt, values);
	va_end(values);
	if (n < 0 || (size_t)n >= sizeof(text))
		log_die("settings that are too long");
	h->conf = conf_load_text("conf", 0600, text, (size_t)n, settings_schema(h->kinds), &faults);
	if (h->conf == NULL)
		log_die("%s", buf_text(&faults.text));
	h->store = store_open("sqlite:hudhud.db", h->folder);
}

/** Start the core. */
static inline bool
house_start(struct house *h)
{
	char exe[4096] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) <= 0)
		return false;
	h->core = core_new(h->conf, h->store, h->kinds, exe);
	return h->core != NULL && core_start(h->core) == 0;
}

/** End it all, and remove the folder. */
static inline void
house_end(struct house *h)
{
	struct dirent *e;
	DIR *d;

	core_stop(h->core);
	core_free(h->core);
	store_close(h->store);
	conf_free(h->conf);
	d = opendir(h->folder);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(h->folder);
}

/** A user with a verified address of that name on ${chan}; 0: it could not be made. */
static inline int64_t
house_person(struct tx *tx, const char *name, const char *kind, int chan)
{
	struct user u = { .lang = "en", .zone = "UTC" };
	struct address a = { .state = ADDRESS_VERIFIED, .chan = chan };

	mem_copy(u.name, sizeof(u.name), name);
	mem_copy(a.kind, sizeof(a.kind), kind);
	mem_copy(a.peer, sizeof(a.peer), name);
	if (user_add(tx, &u) < 0)
		return 0;
	a.user = u.id;
	return address_add(tx, &a) < 0 || ladder_settle(tx, u.id) < 0 ? 0 : u.id;
}

/* ---- for the kinds */

/** Any word is an address. */
static inline int
house_peer(
    const struct conf_section *s, const char *typed, char *out, size_t size, const char **why)
{
	(void)s;
	*why = "that is too long";
	return mem_copy(out, size, typed);
}

/** Wait ${ms} at most (-1: for ever) for what the core has to say, and hear it; false: it is gone. */
static inline bool
house_pump(struct port *port, int ms)
{
	struct pollfd p = { .fd = port_fd(port), .events = POLLIN };

	poll(&p, 1, ms);
	return port_pump(port) != -1;
}

/** Be up, take ${window} deliveries at once, and hear the core until the end. */
static inline int
house_run(struct port *port, unsigned window)
{
	port_state(port, CHANNEL_UP, "");
	port_want(port, window);
	while (!port_stopping(port))
		if (!house_pump(port, -1))
			return -1;
	return 0;
}

#endif
