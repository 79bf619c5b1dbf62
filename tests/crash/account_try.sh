# account_try.sh - for scripts that run the account many times: each try is one test.  Sourced, not run.
here=$top_builddir/tests/crash
kills=${ACCOUNT_KILLS:-12}
n=0 bad=0
fresh() { :; } # what a try needs before it begins
try() { # WHAT MODE KILLS [MUTANT]
	n=$((n + 1))
	fresh
	if out=$("$here/account" "$here/victim" "$2" "$3" ${4:+"$4"} 2>&1); then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
	fi
	echo "$out" | grep -E '^(#|not ok|fatal|warning)' | sed 's/^#* */# /'
}
try_deaths() {
	try "kill -9 of the daemon" core "$kills"
	try "kill -9 of the channel's process" channel "$kills"
	try "kill -9 of the daemon, statuses fanned out as jobs" jobs "$kills"
	try "kill -9 of the daemon, readers with ladders" ladders "$kills"
}
end() { # MUTANT...: and each of these must show
	[ "${ACCOUNT_MUTANTS:-yes}" = no ] || for mutant in "$@"; do
		try "an account without '$mutant' does not add up" core 8 $mutant
	done
	echo "1..$n"
	exit $bad
}
