/*
 * The rule is read once into a row of nodes, each behind those it needs, so that
 * evaluating it cannot fail, and allocates nothing.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/plural.h"

#define NODES_MAX 256
#define DEPTH_MAX 40
#define FORMS_MAX 16

enum op { CONST, VAR, NOT, MUL, DIV, MOD, ADD, SUB, LT, LE, GT, GE, EQ, NE, AND, OR, COND };

struct node {
	enum op op;
	unsigned long value;
	unsigned char a, b, c; /* indices of operands */
};

struct plural {
	unsigned forms;
	unsigned n;
	struct node node[NODES_MAX];
};

struct parser {
	struct plural *rule;
	const char *p;
	int depth;
	bool bad;
};

static const struct {
	const char *text;
	enum op op;
	int level; /* binds tighter the higher it is */
} binary[] = {
	{ "||", OR, 1 },
	{ "&&", AND, 2 },
	{ "==", EQ, 3 },
	{ "!=", NE, 3 },
	{ "<=", LE, 4 },
	{ ">=", GE, 4 },
	{ "<", LT, 4 },
	{ ">", GT, 4 },
	{ "+", ADD, 5 },
	{ "-", SUB, 5 },
	{ "*", MUL, 6 },
	{ "/", DIV, 6 },
	{ "%", MOD, 6 },
};

static unsigned char condition(struct parser *p);

static unsigned char
add(struct parser *p, enum op op, unsigned long value, unsigned a, unsigned b, unsigned c)
{
	if (p->rule->n == NODES_MAX) {
		p->bad = true;
		return 0;
	}
	p->rule->node[p->rule->n] = (struct node){ op, value, (unsigned char)a, (unsigned char)b,
		(unsigned char)c };
	return (unsigned char)p->rule->n++;
}

static bool
eat(struct parser *p, const char *text)
{
	size_t n = strlen(text);

	while (isspace((unsigned char)*p->p))
		p->p++;
	if (strncmp(p->p, text, n) != 0)
		return false;
	p->p += n;
	return true;
}

static unsigned char
unary(struct parser *p)
{
	unsigned char a = 0;
	char *end;

	if (++p->depth > DEPTH_MAX)
		p->bad = true;
	if (p->bad)
		return 0;
	if (eat(p, "!"))
		a = add(p, NOT, 0, unary(p), 0, 0);
	else if (eat(p, "(")) {
		a = condition(p);
		p->bad |= !eat(p, ")");
	} else if (eat(p, "n"))
		a = add(p, VAR, 0, 0, 0, 0);
	else if (isdigit((unsigned char)*p->p)) {
		a = add(p, CONST, strtoul(p->p, &end, 10), 0, 0, 0);
		p->p = end;
	} else
		p->bad = true;
	p->depth--;
	return a;
}

static unsigned char
tighter(struct parser *p, int level)
{
	unsigned char left = unary(p), right;
	size_t i;

	while (!p->bad) {
		for (i = 0; i < sizeof(binary) / sizeof(binary[0]); i++)
			if (binary[i].level >= level && eat(p, binary[i].text))
				break;
		if (i == sizeof(binary) / sizeof(binary[0]))
			break;
		if (++p->depth > DEPTH_MAX)
			p->bad = true;
		right = tighter(p, binary[i].level + 1);
		p->depth--;
		left = add(p, binary[i].op, 0, left, right, 0);
	}
	return left;
}

static unsigned char
condition(struct parser *p)
{
	unsigned char a, b, c;

	if (++p->depth > DEPTH_MAX)
		p->bad = true;
	a = tighter(p, 1);
	if (!p->bad && eat(p, "?")) {
		b = condition(p);
		p->bad |= !eat(p, ":");
		c = condition(p);
		a = add(p, COND, 0, a, b, c);
	}
	p->depth--;
	return a;
}

struct plural *
plural_read(const char *header)
{
	const char *forms = strstr(header, "nplurals="), *rule = strstr(header, "plural=");
	struct parser p = { 0 };
	char *end;

	p.rule = mem_new(sizeof(*p.rule));
	/* Without a rule it is that of the Germanic languages, as gettext has it. */
	if (forms == NULL && rule == NULL) {
		forms = "nplurals=2";
		rule = "plural=n != 1;";
	}
	if (forms == NULL || rule == NULL || !isdigit((unsigned char)forms[9]))
		goto bad;
	p.rule->forms = (unsigned)strtoul(forms + 9, &end, 10);
	if (p.rule->forms < 1 || p.rule->forms > FORMS_MAX)
		goto bad;
	p.p = rule + 7;
	condition(&p);
	if (p.bad || (!eat(&p, ";") && *p.p != '\0'))
		goto bad;
	return p.rule;
bad:
	free(p.rule);
	return NULL;
}

unsigned
plural_forms(const struct plural *p)
{
	return p->forms;
}

static unsigned long
apply(enum op op, unsigned long a, unsigned long b)
{
	switch (op) {
	case MUL:
		return a * b;
	case DIV:
		return b != 0 ? a / b : 0;
	case MOD:
		return b != 0 ? a % b : 0;
	case ADD:
		return a + b;
	case SUB:
		return a - b;
	case LT:
		return a < b;
	case LE:
		return a <= b;
	case GT:
		return a > b;
	case GE:
		return a >= b;
	case EQ:
		return a == b;
	case NE:
		return a != b;
	case AND:
		return a != 0 && b != 0;
	default:
		return a != 0 || b != 0;
	}
}

unsigned
plural_form(const struct plural *p, unsigned long n)
{
	unsigned long v[NODES_MAX], form;
	const struct node *x;
	unsigned i;

	for (i = 0; i < p->n; i++) {
		x = &p->node[i];
		if (x->op == CONST)
			v[i] = x->value;
		else if (x->op == VAR)
			v[i] = n;
		else if (x->op == NOT)
			v[i] = v[x->a] == 0;
		else if (x->op == COND)
			v[i] = v[x->a] != 0 ? v[x->b] : v[x->c];
		else
			v[i] = apply(x->op, v[x->a], v[x->b]);
	}
	form = p->n > 0 ? v[p->n - 1] : 0;
	return form < p->forms ? (unsigned)form : 0;
}

void
plural_free(struct plural *p)
{
	free(p);
}
