#include "store/picture.h"

#include <string.h>

#include "base/mem.h"
#include "store/change.h"
#include "store/row.h"

/* The hash stands with the person, too: whoever shows a status has it at hand. */
static int
note(struct tx *tx, int64_t user, const char *hash)
{
	change_made(tx, CHANGE_USER, user);
	return sql_run(tx, "UPDATE person SET picture = ?2 WHERE id = ?1", N(user), T(hash));
}

int
picture_set(struct tx *tx, int64_t user, const struct picture *p)
{
	sql_run(tx,
	    "INSERT INTO picture (user_id, type, hash, bytes) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (user_id) DO UPDATE SET type = ?2, hash = ?3, bytes = ?4",
	    N(user), T(p->type), T(p->hash), B(p->bytes, p->n));
	return note(tx, user, p->hash);
}

bool
picture_get(struct tx *tx, int64_t user, struct picture *p)
{
	bool found = false;
	const void *bytes;
	struct sql q;

	sql_open(&q, tx, "SELECT type, hash, bytes FROM picture WHERE user_id = ?1", N(user));
	while (!found && sql_next(&q)) {
		sql_copy(&q, 0, p->type, sizeof(p->type));
		sql_copy(&q, 1, p->hash, sizeof(p->hash));
		bytes = sql_bytes(&q, 2, &p->n);
		p->bytes = mem_new(p->n + 1);
		if (p->n > 0)
			memcpy(p->bytes, bytes, p->n);
		found = true;
		sql_close(&q);
	}
	return found;
}

int
picture_remove(struct tx *tx, int64_t user)
{
	sql_run(tx, "DELETE FROM picture WHERE user_id = ?1", N(user));
	return note(tx, user, "");
}
