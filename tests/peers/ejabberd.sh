#!/bin/bash
# ejabberd.sh start|stop|clean DIR - a private ejabberd on loopback, without epmd.
# env: XHOST XCOMP XSECRET USERS as in prosody.sh    EJ_USER: run as that user
#      EJ_EXTRA: more lines of settings    EJ_LOG: debug, info ...
# sets: C2S_PORT C2S_TLS_PORT COMP_PORT XHTTP_PORT CERT CTL EJ_PID
# CTL is its ejabberdctl: $CTL status, $CTL connected_users ...
. "$(dirname "$0")/lib.sh"
XHOST=${XHOST:-localhost} XCOMP=${XCOMP:-gw.${XHOST:-localhost}} XSECRET=${XSECRET:-sesame}
USERS=${USERS:-"alice:alice-pw bob:bob-pw carol:carol-pw"}

register() {
	local r
	r=$(curl -sS -m 10 --noproxy '*' -H 'Content-Type: application/json' \
		-d "{\"user\":\"$1\",\"host\":\"$XHOST\",\"password\":\"$2\"}" \
		"http://127.0.0.1:$XHTTP_PORT/api/register" 2>&1)
	[[ $r == *successfully* || $r == *already* ]] || { echo "register $1: $r" >&2; return 1; }
}

settings() {
	cat <<CFG
loglevel: ${EJ_LOG:-info}
hosts: ["$XHOST"]
certfiles: ["$DIR/tls.pem"]
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: ["x-oauth2"]
auth_use_cache: false
listen:
  - { port: $C2S_PORT, ip: "127.0.0.1", module: ejabberd_c2s, starttls: true, starttls_required: false, max_stanza_size: 1048576 }
  - { port: $C2S_TLS_PORT, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, max_stanza_size: 1048576 }
  - port: $COMP_PORT
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    shaper_rule: none
    hosts:
      "$XCOMP": { password: "$XSECRET" }
  - port: $XHTTP_PORT
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: { "/api": mod_http_api, "/bosh": mod_bosh, "/ws": ejabberd_http_ws }
acl:
  loopback: { ip: ["127.0.0.0/8"] }
access_rules:
  register: { allow: all }
  local: { allow: all }
api_permissions:
  "ctl": { from: [ejabberd_ctl], who: all, what: "*" }
  "loopback": { who: { ip: "127.0.0.0/8" }, what: ["*"] }
registration_timeout: infinity
modules:
  mod_roster: { versioning: true }
  mod_disco: {}
  mod_caps: {}
  mod_ping: {}
  mod_offline: { access_max_user_messages: none }
  mod_carboncopy: {}
  mod_blocking: {}
  mod_privacy: {}
  mod_private: {}
  mod_vcard: {}
  mod_version: {}
  mod_last: {}
  mod_time: {}
  mod_stream_mgmt: { resend_on_timeout: if_offline }
  mod_register: { ip_access: all, access: register }
  mod_admin_extra: {}
  mod_http_api: {}
  mod_bosh: {}
  mod_pubsub: { plugins: [flat, pep] }
${EJ_EXTRA:-}
CFG
}

ctl_settings() {
	cat <<CFG
ERL_DIST_PORT=$DIST_PORT
INET_DIST_INTERFACE=127.0.0.1
ERLANG_NODE=ejabberd@localhost
ERL_OPTIONS="-env ERL_CRASH_DUMP_BYTES 0"
EJABBERD_PID_PATH=$DIR/beam.own.pid
EJABBERD_CONFIG_PATH=$DIR/ejabberd.yml
EJABBERD_BYPASS_WARNINGS=true
CFG
}

do_start() {
	local u hello pid
	command -v ejabberdctl >/dev/null || die "not installed: ejabberd"
	for u in C2S_PORT C2S_TLS_PORT COMP_PORT XHTTP_PORT DIST_PORT; do alloc_port $u; done
	mkdir -p "$DIR/spool" "$DIR/home"
	[ -s "$DIR/tls.crt" ] ||
		selfsigned "$DIR/tls" "$XHOST" "DNS:$XHOST" "DNS:$XCOMP" "IP:127.0.0.1"
	cat "$DIR/tls.key" "$DIR/tls.crt" >"$DIR/tls.pem"
	settings >"$DIR/ejabberd.yml"
	ctl_settings >"$DIR/ejabberdctl.cfg"
	: >"$DIR/inetrc"
	# Debian's ejabberdctl always becomes the user "ejabberd"; our copy stays who we are
	sed "s|^INSTALLUSER=.*|INSTALLUSER=${EJ_USER:-}|" "$(command -v ejabberdctl)" >"$DIR/ejabberdctl"
	printf '#!/bin/sh\nHOME=%s exec %s -d %s -l %s -s %s "$@" 2>/dev/null\n' \
		"$DIR/home" "$DIR/ejabberdctl" "$DIR" "$DIR" "$DIR/spool" >"$DIR/ctl"
	chmod 755 "$DIR/ejabberdctl" "$DIR/ctl"
	[ -z "${EJ_USER:-}" ] || chown -R "$EJ_USER" "$DIR"
	rm -f "$DIR/beam.own.pid"
	HOME=$DIR/home spawn ejabberdctl \
		"$DIR/ejabberdctl" -d "$DIR" -l "$DIR" -s "$DIR/spool" foreground
	pid=$(pid_of ejabberdctl)
	wait_for 60 "$pid" test -s "$DIR/beam.own.pid" || return 1
	cp "$DIR/beam.own.pid" "$DIR/beam.pid"
	hello="<?xml version='1.0'?><stream:stream to='$XHOST' xmlns='jabber:client'"
	hello="$hello xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	wait_for 60 "$pid" speak_any "$C2S_PORT" 'mechanism>PLAIN' "$hello" || return 1
	wait_port 60 "$pid" "$COMP_PORT" || return 1
	wait_port 60 "$pid" "$XHTTP_PORT" || return 1
	for u in $USERS; do register "${u%%:*}" "${u#*:}" || return 1; done
	EJ_PID=$(pid_of beam) CERT=$DIR/tls.crt CTL=$DIR/ctl
	put_env XHOST XCOMP XSECRET C2S_PORT C2S_TLS_PORT COMP_PORT XHTTP_PORT DIST_PORT CERT CTL EJ_PID
}

# the Erlang machine: TERM is an orderly stop; the ejabberdctl around it then ends by itself
do_stop() {
	stop_pid beam
	stop_pid ejabberdctl
}

main "$@"
