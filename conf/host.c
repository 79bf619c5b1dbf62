/* Hosts and ports in addresses and URLs. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

/* Find the host in ${value}; what follows it begins at ${rest}.  Return its length, or -1. */
static long
find_host(const char *value, const char **host, const char **rest)
{
	const char *p = strstr(value, "://"), *at;
	size_t n;

	p = p != NULL ? p + 3 : value;
	n = strcspn(p, "/?#");
	at = memrchr(p, '@', n);
	if (at != NULL)
		p = at + 1;
	if (*p == '[') {
		*host = p + 1;
		n = strcspn(*host, "]/?#");
		*rest = *host + n + 1;
		return (*host)[n] == ']' ? (long)n : -1;
	}
	*host = p;
	n = strcspn(p, ":/?#");
	*rest = p + n;
	return (long)n;
}

static bool
is_host(const char *p, size_t n, bool v6)
{
	unsigned char bin[16];
	char host[INET6_ADDRSTRLEN];
	size_t i;

	if (n == 0 || n > 253)
		return false;
	if (v6) {
		if (n >= sizeof(host))
			return false;
		memcpy(host, p, n);
		host[n] = '\0';
		return inet_pton(AF_INET6, host, bin) == 1;
	}
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)p[i]) && strchr(".-_", p[i]) == NULL)
			return false;
	return p[0] != '.' && p[0] != '-';
}

int
conf_host_port(const char *value, char *host, size_t host_size, uint16_t *port, uint16_t fallback)
{
	const char *p, *rest;
	unsigned long number;
	char *end;
	long n;

	if (strncmp(value, "unix:", 5) == 0)
		return -1;
	n = find_host(value, &p, &rest);
	if (n == -1 || (size_t)n >= host_size || !is_host(p, (size_t)n, p > value && p[-1] == '['))
		return -1;
	*port = fallback;
	if (*rest == ':') {
		if (!isdigit((unsigned char)rest[1]))
			return -1;
		number = strtoul(rest + 1, &end, 10);
		if (number == 0 || number > 65535 || end - rest > 6)
			return -1;
		*port = (uint16_t)number;
		rest = end;
	}
	/* Only a URL has anything behind the port. */
	if (*rest != '\0' && (strchr("/?#", *rest) == NULL || strstr(value, "://") == NULL))
		return -1;
	memcpy(host, p, (size_t)n);
	host[n] = '\0';
	return 0;
}

bool
conf_is_loopback(const char *value)
{
	struct in6_addr v6;
	struct in_addr v4;
	char host[256];
	uint16_t port;

	if (strncmp(value, "unix:", 5) == 0)
		return true;
	if (conf_host_port(value, host, sizeof(host), &port, 1) == -1)
		return false;
	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, host, &v6) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}
