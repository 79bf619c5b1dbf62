#!/bin/bash
# The crash account on three PostgreSQL nodes under Patroni: leaders and gateways are killed under load.
#   CLUSTER_STEPS     what is done, in order (see below, and cluster.c)
#   CLUSTER_GATEWAYS  how many gateways there are at once
#   CLUSTER_RATE      posts a second
#   CLUSTER_LOGS      a folder that gets everybody's logs
# With PATRONI_SYNC=false CLUSTER_STEPS=freeze it must fail: posts are lost.
# "cluster.sh STEP" is the hand that cluster.c runs.
peer() { bash "$top_srcdir/tests/peers/patroni.sh" "$1" "$CLUSTER_DIR" ${2:+"$2"}; }

standbys() {
	local n
	for n in 1 2 3; do [ "$n" = "$1" ] || echo "$n"; done
}

# until another than $1 leads
succession() {
	local end=$((SECONDS + 60)) now
	until now=$(peer leader) && [ "$now" != "$1" ]; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

step() {
	local leader n
	leader=$(peer leader) || { peer settled && leader=$(peer leader); } || return 1
	case $1 in
	postmaster) # the server dies where it leads; who watches it lives
		peer kill-postmaster "$leader" && succession "$leader"
		;;
	node) # the whole node dies
		peer kill-node "$leader" && succession "$leader" && peer start-node "$leader"
		;;
	freeze) # the standbys hang for a while, and then all three die: what the leader had to itself is gone
		for n in $(standbys "$leader"); do peer freeze "$n"; done
		sleep 1.5
		for n in "$leader" $(standbys "$leader"); do peer kill-node "$n"; done
		for n in $(standbys "$leader"); do peer start-node "$n"; done
		succession "$leader" && peer start-node "$leader"
		;;
	hang) # the leader's machine hangs, and its watchdog resets it
		peer freeze "$leader" && succession "$leader"
		n=$?
		peer kill-node "$leader"
		[ $n = 0 ] && peer start-node "$leader"
		;;
	wake) # without a watchdog: it goes on as if nothing had happened (docs/CLUSTER.md tells what may come of that)
		peer freeze "$leader" && succession "$leader"
		n=$?
		peer thaw "$leader"
		[ $n = 0 ]
		;;
	etcd) # a member of etcd dies, and the leader's server too
		peer kill-etcd "$leader" && peer kill-postmaster "$leader" && succession "$leader"
		n=$?
		peer start-etcd "$leader"
		[ $n = 0 ]
		;;
	alone) # no standby is left: nothing can be committed
		for n in $(standbys "$leader"); do peer kill-node "$n"; done
		return
		;;
	together) # they come back
		for n in $(standbys "$leader"); do peer start-node "$n"; done
		;;
	*) return 2 ;;
	esac && peer settled 90
}

if [ $# -gt 0 ]; then
	step "$1"
	exit
fi

export PEER_OWNER=$$ CLUSTER_DIR
CLUSTER_DIR=$(mktemp -d /tmp/hudhud-cluster.XXXXXX) && chmod 755 "$CLUSTER_DIR" || exit 1
trap '[ -z "${CLUSTER_LOGS:-}" ] || cp "$CLUSTER_DIR"/*.log "$CLUSTER_LOGS"; peer clean' EXIT
out=$(peer start) || { echo "Bail out! no cluster"; exit 1; }
eval "$(grep ^PG_BIN= <<<"$out")"
ACCOUNT_STORE=$(sed -n 's/^PG_URL=//p' <<<"$out")
export ACCOUNT_STORE
here=$top_builddir/tests/crash
"$here/cluster" "$here/victim" "${CLUSTER_GATEWAYS:-2}" "$0" \
	${CLUSTER_STEPS:-postmaster gateway freeze+ alone together} 2>&1 |
	tee "$CLUSTER_DIR/account.log" | grep --line-buffered -E '^(#|ok|not ok|fatal)' | sed -u 's/^fatal/# &/'
[ "${PIPESTATUS[0]}" = 0 ] || bad=1
n=$(grep -cE '^(ok|not ok)' "$CLUSTER_DIR/account.log")

# The three have the same, and no page and no index is damaged.
of_node() { # N USER SQL
	"$PG_BIN/psql" -XqAt -h 127.0.0.1 -p "$(port_of "$1")" -U "$2" -d hudhud -c "$3"
}
port_of() { sed -n "s/^PG_PORT$1=//p" "$CLUSTER_DIR/.ports"; }
sum_of() {
	of_node "$1" hudhud "SELECT count(*), md5(string_agg(s::text, '|' ORDER BY pos)) FROM status s"
}
are_alike() {
	local one
	for _ in $(seq 1 100); do
		one=$(sum_of 1)
		[ -n "$one" ] && [ "$one" = "$(sum_of 2)" ] && [ "$one" = "$(sum_of 3)" ] && return
		sleep 0.1
	done
	return 1
}
are_whole() {
	local n
	of_node "$(peer leader)" postgres "CREATE EXTENSION amcheck" >/dev/null || return 1
	for n in 1 2 3; do
		"$PG_BIN/pg_amcheck" --heapallindexed -h 127.0.0.1 -p "$(port_of "$n")" \
			-U postgres -d hudhud >>"$CLUSTER_DIR/amcheck.log" 2>&1 || return 1
	done
}
say() { # COMMAND WHAT
	n=$((n + 1))
	if $1; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; fi
}
say "[ ${bad:-0} = 0 ]" "the account comes to its end"
say are_alike "the three nodes have the same log"
say are_whole "no page and no index of theirs is damaged"
echo "1..$n"
exit "${bad:-0}"
