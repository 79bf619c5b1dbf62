#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "gateway/ladder.h"
#include "store/people.h"
#include "tests/crash/ledger.h"
#include "tests/crash/world.h"

char world_folder[64], world_socket[96];
bool world_follows[AUTHORS][READERS];

bool
world_has_ladders(void)
{
	return getenv(LEDGER_LADDERS) != NULL;
}

/* The second address of reader ${i}, and when the first takes something. */
static int
make_ladder(struct tx *tx, struct address *first, int i, int side)
{
	struct address a = *first;

	if (i % LADDERS == LADDER_ONE)
		return STORE_OK;
	first->takes = i % LADDERS == LADDER_SPLIT   ? RUNG_ADDRESSED
		       : i % LADDERS == LADDER_MUTED ? RUNG_NOTHING
						     : 0;
	first->daily = i % LADDERS == LADDER_CAPPED ? 3 : 0;
	snprintf(a.peer, sizeof(a.peer), "r%ds", i);
	a.chan = side;
	if (address_set_rung(tx, first) < 0)
		return STORE_FAILED;
	return address_add(tx, &a);
}

static int
make_people(struct tx *tx, void *arg)
{
	const char *names[] = { "wire", "side" }, *kinds[] = { LEDGER_KIND, LEDGER_KIND };
	struct user u[AUTHORS + READERS];
	int chans[2], chan, picked;

	(void)arg;
	if (channels_register(tx, names, kinds, world_has_ladders() ? 2 : 1, chans) < 0)
		return STORE_FAILED;
	chan = chans[0];
	for (int i = 0; i < AUTHORS + READERS; i++) {
		struct address a = { .kind = LEDGER_KIND, .chan = chan, .state = ADDRESS_VERIFIED };

		u[i] = (struct user){ .lang = "en", .zone = "UTC" };
		snprintf(u[i].name, sizeof(u[i].name), "%s%d", i < AUTHORS ? "a" : "r",
		    i < AUTHORS ? i : i - AUTHORS);
		if (user_add(tx, &u[i]) < 0)
			return STORE_FAILED;
		a.user = u[i].id;
		snprintf(a.peer, sizeof(a.peer), "%s", u[i].name);
		if (address_add(tx, &a) < 0)
			return STORE_FAILED;
		if (i >= AUTHORS && world_has_ladders() &&
		    make_ladder(tx, &a, i - AUTHORS, chans[1]) < 0)
			return STORE_FAILED;
		if (ladder_settle(tx, u[i].id) < 0)
			return STORE_FAILED;
	}
	for (int a = 0; a < AUTHORS; a++)
		for (int n = 0; n < FOLLOWERS;) {
			picked = (int)(random() % READERS);
			if (world_follows[a][picked])
				continue;
			world_follows[a][picked] = true;
			n++;
			if (follow_set(
				tx, u[AUTHORS + picked].id, u[a].id, FOLLOW_ACTIVE, WANTS_ALL) < 0)
				return STORE_FAILED;
		}
	return STORE_OK;
}

const char *
world_store(void)
{
	const char *url = getenv("ACCOUNT_STORE");

	return url != NULL ? url : "sqlite:hudhud.db";
}

int
world_make(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct store *s;
	int listener;

	snprintf(world_folder, sizeof(world_folder), "/tmp/hudhud-account.XXXXXX");
	if (mkdtemp(world_folder) == NULL)
		log_die("no world_folder: %s", strerror(errno));
	snprintf(world_socket, sizeof(world_socket), "%s/peer.sock", world_folder);
	s = store_open(world_store(), world_folder);
	if (s == NULL || store_write(s, make_people, NULL) < 0)
		log_die("no people");
	store_close(s);
	mem_copy(a.sun_path, sizeof(a.sun_path), world_socket);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) == -1 || listen(listener, 8) == -1)
		log_die("no socket: %s", strerror(errno));
	return listener;
}

static int
remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

void
world_remove(void)
{
	nftw(world_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
