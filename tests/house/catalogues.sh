#!/bin/bash
# The translators know of every text, and their catalogues are well made.
. "$top_srcdir/tests/house/house.sh"
if ! command -v xgettext >/dev/null || ! command -v msgcmp >/dev/null; then
	echo "1..0 # SKIP no gettext"
	exit 0
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
keywords=$(grep -o -e '--keyword=[^ ]*' po/Makefile.inc | sort -u)

listed() {
	diff <(LC_ALL=C sort po/POTFILES) <(LC_ALL=C grep -rlE '\<(NC?_|lang_text|lang_plural)\(' \
		--include='*.c' base conf store gateway channels | LC_ALL=C sort) |
		sed -n 's/^< /in POTFILES without need: /p; s/^> /not in POTFILES (make update-po): /p'
}
ok "every file with texts is listed" listed
sh po/pages.sh >"$work/pages.c"
grep -q . po/POTFILES && xgettext --files-from=po/POTFILES "$work/pages.c" $keywords --from-code=UTF-8 \
	-o "$work/all.pot" 2>/dev/null
for lang in $(cat po/LINGUAS); do
	ok "$lang is well made" msgfmt --check -o "$work/$lang.mo" "po/$lang.po"
	[ -f "$work/all.pot" ] &&
		ok "$lang has every text" msgcmp --use-untranslated "po/$lang.po" "$work/all.pot"
done
done_testing
