#ifndef HUDHUD_TESTS_STORE_FAULTVFS_H
#define HUDHUD_TESTS_STORE_FAULTVFS_H

#include <stdint.h>

/*
 * A disk that counts and that breaks when told to: a layer over SQLite's own file system.  It may
 * be used from any thread, and by a process of which a test knows only that it is linked in or
 * preloaded (then HUDHUD_FAULT says what shall happen).
 */
enum fault {
	FAULT_NONE,
	FAULT_FULL,  /* writes and growth fail for want of room, until told otherwise */
	FAULT_WRITE, /* writes fail with an I/O error from then on */
	FAULT_SYNC,  /* syncs do */
	FAULT_KILL,  /* the process is killed instead of the write */
};

struct fault_counts {
	int64_t writes, bytes, syncs;
	int64_t failed; /* calls that were made to fail */
};

/** Become the default file system; before the first store is opened. */
void fault_install(void);

/** After ${n} more writes (FAULT_SYNC: syncs) have gone well, ${f} begins. */
void fault_after(enum fault f, int64_t n);

/** What was done since fault_install(). */
struct fault_counts fault_counted(void);

/**
 * What the environment asks for: HUDHUD_FAULT is "full:N", "write:N", "sync:N" or "kill:N", N as
 * for fault_after().  Nothing if it is not set.
 */
void fault_from_environment(void);

#endif
