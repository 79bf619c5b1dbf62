dnl HUDHUD_CHANNEL(name, pkg-config needs): one line per channel
AC_DEFUN([HUDHUD_CHANNEL], [
	m4_pushdef([up], m4_toupper([$1]))
	AC_ARG_ENABLE([$1], [AS_HELP_STRING([--disable-$1], [leave the $1 channel out])],
		[], [enable_$1=auto])
	AS_IF([test "x$enable_$1" != xno], [
		m4_ifval([$2],
			[PKG_CHECK_MODULES(up, [$2], [hudhud_have=yes], [hudhud_have=no
				AS_IF([test "x$enable_$1" = xyes],
					[AC_MSG_ERROR([the $1 channel needs $2])])])],
			[hudhud_have=yes])], [hudhud_have=no])
	AM_CONDITIONAL([WITH_]up, [test $hudhud_have = yes])
	AS_IF([test $hudhud_have = yes], [
		AC_DEFINE([WITH_]up, [1], [Build the $1 channel.])
		hudhud_channels="$hudhud_channels $1"])
	m4_popdef([up])
])
HUDHUD_CHANNEL([loop])
HUDHUD_CHANNEL([xmpp], [libstrophe >= 0.12 libidn >= 1.33])
dnl SRV records are read with the resolver's own functions.
XMPP_LIBS="$XMPP_LIBS -lresolv"
HUDHUD_CHANNEL([sms], [libcurl >= 7.85])
HUDHUD_CHANNEL([email], [libetpan >= 1.9 gmime-3.0 >= 3.2 libxml-2.0 gnutls])
HUDHUD_CHANNEL([web], [libmicrohttpd >= 0.9.75])
dnl Debian's libetpan.pc carries "-specs=..." that turns position independence off.
EMAIL_LIBS=`AS_ECHO(["$EMAIL_LIBS"]) | $SED 's/-specs=[[^ ]]*//g'`
