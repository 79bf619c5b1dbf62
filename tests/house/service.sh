#!/bin/bash
# The unit for systemd: valid, and as closed as it can be for a service that talks to networks.
unit=$(mktemp -d)/hudhudd.service
trap 'rm -rf "$(dirname "$unit")"' EXIT
sed 's|@sbindir@/hudhudd|/bin/true|; /^Documentation/d' "$top_srcdir/docs/hudhudd.service.in" >"$unit"
n=0 bad=0
ok() { # WHAT COMMAND...
	local what=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then echo "ok $n - $what"; else
		bad=1
		echo "not ok $n - $what"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}
quiet() { local said; said=$("$@" 2>&1) && [ -z "$said" ] || { echo "$said"; false; }; }

ok "systemd knows every line of the unit" quiet systemd-analyze verify "$unit"
# in tenths: the lower the better; what is left is the network itself
ok "its exposure is 1.2 at most" systemd-analyze security --offline=true --threshold=12 "$unit"
ok "channels may still lock themselves in" grep -q '^SystemCallFilter=seccomp landlock' "$unit"
echo "1..$n"
exit $bad
