#!/bin/bash
# prosody.sh start|stop|clean DIR - a private prosody on loopback: one host, one component.
# env: XHOST (localhost)  XCOMP (gw.$XHOST)  XSECRET (sesame)  USERS ("alice:alice-pw bob:bob-pw ...")
#      PROSODY_USER: run as that user instead of the caller    PROSODY_EXTRA: more global lines
#      PROSODY_LOG: debug, info ...
# sets: C2S_PORT C2S_TLS_PORT COMP_PORT XHTTP_PORT CERT PROSODY_PID
. "$(dirname "$0")/lib.sh"
XHOST=${XHOST:-localhost} XCOMP=${XCOMP:-gw.${XHOST:-localhost}} XSECRET=${XSECRET:-sesame}
USERS=${USERS:-"alice:alice-pw bob:bob-pw carol:carol-pw"}

settings() {
	cat <<CFG
run_as_root = true -- it refuses to start as root without this
daemonize = false
pidfile = "$DIR/prosody.own.pid"
data_path = "$DIR/data"
certificates = "$DIR/certs"
log = { { levels = { min = "${PROSODY_LOG:-info}" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { $C2S_PORT }
c2s_direct_tls_ports = { $C2S_TLS_PORT }
component_ports = { $COMP_PORT }
component_interfaces = { "127.0.0.1" }
http_ports = { $XHTTP_PORT }
https_ports = { }
http_interfaces = { "127.0.0.1" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "posix", "presence", "message",
	"iq", "offline", "carbons", "pep", "private", "blocklist", "vcard_legacy", "vcard4", "version",
	"uptime", "time", "register", "register_ibr", "smacks", "bosh", "websocket" }
modules_disabled = { "s2s" } -- no federation: nothing leaves this machine
allow_registration = true
min_seconds_between_registrations = 0
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
ssl = { key = "$DIR/tls.key", certificate = "$DIR/tls.crt" }
consider_bosh_secure = true
consider_websocket_secure = true
storage = "internal"
${PROSODY_EXTRA:-}
VirtualHost "$XHOST"
Component "$XCOMP"
	component_secret = "$XSECRET"
	validate_from_addresses = true
CFG
}

do_start() {
	local u hello
	command -v prosody >/dev/null || die "not installed: prosody"
	for u in C2S_PORT C2S_TLS_PORT COMP_PORT XHTTP_PORT; do alloc_port $u; done
	mkdir -p "$DIR/data" "$DIR/certs"
	[ -s "$DIR/tls.crt" ] ||
		selfsigned "$DIR/tls" "$XHOST" "DNS:$XHOST" "DNS:$XCOMP" "IP:127.0.0.1"
	settings >"$DIR/prosody.cfg.lua"
	# before the start: prosodyctl writes the data files itself
	for u in $USERS; do
		[ -s "$DIR/data/$XHOST/accounts/${u%%:*}.dat" ] ||
			prosodyctl --root --config "$DIR/prosody.cfg.lua" register "${u%%:*}" "$XHOST" \
				"${u#*:}" >>"$DIR/prosodyctl.log" 2>&1 ||
			die "cannot register ${u%%:*}: $(tail -3 "$DIR/prosodyctl.log")"
	done
	if [ -n "${PROSODY_USER:-}" ]; then
		chown -R "$PROSODY_USER" "$DIR"
		spawn prosody setpriv --reuid="$PROSODY_USER" --regid="$PROSODY_USER" --init-groups \
			prosody -F --config "$DIR/prosody.cfg.lua"
	else
		spawn prosody prosody -F --config "$DIR/prosody.cfg.lua"
	fi
	hello="<?xml version='1.0'?><stream:stream to='$XHOST' xmlns='jabber:client'"
	hello="$hello xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	wait_for 60 "$(pid_of prosody)" speak_any "$C2S_PORT" 'mechanism>PLAIN' "$hello" || return 1
	wait_port 60 "$(pid_of prosody)" "$COMP_PORT" || return 1
	PROSODY_PID=$(pid_of prosody) CERT=$DIR/tls.crt
	put_env XHOST XCOMP XSECRET C2S_PORT C2S_TLS_PORT COMP_PORT XHTTP_PORT CERT PROSODY_PID
}

do_stop() { stop_pid prosody; }

main "$@"
