#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/table.h"

_Noreturn static void
strange(const char *sql)
{
	log_die("schema: store/table.c must learn to read: %s", sql);
}

/* If ${*s} begins with ${words}, go behind them. */
static bool
skip(const char **s, const char *words)
{
	size_t n = strlen(words);

	if (strncmp(*s, words, n) != 0)
		return false;
	*s += n;
	return true;
}

/* A name or a word, and the blanks behind it. */
static void
take(const char **s, const char *sql, char out[TABLE_NAME_MAX + 1])
{
	size_t n = 0;

	while (isalnum((unsigned char)(*s)[n]) || (*s)[n] == '_')
		n++;
	if (n == 0 || n > TABLE_NAME_MAX)
		strange(sql);
	memcpy(out, *s, n);
	out[n] = '\0';
	*s += n;
	*s += strspn(*s, " ");
}

enum statement
statement_kind(const char *sql)
{
	const char *s = sql;

	if (skip(&s, "CREATE TABLE ") || skip(&s, "DROP TABLE ") ||
	    (skip(&s, "ALTER TABLE ") && strstr(s, " ADD COLUMN ")))
		return STATEMENT_TABLE;
	if (skip(&s, "CREATE INDEX ") || skip(&s, "CREATE UNIQUE INDEX "))
		return STATEMENT_INDEX;
	if (skip(&s, "INSERT INTO ") || skip(&s, "UPDATE ") || skip(&s, "DELETE FROM "))
		return STATEMENT_ROWS;
	strange(sql);
}

static void
set_key(struct table *t, const char *key, size_t n, const char *sql)
{
	if (t->key[0] != '\0' || n >= sizeof(t->key))
		strange(sql);
	memcpy(t->key, key, n);
	t->key[n] = '\0';
}

/* One column, from its name to the comma or bracket behind it. */
static void
read_column(struct table *t, const char *s, size_t n, const char *sql)
{
	static const char *const types[] = { "BIGINT", "TEXT", "BYTEA" };
	static const char key[] = " PRIMARY KEY";
	struct table_column *c = &t->columns[t->n];
	const char *end = s + n, *found;
	char type[TABLE_NAME_MAX + 1];
	size_t i;

	if (t->n == TABLE_COLUMNS_MAX)
		strange(sql);
	take(&s, sql, c->name);
	take(&s, sql, type);
	for (i = 0; i < 3 && strcmp(types[i], type) != 0; i++)
		;
	if (i == 3)
		strange(sql);
	c->type = i;
	t->n++;
	found = strstr(s - 1, key);
	if (found != NULL && found < end)
		set_key(t, c->name, strlen(c->name), sql);
}

static void
read_part(struct table *t, const char *s, size_t n, const char *sql)
{
	const char *key = s;

	if (strncmp(s, "UNIQUE (", 8) == 0)
		return;
	if (skip(&key, "PRIMARY KEY ("))
		set_key(t, key, (size_t)(s + n - 1 - key), sql);
	else
		read_column(t, s, n, sql);
}

/* What is between the outer brackets, part by part. */
static void
read_table(struct table *t, const char *s, const char *sql)
{
	size_t n = 0;
	int depth = 0;

	if (!skip(&s, "("))
		strange(sql);
	for (; s[n] != '\0' && depth >= 0; n++) {
		depth += (s[n] == '(') - (s[n] == ')');
		if ((depth == 0 && s[n] == ',') || depth == -1) {
			read_part(t, s, n, sql);
			s += n + 1;
			s += strspn(s, " ");
			n = (size_t)-1;
		}
	}
	if (t->key[0] == '\0')
		strange(sql);
}

static struct table *
find(struct table *t, size_t n, const char *name, const char *sql)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(t[i].name, name) == 0)
			return &t[i];
	strange(sql);
}

static size_t
read_statement(const char *sql, struct table *out, size_t n)
{
	char name[TABLE_NAME_MAX + 1];
	const char *s = sql;
	struct table *t;

	if (skip(&s, "CREATE TABLE ")) {
		skip(&s, "IF NOT EXISTS ");
		if (n == TABLES_MAX)
			strange(sql);
		t = &out[n++];
		memset(t, 0, sizeof(*t));
		take(&s, sql, t->name);
		read_table(t, s, sql);
	} else if (skip(&s, "ALTER TABLE ")) {
		take(&s, sql, name);
		skip(&s, "ADD COLUMN ");
		read_column(find(out, n, name, sql), s, strlen(s), sql);
	} else if (skip(&s, "DROP TABLE ")) {
		take(&s, sql, name);
		t = find(out, n--, name, sql);
		memmove(t, t + 1, (size_t)(out + n - t) * sizeof(*t));
	}
	return n;
}

bool
statement_indexes(const char *sql, const struct table *t, size_t n)
{
	const char *s = strstr(sql, " ON ");
	char name[TABLE_NAME_MAX + 1];

	if (s == NULL)
		strange(sql);
	s += 4;
	take(&s, sql, name);
	for (size_t i = 0; i < n; i++)
		if (strcmp(t[i].name, name) == 0)
			return true;
	return false;
}

size_t
tables_of(const struct migration *steps, size_t n, struct table *out)
{
	size_t tables = read_statement(schema_meta, out, 0);

	for (size_t i = 0; i < n; i++)
		for (const char *const *s = steps[i].statements; *s != NULL; s++)
			if (statement_kind(*s) == STATEMENT_TABLE)
				tables = read_statement(*s, out, tables);
	return tables;
}
