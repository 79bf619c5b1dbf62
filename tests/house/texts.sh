#!/bin/bash
# The manual page of the texts lists the commands as the table has them.  "texts.sh update" brings it up to date.
top_builddir=$(cd "${top_builddir:-.}" && pwd)
export top_builddir
. "$top_srcdir/tests/house/house.sh"
page=docs/hudhud-texts.7

updated() {
	awk -v table=<("$top_builddir/tests/house/texts") '
		/^\.\\" the table ends$/ { skip = 0 }
		!skip { print }
		/^\.\\" the table begins/ {
			while ((getline line < table) > 0)
				print line
			skip = 1
		}' $page
}

if [ "$1" = update ]; then
	updated >"$page.new" && mv "$page.new" $page
	exit
fi
same() { diff $page <(updated) || echo 'run tests/house/texts.sh update'; }
ok "hudhud-texts(7) is what the table says" same
well_made() { mandoc -T lint -W warning $page | grep -v 'STYLE'; true; }
if command -v mandoc >/dev/null; then
	ok "it is a well made page" well_made
fi
done_testing
