#!/bin/bash
# The style, as far as a program can see it.
. "$top_srcdir/tests/house/house.sh"
all=$(sources base conf store gateway channels tests)
ours=$(sources base conf store gateway channels)

formatted() { clang-format --dry-run -Werror $all 2>&1 | grep 'error:' | sed 's/: error.*//' | sort -u; }
n_before=$n
if command -v clang-format >/dev/null; then
	ok "clang-format changes nothing" formatted
else
	n=$((n_before + 1))
	echo "ok $n # SKIP no clang-format"
fi

# A function begins with a brace in the first column.
functions() {
	awk '/^\{/ { start = FNR }
		/^\}/ { if (start && FNR - start - 1 > 60)
				print FILENAME ":" start ": " FNR - start - 1 " lines"
			start = 0 }' $all
}
ok "a function has 60 lines at most" functions
files() { wc -l $all | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }'; }
ok "a file has 500 lines at most" files
# Contracts are long by what they say; what they declare must stay a page.
headers() {
	for f in $(printf '%s\n' $ours | grep '\.h$'); do
		awk -v f="$f" '
			{ sub(/^[ \t]+/, "") }
			inside { if (/\*\//) inside = 0; next }
			/^\/\*/ { if (!/\*\//) inside = 1; next }
			/^\/\// || /^$/ { next }
			{ n++ }
			END { if (n > 150) print f ": " n " lines beside comments" }' "$f"
	done
}
ok "a header has 150 lines beside its comments at most" headers
guards() {
	for f in $(printf '%s\n' $ours | grep '\.h$'); do
		want=$(printf %s "${f#channels/}" | tr 'a-z/.' 'A-Z__')
		grep -qE "^#ifndef HUDHUD_(CHANNELS_)?$want\$" "$f" ||
			echo "$f: its guard should be HUDHUD_$want"
	done
}
ok "a header's guard is named after it" guards
structs() { grep -nE '^typedef (struct|union|enum)' $ours; true; }
ok "structs are not typedef'd" structs
blanks() { grep -nE '[[:blank:]]+$' $all; true; }
ok "no line ends in blanks" blanks
words() { grep -nwE "TO""DO|FIX""ME|X""XX|HA""CK" $all; true; }
ok "nothing is left for later" words
unsafe() {
	grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|rand|srand|tmpnam|mktemp|system|popen|localtime|gmtime|setlocale)\(' $ours |
		grep -vE '^[^:]*:[0-9]+:[[:space:]]*(/?\*|//)'
	true
}
ok "no function that cannot be used safely is used" unsafe
bare() {
	grep -nE '[^_[:alnum:]](malloc|calloc|realloc|strdup|strndup|asprintf)\(' $ours |
		grep -vE '^base/mem\.c:|^channels/xmpp/pool\.c:' # its library's allocator, which counts
	true
}
ok "memory comes from base/mem.h" bare
done_testing
