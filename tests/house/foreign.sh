#!/bin/bash
# Each foreign library is known in one place, so that it can be exchanged there.
. "$top_srcdir/tests/house/house.sh"

# only HEADER PLACE: a header that begins so is included in files that begin so
only() {
	includes '<' $(sources base conf store gateway channels) | awk -F: -v h="^($1)" -v p="^($2)" '
		$3 ~ h && $1 !~ p { print $1 ":" $2 ": <" $3 "> belongs in " p }'
}
# one HEADER: it is included by one file at most
one() {
	includes '<' $(sources base conf store gateway channels) | awk -F: -v h="^($1)" '
		$3 ~ h && !seen[$1]++ { files = files " " $1; n++ }
		END { if (n > 1) print "in" files }'
}
ok "libstrophe is in channels/xmpp" only 'strophe\.h' 'channels/xmpp/'
ok "stringprep is in channels/xmpp" only 'stringprep\.h|idna\.h' 'channels/xmpp/'
ok "libetpan and GMime are in channels/email" only 'libetpan/|gmime/' 'channels/email/'
ok "GnuTLS is in channels" only 'gnutls/' 'channels/(email|sms|xmpp)/'
ok "libxml2 is in channels" only 'libxml/' 'channels/(email|xmpp)/'
ok "curl is in channels/sms" only 'curl/' 'channels/sms/'
ok "and there in one file" one 'curl/'
ok "microhttpd is in channels/web" only 'microhttpd\.h' 'channels/web/'
ok "and there in one file" one 'microhttpd\.h'
ok "sqlite is in store/sqlite" only 'sqlite3\.h' 'store/sqlite/'
ok "libpq is in store/postgres" only 'libpq|postgres' 'store/postgres/'
ok "libconfig is in conf" only 'libconfig\.h' 'conf/'
ok "libsodium is in gateway/secret.c" only 'sodium' 'gateway/secret\.c$'
ok "libseccomp is in gateway" only 'seccomp\.h|linux/landlock\.h' 'gateway/'
ok "jansson is in gateway and channels" only 'jansson\.h' 'gateway/|channels/'
ok "libunistring is in base" only 'uni(case|conv|ctype|gbrk|lbrk|name|norm|str|wbrk|width)\.h' 'base/'

# What nobody has placed yet must be placed here.
unplaced() {
	includes '<' $(sources base conf store gateway channels) | awk -F: '
		$3 ~ /^(sys|linux|net|netinet|arpa)\// { next }
		$3 ~ /^(assert|ctype|dirent|endian|errno|fcntl|fnmatch|getopt|grp|iconv|inttypes|langinfo)\.h$/ ||
		$3 ~ /^(libgen|limits|locale|malloc|math|netdb|poll|pthread|pwd|regex|resolv|sched)\.h$/ ||
		$3 ~ /^(signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string)\.h$/ ||
		$3 ~ /^(strings|syslog|time|unistd|wchar)\.h$/ { next }
		$3 ~ /^(strophe|stringprep|microhttpd|sqlite3|libpq-fe|libconfig|sodium|seccomp|jansson)\.h$/ ||
		$3 ~ /^(libetpan|gmime|gnutls|libxml|curl)\// || $3 ~ /^uni[a-z]*\.h$/ ||
		$3 ~ /^(idna|glib)\.h$/ { next }
		{ print $1 ":" $2 ": <" $3 "> has no place yet" }'
}
ok "each foreign header has its place" unplaced
ok "glib comes with GMime only" only 'glib\.h' 'channels/email/'
done_testing
