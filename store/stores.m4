dnl one line per store driver
PKG_CHECK_MODULES([SQLITE], [sqlite3 >= 3.37])
hudhud_stores=" sqlite"
AC_ARG_ENABLE([postgres], [AS_HELP_STRING([--disable-postgres], [leave the PostgreSQL store out])],
	[], [enable_postgres=auto])
hudhud_have=no
AS_IF([test "x$enable_postgres" != xno], [
	PKG_CHECK_MODULES([POSTGRES], [libpq >= 15], [hudhud_have=yes], [
		AS_IF([test "x$enable_postgres" = xyes],
			[AC_MSG_ERROR([the PostgreSQL store needs libpq >= 15])])])])
AM_CONDITIONAL([WITH_POSTGRES], [test $hudhud_have = yes])
AS_IF([test $hudhud_have = yes], [
	AC_DEFINE([WITH_POSTGRES], [1], [Build the PostgreSQL store.])
	hudhud_stores="$hudhud_stores postgres"])
