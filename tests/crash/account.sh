# Every accepted post and every delivery accounted for, whatever dies; and with one invariant
# switched off at a time, that the account shows it.  ACCOUNT_KILLS sets how many deaths each;
# ACCOUNT_MUTANTS=no leaves the latter out.
here=$top_builddir/tests/crash
kills=${ACCOUNT_KILLS:-12}
n=0 bad=0
try() { # WHAT MODE KILLS [MUTANT]
	n=$((n + 1))
	if out=$("$here/account" "$here/victim" "$2" "$3" ${4:+"$4"} 2>&1); then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
	fi
	echo "$out" | grep -E '^(#|not ok|fatal|warning)' | sed 's/^#* */# /'
}
try "kill -9 of the daemon" core "$kills"
try "kill -9 of the channel's process" channel "$kills"
try "kill -9 of the daemon, statuses fanned out as jobs" jobs "$kills"
try "writes that fail" write "$kills"
try "syncs that fail" sync "$kills"
try "a disk that is full" full "$kills"
try "death in the middle of a write" kill "$kills"
[ "${ACCOUNT_MUTANTS:-yes}" = no ] || for mutant in ack window exception cursor dedupe order; do
	try "an account without '$mutant' does not add up" core 8 $mutant
done
echo "1..$n"
exit $bad
