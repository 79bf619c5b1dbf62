#!/bin/bash
# tls.sh start|stop|clean DIR - https in front of http://127.0.0.1:$BACKEND.
# env: BACKEND: a port    NAMES: more names for the certificate, which DIR/ca.crt has signed
# sets: HTTPS_PORT HTTPS_URL CA
. "$(dirname "$0")/lib.sh"

certificate() {
	local san=DNS:localhost,IP:127.0.0.1 n
	for n in ${NAMES:-}; do san=$san,DNS:$n; done
	selfsigned "$DIR/ca" "test CA" DNS:ca.invalid
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$DIR/srv.key" \
		-out "$DIR/srv.csr" -subj /CN=localhost 2>/dev/null || return 1
	printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n' \
		"$san" >"$DIR/ext"
	openssl x509 -req -in "$DIR/srv.csr" -CA "$DIR/ca.crt" -CAkey "$DIR/ca.key" -CAcreateserial \
		-days 3650 -extfile "$DIR/ext" -out "$DIR/srv.crt" 2>/dev/null
}

do_start() {
	alloc_port HTTPS_PORT
	[ -s "$DIR/srv.crt" ] || certificate || return 1
	spawn front $PYTHON "$PEER_FOLDER/tls.py" "$HTTPS_PORT" "$BACKEND" "$DIR/srv.crt" "$DIR/srv.key"
	wait_port 60 "$(pid_of front)" "$HTTPS_PORT" || return 1
	CA=$DIR/ca.crt HTTPS_URL=https://localhost:$HTTPS_PORT
	put_env HTTPS_PORT HTTPS_URL CA
}

do_stop() { stop_pid front; }

main "$@"
