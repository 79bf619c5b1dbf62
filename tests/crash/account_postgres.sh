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
here=$top_builddir/tests/crash
kills=${ACCOUNT_KILLS:-12}
n=0 bad=0
try() { # WHAT MODE KILLS [MUTANT]
	n=$((n + 1))
	"$psql" -qc "CREATE DATABASE world$n" "$url" || { echo "Bail out! no database"; exit 1; }
	export ACCOUNT_STORE=${url%/*}/world$n
	if out=$("$here/account" "$here/victim" "$2" "$3" ${4:+"$4"} 2>&1); then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
	fi
	echo "$out" | grep -E '^(#|not ok|fatal|warning)' | sed 's/^#* */# /'
}
try "kill -9 of the daemon" core "$kills"
try "kill -9 of the channel's process" channel "$kills"
try "kill -9 of the daemon, statuses fanned out as jobs" jobs "$kills"
[ "${ACCOUNT_MUTANTS:-yes}" = no ] || for mutant in ack dedupe; do
	try "an account without '$mutant' does not add up" core 8 $mutant
done
echo "1..$n"
exit $bad
