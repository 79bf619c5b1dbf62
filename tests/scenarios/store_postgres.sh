#!/bin/bash
# The store's suite once more, on a private PostgreSQL server; and what such a server does wrong.
export PEER_OWNER=$$
# in memory where there is room: what the server syncs, it syncs there
DIR=$(mktemp -d /dev/shm/hudhud-pg.XXXXXX 2>/dev/null || mktemp -d /tmp/hudhud-pg.XXXXXX) && chmod 755 "$DIR"
peer() { bash "$top_srcdir/tests/peers/postgres.sh" "$1" "$DIR/pg"; }
trap 'peer clean; rm -rf "$DIR"' EXIT
HUDHUD_TEST_STORE=$(peer start | sed -n 's/^PG_SOCKET_URL=//p')
export HUDHUD_TEST_STORE
cat >"$DIR/server" <<SH
# WHAT: stop, start or kill the server
case \$1 in
kill)
	kill -KILL \$(cat "$DIR/pg/postgres.pid")
	# what it has started ends when it sees that
	while [ -n "\$(find /proc -maxdepth 2 -name cwd -lname "$DIR/pg/data" 2>/dev/null)" ]; do sleep 0.02; done
	# its keeper goes, too: the next start has one of its own
	bash "$top_srcdir/tests/peers/postgres.sh" stop "$DIR/pg"
	;;
*) bash "$top_srcdir/tests/peers/postgres.sh" "\$1" "$DIR/pg" ;;
esac
SH
export HUDHUD_TEST_SERVER="bash $DIR/server"
n=0
for t in people wishes log fanout rehome owed threads schema kill walk dead roster node answer move cut harm wish identity change search conversation feed shared hint away; do
	# a remark may have bytes that are no characters, at which bash runs lines into one another
	said=$(set -o pipefail; "$top_builddir/tests/store/$t" 2>"$DIR/$t.log" | LC_ALL=C tr -cd '\n\t -~') || { echo "# $t ended with $?"; tail -n 5 "$DIR/$t.log" | sed 's/^/# /'; }
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*) n=$((n + 1)); sed -E "s/^((not )?ok) [0-9]+( - )?/\1 $n - $t: /" <<<"$line" ;;
		1..*) last=$line ;;
		*) echo "$line" ;;
		esac
	done <<<"$said"
	[ "${last:-}" != "" ] || { n=$((n + 1)); echo "not ok $n - $t: came to its end"; }
	last=
done
echo "1..$n"
