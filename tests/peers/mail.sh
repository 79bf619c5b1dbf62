#!/bin/bash
# mail.sh start|stop|clean DIR - a private dovecot (IMAP, LMTP) and postfix (MX, submission) on
# loopback.  Must be root; DIR has at most 60 characters (unix sockets), and its parents must be
# searchable for everybody.
# env: MAILDOMAIN (test.example)  USERS ("alice:alice-pw bob:bob-pw ... gateway:gateway-pw")
#      GWDOMAIN (gw.example): every address in it is the mailbox "gateway"
#      LIFETIME (20s): how long undeliverable mail is tried     DOVECOT_EXTRA, POSTFIX_EXTRA
# sets: IMAP_PORT IMAPS_PORT LMTP_PORT MX_PORT SUBM_PORT SMTPS_PORT CERT POSTFIX_PID DOVECOT_PID
# What becomes of mail to:
#   USER@$MAILDOMAIN, USER+tag@..   delivered            nobody@$MAILDOMAIN     550 5.1.1
#   reject@$MAILDOMAIN              554 5.7.1            tempfail@$MAILDOMAIN   450 4.2.0
#   bounce@$MAILDOMAIN, *@bounce.example   accepted, then a bounce comes back
#   full@$MAILDOMAIN                the same, 5.2.2      *@hole.example         thrown away
#   *@later.example                 accepted, deferred, a bounce after $LIFETIME
#   anything else                   554 5.4.4: nothing leaves this machine
. "$(dirname "$0")/lib.sh"
MAILDOMAIN=${MAILDOMAIN:-test.example} GWDOMAIN=${GWDOMAIN:-gw.example} LIFETIME=${LIFETIME:-20s}
USERS=${USERS:-"alice:alice-pw bob:bob-pw carol:carol-pw gateway:gateway-pw"}

dovecot_settings() {
	cat <<CFG
base_dir = $DIR/dv
state_dir = $DIR/dv
log_path = $DIR/dovecot.log
instance_name = $DIR
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$DIR/tls.crt
ssl_key = <$DIR/tls.key
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-256
auth_username_format = %Ln
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:~/Maildir
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
recipient_delimiter = +
mail_plugins = quota
mail_max_userip_connections = 200
maildir_stat_dirs = yes
namespace inbox {
  inbox = yes
}
passdb {
  driver = passwd-file
  args = $DIR/passwd
}
userdb {
  driver = passwd-file
  args = $DIR/passwd
  default_fields = uid=mail gid=mail home=$DIR/mail/%n
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
}
lmtp_save_to_detail_mailbox = no
lmtp_rcpt_check_quota = no
lmtp_hdr_delivery_address = final
quota_full_tempfail = no
protocol lmtp {
  postmaster_address = postmaster@$MAILDOMAIN
}
service imap-login {
  inet_listener imap {
    port = $IMAP_PORT
  }
  inet_listener imaps {
    port = $IMAPS_PORT
    ssl = yes
  }
  service_count = 0
  process_min_avail = 1
}
service imap {
  process_limit = 500
}
service lmtp {
  inet_listener lmtp {
    port = $LMTP_PORT
  }
  process_min_avail = 1
}
service auth {
  inet_listener sasl {
    port = $SASL_PORT
  }
}
${DOVECOT_EXTRA:-}
CFG
}

postfix_settings() {
	local faults="{reject@$MAILDOMAIN=554 5.7.1 test: rejected}"
	faults="$faults, {tempfail@$MAILDOMAIN=450 4.2.0 test: try again later}"
	cat <<CFG
compatibility_level = 3.6
queue_directory = $DIR/spool
data_directory = $DIR/pfdata
maillog_file = $DIR/postfix.log
maillog_file_prefixes = $DIR, /dev/stdout
myhostname = mail.$MAILDOMAIN
mydomain = $MAILDOMAIN
myorigin = $MAILDOMAIN
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
disable_dns_lookups = yes
biff = no
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
virtual_mailbox_domains = $MAILDOMAIN bounce.example
virtual_mailbox_maps = texthash:$DIR/pf/boxes inline:{ @bounce.example=x }
virtual_transport = lmtp:inet:127.0.0.1:$LMTP_PORT
virtual_alias_domains = $GWDOMAIN
virtual_alias_maps = inline:{ @$GWDOMAIN=gateway@$MAILDOMAIN, postmaster@$MAILDOMAIN=gateway@$MAILDOMAIN }
transport_maps = inline:{ {later.example=smtp:[127.0.0.1]:9}, hole.example=discard: }
relay_domains = later.example hole.example
default_transport = error:5.4.4 test: no mail leaves this machine
lmtp_destination_recipient_limit = 50
enable_original_recipient = yes
smtpd_recipient_restrictions =
    check_recipient_access inline:{ $faults }
    reject_unlisted_recipient, permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$SASL_PORT
smtpd_sasl_security_options = noanonymous
smtpd_tls_cert_file = $DIR/tls.crt
smtpd_tls_key_file = $DIR/tls.key
smtpd_tls_security_level = may
smtp_tls_security_level = may
smtputf8_enable = yes
message_size_limit = 20480000
mailbox_size_limit = 0
# quick: no limits of clients, no pauses after errors, the queue runs every 2 s
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
queue_run_delay = 2s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = $LIFETIME
bounce_queue_lifetime = $LIFETIME
delay_warning_time = 0h
notify_classes =
${POSTFIX_EXTRA:-}
CFG
}

postfix_services() {
	cat <<CFG
127.0.0.1:$MX_PORT    inet n - n - - smtpd -o smtpd_sasl_auth_enable=no
127.0.0.1:$SUBM_PORT  inet n - n - - smtpd
    -o syslog_name=postfix/submission -o smtpd_sasl_auth_enable=yes
    -o smtpd_tls_auth_only=${SUBM_TLS_ONLY:-no}
    -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:$SMTPS_PORT inet n - n - - smtpd
    -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
    -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup    unix n - n 2 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
lmtp      unix - - n - - lmtp flags=O
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
CFG
}

check_folder() {
	local a=$DIR
	[ ${#DIR} -le 60 ] || die "the path is too long for unix sockets (limit 60): $DIR"
	while [ "$a" != / ]; do
		a=$(dirname "$a")
		[ -n "$(find "$a" -maxdepth 0 -perm -o=x)" ] ||
			die "$a must be searchable (chmod o+x) for the users mail, dovecot and postfix"
	done
}

mailboxes() {
	local u
	: >"$DIR/passwd"
	: >"$DIR/pf/boxes"
	for u in $USERS full:full-pw; do
		echo "${u%%:*}:{PLAIN}${u#*:}::::::" >>"$DIR/passwd"
		echo "${u%%:*}@$MAILDOMAIN x" >>"$DIR/pf/boxes"
	done
	sed -i 's|^\(full:.*\)$|\1userdb_quota_rule=*:storage=1B|' "$DIR/passwd"
	echo "bounce@$MAILDOMAIN x" >>"$DIR/pf/boxes" # postfix knows it, dovecot does not
	chmod 644 "$DIR/passwd"
}

do_start() {
	local v
	[ "$(id -u)" = 0 ] || die "must be root"
	command -v doveadm >/dev/null && [ -x /usr/lib/dovecot/lmtp ] && [ -x /usr/lib/dovecot/imap ] ||
		die "not installed: dovecot-imapd dovecot-lmtpd"
	command -v postfix >/dev/null || die "not installed: postfix"
	check_folder
	for v in IMAP_PORT IMAPS_PORT LMTP_PORT SASL_PORT MX_PORT SUBM_PORT SMTPS_PORT; do alloc_port $v; done
	[ -s "$DIR/tls.crt" ] ||
		selfsigned "$DIR/tls" localhost DNS:localhost "DNS:mail.$MAILDOMAIN" IP:127.0.0.1
	mkdir -p "$DIR/dv" "$DIR/mail" "$DIR/pf" "$DIR/spool" "$DIR/pfdata"
	chmod 755 "$DIR" "$DIR/dv"
	chown mail:mail "$DIR/mail"
	chown postfix "$DIR/pfdata"
	mailboxes
	dovecot_settings >"$DIR/dovecot.conf"
	postfix_settings >"$DIR/pf/main.cf"
	postfix_services >"$DIR/pf/master.cf"
	# postfix reads files that are younger than a second again, after pauses: let them look old
	touch -d '1 minute ago' "$DIR"/pf/*
	spawn dovecot "$(command -v dovecot)" -F -c "$DIR/dovecot.conf"
	# "start" checks and makes the queue's folders, then its master goes to the background
	setsid postfix -c "$DIR/pf" start </dev/null >>"$DIR/postfix-start.log" 2>&1 || return 1
	tr -d ' ' <"$DIR/spool/pid/master.pid" >"$DIR/postfix.pid"
	wait_for 60 "$(pid_of dovecot)" speak "$IMAP_PORT" '^\* OK .*IDLE' || return 1
	wait_port 60 "$(pid_of dovecot)" "$SASL_PORT" || return 1
	wait_for 60 "$(pid_of dovecot)" speak "$LMTP_PORT" '^220 ' || return 1
	wait_for 60 "$(pid_of postfix)" speak "$MX_PORT" '^220 ' || return 1
	wait_for 60 "$(pid_of postfix)" speak "$SUBM_PORT" '^220 ' || return 1
	CERT=$DIR/tls.crt POSTFIX_PID=$(pid_of postfix) DOVECOT_PID=$(pid_of dovecot)
	put_env MAILDOMAIN GWDOMAIN IMAP_PORT IMAPS_PORT LMTP_PORT MX_PORT SUBM_PORT SMTPS_PORT CERT \
		POSTFIX_PID DOVECOT_PID
}

do_stop() {
	stop_pid postfix
	stop_pid dovecot
}

main "$@"
