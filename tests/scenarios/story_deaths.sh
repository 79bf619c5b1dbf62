#!/bin/bash
# The story, with the service killed after each step, and then with one of its channels' processes.
n=0 bad=0
for who in core channels; do
	out=$(/usr/bin/python3 "$top_srcdir/tests/scenarios/story.py" --tap --die $who) || bad=1
	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			n=$((n + 1))
			echo "${line%%ok *}ok $n - $who killed: ${line#* - }"
			;;
		'#'*) echo "$line" ;;
		esac
	done <<<"$out"
done
echo "1..$n"
exit $bad
