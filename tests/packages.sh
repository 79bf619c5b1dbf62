# packages.sh - what ./try and ./check install on Debian 12, by name.  Sourced, not run.

PACKAGES_BUILD="gcc libc6-dev make autoconf automake autoconf-archive pkgconf gettext
	libconfig-dev libsodium-dev libseccomp-dev libjansson-dev libunistring-dev libsqlite3-dev libpq-dev
	libstrophe-dev libidn-dev libcurl4-gnutls-dev libetpan-dev libgmime-3.0-dev libgnutls28-dev
	libmicrohttpd-dev libxml2-dev"
# the real peers: a Jabber server, an SMS gateway, a mail server; and what talks to them
PACKAGES_TOWN="prosody kannel dovecot-imapd dovecot-lmtpd postfix python3 python3-slixmpp
	openssl curl procps util-linux"
PACKAGES_CHECK="ejabberd newsboat sfeed postgresql-15 etcd-server patroni faketime clang clang-format libclang-rt-14-dev
	valgrind lcov xz-utils mandoc git systemd
	chromium chromium-driver fonts-dejavu-core fonts-noto-core fonts-vlgothic
	fonts-noto-color-emoji"
# what fetches axe-core (tests/peers/axe.sh), unless there is one that is not Debian's
command -v npm >/dev/null || PACKAGES_CHECK="$PACKAGES_CHECK npm"

# packages_missing NAME...: those that are not installed
packages_missing() {
	local p
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null)" = "ii " ] || echo "$p"
	done
}

# packages_install NAME...: install what is missing, and let none of it start by itself
packages_install() (
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || exit 0
	echo "installing from Debian:" $missing
	command -v apt-get >/dev/null || { echo "this is no Debian: please install them yourself" >&2; exit 1; }
	sudo=
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || [ -t 0 ] || { echo "please install them as root" >&2; exit 1; }
		sudo=sudo
	fi
	log=$(mktemp)
	guard=/usr/sbin/policy-rc.d # Debian asks this file whether a new service may start
	if [ -e "$guard" ]; then
		trap 'rm -f "$log"' EXIT
	else
		trap 'rm -f "$log"; $sudo rm -f "$guard"' EXIT
		printf '#!/bin/sh\nexit 101\n' | $sudo tee "$guard" >/dev/null
		$sudo chmod 755 "$guard"
	fi
	{
		echo "postfix postfix/main_mailer_type select No configuration" |
			$sudo debconf-set-selections
		# Debian would make a database of its own, and start it at the next boot
		if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
			$sudo mkdir -p /etc/postgresql-common
			echo "create_main_cluster = false" |
				$sudo tee /etc/postgresql-common/createcluster.conf
		fi
		$sudo apt-get -qq update &&
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
				--no-install-recommends -o Dpkg::Options::=--force-confold install $missing
	} </dev/null >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
)
