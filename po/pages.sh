#!/bin/sh
# pages.sh - prints the texts of the pages' templates as C, for xgettext.  From the root of the sources.
LC_ALL=C grep -ohE '\{\{(say|count) "([^"\\]|\\.)*"( "([^"\\]|\\.)*")?' channels/web/pages/*.html |
	sed -e 's/^{{say \(.*\)$/lang_text(0, \1);/' -e 's/^{{count \("\([^"\\]\|\\.\)*"\) \(.*\)$/lang_plural(0, \1, \3);/'
