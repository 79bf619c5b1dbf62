#!/bin/bash
# kannel.sh start|stop|clean DIR - a private Kannel on loopback (bearerbox, smsbox) and behind it a
# pretend phone network: smscd.py, or with SMSC=smpp smppd.py, which can be told to misbehave.
# env: CALLBACK: URL that gets the texts from phones (a query string is added)
#      SMS_USER, SMS_PASS (gw, gwpass)   SMS_NUMBER (12345)
#      NO_SMSC=1: leave the network's port to the test
#      CORE_EXTRA SMSC_EXTRA SMSBOX_EXTRA USER_EXTRA SERVICE_EXTRA: more lines of these groups
# sets: SENDSMS_URL SENDSMS_PORT ADMIN_PORT SMSBOX_PORT SMSC_PORT STATUS_URL SMS_USER SMS_PASS MO MT_LOG
# MO, a fifo: a line {"from":..,"to":..,"text":..} is a text from a phone to the service
# MT_LOG: what the phones got, one JSON object a text, long ones joined
. "$(dirname "$0")/lib.sh"
SMS_USER=${SMS_USER:-gw} SMS_PASS=${SMS_PASS:-gwpass} SMS_NUMBER=${SMS_NUMBER:-12345}
CALLBACK=${CALLBACK:-http://127.0.0.1:9/sms}
SMSC=${SMSC:-fake}

box_status() {
	local fd
	exec {fd}<>"/dev/tcp/127.0.0.1/$ADMIN_PORT" || return 1
	printf 'GET /status.txt?password=adm HTTP/1.0\r\n\r\n' >&"$fd"
	timeout 2 cat <&"$fd"
	exec {fd}>&-
}
smsbox_known() { [[ $(box_status) == *smsbox:*"on-line"* ]]; }
smsc_online() { [[ $(box_status) == *" (online "* ]]; }

smsc_settings() {
	if [ "$SMSC" = smpp ]; then
		cat <<CFG
group = smsc
smsc = smpp
smsc-id = smpp1
host = 127.0.0.1
port = $SMSC_PORT
transceiver-mode = true
smsc-username = kannel
smsc-password = kannel
system-type = VMA
source-addr-autodetect = true
enquire-link-interval = 5
reconnect-delay = 1
wait-ack = 5
wait-ack-expire = 1
${SMSC_EXTRA:-}
CFG
	else
		cat <<CFG
group = smsc
smsc = fake
smsc-id = fake1
port = $SMSC_PORT
connect-allow-ip = 127.0.0.1
${SMSC_EXTRA:-}
CFG
	fi
}

settings() {
	cat <<CFG
group = core
admin-interface = 127.0.0.1
admin-port = $ADMIN_PORT
admin-password = adm
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-interface = 127.0.0.1
smsbox-port = $SMSBOX_PORT
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal
store-type = file
store-location = "$DIR/store/kannel.store"
access-log = "$DIR/access.log"
sms-resend-freq = 2
${CORE_EXTRA:-}

$(smsc_settings)

group = smsbox
# no smsbox-id: with one, and no smsbox-route group, texts from phones stay queued for ever
bearerbox-host = 127.0.0.1
sendsms-interface = 127.0.0.1
sendsms-port = $SENDSMS_PORT
sendsms-chars = "0123456789+- "
global-sender = $SMS_NUMBER
mo-recode = true
http-request-retry = 3
http-queue-delay = 1
http-timeout = 10
${SMSBOX_EXTRA:-}

group = sendsms-user
username = $SMS_USER
password = $SMS_PASS
user-deny-ip = "*.*.*.*"
user-allow-ip = "127.0.0.1"
max-messages = 10
concatenation = true
${USER_EXTRA:-}

group = sms-service
keyword = default
catch-all = true
get-url = "$CALLBACK?from=%p&to=%P&text=%b&charset=%C&coding=%c&time=%T&id=%I&smsc=%i&udh=%u"
max-messages = 0
omit-empty = true
${SERVICE_EXTRA:-}
CFG
}

start_network() { # $1: program
	[ -p "$DIR/mo" ] || mkfifo "$DIR/mo"
	touch "$DIR/mt.jsonl"
	spawn smsc $PYTHON "$PEER_FOLDER/$1" "$SMSC_PORT" "$DIR" "$SMS_NUMBER"
}

do_start() {
	local v
	command -v bearerbox >/dev/null && command -v smsbox >/dev/null || die "not installed: kannel"
	for v in ADMIN_PORT SMSBOX_PORT SENDSMS_PORT SMSC_PORT; do alloc_port $v; done
	mkdir -p "$DIR/store"
	settings >"$DIR/kannel.conf"
	if [ "$SMSC" = smpp ] && [ -z "${NO_SMSC:-}" ]; then # here Kannel is the one that connects
		start_network smppd.py
		wait_port 60 "$(pid_of smsc)" "$SMSC_PORT" || return 1
	fi
	spawn bearerbox bearerbox -v "${KANNEL_V:-0}" "$DIR/kannel.conf"
	wait_port 60 "$(pid_of bearerbox)" "$SMSBOX_PORT" || return 1
	wait_port 60 "$(pid_of bearerbox)" "$ADMIN_PORT" || return 1
	spawn smsbox smsbox -v "${KANNEL_V:-0}" "$DIR/kannel.conf"
	wait_port 60 "$(pid_of smsbox)" "$SENDSMS_PORT" || return 1
	if [ -z "${NO_SMSC:-}" ]; then
		[ "$SMSC" = smpp ] || start_network smscd.py
		wait_for 60 "$(pid_of smsc)" smsc_online || return 1
	fi
	wait_for 60 "$(pid_of smsbox)" smsbox_known || return 1
	MO=$DIR/mo MT_LOG=$DIR/mt.jsonl SENDSMS_URL=http://127.0.0.1:$SENDSMS_PORT/cgi-bin/sendsms
	STATUS_URL="http://127.0.0.1:$ADMIN_PORT/status.txt?password=adm"
	put_env ADMIN_PORT SMSBOX_PORT SENDSMS_PORT SMSC_PORT SMS_USER SMS_PASS SMS_NUMBER SENDSMS_URL \
		STATUS_URL MO MT_LOG
}

do_stop() {
	stop_pid smsc
	stop_pid smsbox
	stop_pid bearerbox
}

main "$@"
