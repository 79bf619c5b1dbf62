# lib.sh - what the scripts that start private, throw-away peers share.  Sourced, not run.
#
# A peer script is called "NAME.sh start|stop|clean DIR":
#   start  makes settings under DIR, takes free loopback ports, starts the peer, waits until it
#          speaks, and prints VAR=value lines (also in DIR/env).  A second start after a stop
#          uses the same ports and data, so that clients can reconnect.
#   stop   ends it, by the process ids that start wrote down, and keeps data and ports.
#   clean  stops, gives the ports back and removes DIR.
#
# A peer outlives the script but not its owner: a keeper waits for the owner's end and stops the
# peer then.  The owner is $PEER_OWNER, or else the process that called the script; "none" leaves
# the peer running.  Bash tests that start peers from subshells should export PEER_OWNER=$$.
set -u
umask 022 # some peers have users of their own, who read their settings
PEER_HOST=127.0.0.1
PEER_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
PEER_PORTS=${PEER_PORTS:-${TMPDIR:-/tmp}/peer-ports.$(id -u)} # reservations, one file a port
PEER_OWNER=${PEER_OWNER:-$PPID}
PYTHON=/usr/bin/python3
PATH=$PATH:/usr/sbin:/sbin

die() { echo "$(basename "$0"): $*" >&2; exit 1; }

# running PID: is it there, and not a zombie?  (init may take seconds to reap an orphan)
running() {
	local stat
	kill -0 "$1" 2>/dev/null || return 1
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	stat=${stat##*) }
	[ "${stat%% *}" != Z ]
}

port_open() { (exec 3<>"/dev/tcp/$PEER_HOST/$1") 2>/dev/null; }

# port_held PORT: has somebody who still lives reserved it?
port_held() {
	local owner=
	[ -f "$PEER_PORTS/$1" ] || return 1
	read -r owner <"$PEER_PORTS/$1"
	[ "$owner" = none ] || { [ -n "$owner" ] && running "$owner"; }
}

# alloc_port VAR: set VAR to a free port and reserve it.  Ports are taken from 20000..29999, below
# the ephemeral range, so that no client's own end is given one.  A VAR that is already set stays.
alloc_port() {
	local v=$1 p
	[ -z "${!v:-}" ] || return 0
	mkdir -p "$PEER_PORTS"
	exec {lock}>"$PEER_PORTS/lock" && flock "$lock"
	p=$(sed -n "s/^$v=//p" "$DIR/.ports" 2>/dev/null | tail -1)
	if [ -z "$p" ] || port_open "$p"; then
		for _ in $(seq 1 400); do
			p=$((20000 + RANDOM % 10000))
			port_held "$p" || port_open "$p" || break
			p=
		done
		[ -n "$p" ] || die "no free port"
		echo "$v=$p" >>"$DIR/.ports"
	fi
	echo "$PEER_OWNER" >"$PEER_PORTS/$p"
	exec {lock}>&-
	printf -v "$v" %s "$p"
}

release_ports() {
	local p
	[ -f "$DIR/.ports" ] || return 0
	while IFS== read -r _ p; do rm -f "$PEER_PORTS/$p"; done <"$DIR/.ports"
	rm -f "$DIR/.ports"
}

now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

# wait_for SECONDS PID COMMAND...: until COMMAND succeeds; fails at once when PID ("-": none) ends
wait_for() {
	local end pid=$2
	end=$(($(now_ms) + $1 * 1000))
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$pid" = - ] || running "$pid" || return 2
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.05
	done
}
wait_port() { wait_for "$1" "$2" port_open "$3"; }

# speak PORT REGEX [SEND]: does the first line of the answer match within 2 s?
speak() {
	local fd line=
	exec {fd}<>"/dev/tcp/$PEER_HOST/$1" || return 1
	[ -z "${3:-}" ] || printf '%b' "$3" >&"$fd"
	IFS= read -r -t 2 -u "$fd" line
	exec {fd}>&-
	[[ $line =~ $2 ]]
}

# speak_any PORT REGEX SEND: the same for XML, which has no lines: reads on, up to each ">"
speak_any() {
	local fd all= part
	exec {fd}<>"/dev/tcp/$PEER_HOST/$1" || return 1
	printf '%b' "$3" >&"$fd"
	for _ in $(seq 1 60); do
		IFS= read -r -d '>' -t 2 -u "$fd" part || break
		all="$all$part>"
		[[ $all =~ $2 ]] && { exec {fd}>&-; return 0; }
	done
	exec {fd}>&-
	return 1
}

# spawn NAME COMMAND...: in the background, in a session of its own; DIR/NAME.log and DIR/NAME.pid
spawn() {
	local name=$1
	shift
	setsid "$@" </dev/null >>"$DIR/$name.log" 2>&1 &
	echo $! >"$DIR/$name.pid"
}
pid_of() { cat "$DIR/$1.pid" 2>/dev/null; }

# stop_pid NAME: TERM, wait, then KILL.  Only ever that process.
stop_pid() {
	local p
	p=$(pid_of "$1")
	[ -n "$p" ] || return 0
	if running "$p"; then
		kill -TERM "$p" 2>/dev/null
		wait_for 30 - not running "$p" || {
			echo "$1: TERM ignored, KILL" >&2
			kill -KILL "$p" 2>/dev/null
		}
	fi
	rm -f "$DIR/$1.pid"
}
not() { ! "$@"; }

# selfsigned BASE NAME SAN...: make BASE.crt and BASE.key
selfsigned() {
	local base=$1 name=$2 IFS=,
	shift 2
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
		-keyout "$base.key" -out "$base.crt" -subj "/CN=$name" -addext "subjectAltName=$*" \
		-addext "basicConstraints=critical,CA:TRUE" 2>/dev/null || die "openssl failed"
	chmod 644 "$base.key" # a throw-away key, read by the peers' own users
}

# put_env VAR...: VAR=value lines to DIR/env and to the caller
put_env() {
	local v
	for v in "$@"; do echo "$v=${!v}"; done | tee -a "$DIR/env"
}

# keep: stop the peer when its owner ends
keep() {
	[ "$PEER_OWNER" != none ] || return 0
	spawn keeper $PYTHON "$PEER_FOLDER/keeper.py" "$PEER_OWNER" "$PEER_FOLDER/$(basename "$0")" "$DIR"
}

# main start|stop|clean DIR: needs functions do_start and do_stop
main() {
	[ $# -eq 2 ] || die "usage: $0 start|stop|clean DIR"
	local rc
	DIR=$(mkdir -p "$2" && cd "$2" && pwd -P) || exit 1
	case $1 in
	start)
		: >"$DIR/env"
		keep
		do_start && return 0
		rc=$?
		echo "$(basename "$0"): start failed; the ends of its logs:" >&2
		tail -n 5 "$DIR"/*.log >&2
		do_stop
		stop_pid keeper
		exit "$rc"
		;;
	stop | release | clean)
		[ "$1" = release ] || stop_pid keeper
		do_stop
		[ "$1" = stop ] || release_ports
		[ "$1" != clean ] || { cd / && rm -rf "$DIR"; }
		;;
	*) die "usage: $0 start|stop|clean DIR" ;;
	esac
}
