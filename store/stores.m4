dnl one line per store driver
PKG_CHECK_MODULES([SQLITE], [sqlite3 >= 3.35])
hudhud_stores=" sqlite"
