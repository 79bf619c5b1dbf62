#!/bin/bash
# The same account as account.sh, with the store in a private PostgreSQL server: deaths of the daemon
# and of the channel's process.  What befalls the server is told by tests/store/away.c.
export PEER_OWNER=$$
DIR=$(mktemp -d /tmp/hudhud-pg.XXXXXX) && chmod 755 "$DIR"
peer() { bash "$top_srcdir/tests/peers/postgres.sh" "$1" "$DIR/pg"; }
trap 'peer clean; rm -rf "$DIR"' EXIT
said=$(peer start)
url=$(sed -n 's/^PG_URL=//p' <<<"$said")
psql=$(sed -n 's/^PG_BIN=//p' <<<"$said")/psql
. "$top_srcdir/tests/crash/account_try.sh"
fresh() {
	"$psql" -qc "CREATE DATABASE world$n" "$url" || { echo "Bail out! no database"; exit 1; }
	export ACCOUNT_STORE=${url%/*}/world$n
}
try_deaths
end ack dedupe
