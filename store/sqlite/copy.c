#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

static int
create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1) {
		log_warn("backup: cannot create %s: %s", path, strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

/* All pages in one step: one snapshot, and the writer goes on meanwhile. */
static int
copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");

	if (b == NULL)
		return sqlite3_extended_errcode(to);
	sqlite3_backup_step(b, -1);
	return sqlite3_backup_finish(b);
}

/* A name is durable once its folder is. */
static int
sync_folder(const char *path)
{
	char *copy = mem_dup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd != -1 ? fsync(fd) : -1;

	if (fd != -1)
		close(fd);
	free(copy);
	return r;
}

int
sqlite_copy(sqlite3 *db, const char *path)
{
	sqlite3 *to = NULL;
	int rc;

	if (create(path) == -1)
		return -1;
	rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = copy_pages(db, to);
	/* One file is a backup, not three. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		log_warn("backup: cannot write %s: %s", path, sqlite3_errstr(rc));
	sqlite3_close(to);
	if (rc == SQLITE_OK && sync_folder(path) == 0)
		return 0;
	unlink(path);
	return -1;
}
