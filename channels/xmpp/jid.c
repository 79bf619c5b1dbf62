#include "channels/xmpp/jid.h"

#include <string.h>
#include <stringprep.h>

#include "base/mem.h"
#include "channels/xmpp/xml.h"

/* Prepare ${n} bytes at ${part} in ${out} by ${profile}; -1 if they can be no such part. */
static int
prepare(const char *part, size_t n, char out[JID_SIZE], const Stringprep_profile *profile)
{
	if (n == 0 || n >= JID_SIZE)
		return -1;
	memcpy(out, part, n);
	out[n] = '\0';
	/* libidn trusts its input to be UTF-8 */
	if (!xml_valid(out) || stringprep(out, JID_SIZE, 0, profile) != STRINGPREP_OK)
		return -1;
	return out[0] == '\0' ? -1 : 0;
}

/* Labels between single dots; no ASCII beside what host names and literals are made of. */
static bool
is_domain(const char *s)
{
	char last = '.';

	for (; *s != '\0'; last = *s++) {
		if (*s == '.' && last == '.')
			return false;
		if ((unsigned char)*s < 0x80 && !(*s >= 'a' && *s <= 'z') &&
		    !(*s >= '0' && *s <= '9') && strchr("-._:[]", *s) == NULL)
			return false;
	}
	return last != '.';
}

int
jid_bare(const char *jid, char out[JID_SIZE])
{
	char local[JID_SIZE] = "", domain[JID_SIZE];
	size_t n = strcspn(jid, "/");
	const char *at = memchr(jid, '@', n), *rest = jid;
	size_t len;

	if (at != NULL) {
		if (prepare(jid, (size_t)(at - jid), local, stringprep_xmpp_nodeprep) == -1)
			return -1;
		rest = at + 1;
		n -= (size_t)(rest - jid);
	}
	if (n > 1 && rest[n - 1] == '.')
		n--;
	if (prepare(rest, n, domain, stringprep_nameprep) == -1 || !is_domain(domain))
		return -1;
	len = strlen(local);
	if (len + 1 + strlen(domain) >= JID_SIZE)
		return -1;
	memcpy(out, local, len);
	if (len > 0)
		out[len++] = '@';
	return mem_copy(out + len, JID_SIZE - len, domain);
}

const char *
jid_resource(const char *jid)
{
	const char *slash = strchr(jid, '/');

	return slash == NULL ? "" : slash + 1;
}

const char *
jid_domain(const char *bare)
{
	const char *at = strchr(bare, '@');

	return at == NULL ? bare : at + 1;
}

bool
jid_has_local(const char *bare)
{
	return strchr(bare, '@') != NULL;
}

bool
jid_same(const char *a, const char *b)
{
	char x[JID_SIZE], y[JID_SIZE];

	return jid_bare(a, x) == 0 && jid_bare(b, y) == 0 && strcmp(x, y) == 0;
}
