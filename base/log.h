#ifndef HUDHUD_BASE_LOG_H
#define HUDHUD_BASE_LOG_H

/*
 * One line per event, to standard error, in one write: what happened and what
 * to do.  Where standard error is the journal, lines carry its <N> prefix.
 * Control characters are shown escaped, so that no text from outside can forge
 * a line or speak to a terminal.  An error is logged once, where it is first
 * seen; callers pass -1 or NULL up without logging it again.
 */

/** Put ${name} before each line of the calling thread; NULL for none.  Not copied. */
void log_context(const char *name);

/** Something an operator may want to read back later. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Something an operator should look into. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Why the process does not start, or does not do what it was started for. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Log and end the process with status 1: it cannot go on safely. */
_Noreturn void log_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
