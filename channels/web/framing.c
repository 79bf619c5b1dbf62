#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "channels/web/framing.h"
#include "conf/conf.h"

#define HEADERS_MAX 100

static bool
is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?={}", s[i]) != NULL)
			return false;
	return n > 0;
}

/* Without control characters, of which some end a line for others. */
static bool
is_value(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

static bool
is_word(const char *value, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(value, word, n) == 0;
}

void
framing_begin(struct framing *f, const char *uri_end, const char *version, bool in_place)
{
	f->bad |= (uintptr_t)version != (uintptr_t)uri_end + 1;
	if (in_place)
		f->end = version + strlen(version);
}

void
framing_add(struct framing *f, const char *name, size_t name_len, const char *value, size_t len)
{
	f->headers++;
	if (f->end) {
		f->bad |= (uintptr_t)name != (uintptr_t)f->end + 2;
		f->end = value + len;
	}
	if (!is_token(name, name_len) || value == NULL || !is_value(value, len)) {
		f->bad = true;
	} else if (is_word(name, name_len, "Content-Length")) {
		f->lengths++;
		f->length = 0;
		for (size_t i = 0; i < len; i++) {
			f->bad |= value[i] < '0' || value[i] > '9';
			f->length = f->length * 10 + (size_t)(value[i] - '0');
		}
		f->bad |= len == 0;
		if (len > 15)
			f->length = SIZE_MAX;
	} else if (is_word(name, name_len, "Transfer-Encoding")) {
		f->codings++;
		f->bad |= !is_word(value, len, "chunked");
	} else if (is_word(name, name_len, "Host")) {
		f->hosts++;
	}
}

unsigned
framing_verdict(const struct framing *f, bool http10, size_t max)
{
	/* behind the last line is an empty one; of both ends, the reader made NULs, and took any in a value for its end */
	if (f->end && !f->bad && memcmp(f->end, "\0\0\0", 4) != 0)
		return 400;
	if (f->bad || f->hosts > 1 || f->lengths + f->codings > 1 || (f->hosts == 0 && !http10) ||
	    (f->codings && http10))
		return 400;
	if (f->headers > HEADERS_MAX)
		return 431;
	return f->length > max ? 413 : 0;
}

/* As it is counted: one of IPv4 is that, whichever way it came. */
static void
put_six(const void *address, char out[64])
{
	static const unsigned char four[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(address, four, sizeof four) == 0)
		inet_ntop(AF_INET, (const char *)address + sizeof four, out, 64);
	else
		inet_ntop(AF_INET6, address, out, 64);
}

void
framing_peer(const struct sockaddr *peer, char out[64])
{
	memcpy(out, "unix", sizeof "unix");
	if (peer && peer->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, out, 64);
	else if (peer && peer->sa_family == AF_INET6)
		put_six(&((const struct sockaddr_in6 *)peer)->sin6_addr, out);
}

bool
framing_forwarded(const char *list, char out[64])
{
	const char *p = strrchr(list, ',');
	char one[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	size_t n;

	p = p ? p + 1 : list;
	p += strspn(p, " \t");
	n = strcspn(p, " \t");
	if (n == 0 || n >= sizeof one)
		return false;
	memcpy(one, p, n);
	one[n] = '\0';
	if (inet_pton(AF_INET, one, bytes) == 1)
		memcpy(out, one, n + 1);
	else if (inet_pton(AF_INET6, one, bytes) == 1)
		put_six(bytes, out);
	else
		return false;
	return true;
}

static bool
is_local(const char *remote)
{
	unsigned char bytes[16];

	if (strcmp(remote, "unix") == 0)
		return true;
	if (inet_pton(AF_INET, remote, bytes) == 1)
		return bytes[0] == 127;
	return inet_pton(AF_INET6, remote, bytes) == 1 &&
	       memcmp(bytes, &in6addr_loopback, sizeof bytes) == 0;
}

bool
framing_origin(char remote[64], const char *proxy, const char *list, const char *host)
{
	if (list && strcmp(remote, proxy) == 0 && framing_forwarded(list, remote))
		return is_local(remote);
	return !list && is_local(remote) && host && conf_is_loopback(host);
}
