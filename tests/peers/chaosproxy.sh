#!/bin/bash
# chaosproxy.sh start|stop|clean DIR - a TCP proxy with faults in front of 127.0.0.1:$UPSTREAM.
# Write commands into the fifo DIR/ctl, e.g. echo 'delay 300' >DIR/ctl; chaosproxy.py lists them.
# env: UPSTREAM: a port
# sets: PROXY_PORT CTL
. "$(dirname "$0")/lib.sh"

do_start() {
	alloc_port PROXY_PORT
	rm -f "$DIR/ctl"
	mkfifo "$DIR/ctl"
	spawn chaosproxy $PYTHON "$PEER_FOLDER/chaosproxy.py" "$PROXY_PORT" "$UPSTREAM" "$DIR"
	wait_port 60 "$(pid_of chaosproxy)" "$PROXY_PORT" || return 1
	CTL=$DIR/ctl
	put_env PROXY_PORT CTL
}

do_stop() { stop_pid chaosproxy; }

main "$@"
