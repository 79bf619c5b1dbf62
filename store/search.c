#include "store/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/token.h"
#include "store/row.h"
#include "store/schema.h"

/* Of how words are cut and kept: another number makes the index anew. */
#define CUT_VERSION 1

/* Positions that are looked at one by one, where that is a way of its own. */
#define NEWEST 2000

enum { PART_STATUSES, PART_PEOPLE };

static const struct search_engine *
engine(const struct tx *tx)
{
	return tx->conn->driver->search;
}

/* ---- its tables */

static void
define(struct tx *tx, const char *const *statements)
{
	for (; *statements != NULL; statements++)
		sql_define(tx, *statements);
}

int
search_define(struct tx *tx)
{
	/* Where several processes may do this at once, the row keeps the others waiting. */
	int64_t version = sql_value(tx, 0,
	    "INSERT INTO searched VALUES (?1, 0, 0) ON CONFLICT (part)"
	    " DO UPDATE SET version = searched.version RETURNING version",
	    N(PART_STATUSES));

	if (version == CUT_VERSION || sql_result(tx) != STORE_OK)
		return sql_result(tx);
	define(tx, engine(tx)->drop);
	define(tx, engine(tx)->define);
	for (int part = PART_STATUSES; part <= PART_PEOPLE; part++)
		sql_run(tx,
		    "INSERT INTO searched VALUES (?1, 0, ?2) ON CONFLICT (part)"
		    " DO UPDATE SET pos = 0, version = excluded.version",
		    N(part), N(CUT_VERSION));
	return sql_result(tx);
}

int64_t
search_behind(struct tx *tx)
{
	return sql_value(tx, 0,
	    "SELECT CASE WHEN m.newest > s.pos THEN m.newest - s.pos ELSE 0 END FROM searched s,"
	    " (SELECT MAX(pos) AS newest FROM status) AS m WHERE s.part = ?1",
	    N(PART_STATUSES));
}

/* The position up to which all is indexed. */
static int64_t
mark_of(struct tx *tx)
{
	return sql_value(tx, 0, "SELECT pos FROM searched WHERE part = ?1", N(PART_STATUSES));
}

/* ---- what goes into it */

/* As the engine keeps it; the caller frees it. */
static char *
document_of(const struct tx *tx, struct buf *tokens)
{
	struct buf out = { 0 };

	engine(tx)->document(&out, buf_text(tokens));
	buf_free(tokens);
	return buf_take(&out);
}

/* Its author is a token like others, so that it is found with them. */
static char *
words_of(const struct tx *tx, const char *text, int64_t author)
{
	struct buf tokens = { 0 };

	token_cut(&tokens, text);
	buf_printf(&tokens, " :%lld", (long long)author);
	return document_of(tx, &tokens);
}

static char *
words_of_bio(const struct tx *tx, const char *bio)
{
	struct buf tokens = { 0 };

	token_cut(&tokens, bio);
	return document_of(tx, &tokens);
}

static void
collect_statuses(struct tx *tx, struct search_batch *b)
{
	struct sql q;
	int rows = 0;

	sql_open(&q, tx,
	    "SELECT pos, author, body, CASE WHEN to_user = 0 AND deleted = 0 AND repeats = 0"
	    " THEN 1 ELSE 0 END FROM status WHERE pos > ?1 ORDER BY pos LIMIT ?2",
	    N(b->from), N(SEARCH_BATCH));
	for (; sql_next(&q); rows++) {
		b->to = sql_number(&q, 0);
		if (sql_number(&q, 3) == 0)
			continue;
		b->row[b->n].id = b->to;
		b->row[b->n++].words = words_of(tx, sql_text(&q, 2), sql_number(&q, 1));
	}
	b->more = rows == SEARCH_BATCH;
}

static void
collect_people(struct tx *tx, struct search_batch *b)
{
	struct sql q;
	int rows = 0;

	sql_open(&q, tx, "SELECT id, bio FROM person WHERE id > ?1 ORDER BY id LIMIT ?2",
	    N(b->from), N(SEARCH_BATCH));
	for (; sql_next(&q); rows++) {
		b->to = sql_number(&q, 0);
		if (*sql_text(&q, 1) == '\0')
			continue;
		b->row[b->n].id = b->to;
		b->row[b->n].of = mem_dup(sql_text(&q, 1));
		b->row[b->n++].words = words_of_bio(tx, sql_text(&q, 1));
	}
	b->more = rows == SEARCH_BATCH;
}

bool
search_collect(struct tx *tx, struct search_batch *b)
{
	int64_t mark[2] = { 0, 0 }, version[2] = { 0, 0 };
	struct sql q;

	*b = (struct search_batch){ 0 };
	sql_open(&q, tx, "SELECT part, pos, version FROM searched WHERE part IN (0, 1)");
	while (sql_next(&q)) {
		int64_t part = sql_number(&q, 0);

		mark[part] = sql_number(&q, 1);
		version[part] = sql_number(&q, 2);
	}
	/* A newer process cuts otherwise, and has made it its own. */
	if (version[0] != CUT_VERSION || version[1] != CUT_VERSION)
		return false;
	b->from = b->to = mark[PART_STATUSES];
	collect_statuses(tx, b);
	if (b->to == b->from) {
		b->people = true;
		b->from = b->to = mark[PART_PEOPLE];
		collect_people(tx, b);
	}
	return b->to > b->from && store_read_result(tx) == STORE_OK;
}

void
search_forget(struct tx *tx, int64_t pos)
{
	sql_run(tx, engine(tx)->forget, N(pos));
}

void
search_forget_all(struct tx *tx, int64_t user)
{
	sql_run(tx, engine(tx)->forget_all, N(user));
	search_forget(tx, -user);
}

static void
write_row(struct tx *tx, bool person, const struct search_row *r)
{
	if (!person) {
		sql_run(tx, engine(tx)->add_status, N(r->id), T(r->words));
		return;
	}
	/* Who has changed it since is in it already. */
	search_forget(tx, -r->id);
	sql_run(tx, engine(tx)->add_person, N(r->id), T(r->words), T(r->of));
}

int
search_write(struct tx *tx, void *batch)
{
	const struct search_batch *b = batch;

	sql_run(tx, "UPDATE searched SET pos = ?3 WHERE part = ?1 AND pos = ?2 AND version = ?4",
	    N(b->people ? PART_PEOPLE : PART_STATUSES), N(b->from), N(b->to), N(CUT_VERSION));
	if (sql_changed(tx) == 0)
		return sql_result(tx);
	for (size_t i = 0; i < b->n; i++)
		write_row(tx, b->people, &b->row[i]);
	if (b->n > 0 && engine(tx)->tidy != NULL)
		sql_run(tx, engine(tx)->tidy);
	return sql_result(tx);
}

void
search_batch_free(struct search_batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->row[i].words);
		free(b->row[i].of);
	}
	b->n = 0;
}

void
search_bio(struct tx *tx, int64_t user, const char *bio)
{
	struct search_row r = { .id = user };

	search_forget(tx, -user);
	if (bio[0] == '\0')
		return;
	r.words = words_of_bio(tx, bio);
	sql_run(tx, engine(tx)->add_person, N(user), T(r.words), T(bio));
	free(r.words);
}

/* ---- looking */

/* ${q} in the engine's words; the caller frees it.  NULL: nothing can be what it asks for. */
static char *
query_of(struct tx *tx, const struct question *q)
{
	const char *with[QUESTION_PARTS_MAX], *without[QUESTION_PARTS_MAX];
	char by[QUESTION_PARTS_MAX][24];
	size_t n = 0, m = 0;
	struct buf out = { 0 };
	struct user u;

	for (size_t i = 0; i < q->n; i++) {
		const struct question_part *p = &q->part[i];
		const char *tokens = p->tokens;

		if (tokens == NULL && user_by_name(tx, p->by, &u)) {
			snprintf(by[i], sizeof(by[i]), ":%lld", (long long)u.id);
			tokens = by[i];
		}
		if (tokens == NULL && !p->without)
			return NULL;
		if (tokens != NULL && p->without)
			without[m++] = tokens;
		else if (tokens != NULL)
			with[n++] = tokens;
	}
	if (n == 0)
		return NULL;
	engine(tx)->query(&out, with, n, without, m);
	return buf_take(&out);
}

/* Read ${q} to its end; how many there were, or ${limit}: nobody wants more. */
static int
read_statuses(struct sql *q, int limit, status_each *each, void *cookie)
{
	struct status s;
	int n = 0;

	while (sql_next(q)) {
		status_read(q, &s);
		n++;
		if (!each(cookie, &s)) {
			sql_close(q);
			n = limit;
		}
	}
	return n;
}

/*
 * A word that many say is found soonest by looking at what is newest, one after the other; one that few say by
 * the index, which may know no order, and then finds all.
 */
void
search_statuses(struct tx *tx, const struct question *question, int64_t before, int limit,
    status_each *each, void *cookie)
{
	char *query = query_of(tx, question);
	int64_t from;
	struct sql q;

	if (query == NULL)
		return;
	if (before <= 0)
		before = mark_of(tx) + 1;
	if (engine(tx)->newest != NULL) {
		from = before > NEWEST ? before - NEWEST : 1;
		sql_open(&q, tx, engine(tx)->newest, T(query), N(before), N(limit), N(from));
		limit -= read_statuses(&q, limit, each, cookie);
		before = from;
	}
	if (limit > 0 && before > 1) {
		sql_open(&q, tx, engine(tx)->statuses, T(query), N(before), N(limit));
		read_statuses(&q, limit, each, cookie);
	}
	free(query);
}

static void
read_people(struct sql *q, bool (*each)(void *cookie, const struct user *u), void *cookie)
{
	struct user u;

	while (sql_next(q)) {
		person_read(q, 0, &u);
		if (!each(cookie, &u))
			sql_close(q);
	}
}

void
search_bios(struct tx *tx, const struct question *question, int limit,
    bool (*each)(void *cookie, const struct user *u), void *cookie)
{
	char *query = query_of(tx, question);
	struct sql q;

	if (query == NULL)
		return;
	sql_open(&q, tx, engine(tx)->people, T(query), N(limit));
	read_people(&q, each, cookie);
	free(query);
}

void
search_names(struct tx *tx, const char *prefix, int limit,
    bool (*each)(void *cookie, const struct user *u), void *cookie)
{
	char from[USER_NAME_MAX + 1], to[USER_NAME_MAX + 2];
	size_t n = strlen(prefix);
	struct sql q;

	if (n > USER_NAME_MAX)
		return;
	for (size_t i = 0; i <= n; i++) {
		char c = prefix[i];

		from[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	if (!text_is_name(from))
		return;
	/* behind all letters of names, and before nothing that is no such name */
	snprintf(to, sizeof(to), "%s~", from);
	sql_open(&q, tx,
	    "SELECT " PERSON_COLUMNS " FROM person p WHERE p.name >= ?1 AND p.name < ?2"
	    " ORDER BY p.name LIMIT ?3",
	    T(from), T(to), N(limit));
	read_people(&q, each, cookie);
}
