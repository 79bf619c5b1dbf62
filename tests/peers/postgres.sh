#!/bin/bash
# postgres.sh start|stop|release|clean DIR - a private PostgreSQL server: a unix socket in DIR, and a
# port on loopback.  As root it runs as the user "postgres"; DIR has at most 80 characters.
# env: PG_SETTINGS: lines for postgresql.conf, like "synchronous_standby_names = 'nobody'"
#      PG_KEEP=no: what is there from an earlier start is thrown away
# sets: PG_URL (a superuser without a password, by the port), PG_SOCKET_URL (the same by the socket),
#       PG_PORT PG_DATA PG_BIN POSTGRES_PID
# After "stop" its data stay, and "start" goes on with them.
. "$(dirname "$0")/lib.sh"

# the newest that Debian has put there
find_programs() {
	local d
	for d in /usr/lib/postgresql/*/bin; do [ -x "$d/postgres" ] && PG_BIN=$d; done
	[ -n "${PG_BIN:-}" ] || die "not installed: postgresql-15"
}

# as COMMAND...: as the server's user
as() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --clear-groups -- "$@"
	else
		"$@"
	fi
}

settings() {
	cat <<CFG
listen_addresses = '127.0.0.1'
port = $PG_PORT
unix_socket_directories = '$DIR/sock'
fsync = on
shared_buffers = 64MB
max_connections = 200
log_min_messages = warning
log_line_prefix = '%m [%p] %a '
lc_messages = 'C'
timezone = 'UTC'
autovacuum_naptime = 5s
${PG_SETTINGS:-}
CFG
}

make_data() {
	[ -s "$PG_DATA/PG_VERSION" ] && return 0
	rm -rf "$PG_DATA"
	mkdir -p "$PG_DATA"
	[ "$(id -u)" != 0 ] || chown postgres:postgres "$PG_DATA"
	chmod 700 "$PG_DATA"
	# names must sort by bytes whatever the language here
	as "$PG_BIN/initdb" -D "$PG_DATA" -U hudhud -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
		>"$DIR/initdb.log" 2>&1
}

is_ready() { "$PG_BIN/pg_isready" -q -h "$DIR/sock" -p "$PG_PORT"; }

do_start() {
	find_programs
	[ ${#DIR} -le 80 ] || die "the path is too long for unix sockets (limit 80): $DIR"
	PG_DATA=$DIR/data
	alloc_port PG_PORT
	mkdir -p "$DIR/sock"
	[ "$(id -u)" != 0 ] || chown postgres:postgres "$DIR/sock"
	[ "${PG_KEEP:-yes}" = yes ] || rm -rf "$PG_DATA"
	make_data || return 1
	# one that was killed, and that nobody has waited for, looks alive to the next
	if [ -f "$PG_DATA/postmaster.pid" ] && ! running "$(head -n 1 "$PG_DATA/postmaster.pid")"; then
		rm -f "$PG_DATA/postmaster.pid" "$DIR/sock"/.s.*.lock
	fi
	settings | as tee "$PG_DATA/postgresql.conf" >/dev/null
	if [ "$(id -u)" = 0 ]; then
		spawn postgres setpriv --reuid postgres --regid postgres --clear-groups -- \
			"$PG_BIN/postgres" -D "$PG_DATA"
	else
		spawn postgres "$PG_BIN/postgres" -D "$PG_DATA"
	fi
	wait_for 60 "$(pid_of postgres)" is_ready || return 1
	POSTGRES_PID=$(pid_of postgres)
	PG_URL=postgresql://hudhud@127.0.0.1:$PG_PORT/postgres
	PG_SOCKET_URL="postgresql://hudhud@/postgres?host=${DIR//\//%2F}%2Fsock&port=$PG_PORT"
	put_env PG_URL PG_SOCKET_URL PG_PORT PG_DATA PG_BIN POSTGRES_PID
}

# TERM would wait until all have left: INT ends their connections
do_stop() {
	local pid
	pid=$(pid_of postgres)
	[ -z "$pid" ] || kill -INT "$pid" 2>/dev/null
	stop_pid postgres
}

main "$@"
