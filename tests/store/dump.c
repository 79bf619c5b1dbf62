#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/store/dump.h"

void
open_store(struct open *o, const char *url, const char *state, bool writer)
{
	*o = (struct open){ .driver = suite_driver(url), .tx = { .careful = true } };
	o->tx.conn = o->driver->open(strchr(url, ':') + 1, state, writer);
	must(o->tx.conn != NULL);
	o->tx.conn->driver = o->driver;
	o->tx.conn->writer = writer;
	must(o->driver->begin(o->tx.conn) == DRIVER_OK);
}

void
open_end(struct open *o, bool keep)
{
	must(o->tx.trouble == DRIVER_OK);
	if (keep)
		must(o->driver->commit(o->tx.conn) == DRIVER_OK);
	else
		o->driver->rollback(o->tx.conn);
	o->driver->close(o->tx.conn);
	while (o->texts_n > 0)
		free(o->texts[--o->texts_n]);
}

static const char *
keep(struct open *o, struct buf *text)
{
	must(o->texts_n < TABLES_MAX);
	return o->texts[o->texts_n++] = buf_take(text);
}

static bool
is_left_out(const char *table)
{
	return strcmp(table, "node") == 0 || strcmp(table, "serves") == 0 ||
	       strcmp(table, "endpoint") == 0 || strcmp(table, "searched") == 0;
}

/* ---- to read all */

static void
dump_cell(struct buf *out, struct sql *q, const struct table_column *c, int i)
{
	const unsigned char *p;
	size_t n;

	if (strcmp(c->name, "owner") == 0)
		return;
	switch (c->type) {
	case COLUMN_NUMBER:
		buf_printf(out, " %lld", (long long)sql_number(q, i));
		return;
	case COLUMN_TEXT:
		buf_printf(out, " %zu:%s", strlen(sql_text(q, i)), sql_text(q, i));
		return;
	case COLUMN_BYTES:
		break;
	}
	p = q->tx->conn->driver->bytes(q->stmt, i, &n);
	buf_printf(out, " %zu:", n);
	for (size_t k = 0; k < n; k++)
		buf_printf(out, "%02x", p[k]);
}

static void
dump_table(struct buf *out, struct open *o, const struct table *t)
{
	struct buf sql = { 0 };
	struct sql q;

	buf_text_add(&sql, "SELECT ");
	for (size_t i = 0; i < t->n; i++)
		buf_printf(&sql, "%s%s", i > 0 ? ", " : "", t->columns[i].name);
	/* what a move leaves in its source is not what it brings */
	buf_printf(&sql, " FROM %s%s ORDER BY %s", t->name,
	    strcmp(t->name, "meta") == 0 ? " WHERE name <> 'moved'" : "", t->key);
	sql_scan(&q, &o->tx, keep(o, &sql));
	while (sql_next(&q)) {
		buf_text_add(out, t->name);
		for (size_t i = 0; i < t->n; i++)
			dump_cell(out, &q, &t->columns[i], (int)i);
		buf_text_add(out, "\n");
	}
}

char *
dump_store(const char *url, const char *state, size_t steps)
{
	static struct table tables[TABLES_MAX];
	size_t n = tables_of(schema_migrations, steps, tables);
	struct buf out = { 0 };
	struct open o;

	open_store(&o, url, state, false);
	for (size_t i = 0; i < n; i++)
		if (!is_left_out(tables[i].name))
			dump_table(&out, &o, &tables[i]);
	open_end(&o, false);
	return buf_take(&out);
}

int64_t
dump_count(const char *url, const char *state, const char *table)
{
	char *sql = mem_printf("SELECT COUNT(*) FROM %s", table);
	struct open o;
	int64_t n;

	open_store(&o, url, state, false);
	n = sql_value(&o.tx, -1, sql);
	open_end(&o, false);
	free(sql);
	return n;
}

/* ---- to fill all */

static unsigned dice;

static unsigned
roll(unsigned n)
{
	dice = dice * 1103515245 + 12345;
	return (dice >> 8) % n;
}

static int64_t
any_number(int row)
{
	static const int64_t odd[] = { 0, 1, -1, INT64_MAX, INT64_MIN, INT64_MAX - 1, 1 << 30,
		(int64_t)1 << 31, (int64_t)1 << 32, -((int64_t)1 << 33), 255, 256, -256 };

	/* Keys are numbers, too: they differ by the row. */
	if ((size_t)row < sizeof(odd) / sizeof(odd[0]))
		return odd[row];
	return (int64_t)((uint64_t)row * 0x9e3779b97f4a7c15u);
}

static void
any_text(struct buf *b, const char *column, int row, bool broken)
{
	static const char *const words[] = { "", " ", "river", "صباح الخير", "おはよう", "Ünïcode",
		"👩‍👩‍👧", "мир", "ὕδωρ", "ไทย", "한국어", "नमस्ते", "\xef\xbb\xbf",
		"\x01\x7f\t\r\n", "'; DROP TABLE", "\xf4\x8f\xbf\xbf", "e\xcc\x81", "?1 $1 %s \\",
		"שלום", "\xc2\x80" };
	bool is_long = strcmp(column, "body") == 0 || strcmp(column, "bio") == 0;
	unsigned n = is_long && roll(40) == 0 ? 9000 : roll(12);

	buf_printf(b, "%d.", row);
	if (row % 9 == 3)
		n = 0;
	for (unsigned i = 0; i < n; i++)
		buf_text_add(b, words[roll(sizeof(words) / sizeof(words[0]))]);
	if (broken && row % 7 == 0)
		buf_add(b, "\xe3\x81", 2);
}

static void
any_bytes(struct buf *b, int row)
{
	unsigned char c;

	buf_printf(b, "%d", row);
	for (unsigned n = roll(300); n > 0; n--) {
		c = (unsigned char)roll(256);
		buf_add(b, &c, 1);
	}
}

static void
fill_row(struct tx *tx, const struct table *t, const char *sql, int row, int rows, bool broken)
{
	struct sql_arg args[TABLE_COLUMNS_MAX];
	struct buf room[TABLE_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		const struct table_column *c = &t->columns[i];

		if (c->type == COLUMN_NUMBER)
			args[i] = N(any_number(
			    strstr(t->key, c->name) != NULL ? row : (int)roll((unsigned)rows)));
		else if (c->type == COLUMN_TEXT)
			any_text(&room[i], c->name, row, broken && strcmp(t->key, c->name) != 0);
		else
			any_bytes(&room[i], row);
		if (c->type == COLUMN_TEXT)
			args[i] = T(buf_text(&room[i]));
		else if (c->type == COLUMN_BYTES)
			args[i] = B(room[i].data, room[i].len);
		/* Whom it is about must be there, and where two must differ they do. */
		if (c->type == COLUMN_NUMBER && strncmp(c->name, "follow", 6) == 0)
			args[i] = N(any_number(row));
	}
	sql_run_args(tx, sql, args, t->n);
	must(tx->trouble == DRIVER_OK);
	for (size_t i = 0; i < t->n; i++)
		buf_free(&room[i]);
}

void
dump_fill(const char *url, const char *state, size_t steps, unsigned seed, int rows, bool broken)
{
	static struct table tables[TABLES_MAX];
	size_t n = tables_of(schema_migrations, steps, tables);
	struct open o;

	dice = seed;
	open_store(&o, url, state, true);
	for (size_t k = 0; k < n; k++) {
		const struct table *t = &tables[k];
		struct buf sql = { 0 };
		const char *text;

		buf_printf(&sql, "INSERT INTO %s (", t->name);
		for (size_t i = 0; i < t->n; i++)
			buf_printf(&sql, "%s%s", i > 0 ? ", " : "", t->columns[i].name);
		buf_text_add(&sql, ") VALUES (");
		for (size_t i = 0; i < t->n; i++)
			buf_printf(&sql, "%s?%zu", i > 0 ? ", " : "", i + 1);
		buf_text_add(&sql, ")");
		text = keep(&o, &sql);
		int row = strcmp(t->name, "log_head") == 0 ? 1 : 0;

		if (strcmp(t->name, "searched") == 0)
			row = 2;
		/* the next commits are numbered on from where "log_head" is */
		if (strcmp(t->name, "changed") == 0)
			row = 13;
		for (; row < rows; row++)
			fill_row(&o.tx, t, text, row, rows, broken);
	}
	sql_run(&o.tx, "UPDATE counter SET value = 1000 + value WHERE name IN ('user', 'behind')");
	open_end(&o, true);
}

/* ---- to move */

struct move
move_of(struct room *room, const char *from, const char *to)
{
	return (struct move){ .from = from, .to = to, .state = room->state };
}

bool
moves(struct room *room, const char *from, const char *to)
{
	struct move m = move_of(room, from, to);

	if (move_store(&m) == 0)
		return true;
	printf("# %s\n", m.why);
	return false;
}

bool
refuses(struct move *m, const char *why)
{
	if (move_store(m) == -1 && strstr(m->why, why) != NULL)
		return true;
	printf("# %s\n", m->why);
	return false;
}

bool
is_same(struct room *room, const char *a, const char *b)
{
	char *of_a = dump_store(a, room->state, schema_version);
	char *of_b = dump_store(b, room->state, schema_version);
	bool same = strcmp(of_a, of_b) == 0;
	size_t i = 0;

	while (!same && of_a[i] == of_b[i])
		i++;
	if (!same)
		printf("# %zu and %zu bytes differ at %zu: %.60s\n", strlen(of_a), strlen(of_b), i,
		    of_a + (i < 40 ? 0 : i - 40));
	free(of_a);
	free(of_b);
	return same;
}

bool
opens(struct room *room, const char *url)
{
	struct store *s = store_open(url, room->state);

	store_close(s);
	return s != NULL;
}
