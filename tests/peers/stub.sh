#!/bin/bash
# stub.sh start|stop|clean DIR - an HTTP server that writes down each request (DIR/requests.jsonl).
# env: STUB_RULES: a Python file that decides the answers, see stub.py    STUB_TLS=1: https
# sets: STUB_PORT STUB_LOG STUB_PID
. "$(dirname "$0")/lib.sh"

do_start() {
	alloc_port STUB_PORT
	if [ -n "${STUB_TLS:-}" ]; then
		[ -s "$DIR/tls.crt" ] || selfsigned "$DIR/tls" localhost DNS:localhost IP:127.0.0.1
		export STUB_CERT=$DIR/tls.crt STUB_KEY=$DIR/tls.key
	fi
	spawn stub $PYTHON "$PEER_FOLDER/stub.py" "$STUB_PORT" "$DIR/requests.jsonl" ${STUB_RULES:-}
	wait_port 60 "$(pid_of stub)" "$STUB_PORT" || return 1
	STUB_LOG=$DIR/requests.jsonl STUB_PID=$(pid_of stub)
	put_env STUB_PORT STUB_LOG STUB_PID
}

do_stop() { stop_pid stub; }

main "$@"
