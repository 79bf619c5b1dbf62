/* Many people at once: JSON lines, in big transactions, each all or nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gateway/operate.h"

#define BATCH_LINES 5000
#define BATCH_BYTES (4 * 1024 * 1024)

enum load_kind { LOAD_USER, LOAD_ADDRESS, LOAD_FOLLOW };

struct load_line {
	enum load_kind kind;
	json_t *value; /* of "user", "address" or "follow"; borrowed from ${whole} */
	json_t *whole;
	unsigned long number;
};

struct load {
	struct operate_write w;
	struct load_line *line; /* of this batch */
	size_t n, bytes;
	unsigned long read;     /* lines read */
	unsigned long kept;     /* lines of the batches that were written */
	unsigned long count[3]; /* written, by kind */
};

static const char *
text_of(json_t *v, const char *key)
{
	return json_string_value(json_object_get(v, key));
}

/* Is it what its kind takes?  Return NULL, or why not. */
static const char *
check_line(enum load_kind kind, json_t *v)
{
	static const char *const keys[] = { "name", "language", "timezone", "protected" };
	size_t i, n, known = 0;
	json_t *item;

	if (kind == LOAD_USER && json_is_string(v))
		return NULL;
	if (kind == LOAD_USER) {
		for (i = 0; i < 4; i++) {
			item = json_object_get(v, keys[i]);
			known += item != NULL;
			if (item != NULL &&
			    (i == 3 ? !json_is_boolean(item) : !json_is_string(item)))
				return "a name, a language and a timezone are texts, protected is "
				       "true or false";
		}
		if (known != json_object_size(v) || text_of(v, "name") == NULL)
			return "a user is a name, or {\"name\":…} with language, timezone and "
			       "protected at most";
		return NULL;
	}
	n = kind == LOAD_ADDRESS ? 3 : 2;
	if (json_array_size(v) != n)
		return kind == LOAD_ADDRESS ? "an address is [NAME, KIND, PEER]"
					    : "a follow is [FOLLOWER, FOLLOWEE]";
	for (i = 0; i < n; i++)
		if (!json_is_string(json_array_get(v, i)))
			return "a list of texts is wanted";
	return NULL;
}

static const char *
parse_line(struct load *l, const char *text, size_t n)
{
	static const char *const words[] = { "user", "address", "follow" };
	struct load_line *line = &l->line[l->n];
	json_error_t error;
	const char *why;
	size_t k;

	line->whole = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (line->whole == NULL)
		return "this is not JSON";
	line->number = l->read;
	for (k = 0; k < 3; k++)
		if (json_object_size(line->whole) == 1 &&
		    (line->value = json_object_get(line->whole, words[k])) != NULL)
			break;
	line->kind = (enum load_kind)k;
	why = k == 3 ? "one of user, address and follow is wanted"
		     : check_line(line->kind, line->value);
	if (why != NULL) {
		json_decref(line->whole);
		return why;
	}
	l->n++;
	l->bytes += n;
	return NULL;
}

static int
load_one(struct tx *tx, struct operate_write *w, const struct load_line *line)
{
	struct operate_person p = { .again = true };
	const char *t[3];
	size_t i;

	if (line->kind == LOAD_USER) {
		p.name = json_is_string(line->value) ? json_string_value(line->value)
						     : text_of(line->value, "name");
		p.lang = text_of(line->value, "language");
		p.zone = text_of(line->value, "timezone");
		p.is_protected = json_is_true(json_object_get(line->value, "protected"));
		return operate_add_user(tx, w, &p);
	}
	for (i = 0; i < 3; i++)
		t[i] = json_string_value(json_array_get(line->value, i));
	if (line->kind == LOAD_ADDRESS)
		return operate_add_address(tx, w, t[0], t[1], t[2]);
	return operate_add_follow(tx, w, t[0], t[1]);
}

/* A store_fn: all lines of the batch. */
static int
write_batch(struct tx *tx, void *arg)
{
	struct load *l = arg;
	char why[sizeof(l->w.why) - 32];
	size_t i;
	int r;

	for (i = 0; i < l->n; i++) {
		r = load_one(tx, &l->w, &l->line[i]);
		if (r == STORE_FAILED) {
			snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1,
			    l->w.why[0] != '\0' ? l->w.why : "the store refuses it");
			return operate_refuse(&l->w, "line %lu: %s", l->line[i].number, why);
		}
		if (r < 0)
			return r;
	}
	return STORE_OK;
}

static bool
end_batch(struct load *l, struct operation *o, bool write)
{
	bool done = !write || l->n == 0 || operate_write(o, write_batch, l);
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (done && write)
			l->count[l->line[i].kind]++;
		json_decref(l->line[i].whole);
	}
	if (done && write)
		l->kept = l->read;
	l->n = 0;
	l->bytes = 0;
	return done;
}

bool
operate_load(struct operation *o)
{
	struct load l = { .line = mem_new(BATCH_LINES * sizeof(*l.line)) };
	const char *text, *why;
	char reason[sizeof(o->error)];
	bool good = true;
	size_t n;

	while (good && (text = o->line(o->cookie, o, &n)) != NULL) {
		l.read++;
		if (strspn(text, " \t\r") >= n)
			continue;
		why = parse_line(&l, text, n);
		if (why != NULL)
			good = operate_fail(o, "line %lu: %s", l.read, why);
		else if (l.n == BATCH_LINES || l.bytes > BATCH_BYTES)
			good = end_batch(&l, o, true);
	}
	good = good && o->error[0] == '\0';
	good = end_batch(&l, o, good) && good;
	if (o->json)
		operate_say_json(o, json_pack("{s:I, s:I, s:I, s:I}", "lines", (json_int_t)l.kept,
					"users", (json_int_t)l.count[0], "addresses",
					(json_int_t)l.count[1], "follows", (json_int_t)l.count[2]));
	else if (good)
		operate_say(o, "%lu users, %lu addresses, %lu follows\n", l.count[0], l.count[1],
		    l.count[2]);
	if (!good) {
		memcpy(reason, o->error, sizeof(reason));
		if (l.kept > 0)
			operate_fail(
			    o, "%.300s; lines 1 to %lu are in, none behind them", reason, l.kept);
		else
			operate_fail(o, "%.300s; nothing was loaded", reason);
	}
	free(l.line);
	return good;
}
