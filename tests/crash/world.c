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

static int
make_people(struct tx *tx, void *arg)
{
	const char *names[] = { "wire" }, *kinds[] = { LEDGER_KIND };
	struct user u[AUTHORS + READERS];
	int chan, picked;

	(void)arg;
	if (channels_register(tx, names, kinds, 1, &chan) < 0)
		return STORE_FAILED;
	for (int i = 0; i < AUTHORS + READERS; i++) {
		struct address a = { .kind = LEDGER_KIND, .chan = chan, .state = ADDRESS_VERIFIED };

		u[i] = (struct user){ .lang = "en", .zone = "UTC" };
		snprintf(u[i].name, sizeof(u[i].name), "%s%d", i < AUTHORS ? "a" : "r",
		    i < AUTHORS ? i : i - AUTHORS);
		if (user_add(tx, &u[i]) < 0)
			return STORE_FAILED;
		a.user = u[i].id;
		snprintf(a.peer, sizeof(a.peer), "%s", u[i].name);
		if (address_add(tx, &a) < 0 || ladder_settle(tx, u[i].id) < 0)
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
