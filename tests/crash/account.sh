# Every accepted post and every delivery accounted for, whatever dies; and with one invariant
# switched off at a time, that the account shows it.  ACCOUNT_KILLS sets how many deaths each;
# ACCOUNT_MUTANTS=no leaves the latter out.
. "$top_srcdir/tests/crash/account_try.sh"
try_deaths
try "writes that fail" write "$kills"
try "syncs that fail" sync "$kills"
try "a disk that is full" full "$kills"
try "death in the middle of a write" kill "$kills"
end ack window exception cursor dedupe order
