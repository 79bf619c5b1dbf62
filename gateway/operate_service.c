/* The operator's commands on the running service: channels, deliveries, texts, the store. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/audience.h"
#include "gateway/letters.h"
#include "gateway/operate.h"
#include "store/fanout.h"

#define TEXT_MAX_BYTES 65536

static bool
say_outcome(struct operation *o, const struct receive *r)
{
	if (o->json)
		operate_say_json(
		    o, json_pack("{s:b, s:s?, s:o, s:o}", "done", r->ok, "reply", r->answer,
			   "status", r->pos != 0 ? json_sprintf("%" PRId64, r->pos) : json_null(),
			   "key", r->pos != 0 ? json_sprintf("s%" PRIx64, r->pos) : json_null()));
	if (!r->ok)
		return operate_fail(o, "%s", r->answer != NULL ? r->answer : "it was not done");
	if (!o->json && r->answer != NULL)
		operate_say(o, "%s\n", r->answer);
	if (!o->json && r->pos != 0)
		operate_say(o, "status %" PRId64 " (s%" PRIx64 ")\n", r->pos, r->pos);
	return true;
}

bool
operate_as(struct operation *o)
{
	struct receive r = { .site = core_site(o->core), .proof = PROOF_PEER, .now = clock_wall() };
	struct inbound in = { .peer = "",
		.to = "",
		.foreign = "",
		.reply_to = "",
		.token = "",
		.proof = PROOF_PEER };
	struct buf text = { 0 };
	struct user u;
	struct tx *tx = store_read(core_store(o->core));
	bool found = user_by_name(tx, o->args[0], &u), done;
	size_t i;

	if (!operate_read_end(o, tx))
		return false;
	if (!found)
		return operate_fail(o, "there is no user \"%.40s\"", o->args[0]);
	for (i = 1; i < o->n; i++)
		buf_printf(&text, "%s%s", i > 1 ? " " : "", o->args[i]);
	in.text = buf_text(&text);
	in.text_len = text.len;
	if (text.len > TEXT_MAX_BYTES) {
		buf_free(&text);
		return operate_fail(o, "the text is longer than 64 KiB");
	}
	receive_fill(&r, &in);
	buf_free(&text);
	r.user = u.id;
	if (core_receive_wait(o->core, &r) == STORE_LATER)
		done = operate_fail(o,
		    "the store cannot write now (is the disk full, the database away?): try later");
	else
		done = say_outcome(o, &r);
	receive_free(&r);
	return done;
}

/* ---- channels */

static bool
set_pause(struct operation *o, bool pause)
{
	int rc = core_pause(o->core, o->args[0], pause);

	if (rc == STORE_LATER)
		return operate_fail(o,
		    "the store cannot write now (is the disk full, the database away?): try later");
	return rc == STORE_OK || operate_fail(o, "there is no channel \"%.40s\"", o->args[0]);
}

bool
operate_pause(struct operation *o)
{
	return set_pause(o, true);
}

bool
operate_resume(struct operation *o)
{
	return set_pause(o, false);
}

/* ---- deliveries */

static bool
read_id(struct operation *o, const char *text, int64_t *id)
{
	char *end;

	errno = 0;
	*id = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || *id <= 0)
		return operate_fail(o, "\"%.40s\" is no id", text);
	return true;
}

struct trace_listing {
	struct operation *o;
	struct tx *tx;
	int64_t pos;
	struct audience_thing thing;
};

/* A status as people are told of it, 42, or as the log has it, s2a, or a delivery of it, s2a.7. */
static bool
read_status(struct operation *o, const char *text, int64_t *pos)
{
	size_t n = strspn(text, "s0123456789abcdef");
	char key[64];
	int64_t user;

	if (text[0] != 's')
		return read_id(o, text, pos);
	snprintf(key, sizeof(key), "%.40s%s", text, text[n] == '.' ? "" : ".1");
	return delivery_key_parse(key, pos, &user) || operate_fail(o, "\"%.40s\" is no id", text);
}

static bool
trace_one(void *cookie, const struct trace *t)
{
	static const char *const whats[] = { [TRACE_SETTLED] = "settled",
		[TRACE_WAITING] = "waiting",
		[TRACE_BEHIND] = "behind",
		[TRACE_DEAD] = "dead" };
	static const char *const receipts[] = { [0] = "",
		[RECEIPT_SENT] = "sent",
		[RECEIPT_DELIVERED] = "delivered",
		[RECEIPT_FAILED] = "failed" };
	struct trace_listing *l = cookie;
	struct operation *o = l->o;
	const char *chan = t->chan != 0 ? core_chan_name(o->core, t->chan) : "-";
	char key[64];

	if (t->what != TRACE_DEAD && !audience_traces(l->tx, &l->thing, t->user))
		return true;
	delivery_key(key, l->pos, t->user);
	if (o->json)
		operate_say_json(
		    o, json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "key", key, "user",
			   t->follower, "channel", chan, "state", whats[t->what], "receipt",
			   receipts[t->receipt], "tries", t->attempts, "why", t->code));
	else
		operate_say(o, "%s %s %s %s%s%s tries %d%s%s\n", key, t->follower, chan,
		    whats[t->what], t->receipt != 0 ? " receipt " : "", receipts[t->receipt],
		    t->attempts, t->code[0] != '\0' ? " why " : "", t->code);
	return o->error[0] == '\0';
}

bool
operate_trace(struct operation *o)
{
	struct trace_listing l = { .o = o };
	struct status s;
	struct tx *tx;
	bool found;
	char at[24];

	if (!read_status(o, o->args[0], &l.pos))
		return false;
	tx = store_read(core_store(o->core));
	found = status_get(tx, l.pos, &s);
	l.tx = tx;
	if (found) {
		audience_of(tx, &s, &l.thing);
		free((char *)s.text);
		operate_time(at, s.at);
		if (!o->json)
			operate_say(o, "status %" PRId64 " (s%" PRIx64 ") of %s at %s%s%s\n", l.pos,
			    l.pos, s.author_name, at, s.to != 0 ? ", direct" : "",
			    s.deleted != 0 ? ", taken back" : "");
		trace_each(tx, l.pos, trace_one, &l);
	}
	if (!operate_read_end(o, tx))
		return false;
	return found || operate_fail(o, "there is no status %" PRId64, l.pos);
}

struct dead_listing {
	struct operation *o;
	struct tx *tx;
};

static bool
dead_one(void *cookie, const struct dead *d)
{
	struct dead_listing *l = cookie;
	struct user u = { 0 };
	char at[24], key[64];

	user_by_id(l->tx, d->follower, &u);
	operate_time(at, d->at);
	delivery_key(key, d->pos, d->follower);
	if (l->o->json)
		operate_say_json(
		    l->o, json_pack("{s:o, s:s, s:o, s:s, s:s, s:s, s:I}", "id",
			      json_sprintf("%lld", (long long)d->id), "key", key, "status",
			      json_sprintf("%lld", (long long)d->pos), "user", u.name, "channel",
			      d->chan != 0 ? core_chan_name(l->o->core, d->chan) : "", "why",
			      d->code, "at", (json_int_t)d->at));
	else
		operate_say(l->o, "%lld %s status %lld to %s by %s at %s: %s\n", (long long)d->id,
		    key, (long long)d->pos, u.name,
		    d->chan != 0 ? core_chan_name(l->o->core, d->chan) : "-", at, d->code);
	return l->o->error[0] == '\0';
}

bool
operate_dead_list(struct operation *o)
{
	struct dead_listing l = { o, store_read(core_store(o->core)) };

	dead_each(l.tx, 0, dead_one, &l);
	return operate_read_end(o, l.tx);
}

struct dead_write {
	struct operate_write w;
	struct letters letters;
};

static int
do_dead(struct tx *tx, void *arg)
{
	struct dead_write *w = arg;
	int r = letters_settle(tx, &w->letters);

	if (r == STORE_FAILED)
		operate_refuse(&w->w, "nothing dead has the id %lld", (long long)w->letters.id);
	return r;
}

static bool
settle_dead(struct operation *o, bool retry)
{
	struct dead_write w = { .letters = { .retry = retry, .now = clock_wall() } };
	const struct letters *l = &w.letters;
	char key[64];

	if (!read_id(o, o->args[0], &w.letters.id) || !operate_write(o, do_dead, &w))
		return false;
	delivery_key(key, l->dead.pos, l->dead.follower);
	if (o->json)
		operate_say_json(o, json_pack("{s:s, s:s, s:s}", "done", retry ? "retry" : "drop",
					"key", key, "user", l->to.name));
	else
		operate_say(
		    o, "%s to %s %s\n", key, l->to.name, retry ? "is tried again" : "is forgotten");
	return true;
}

bool
operate_dead_retry(struct operation *o)
{
	return settle_dead(o, true);
}

bool
operate_dead_drop(struct operation *o)
{
	return settle_dead(o, false);
}

static bool
is_writable(const char *path)
{
	char *folder = mem_dup(path);
	bool good = access(dirname(folder), W_OK | X_OK) == 0;

	free(folder);
	return good;
}

bool
operate_backup(struct operation *o)
{
	if (o->args[0][0] != '/')
		return operate_fail(o, "the file's path must begin with a slash");
	if (access(o->args[0], F_OK) == 0)
		return operate_fail(
		    o, "the copy could not be made: %.300s is there already", o->args[0]);
	if (!is_writable(o->args[0]))
		return operate_fail(o,
		    "the copy could not be made: the service's user may not write %.150s (%s); "
		    "a name without a slash is put into the state folder, where it may",
		    o->args[0], strerror(errno));
	if (store_backup(core_store(o->core), o->args[0], o->stopping) == -1)
		return operate_fail(o, "the copy could not be made: the log tells why");
	if (o->json)
		operate_say_json(o, json_pack("{s:s}", "file", o->args[0]));
	else
		operate_say(o, "%s\n", o->args[0]);
	return true;
}

bool
operate_offline(struct operation *o)
{
	return operate_fail(
	    o, "the service must not run for that: stop it, and ask hudhudctl again");
}
