/*
 * FTS5.  Its tokenizer takes ASCII letters and digits, the signs below and all that is no ASCII for parts of a
 * token, so that ours stay whole.  It keeps the tokens, too: to forget a text it must know what was in it.
 */
#include <stddef.h>

#include "base/buf.h"
#include "store/row.h"
#include "store/sqlite/sqlite.h"

static const char *const define[] = {
	"CREATE VIRTUAL TABLE search USING fts5 (words, columnsize = 0,"
	" tokenize = \"ascii tokenchars '#@:_'\")",
	/* Its merges as they come would make somebody wait: see tidy. */
	"INSERT INTO search (search, rank) VALUES ('automerge', 0)",
	NULL,
};

static const char *const drop[] = { "DROP TABLE IF EXISTS search", NULL };

static void
document(struct buf *out, const char *tokens)
{
	buf_text_add(out, tokens);
}

static void
add_all(struct buf *out, const char *const *phrases, size_t n, const char *between)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? between : "", phrases[i]);
}

static void
query(struct buf *out, const char *const *with, size_t n, const char *const *without, size_t m)
{
	buf_text_add(out, "(");
	add_all(out, with, n, " AND ");
	buf_text_add(out, ")");
	if (m == 0)
		return;
	buf_text_add(out, " NOT (");
	add_all(out, without, m, " OR ");
	buf_text_add(out, ")");
}

const struct search_engine sqlite_search = {
	.define = define,
	.drop = drop,
	.add_status = "INSERT INTO search (rowid, words) SELECT s.pos, ?2 FROM status s"
		      " WHERE s.pos = ?1 AND s.deleted = 0",
	.add_person = "INSERT INTO search (rowid, words) SELECT -p.id, ?2 FROM person p"
		      " WHERE p.id = ?1 AND p.bio = ?3",
	/* each batch leaves a page or two, which go through some levels */
	.tidy = "INSERT INTO search (search, rank) VALUES ('merge', 32)",
	.forget = "DELETE FROM search WHERE rowid = ?1",
	.forget_all = "DELETE FROM search WHERE rowid IN"
		      " (SELECT s.pos FROM status s WHERE s.author = ?1 AND s.deleted = 0)",
	.statuses = "SELECT " STATUS_COLUMNS " FROM search w CROSS JOIN status s"
		    " LEFT JOIN person p ON p.id = s.author"
		    " WHERE w.search MATCH ?1 AND w.rowid < ?2 AND w.rowid > 0"
		    " AND s.pos = w.rowid AND s.deleted = 0 ORDER BY w.rowid DESC LIMIT ?3",
	.people = "SELECT " PERSON_COLUMNS " FROM search w CROSS JOIN person p"
		  " WHERE w.search MATCH ?1 AND w.rowid < 0 AND p.id = -w.rowid"
		  " ORDER BY w.rowid DESC LIMIT ?2",
	.document = document,
	.query = query,
};
