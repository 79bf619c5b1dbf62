#include <stdio.h>
#include <string.h>

#include "channels/web/agent.h"

/* Most say that they are several: the first of these that stands there is the one. */
static const char *const browsers[][2] = {
	{ "Opera Mini", "Opera Mini" },
	{ "OPR/", "Opera" },
	{ "Opera", "Opera" },
	{ "EdgA/", "Edge" },
	{ "EdgiOS/", "Edge" },
	{ "Edg/", "Edge" },
	{ "Edge/", "Edge" },
	{ "Vivaldi/", "Vivaldi" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "UCBrowser/", "UC Browser" },
	{ "FxiOS/", "Firefox" },
	{ "Firefox/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chromium/", "Chromium" },
	{ "Chrome/", "Chrome" },
	{ "Epiphany/", "Epiphany" },
	{ "Konqueror", "Konqueror" },
	{ "Safari/", "Safari" },
	{ "MSIE ", "Internet Explorer" },
	{ "Trident/", "Internet Explorer" },
	{ "Lynx/", "Lynx" },
	{ "ELinks", "ELinks" },
	{ "Links", "Links" },
	{ "w3m/", "w3m" },
	{ "Dillo/", "Dillo" },
	{ "NetSurf/", "NetSurf" },
	{ "curl/", "curl" },
	{ NULL, NULL },
};

static const char *const systems[][2] = {
	{ "Windows Phone", "Windows Phone" },
	{ "Windows", "Windows" },
	{ "KAIOS/", "KaiOS" },
	{ "Android", "Android" },
	{ "iPhone", "iPhone" },
	{ "iPod", "iPod" },
	{ "iPad", "iPad" },
	{ "Macintosh", "macOS" },
	{ "CrOS", "ChromeOS" },
	{ "Symbian", "Symbian" },
	{ "Series60", "Symbian" },
	{ "BlackBerry", "BlackBerry" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
	{ "NetBSD", "NetBSD" },
	{ "Linux", "Linux" },
	{ "J2ME", "J2ME" },
	{ NULL, NULL },
};

static const char *
find(const char *header, const char *const (*list)[2])
{
	for (size_t i = 0; list[i][0] != NULL; i++)
		if (strstr(header, list[i][0]) != NULL)
			return list[i][1];
	return "";
}

void
agent_name(const char *header, char *out, size_t size)
{
	const char *browser, *system;

	*out = '\0';
	if (header == NULL)
		return;
	browser = find(header, browsers);
	system = find(header, systems);
	snprintf(out, size, "%s%s%s", browser, *browser && *system ? "/" : "", system);
}
