/* A tsvector with what we have cut, and its own parser left out. */
#include <string.h>

#include "base/buf.h"
#include "store/postgres/postgres.h"
#include "store/row.h"

static const char *const define[] = {
	"CREATE TABLE search (pos BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
	/* What waits to be put in its place would have to be put there by some writer, all of it at once. */
	"CREATE INDEX search_words ON search USING gin (words) WITH (fastupdate = off)",
	NULL,
};

static const char *const drop[] = { "DROP TABLE IF EXISTS search", NULL };

/* The first of ${*tokens}, which goes on behind it; NULL: there is none. */
static const char *
next(const char **tokens, size_t *n)
{
	const char *s = *tokens + strspn(*tokens, " ");

	*n = strcspn(s, " ");
	*tokens = s + *n;
	return *n > 0 ? s : NULL;
}

static void
document(struct buf *out, const char *tokens)
{
	const char *s;
	size_t n;

	for (int place = 1; (s = next(&tokens, &n)) != NULL; place++)
		buf_printf(out, "'%.*s':%d ", (int)n, s, place);
}

static void
add_all(struct buf *out, const char *const *phrases, size_t n, const char *between)
{
	for (size_t i = 0; i < n; i++) {
		const char *tokens = phrases[i], *s, *then = "";
		size_t len;

		buf_text_add(out, i > 0 ? between : "");
		buf_text_add(out, "(");
		for (; (s = next(&tokens, &len)) != NULL; then = " <-> ")
			buf_printf(out, "%s'%.*s'", then, (int)len, s);
		buf_text_add(out, ")");
	}
}

static void
query(struct buf *out, const char *const *with, size_t n, const char *const *without, size_t m)
{
	add_all(out, with, n, " & ");
	if (m == 0)
		return;
	buf_text_add(out, " & !(");
	add_all(out, without, m, " | ");
	buf_text_add(out, ")");
}

const struct search_engine pg_search = {
	.define = define,
	.drop = drop,
	.add_status = "INSERT INTO search SELECT s.pos, CAST(?2 AS tsvector) FROM status s"
		      " WHERE s.pos = ?1 AND s.deleted = 0",
	.add_person = "INSERT INTO search SELECT -p.id, CAST(?2 AS tsvector) FROM person p"
		      " WHERE p.id = ?1 AND p.bio = ?3",
	.forget = "DELETE FROM search WHERE pos = ?1",
	.forget_all = "DELETE FROM search WHERE pos IN"
		      " (SELECT s.pos FROM status s WHERE s.author = ?1 AND s.deleted = 0)",
	/* row by row, whatever the planner thinks of it */
	.newest =
	    "SELECT " STATUS_COLUMNS " FROM (SELECT n.pos, n.words FROM search n WHERE n.pos < ?2"
	    " AND n.pos >= ?4 ORDER BY n.pos DESC OFFSET 0) AS w JOIN status s ON s.pos = w.pos"
	    " LEFT JOIN person p ON p.id = s.author WHERE w.words @@ CAST(?1 AS tsquery)"
	    " AND w.pos > 0 AND s.deleted = 0 ORDER BY w.pos DESC LIMIT ?3",
	/* by the index, whatever the planner thinks of it */
	.statuses = "SELECT " STATUS_COLUMNS " FROM search w JOIN status s ON s.pos = w.pos"
		    " LEFT JOIN person p ON p.id = s.author"
		    " WHERE w.words @@ CAST(?1 AS tsquery) AND w.pos + 0 < ?2 AND w.pos + 0 > 0"
		    " AND s.deleted = 0 ORDER BY w.pos + 0 DESC LIMIT ?3",
	.people = "SELECT " PERSON_COLUMNS " FROM search w JOIN person p ON p.id = -w.pos"
		  " WHERE w.words @@ CAST(?1 AS tsquery) AND w.pos < 0"
		  " ORDER BY w.pos DESC LIMIT ?2",
	.document = document,
	.query = query,
};
