#!/bin/bash
# The pages, with the store in PostgreSQL; and what is looked for there, and feeds.
export HUDHUD_TOWN_STORE=postgresql
n=0
for t in web search feeds; do
	last=
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*) n=$((n + 1)) && sed -E "s/^((not )?ok) [0-9]+( - )?/\1 $n - $t: /" <<<"$line" ;;
		1..*) last=$line ;;
		*) echo "$line" ;;
		esac
	done < <(/usr/bin/python3 "$top_srcdir/tests/scenarios/$t.py")
	[ -n "$last" ] || echo "not ok $((n = n + 1)) - $t: came to its end"
done
echo "1..$n"
