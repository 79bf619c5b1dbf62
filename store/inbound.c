#include "store/row.h"

bool
inbound_is_new(struct tx *tx, int chan, const char *peer, const char *foreign, int64_t *pos)
{
	*pos = 0;
	if (foreign[0] == '\0')
		return true;
	*pos = sql_value(tx, -1,
	    "SELECT pos FROM inbound WHERE chan = ?1 AND peer = ?2 AND foreign_id = ?3", N(chan),
	    T(peer), T(foreign));
	if (*pos != -1)
		return false;
	*pos = 0;
	return true;
}

int
inbound_note(
    struct tx *tx, int chan, const char *peer, const char *foreign, int64_t now, int64_t pos)
{
	if (foreign[0] == '\0')
		return STORE_OK;
	return sql_run(tx,
	    "INSERT INTO inbound VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (chan, peer, foreign_id) DO UPDATE SET pos = ?4, expires = ?5",
	    N(chan), T(peer), T(foreign), N(pos), N(now + KEEP_SECONDS));
}
