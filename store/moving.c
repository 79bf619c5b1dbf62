#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/fanout.h"
#include "store/moving.h"

#define BATCH_ROWS 1000 /* between two looks whether to stop */
#define TELL_ROWS 100000

/* What processes that are gone had, and whoever works on the target does not. */
static const char *const of_processes[] = { "node", "serves", "endpoint", NULL };
/* Made anew from what is moved: whoever opens the target finds that nothing is indexed. */
static const char *const of_search[] = { "searched", NULL };
/* In a copy from the past somebody may still be logged in who has left since, or was thrown out. */
static const char *const of_then[] = { "session", "code", NULL };

static bool
is_among(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

/* ---- tables */

static void
write_texts(struct copied *c)
{
	struct buf select = { 0 }, columns = { 0 }, insert = { 0 };
	const struct table *t = &c->table;

	buf_text_add(&select, "SELECT ");
	for (size_t i = 0; i < t->n; i++) {
		const char *name = t->columns[i].name, *comma = i > 0 ? ", " : "";
		bool owner = strcmp(name, "owner") == 0;

		buf_printf(&select, "%s%s", comma, owner ? "CAST(0 AS BIGINT)" : name);
		buf_printf(&columns, "%s%s", comma, name);
	}
	buf_printf(&select, " FROM %s%s", t->name,
	    strcmp(t->name, "meta") == 0 ? " WHERE name <> 'moving'" : "");
	c->check = buf_take(&select);
	c->columns = buf_take(&columns);
	c->select = mem_printf("%s ORDER BY %s", c->check, t->key);
	buf_printf(&insert, "INSERT INTO %s (%s) VALUES (", t->name, c->columns);
	for (size_t i = 0; i < t->n; i++)
		buf_printf(&insert, "%s?%zu", i > 0 ? ", " : "", i + 1);
	buf_text_add(&insert, ")");
	c->insert = buf_take(&insert);
}

static void
list_tables(struct moving *w)
{
	struct table *all = mem_new(TABLES_MAX * sizeof(*all));
	size_t n = tables_of(schema_migrations, (size_t)w->version, all);

	for (size_t i = 0; i < n; i++) {
		if (is_among(all[i].name, of_processes) || is_among(all[i].name, of_search) ||
		    (w->m->old && is_among(all[i].name, of_then)))
			continue;
		w->tables[w->n].table = all[i];
		write_texts(&w->tables[w->n++]);
	}
	free(all);
}

void
moving_free(struct moving *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->tables[i].select);
		free(w->tables[i].check);
		free(w->tables[i].columns);
		free(w->tables[i].insert);
	}
	free(w);
}

static void
define(struct moving *w, enum statement kind)
{
	struct table *all = mem_new(TABLES_MAX * sizeof(*all));
	size_t n = tables_of(schema_migrations, (size_t)w->version, all);

	for (int64_t i = 0; i < w->version; i++)
		for (const char *const *s = schema_migrations[i].statements; *s != NULL; s++)
			if (statement_kind(*s) == kind &&
			    (kind != STATEMENT_INDEX || statement_indexes(*s, all, n)))
				sql_define(&w->to.tx, *s);
	free(all);
}

/* The other way round: what refers to others goes first.  "meta" stays. */
static void
drop_all(struct moving *w)
{
	struct table *all = mem_new(TABLES_MAX * sizeof(*all));
	size_t n = tables_of(schema_migrations, schema_version, all);
	char *sql;

	while (--n > 0) {
		sql = mem_printf("DROP TABLE IF EXISTS %s", all[n].name);
		sql_define(&w->to.tx, sql);
		free(sql);
	}
	free(all);
}

int
moving_make(struct moving *w)
{
	struct tx *to = &w->to.tx;

	to->careful = true;
	/* Whoever marks it as theirs from now on waits for us. */
	sql_run(to, "UPDATE meta SET number = number WHERE name = 'moving' AND bytes = ?1",
	    B(w->id, sizeof(w->id)));
	if (to->trouble == DRIVER_OK && sql_changed(to) != 1) {
		snprintf(w->m->why, sizeof(w->m->why), "somebody else moves something there");
		return -1;
	}
	sql_run(to, "DELETE FROM meta WHERE name <> 'moving'");
	drop_all(w);
	define(w, STATEMENT_TABLE);
	list_tables(w);
	return to->trouble == DRIVER_OK ? 0 : moving_failed(w, &w->to);
}

/* ---- rows */

struct row {
	struct sql_arg args[TABLE_COLUMNS_MAX];
	char *mended[TABLE_COLUMNS_MAX];
	size_t n;
	uint64_t sum;
};

static void
add(struct row *r, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++)
		r->sum = (r->sum ^ p[i]) * 0x100000001b3u;
}

static void
read_text(struct sql *q, int i, bool utf8, struct row *r)
{
	const char *text = sql_text(q, i);

	/* As the driver does it that cannot keep them: so that what comes again is found again. */
	if (utf8 && !text_valid(text, strlen(text)))
		text = r->mended[i] = text_ascii(text);
	r->args[i] = T(text);
	r->args[i].n = strlen(text);
}

static void
read_bytes(struct sql *q, int i, struct row *r)
{
	size_t n;
	const void *p = sql_bytes(q, i, &n);

	r->args[i] = B(n > 0 ? p : "", n);
}

/* The row that ${q} is at; its texts are good until the next. */
static void
read_row(struct sql *q, const struct table *t, bool utf8, struct row *r)
{
	r->n = t->n;
	r->sum = 0xcbf29ce484222325u;
	for (size_t i = 0; i < t->n; i++) {
		r->mended[i] = NULL;
		switch (t->columns[i].type) {
		case COLUMN_NUMBER:
			r->args[i] = N(sql_number(q, (int)i));
			add(r, &r->args[i].number, sizeof(int64_t));
			continue;
		case COLUMN_TEXT:
			read_text(q, (int)i, utf8, r);
			break;
		case COLUMN_BYTES:
			read_bytes(q, (int)i, r);
			break;
		}
		add(r, &r->args[i].n, sizeof(size_t));
		add(r, r->args[i].data, r->args[i].n);
	}
	/* Rows are added up: each must count with all its bits. */
	r->sum = (r->sum ^ r->sum >> 30) * 0xbf58476d1ce4e5b9u;
	r->sum = (r->sum ^ r->sum >> 27) * 0x94d049bb133111ebu;
	r->sum ^= r->sum >> 31;
}

static int64_t
free_mended(struct row *r)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		n += r->mended[i] != NULL;
		free(r->mended[i]);
	}
	return n;
}

static void
tell(struct moving *w, const struct copied *c, bool all)
{
	if (w->m->progress != NULL)
		w->m->progress(w->m->cookie, c->table.name, c->rows, all);
}

static bool
is_stopped(struct moving *w)
{
	if (w->m->stop == NULL || !atomic_load(w->m->stop))
		return false;
	snprintf(w->m->why, sizeof(w->m->why), "it was told to stop");
	return true;
}

static int
copy_table(struct moving *w, struct copied *c)
{
	struct tx *to = &w->to.tx;
	struct sql_load load;
	struct row row;
	struct sql q;

	sql_load(&load, to, c->table.name, c->columns, c->table.n, c->insert);
	sql_scan(&q, &w->from.tx, c->select);
	while (to->trouble == DRIVER_OK && sql_next(&q)) {
		read_row(&q, &c->table, w->to.driver->utf8, &row);
		sql_load_row(&load, row.args, row.n);
		w->m->mended += free_mended(&row);
		c->sum += row.sum;
		if (++c->rows % BATCH_ROWS == 0 && is_stopped(w))
			break;
		if (c->rows % TELL_ROWS == 0)
			tell(w, c, false);
	}
	sql_close(&q);
	if (is_stopped(w))
		return -1;
	if (w->from.tx.trouble != DRIVER_OK)
		return moving_failed(w, &w->from);
	if (sql_load_end(&load) != STORE_OK)
		return moving_failed(w, &w->to);
	w->m->rows += c->rows;
	tell(w, c, true);
	return 0;
}

int
moving_copy(struct moving *w)
{
	w->to.tx.careful = false;
	for (size_t i = 0; i < w->n; i++)
		if (copy_table(w, &w->tables[i]) == -1)
			return -1;
	w->to.tx.careful = true;
	define(w, STATEMENT_INDEX);
	return w->to.tx.trouble == DRIVER_OK ? 0 : moving_failed(w, &w->to);
}

static int
compare_table(struct moving *w, const struct copied *c)
{
	int64_t rows = 0;
	uint64_t sum = 0;
	struct row row;
	struct sql q;

	sql_scan(&q, &w->to.tx, c->check);
	for (; sql_next(&q) && (rows % BATCH_ROWS != 0 || !is_stopped(w)); rows++) {
		read_row(&q, &c->table, false, &row);
		sum += row.sum;
	}
	sql_close(&q);
	if (is_stopped(w))
		return -1;
	if (w->to.tx.trouble != DRIVER_OK)
		return moving_failed(w, &w->to);
	if (rows == c->rows && sum == c->sum)
		return 0;
	snprintf(w->m->why, sizeof(w->m->why),
	    "what was written to table %s is not what is read from it: %lld rows of %lld, and the "
	    "sums are %016llx and %016llx",
	    c->table.name, (long long)rows, (long long)c->rows, (unsigned long long)sum,
	    (unsigned long long)c->sum);
	return -1;
}

int
moving_compare(struct moving *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (compare_table(w, &w->tables[i]) == -1)
			return -1;
	w->m->head = w->m->next = sql_value(
	    &w->to.tx, 0, "SELECT pos FROM log_head WHERE part = 0");
	return w->to.tx.trouble == DRIVER_OK ? 0 : moving_failed(w, &w->to);
}

/*
 * As many ids as were ever given out are left out: mail servers, phones and gateways remember those that
 * were given since, and would take what has them again for what they have already.
 */
#define SKIP_MIN 100000
#define SKIP_A_SECOND 100 /* more than anybody says for days */
#define SKIP_SINCE_MAX (366 * 86400)

int
moving_skip(struct moving *w)
{
	int64_t head = w->m->head, last = head > w->had_head ? head : w->had_head;
	int64_t more = last > SKIP_MIN ? last : SKIP_MIN, since = clock_wall() - w->newest;
	struct tx *to = &w->to.tx;

	/* Not even where this backup was restored before, and what went on from there is lost, too. */
	since = since < 0 ? 0 : since < SKIP_SINCE_MAX ? since : SKIP_SINCE_MAX;
	last += more + since * SKIP_A_SECOND;
	w->m->next = (last + SKIP_MIN - 1) / SKIP_MIN * SKIP_MIN;
	sql_run(to, "UPDATE log_head SET pos = ?1 WHERE part = 0", N(w->m->next));
	/* Lanes that had nothing before them have nothing now. */
	sql_run(to, "UPDATE lane SET pos = ?1 WHERE pos = ?2 AND sub = ?3", N(w->m->next), N(head),
	    N(INT64_MAX));
	sql_run(to,
	    "UPDATE counter SET value = (?2 + CASE WHEN value > ?3 THEN value ELSE ?3 END"
	    " + CASE WHEN value > ?1 THEN value ELSE ?1 END + ?1 - 1) / ?1 * ?1"
	    " WHERE name = 'answer'",
	    N(SKIP_MIN), N(since * SKIP_A_SECOND), N(w->had_answers));
	return to->trouble == DRIVER_OK ? 0 : moving_failed(w, &w->to);
}
