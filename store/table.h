#ifndef HUDHUD_STORE_TABLE_H
#define HUDHUD_STORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/schema.h"

/*
 * The schema as a list, for whoever must treat all tables alike: read from the statements that make
 * it, so that none can be forgotten.
 */
#define TABLES_MAX 64
#define TABLE_COLUMNS_MAX 32
#define TABLE_NAME_MAX 31

struct table {
	char name[TABLE_NAME_MAX + 1];
	struct table_column {
		char name[TABLE_NAME_MAX + 1];
		enum { COLUMN_NUMBER, COLUMN_TEXT, COLUMN_BYTES } type;
	} columns[TABLE_COLUMNS_MAX];
	size_t n;
	char key[128]; /* the columns of its primary key, between commas */
};

/** What a statement of the schema does. */
enum statement {
	STATEMENT_TABLE, /* makes a table, or a column of one; or drops one */
	STATEMENT_INDEX, /* makes an index: as well when the rows are there */
	STATEMENT_ROWS,  /* writes rows */
};

/**
 * The tables after ${steps}[0..n), "meta" first, else in their order: none refers to a later one.
 * Return how many; ${out} has room for TABLES_MAX.  A statement that it does not understand ends
 * the process: teach it.
 */
size_t tables_of(const struct migration *steps, size_t n, struct table *out);

enum statement statement_kind(const char *sql);

/** Is the index that ${sql} makes for one of ${t}[0..n)?  Later steps may have dropped its table. */
bool statement_indexes(const char *sql, const struct table *t, size_t n);

#endif
