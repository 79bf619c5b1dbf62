#!/bin/bash
# The store's suite once more, on a private PostgreSQL server.
export PEER_OWNER=$$
DIR=$(mktemp -d /tmp/hudhud-pg.XXXXXX) && chmod 755 "$DIR"
peer() { bash "$top_srcdir/tests/peers/postgres.sh" "$1" "$DIR/pg"; }
trap 'peer clean; rm -rf "$DIR"' EXIT
eval "$(peer start)"
export HUDHUD_TEST_STORE=$PG_URL
n=0
for t in people log fanout rehome owed threads schema kill walk dead; do
	said=$("$top_builddir/tests/store/$t" 2>"$DIR/$t.log") || { echo "# $t ended with $?"; tail -n 5 "$DIR/$t.log" | sed 's/^/# /'; }
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
