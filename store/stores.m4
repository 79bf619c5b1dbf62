dnl one line per store driver
PKG_CHECK_MODULES([SQLITE], [sqlite3 >= 3.37])
hudhud_stores=" sqlite"
