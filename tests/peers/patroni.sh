#!/bin/bash
# patroni.sh start|stop|clean DIR - three nodes of PostgreSQL 15 under Patroni and etcd, synchronous
# and strict, all on loopback.  As root they run as the user "postgres"; DIR has at most 80 characters.
# env: PATRONI_TTL (8), PATRONI_RETRY (3), PATRONI_LOOP (1): seconds; short, so that tests need not wait
#      PATRONI_SYNC=false: as nobody should run it, to see what is lost then
# sets: PG_URL (libpq's, of all three, for the one that can write; the database "hudhud" of the user
#       "hudhud", who is no superuser and has no password)  PG_BIN
#
# patroni.sh WHAT DIR [N], while it runs; a node N is 1, 2 or 3:
#   leader            say which node holds the leader's lock; fails when none does
#   sync              say which node is the synchronous standby; fails when none is
#   settled [SECONDS] wait until there is a leader, a synchronous standby, and all stream (60)
#   kill-postmaster N kill -9 of PostgreSQL there; Patroni lives on
#   kill-node N       kill -9 of Patroni and PostgreSQL, children and all
#   start-node N      start Patroni there, which starts PostgreSQL
#   freeze N, thaw N  SIGSTOP, SIGCONT to Patroni and PostgreSQL, children and all
#   kill-etcd N, start-etcd N   one member; two of three are a quorum
. "$(dirname "$0")/lib.sh"
WHAT=${1:-}
NODES="1 2 3"

# before a command: as the servers' user, with nothing of the caller's
as_server() {
	# from a folder that another user may be in, wherever the tree lies
	AS=(env -C "$DIR" -i "PATH=$PATH" "HOME=$DIR" LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1)
	[ "$(id -u)" != 0 ] || AS=(setpriv --reuid postgres --regid postgres --clear-groups -- "${AS[@]}")
}

# ---- settings

node_settings() { # N
	local port=PG_PORT$1 rest=REST_PORT$1 n
	cat <<CFG
scope: hudhud
name: n$1
restapi: {listen: "127.0.0.1:${!rest}", connect_address: "127.0.0.1:${!rest}"}
etcd3: {hosts: ["127.0.0.1:$ETCD_PORT1", "127.0.0.1:$ETCD_PORT2", "127.0.0.1:$ETCD_PORT3"]}
bootstrap:
  dcs:
    ttl: ${PATRONI_TTL:-8}
    loop_wait: ${PATRONI_LOOP:-1}
    retry_timeout: ${PATRONI_RETRY:-3}
    master_start_timeout: 0
    synchronous_mode: ${PATRONI_SYNC:-true}
    synchronous_mode_strict: ${PATRONI_SYNC:-true}
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 100
        max_wal_senders: 8
        max_replication_slots: 8
        max_worker_processes: 4
        wal_level: replica
        hot_standby: 'on'
        wal_log_hints: 'on'
        synchronous_commit: 'on'
        shared_buffers: 32MB
        max_wal_size: 256MB
        wal_keep_size: 128MB
        wal_retrieve_retry_interval: 500ms
        timezone: UTC
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums, no-sync]
  pg_hba:
    - host replication repl 127.0.0.1/32 trust
    - host all all 127.0.0.1/32 trust
    - local all all trust
  post_bootstrap: $DIR/people.sh
postgresql:
  listen: "127.0.0.1:${!port}"
  connect_address: "127.0.0.1:${!port}"
  data_dir: $DIR/data$1
  bin_dir: $PG_BIN
  pgpass: $DIR/sock/pgpass$1
  basebackup: [{checkpoint: fast}, no-sync]
  authentication:
    superuser: {username: postgres, password: x}
    replication: {username: repl, password: x}
  parameters: {unix_socket_directories: $DIR/sock}
watchdog: {mode: 'off'}
CFG
}

# The standbys come later: what is made here cannot wait for them.
people_script() {
	cat <<CFG
#!/bin/bash
export PGOPTIONS='-c synchronous_commit=local'
$PG_BIN/psql -Xq -v ON_ERROR_STOP=1 -d "\$1" -c 'CREATE ROLE hudhud LOGIN' &&
$PG_BIN/psql -Xq -v ON_ERROR_STOP=1 -d "\$1" -c 'CREATE DATABASE hudhud OWNER hudhud'
CFG
}

ports() {
	local n
	for n in $NODES; do
		alloc_port PG_PORT$n
		alloc_port REST_PORT$n
		alloc_port ETCD_PORT$n
		alloc_port RAFT_PORT$n
	done
}

# of one that runs: alloc_port would take others
known_ports() {
	local v p
	while IFS== read -r v p; do printf -v "$v" %s "$p"; done <"$DIR/.ports"
}

# ---- single processes

start_etcd() { # N
	local client=http://127.0.0.1:$((ETCD_PORT$1)) raft=http://127.0.0.1:$((RAFT_PORT$1))
	spawn "etcd$1" "${AS[@]}" etcd --name "e$1" --data-dir "$DIR/etcd$1" --logger zap --log-level error \
		--heartbeat-interval 200 --election-timeout 2000 --snapshot-count 10000 \
		--listen-client-urls "$client" --advertise-client-urls "$client" \
		--listen-peer-urls "$raft" --initial-advertise-peer-urls "$raft" \
		--initial-cluster-token hudhud --initial-cluster-state new \
		--initial-cluster "e1=http://127.0.0.1:$RAFT_PORT1,e2=http://127.0.0.1:$RAFT_PORT2,e3=http://127.0.0.1:$RAFT_PORT3"
}

start_node() { spawn "node$1" "${AS[@]}" patroni "$DIR/node$1.yml"; }

postmaster_of() { # N
	local pid
	read -r pid 2>/dev/null <"$DIR/data$1/postmaster.pid" || return 1
	# the file outlives a server that was killed, and the number may be somebody else's by now
	[ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$DIR/data$1" ] && echo "$pid"
}

family_of() { # PID...: they, and their children and grandchildren
	local p
	for p in "$@"; do
		echo "$p"
		family_of $(cat "/proc/$p/task/"*/children 2>/dev/null)
	done
}

# signal_node SIGNAL N: Patroni first, so that it mends nothing meanwhile
signal_node() {
	local pids
	pids=$(family_of $(pid_of "node$2") $(postmaster_of "$2"))
	[ -z "$pids" ] || kill "-$1" $pids 2>/dev/null
	return 0
}

# ---- what Patroni says

# is ROLE N: by its health check, which says 200 if so
is() {
	local port=REST_PORT$2
	[ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:${!port}/$1")" = 200 ]
}

say_node() { # ROLE
	local n
	for n in $NODES; do is "$1" "$n" && echo "$n" && return; done
	return 1
}

ask_leader() { # SQL
	"$PG_BIN/psql" -XqAt -d "$(url postgres postgres)" -c "$1"
}

is_settled() {
	say_node leader >/dev/null &&
		{ [ "${PATRONI_SYNC:-true}" = false ] || say_node sync >/dev/null; } &&
		[ "$(ask_leader "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 2 ]
}

url() { # USER DATABASE
	echo "postgresql://$1@127.0.0.1:$PG_PORT1,127.0.0.1:$PG_PORT2,127.0.0.1:$PG_PORT3/$2?target_session_attrs=read-write&connect_timeout=2"
}

# ---- the whole

# the newest that Debian has put there
find_programs() {
	local d
	for d in /usr/lib/postgresql/*/bin; do [ -x "$d/postgres" ] && PG_BIN=$d; done
	[ -n "${PG_BIN:-}" ] || die "not installed: postgresql-15"
	command -v patroni >/dev/null || die "not installed: patroni"
	command -v etcd >/dev/null || die "not installed: etcd-server"
	as_server
}

do_start() {
	local n
	find_programs
	[ ${#DIR} -le 80 ] || die "the path is too long for unix sockets (limit 80): $DIR"
	ports
	mkdir -p "$DIR/sock"
	people_script >"$DIR/people.sh"
	chmod 755 "$DIR" "$DIR/people.sh"
	for n in $NODES; do
		mkdir -p "$DIR/data$n" "$DIR/etcd$n"
		chmod 700 "$DIR/data$n" "$DIR/etcd$n"
		node_settings "$n" >"$DIR/node$n.yml"
	done
	[ "$(id -u)" != 0 ] || chown postgres:postgres "$DIR"/{sock,data?,etcd?}
	for n in $NODES; do start_etcd "$n"; done
	for n in $NODES; do start_node "$n"; done
	PG_URL=$(url hudhud hudhud)
	wait_for 90 "$(pid_of node1)" is_settled || return 1
	put_env PG_URL PG_BIN
}

# At a stop the leader goes last, so that none takes its place; a throw-away is not asked.
do_stop() {
	local n pid leader=
	for n in $NODES; do signal_node CONT "$n"; done
	if [ "$WHAT" = stop ] && [ -f "$DIR/.ports" ]; then
		known_ports
		leader=$(say_node leader)
		for n in $NODES; do
			[ "$n" = "$leader" ] || kill -TERM "$(pid_of "node$n")" 2>/dev/null
		done
		for n in $NODES; do [ "$n" = "$leader" ] || stop_pid "node$n"; done
		[ -z "$leader" ] || stop_pid "node$leader"
	fi
	for n in $NODES; do
		signal_node KILL "$n"
		rm -f "$DIR/node$n.pid"
	done
	for n in $NODES; do stop_pid "etcd$n"; done
}

# ---- while it runs

of_running() { # WHAT [N]
	find_programs
	known_ports
	case $1 in
	leader | sync) say_node "$1" ;;
	settled) wait_for "${2:-60}" - is_settled ;;
	kill-postmaster) kill -KILL "$(postmaster_of "$2")" ;;
	kill-node) signal_node KILL "$2" ;;
	start-node) start_node "$2" ;;
	freeze) signal_node STOP "$2" ;;
	thaw) signal_node CONT "$2" ;;
	kill-etcd) kill -KILL "$(pid_of "etcd$2")" ;;
	start-etcd) start_etcd "$2" ;;
	esac
}

case $WHAT in
leader | sync | settled | kill-postmaster | kill-node | start-node | freeze | thaw | kill-etcd | \
	start-etcd)
	DIR=$(cd "${2:-}" && pwd -P) || die "usage: $0 $WHAT DIR [N]"
	of_running "$WHAT" ${3:+"$3"}
	;;
*) main "$@" ;;
esac
