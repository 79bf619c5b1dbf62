#!/bin/bash
# Every key of the settings is in the manual, and the manual tells of no other.
. "$top_srcdir/tests/house/house.sh"
schema=$("$top_builddir/tests/house/schema") || exit 99

# items PAGE [HEADING]: the keys that the page, or one section of it, has an item for
items() {
	awk -v heading="$2" '
		/^\.S[sh] / { here = $0; sub(/^\.S[sh] /, "", here) }
		/^\.It Ic / && (heading == "" || here == heading) { print $3 }' "$1" | sort
}
# differ PAGE HEADING SECTION: "schema" lines are "SECTION KEY"
differ() {
	[ -f "$1" ] || { echo "there is no $1"; return; }
	diff <(items "$1" "$2") <(printf '%s\n' "$schema" | awk -v s="$3" '$1 == s { print $2 }' | sort) |
		sed -n "s|^< \\(.*\\)|$1: \\1 is no key of $3|p; s|^> \\(.*\\)|$1: the key \\1 of $3 is missing|p"
}
page=docs/hudhud.conf.5
ok "hudhud.conf(5) has the keys outside any group" differ $page "Outside any group" top
for group in $(printf '%s\n' "$schema" | sed -n 's/^group:\([^ ]*\) .*/\1/p' | sort -u); do
	ok "hudhud.conf(5) has the keys of the group $group" differ $page "The group $group" "group:$group"
done
ok "hudhud.conf(5) has the keys of all channels" differ $page "The list channels" channel
for kind in $(printf '%s\n' "$schema" | sed -n 's/^kind:\([^ ]*\) .*/\1/p' | sort -u); do
	ok "hudhud-$kind(5) has the keys of the kind" \
		differ "channels/$kind/hudhud-$kind.5" "" "kind:$kind"
done
helpless() { printf '%s\n' "$schema" | awk '$3 == "-" { print $1 ": " $2 " has no help" }'; }
ok "each key has its line for the example file" helpless
unread() { "$top_builddir/tests/house/schema" example; }
ok "the example file made of all that has no faults" unread
done_testing
