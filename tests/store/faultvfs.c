#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/store/faultvfs.h"

static sqlite3_vfs vfs, *below;
static atomic_int_fast64_t writes, bytes, syncs, failed;
static atomic_int what;
static atomic_int_fast64_t left; /* calls until it begins */

/** An open file; that of the file system below follows it in memory. */
struct file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_file *
real(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

/* The code to fail with, or SQLITE_OK; each call is one nearer to the fault. */
static int
strike(int sync)
{
	enum fault f = (enum fault)atomic_load(&what);

	if (f == FAULT_NONE || sync != (f == FAULT_SYNC))
		return SQLITE_OK;
	if (atomic_fetch_sub(&left, 1) > 0)
		return SQLITE_OK;
	if (f == FAULT_KILL)
		kill(getpid(), SIGKILL);
	atomic_fetch_add(&failed, 1);
	return f == FAULT_FULL    ? SQLITE_FULL
	       : f == FAULT_WRITE ? SQLITE_IOERR_WRITE
				  : SQLITE_IOERR_FSYNC;
}

static int
f_close(sqlite3_file *f)
{
	return real(f)->pMethods != NULL ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK;
}

static int
f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), p, n, at);
}

static int
f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int rc = strike(0);

	if (rc != SQLITE_OK)
		return rc;
	atomic_fetch_add(&writes, 1);
	atomic_fetch_add(&bytes, n);
	return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int
f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real(f)->pMethods->xTruncate(real(f), size);
}

static int
f_sync(sqlite3_file *f, int flags)
{
	int rc = strike(1);

	if (rc != SQLITE_OK)
		return rc;
	atomic_fetch_add(&syncs, 1);
	return real(f)->pMethods->xSync(real(f), flags);
}

static int
f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int
f_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int
f_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int
f_check_lock(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int
f_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
f_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int
f_device(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int
f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
f_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
f_shm_unmap(sqlite3_file *f, int delete)
{
	return real(f)->pMethods->xShmUnmap(real(f), delete);
}

/* Version 2: no memory-mapped reads, which nobody could count. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = f_close,
	.xRead = f_read,
	.xWrite = f_write,
	.xTruncate = f_truncate,
	.xSync = f_sync,
	.xFileSize = f_size,
	.xLock = f_lock,
	.xUnlock = f_unlock,
	.xCheckReservedLock = f_check_lock,
	.xFileControl = f_control,
	.xSectorSize = f_sector,
	.xDeviceCharacteristics = f_device,
	.xShmMap = f_shm_map,
	.xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier,
	.xShmUnmap = f_shm_unmap,
};

static int
f_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int rc;

	(void)v;
	file->real = (sqlite3_file *)(file + 1);
	memset(file->real, 0, (size_t)below->szOsFile);
	rc = below->xOpen(below, name, file->real, flags, out);
	file->base.pMethods = file->real->pMethods != NULL ? &methods : NULL;
	return rc;
}

void
fault_install(void)
{
	if (below != NULL)
		return;
	below = sqlite3_vfs_find(NULL);
	vfs = *below;
	vfs.zName = "fault";
	vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
	vfs.xOpen = f_open;
	vfs.pNext = NULL;
	sqlite3_vfs_register(&vfs, 1);
}

void
fault_after(enum fault f, int64_t n)
{
	atomic_store(&what, FAULT_NONE);
	atomic_store(&left, n);
	atomic_store(&what, f);
}

struct fault_counts
fault_counted(void)
{
	return (struct fault_counts){
		.writes = atomic_load(&writes),
		.bytes = atomic_load(&bytes),
		.syncs = atomic_load(&syncs),
		.failed = atomic_load(&failed),
	};
}

void
fault_from_environment(void)
{
	static const struct {
		const char *name;
		enum fault fault;
	} words[] = {
		{ "full", FAULT_FULL },
		{ "write", FAULT_WRITE },
		{ "sync", FAULT_SYNC },
		{ "kill", FAULT_KILL },
	};
	const char *s = getenv("HUDHUD_FAULT");
	char word[8] = "";
	long long n = 0;

	if (s == NULL || sscanf(s, "%7[a-z]:%lld", word, &n) != 2)
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, word) == 0)
			fault_after(words[i].fault, n);
}

/* For who preloads it: nobody there will call us. */
__attribute__((constructor)) static void
preloaded(void)
{
	if (getenv("HUDHUD_FAULT") == NULL)
		return;
	fault_install();
	fault_from_environment();
}
