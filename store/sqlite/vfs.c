/*
 * SQLite writes its log in pieces, two for each page, and each was a system call.  Here what is written
 * one behind the other is kept together until it is synced, read or cut: a commit is one write and one
 * sync.  Nobody else looks at it before, since the log's index names it only when it is synced; so this
 * is for a connection with synchronous=FULL.
 *
 * And the file grows by large steps of zeros, which are no frames: a sync behind what was written where
 * the file has ended waits for the disk twice, once for its new length.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#define KEPT_MAX (120 * 1024) /* one write of the file system below takes less than 128 KiB */
#define STEP (256 * 1024)
#define PIECE 4096 /* of a step: a kernel keeps, and writes, in pieces as large as they came */

/** The log; the file below follows it in memory. */
struct log_file {
	sqlite3_file base;
	sqlite3_file *real;
	bool through; /* keep nothing */
	char *kept;   /* owned */
	size_t n, room;
	sqlite3_int64 at;    /* where it goes */
	sqlite3_int64 size;  /* of the file; -1: to be asked for */
	bool synced;         /* nothing since was written */
	sqlite3_int64 begin; /* of the transaction that is being written, or was last */
	/* What SQLite believes to be written from ${lost} on is not, for the reason ${why}. */
	sqlite3_int64 lost;
	int why; /* SQLITE_OK: all is */
};

static const char zeros[PIECE];

static sqlite3_vfs vfs, *below;

static struct log_file *
log_of(sqlite3_file *file)
{
	return (struct log_file *)file;
}

static const sqlite3_io_methods *
real(const struct log_file *f)
{
	return f->real->pMethods;
}

/* No room for the zeros is no harm. */
static void
grow(struct log_file *f, sqlite3_int64 end)
{
	sqlite3_int64 goal = (end / STEP + 1) * STEP;
	int n;

	if (f->size == -1 && real(f)->xFileSize(f->real, &f->size) != SQLITE_OK)
		f->size = -1;
	if (f->size == -1 || end < f->size)
		return;
	for (f->size = end; f->size < goal; f->size += n) {
		n = goal - f->size < PIECE ? (int)(goal - f->size) : PIECE;
		if (real(f)->xWrite(f->real, zeros, n, f->size) != SQLITE_OK)
			return;
	}
}

/* What cannot be written is forgotten: the transaction that it belongs to comes to nothing. */
static int
flush(struct log_file *f)
{
	size_t n = f->n;
	int rc;

	if (n == 0)
		return f->why;
	f->n = 0;
	rc = real(f)->xWrite(f->real, f->kept, (int)n, f->at);
	if (rc == SQLITE_OK) {
		grow(f, f->at + (sqlite3_int64)n);
		return f->why;
	}
	if (f->why == SQLITE_OK || f->at < f->lost)
		f->lost = f->at;
	f->why = rc;
	return rc;
}

static int
log_close(sqlite3_file *file)
{
	struct log_file *f = log_of(file);

	/* what was committed has been synced */
	free(f->kept);
	return real(f)->xClose(f->real);
}

static int
log_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);

	flush(f);
	if (f->why != SQLITE_OK && at + n > f->lost)
		return f->why;
	return real(f)->xRead(f->real, p, n, at);
}

static void
keep(struct log_file *f, const void *p, size_t n, sqlite3_int64 at)
{
	if (f->n == 0)
		f->at = at;
	if (f->n + n > f->room) {
		f->room = 2 * (f->n + n);
		f->kept = mem_resize(f->kept, f->room, 1);
	}
	memcpy(f->kept + f->n, p, n);
	f->n += n;
}

static int
log_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct log_file *f = log_of(file);
	size_t size = (size_t)n;

	/* a transaction begins where the last that came to nothing did, or before: that is forgotten */
	if (f->synced || at <= f->begin) {
		f->n = 0;
		f->why = SQLITE_OK;
		f->begin = at;
		f->synced = false;
	} else if (f->n > 0 && (at != f->at + (sqlite3_int64)f->n || f->n + size > KEPT_MAX)) {
		flush(f);
	}
	if (f->why != SQLITE_OK)
		return f->why;
	if (f->through || size > KEPT_MAX)
		return real(f)->xWrite(f->real, p, n, at);
	keep(f, p, size, at);
	return SQLITE_OK;
}

static int
log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	f->size = -1;
	return rc != SQLITE_OK ? rc : real(f)->xTruncate(f->real, size);
}

static int
log_sync(sqlite3_file *file, int flags)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	if (rc == SQLITE_OK)
		rc = real(f)->xSync(f->real, flags);
	f->synced = rc == SQLITE_OK;
	return rc;
}

static int
log_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct log_file *f = log_of(file);
	int rc = flush(f);

	return rc != SQLITE_OK ? rc : real(f)->xFileSize(f->real, size);
}

static int
log_lock(sqlite3_file *file, int level)
{
	return real(log_of(file))->xLock(log_of(file)->real, level);
}

static int
log_unlock(sqlite3_file *file, int level)
{
	return real(log_of(file))->xUnlock(log_of(file)->real, level);
}

static int
log_reserved(sqlite3_file *file, int *out)
{
	return real(log_of(file))->xCheckReservedLock(log_of(file)->real, out);
}

static int
log_control(sqlite3_file *file, int op, void *arg)
{
	return real(log_of(file))->xFileControl(log_of(file)->real, op, arg);
}

static int
log_sector(sqlite3_file *file)
{
	return real(log_of(file))->xSectorSize(log_of(file)->real);
}

static int
log_device(sqlite3_file *file)
{
	return real(log_of(file))->xDeviceCharacteristics(log_of(file)->real);
}

static const sqlite3_io_methods log_methods = {
	.iVersion = 1,
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_reserved,
	.xFileControl = log_control,
	.xSectorSize = log_sector,
	.xDeviceCharacteristics = log_device,
};

/* All but the log are the file system's below. */
static int
open_file(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct log_file *f = log_of(file);
	int rc;

	(void)v;
	if (!(flags & SQLITE_OPEN_WAL))
		return below->xOpen(below, name, file, flags, out);
	*f = (struct log_file){ .real = (sqlite3_file *)(f + 1), .size = -1, .synced = true };
	memset(f->real, 0, (size_t)below->szOsFile);
	rc = below->xOpen(below, name, f->real, flags, out);
	if (f->real->pMethods == NULL)
		return rc;
	f->base.pMethods = &log_methods;
	/* Where SQLite fills up sectors, it writes more than it syncs. */
	f->through = !(log_device(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE);
	return rc;
}

const char *
sqlite_vfs(void)
{
	return below != NULL ? vfs.zName : NULL;
}

void
sqlite_vfs_add(void)
{
	below = sqlite3_vfs_find(NULL);
	if (below == NULL)
		return;
	vfs = *below;
	vfs.zName = "hudhud";
	vfs.pNext = NULL;
	vfs.szOsFile = below->szOsFile + (int)sizeof(struct log_file);
	vfs.xOpen = open_file;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		below = NULL;
}
