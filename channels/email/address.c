#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>

#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/email/address.h"

#define CHECK_LETTERS 10
#define KEY_MAX 60

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_atext(char c)
{
	return is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
local_valid(const char *s, size_t n)
{
	if (n == 0 || n > ADDRESS_LOCAL_MAX || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_atext(s[i]) && (s[i] != '.' || s[i + 1] == '.'))
			return false;
	return true;
}

static bool
label_valid(const char *s, size_t n)
{
	if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_letter_or_digit(s[i]) && s[i] != '-')
			return false;
	return true;
}

static bool
domain_valid(const char *s)
{
	unsigned labels = 0;
	size_t n;

	if (strlen(s) > 253)
		return false;
	for (;; s += n + 1) {
		n = strcspn(s, ".");
		if (!label_valid(s, n))
			return false;
		labels++;
		if (s[n] == '\0')
			return labels >= 2;
	}
}

static const char *
fault_of(const char *s)
{
	const char *at = strrchr(s, '@');

	for (const char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return N_("only letters, digits and signs without accents, and no blanks");
	if (at == NULL)
		return N_("a mail address looks like name@example.org");
	if (strlen(s) > 254)
		return N_("too long for a mail address");
	if (!local_valid(s, (size_t)(at - s)))
		return N_("what stands before the @ is not possible");
	if (!domain_valid(at + 1))
		return N_("what stands behind the @ is no domain");
	return NULL;
}

bool
address_valid(const char *address)
{
	return fault_of(address) == NULL;
}

int
address_clean(const char *typed, char *out, size_t size, const char **why)
{
	const char *fault;
	char s[ADDRESS_SIZE + 16];
	size_t n;

	if (size > 0)
		out[0] = '\0';
	typed += strspn(typed, " \t\r\n");
	if (strncasecmp(typed, "mailto:", 7) == 0)
		typed += 7;
	if (mem_copy(s, sizeof(s), typed) == -1) {
		fault = N_("too long for a mail address");
		goto bad;
	}
	n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		s[--n] = '\0';
	if (n > 1 && s[0] == '<' && s[n - 1] == '>') {
		s[n - 1] = '\0';
		memmove(s, s + 1, n - 1);
	}
	fault = fault_of(s);
	if (fault != NULL)
		goto bad;
	for (char *p = s; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (mem_copy(out, size, s) == 0)
		return 0;
	fault = N_("too long for a mail address");
bad:
	if (why != NULL)
		*why = fault;
	return -1;
}

bool
address_msgid_valid(const char *id)
{
	size_t n = strlen(id);
	const char *at = strchr(id, '@');

	if (n < 3 || n > 250 || at == NULL || at == id || at[1] == '\0')
		return false;
	for (const char *p = id; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr("<>()\\\",;", *p) != NULL)
			return false;
	return true;
}

void
post_init(struct post *p, const char *address, char separator, const char *password)
{
	static const char label[] = "hudhud bounce addresses";
	const char *at = strrchr(address, '@');

	*p = (struct post){ .separator = separator };
	if (at == NULL || (size_t)(at - address) >= sizeof(p->local))
		log_die("an address that was checked has no @");
	memcpy(p->local, address, (size_t)(at - address));
	mem_copy(p->domain, sizeof(p->domain), at + 1);
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, password, strlen(password), label,
		sizeof(label) - 1, p->secret) != 0)
		log_die("gnutls has no HMAC-SHA256");
}

bool
post_is_ours(const struct post *p, const char *address, char *extension)
{
	size_t n = strlen(p->local);
	const char *at = strrchr(address, '@');

	extension[0] = '\0';
	if (at == NULL || strlen(address) >= ADDRESS_SIZE || strcasecmp(at + 1, p->domain) != 0 ||
	    strncasecmp(address, p->local, n) != 0)
		return false;
	address += n;
	if (address == at)
		return true;
	if (*address++ != p->separator)
		return false;
	for (; address < at; address++)
		*extension++ = (char)tolower((unsigned char)*address);
	*extension = '\0';
	return true;
}

void
post_address(const struct post *p, const char *extension, char out[ADDRESS_SIZE])
{
	char s[2 * ADDRESS_SIZE];

	snprintf(s, sizeof(s), "%s%c%.100s@%s", p->local, p->separator, extension, p->domain);
	if (extension[0] == '\0' || strlen(extension) > 100 || !address_valid(s))
		snprintf(s, sizeof(s), "%s@%s", p->local, p->domain);
	mem_copy(out, ADDRESS_SIZE, s);
}

/* A bounce that anybody could forge would let anybody silence anybody. */
static void
check_of(const struct post *p, const char *key, char out[CHECK_LETTERS + 1])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char mac[32];

	if (gnutls_hmac_fast(
		GNUTLS_MAC_SHA256, p->secret, sizeof(p->secret), key, strlen(key), mac) != 0)
		log_die("gnutls has no HMAC-SHA256");
	for (size_t i = 0; i < CHECK_LETTERS; i++)
		out[i] = letters[mac[i] & 31];
	out[CHECK_LETTERS] = '\0';
}

void
post_bounce_address(const struct post *p, const char *key, char out[ADDRESS_SIZE])
{
	char check[CHECK_LETTERS + 1], extension[KEY_MAX + CHECK_LETTERS + 8];

	check_of(p, key, check);
	if ((size_t)snprintf(extension, sizeof(extension), "b.%s.%s", key, check) >=
	    sizeof(extension))
		extension[0] = '\0';
	post_address(p, extension, out);
}

static bool
key_valid(const char *key)
{
	size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789.");

	return n > 0 && n <= KEY_MAX && key[n] == '\0';
}

bool
post_bounce_key(const struct post *p, const char *extension, char *key, size_t size)
{
	char check[CHECK_LETTERS + 1];
	char s[KEY_MAX + CHECK_LETTERS + 2];
	char *dot;
	unsigned char differ = 0;

	if (strncmp(extension, "b.", 2) != 0 || mem_copy(s, sizeof(s), extension + 2) == -1)
		return false;
	dot = strrchr(s, '.');
	if (dot == NULL || strlen(dot + 1) != CHECK_LETTERS)
		return false;
	*dot++ = '\0';
	check_of(p, s, check);
	for (size_t i = 0; i < CHECK_LETTERS; i++)
		differ |= (unsigned char)(check[i] ^ dot[i]);
	return differ == 0 && key_valid(s) && mem_copy(key, size, s) == 0;
}

bool
post_key_of_msgid(const struct post *p, const char *id, char *key, size_t size)
{
	const char *at = strrchr(id, '@');
	char s[KEY_MAX + 1];

	if (at == NULL || strcasecmp(at + 1, p->domain) != 0 || (size_t)(at - id) > KEY_MAX)
		return false;
	memcpy(s, id, (size_t)(at - id));
	s[at - id] = '\0';
	return key_valid(s) && mem_copy(key, size, s) == 0;
}
