# What the tests of the house share; they source it.
cd "$top_srcdir" || exit 99
n=0 bad=0

# ok WHAT COMMAND...: it succeeds, and says nothing
ok() {
	local what=$1 out r
	shift
	n=$((n + 1))
	out=$("$@" 2>&1)
	r=$?
	if [ $r = 0 ] && [ -z "$out" ]; then
		echo "ok $n - $what"
	else
		bad=1
		echo "not ok $n - $what"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

done_testing() {
	echo "1..$n"
	exit $bad
}

# sources [FOLDER...]: our C files
sources() {
	find "${@:-.}" \( -name 'build*' -o -name '.*' -o -name autom4te.cache -o \
		-name "hudhud-[0-9]*" \) ! -name . -prune -o -type f -name '*.[ch]' -print |
		sed 's|^\./||' | LC_ALL=C sort
}

# includes QUOTE FILE...: "FILE:LINE:HEADER" of each
includes() {
	local open=$1 close=${1/</>}
	shift
	awk -v o="$open" -v c="$close" '
		$1 == "#include" && substr($2, 1, 1) == o {
			print FILENAME ":" FNR ":" substr($2, 2, index(substr($2, 2), c) - 1)
		}' "$@"
}
