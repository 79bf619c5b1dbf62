#include <stdio.h>
#include <string.h>

#include "channels/sms/charset.h"
#include "channels/sms/phone.h"

#define DIGITS_MAX 24 /* longer than any number with its prefixes */
#define E164_MIN 7
#define E164_MAX 15

/* A number as typed, in ASCII, without what people put between digits. */
struct typed {
	char digits[DIGITS_MAX + 1];
	size_t n;
	bool plus;
	bool letters; /* there was something that is in no number */
	bool odd;     /* a sign where none belongs, or too much of it */
};

/* What the readings so far came to. */
struct readings {
	char found[PHONE_MAX]; /* "" when none */
	bool differ;
};

bool
phone_region(const char *region)
{
	for (const struct phone_plan *p = phone_plans; p->region != NULL; p++)
		if (region[0] != '\0' && strcmp(p->region, region) == 0)
			return true;
	return false;
}

/* The value of the decimal digit ${cp} in any of the scripts people text in, or -1. */
static int
digit_value(unsigned cp)
{
	static const unsigned zeros[] = { '0', 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66,
		0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0, 0x0f20, 0x1040,
		0x17e0, 0x1810, 0xff10 };

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (cp >= zeros[i] && cp < zeros[i] + 10)
			return (int)(cp - zeros[i]);
	return -1;
}

/* Signs that people and address books put between digits. */
static bool
is_filler(unsigned cp)
{
	return cp == ' ' || cp == '\t' || cp == '-' || cp == '.' || cp == '/' || cp == '(' ||
	       cp == ')' || cp == 0xa0 || cp == 0xad || (cp >= 0x2000 && cp <= 0x2015) ||
	       (cp >= 0x202a && cp <= 0x202f) || cp == 0x2060 || cp == 0x2212 ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0x3000 || cp == 0xff08 || cp == 0xff09 ||
	       cp == 0xff0d || cp == 0xff0e || cp == 0xfeff;
}

static void
scan(const char *s, struct typed *t)
{
	const char *end = s + strlen(s);
	unsigned cp;
	int v;

	memset(t, 0, sizeof(*t));
	if (strncmp(s, "tel:", 4) == 0)
		s += 4;
	while (s < end) {
		/* "+44 (0)20": the trunk zero is there for people at home. */
		if (t->plus && t->n > 0 && strncmp(s, "(0)", 3) == 0) {
			s += 3;
			continue;
		}
		cp = charset_next(&s, end);
		v = digit_value(cp);
		if (v >= 0 && t->n < DIGITS_MAX)
			t->digits[t->n++] = (char)('0' + v);
		else if (v >= 0)
			t->odd = true;
		else if (cp == '+' || cp == 0xff0b) {
			t->odd |= t->plus || t->n > 0;
			t->plus = true;
		} else if (!is_filler(cp))
			t->letters = true;
	}
}

/* The calling code that ${digits} begin with, or 0 digits; codes are no prefixes of one another. */
static size_t
code_length(const char *digits)
{
	size_t n;

	for (const struct phone_plan *p = phone_plans; p->region != NULL; p++) {
		n = strlen(p->code);
		if (strncmp(digits, p->code, n) == 0)
			return n;
	}
	return 0;
}

/* May numbers of the ${n} digits of calling code at ${code} begin with a zero? */
static bool
zero_may_lead(const char *code, size_t n)
{
	static const char *const codes[] = { "39", "378", "225", "229", "241", "242" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strlen(codes[i]) == n && strncmp(codes[i], code, n) == 0)
			return true;
	return false;
}

/* May ${digits}, calling code first, be a number of this length?  ${mobile}: of a mobile phone? */
static bool
length_fits(const char *digits, bool mobile)
{
	size_t code = code_length(digits), n = strlen(digits) - code;

	if (code == 0 || n > E164_MAX || (digits[code] == '0' && !zero_may_lead(digits, code)))
		return false;
	for (const struct phone_plan *p = phone_plans; p->region != NULL; p++)
		if (strlen(p->code) == code && strncmp(digits, p->code, code) == 0 &&
		    ((mobile ? p->mobile : p->any) >> n & 1) != 0)
			return true;
	return false;
}

/* Do all regions of this calling code write "0" before numbers at home, and never after "+"? */
static bool
zero_is_trunk(const char *code, size_t n)
{
	bool all = true;

	for (const struct phone_plan *p = phone_plans; p->region != NULL; p++)
		if (strlen(p->code) == n && strncmp(code, p->code, n) == 0)
			all = all && strcmp(p->trunk, "0") == 0;
	return all;
}

static void
add_reading(struct readings *r, const char *code, const char *rest)
{
	char one[2 * PHONE_MAX];
	int n = snprintf(one, sizeof(one), "+%s%s", code, rest);

	if (n <= E164_MIN || n > E164_MAX + 1)
		return;
	if (r->found[0] != '\0' && strcmp(r->found, one) != 0)
		r->differ = true;
	memcpy(r->found, one, (size_t)n + 1);
}

/*
 * The length of the longest of ${prefixes} (between blanks, x for any digit) that
 * ${digits} begin with, below ${limit}; 0 if none.
 */
static size_t
prefix_length(const char *prefixes, const char *digits, size_t limit)
{
	size_t n, i, best = 0;

	for (const char *s = prefixes; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		for (i = 0; i < n && (s[i] == digits[i] || (s[i] == 'x' && digits[i] != '\0')); i++)
			;
		if (i == n && n < limit && n > best)
			best = n;
	}
	return best;
}

/* Read ${digits} as somebody in the region of ${plan} dials them. */
static void
read_at_home(const struct phone_plan *plan, const char *digits, struct readings *r)
{
	size_t n = strlen(digits), cut;

	for (cut = DIGITS_MAX; (cut = prefix_length(plan->idd, digits, cut)) > 0;)
		if (length_fits(digits + cut, false))
			add_reading(r, "", digits + cut);
	for (cut = DIGITS_MAX; (cut = prefix_length(plan->trunk, digits, cut)) > 0;)
		if (n - cut <= E164_MAX && (plan->any >> (n - cut) & 1) != 0 &&
		    (digits[cut] != '0' || zero_may_lead(plan->code, strlen(plan->code))))
			add_reading(r, plan->code, digits + cut);
	/* Without its trunk prefix: only what has the length of a mobile number is no local one. */
	if (n <= E164_MAX && (plan->mobile >> n & 1) != 0 &&
	    prefix_length(plan->trunk, digits, DIGITS_MAX) == 0)
		add_reading(r, plan->code, digits);
}

static void
read_all(const char *digits, const char *region, struct readings *r)
{
	memset(r, 0, sizeof(*r));
	for (const struct phone_plan *p = phone_plans; p->region != NULL; p++)
		if (region[0] != '\0' && strcmp(p->region, region) == 0)
			read_at_home(p, digits, r);
	if (region[0] == '\0' && strncmp(digits, "00", 2) == 0 && length_fits(digits + 2, false))
		add_reading(r, "", digits + 2);
	/* Many gateways leave the "+" away; but a number that makes sense at home is one. */
	if (r->found[0] == '\0' && length_fits(digits, true))
		add_reading(r, "", digits);
}

bool
phone_is_e164(const char *s)
{
	size_t n = strlen(s);

	return s[0] == '+' && n > E164_MIN && n <= E164_MAX + 1 &&
	       strspn(s + 1, "0123456789") == n - 1 && code_length(s + 1) > 0;
}

static enum phone_kind
read_plus(struct typed *t, char out[PHONE_MAX])
{
	size_t code = code_length(t->digits);

	if (t->digits[code] == '0' && zero_is_trunk(t->digits, code)) {
		memmove(t->digits + code, t->digits + code + 1, t->n - code);
		t->n--;
	}
	if (code == 0 || t->n < E164_MIN || t->n > E164_MAX)
		return PHONE_UNSURE;
	out[0] = '+';
	memcpy(out + 1, t->digits, t->n + 1);
	return PHONE_NUMBER;
}

enum phone_kind
phone_read(const char *typed, const char *region, char out[PHONE_MAX])
{
	struct readings r;
	struct typed t;

	out[0] = '\0';
	scan(typed, &t);
	if (t.letters || t.n == 0)
		return PHONE_NAME;
	if (t.odd)
		return PHONE_UNSURE;
	if (t.plus)
		return read_plus(&t, out);
	read_all(t.digits, region, &r);
	if (r.found[0] != '\0' && !r.differ) {
		memcpy(out, r.found, PHONE_MAX);
		return PHONE_NUMBER;
	}
	if (r.found[0] == '\0' && t.n >= 3 && t.n <= 6) {
		memcpy(out, t.digits, t.n + 1);
		return PHONE_SHORT;
	}
	return PHONE_UNSURE;
}
