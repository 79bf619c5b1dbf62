#ifndef HUDHUD_CONF_SOURCE_H
#define HUDHUD_CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "conf/conf.h"

/*
 * The settings file and what it includes, as one text that remembers where each of
 * its lines came from; and where in it each setting stands (scan.c).
 */

/** The most a settings file may hold, with what it includes. */
#define SOURCE_MAX (1024 * 1024)

struct source {
	struct buf text;
	char *folder; /* of the settings file, without a slash at the end */
	struct source_file {
		char *name;
		mode_t mode;
	} * files; /* the first is the settings file */
	size_t files_n;
	struct source_line {
		unsigned file; /* index */
		unsigned line; /* from 1 */
	} * lines;             /* of the text's lines */
	size_t lines_n, lines_room;
	struct source_place {
		char *path;    /* "site.name", "channels[0].kind" */
		unsigned line; /* of the text, from 1 */
		size_t start, end;
		char *literal; /* a number as it is written, else NULL */
	} * places;            /* sorted by path once scanned */
	size_t places_n, places_room;
};

/** Read ${path}, expanding "@include" lines.  Return -1 after adding faults. */
int source_read(struct source *s, const char *path, struct conf_faults *f);

/** Take ${n} bytes as the settings file ${name}; for source_read() and for tests. */
int source_take(struct source *s, const char *name, mode_t mode, const char *text, size_t n,
    struct conf_faults *f);

/**
 * Find each setting of the text.  A fault of syntax ends it with -1.  A setting that stands
 * twice is a fault, too, but is blanked out of the text, so that the rest can be looked at.
 */
int source_scan(struct source *s, struct conf_faults *f);

/** The place of ${path}, or NULL. */
const struct source_place *source_find(const struct source *s, const char *path);

/** The file and the line in it of line ${line} of the text. */
const struct source_file *source_where(const struct source *s, unsigned line, unsigned *in_file);

/** Add a fault at line ${line} of the text. */
void source_fault(const struct source *s, struct conf_faults *f, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/** Read a whole regular file of at most ${max} bytes into ${out}.  Return NULL, or why not. */
const char *source_slurp(const char *path, size_t max, struct buf *out, mode_t *mode);

/** Put the faults from byte ${from} of ${f} on into the order of the files' lines. */
void source_order(const struct source *s, struct conf_faults *f, size_t from);

void source_free(struct source *s);

#endif
