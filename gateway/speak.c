/*
 * What the core says to a channel: deliveries, as many as it wants, the same words once for all
 * who get them.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/secret.h"

#define RECIPIENTS_A_FRAME 256
#define LATE_S 600
#define OUT_SEND (16 * 1024)

static void
put_recipient(struct channel *ch, struct entry *e, int64_t now)
{
	char key[64], token[SECRET_TOKEN_SIZE] = "";

	entry_key(e, key);
	if (ch->kind->letter)
		secret_token(ch->core->secret, ch->kind->name, entry_peer(e), token);
	frame_u64(&ch->out, e->id);
	frame_text(&ch->out, key);
	frame_text(&ch->out, entry_peer(e));
	frame_text(&ch->out, token);
	frame_text(&ch->out, e->answer != NULL && e->said == NULL ? e->answer->foreign : "");
	e->stage = FLYING;
	e->sent_us = now;
	if (e->via == VIA_JOB)
		ch->pace.flying++;
}

static void
put_outbound(struct channel *ch, const struct entry *e, const struct rendering *r)
{
	const struct status *s = e->said != NULL && !e->said->plain ? &e->said->status : NULL;
	char thread[64] = "", reply[64] = "";
	int64_t at = e->said != NULL ? e->said->status.at : e->answer->at;

	if (s != NULL && s->thread != 0)
		snprintf(thread, sizeof(thread), "s%llx", (unsigned long long)s->thread);
	if (s != NULL && s->reply_to != 0)
		snprintf(reply, sizeof(reply), "s%llx", (unsigned long long)s->reply_to);
	frame_u64(&ch->out, s == NULL ? OUT_ANSWER : s->to != 0 ? OUT_DIRECT : OUT_STATUS);
	frame_text(&ch->out, s != NULL ? s->author_name : "");
	frame_text(&ch->out, r->text);
	frame_text(&ch->out, r->subject);
	frame_text(&ch->out, r->footer);
	frame_text(&ch->out, entry_lang(e));
	frame_text(&ch->out, thread);
	frame_text(&ch->out, reply);
	frame_u64(&ch->out, (uint64_t)at);
	frame_u64(&ch->out, fanout_wall() - at > LATE_S);
}

static enum form
form_of(const struct channel_kind *kind)
{
	return kind->letter ? FORM_LETTER : kind->costs ? FORM_BRIEF : FORM_LINE;
}

static void
deliver_answer(struct channel *ch, struct entry *e)
{
	struct rendering r = { 0 };
	size_t mark = frame_begin(&ch->out, FRAME_DELIVER);

	if (e->said != NULL) {
		put_outbound(
		    ch, e, said_words(ch->core, e->said, form_of(ch->kind), entry_lang(e)));
	} else {
		render_answer(
		    &ch->core->site, e->answer->text, ch->kind->letter, entry_lang(e), &r);
		put_outbound(ch, e, &r);
		rendering_free(&r);
	}
	frame_u64(&ch->out, 1);
	put_recipient(ch, e, clock_us());
	frame_end(&ch->out, mark);
}

/* How many more like ${e} may go now. */
static unsigned
allowance(const struct channel *ch, const struct entry *e)
{
	unsigned n = ch->credit < RECIPIENTS_A_FRAME ? ch->credit : RECIPIENTS_A_FRAME;
	unsigned pace = ch->pace.cap > ch->pace.flying ? ch->pace.cap - ch->pace.flying : 0;

	return e->via == VIA_JOB && pace < n ? pace : n;
}

static bool
same_words(const struct entry *a, const struct entry *b)
{
	return a->said == b->said && (a->via == VIA_JOB) == (b->via == VIA_JOB) &&
	       strcmp(entry_lang(a), entry_lang(b)) == 0;
}

/* A text message costs by its length. */
/* One frame for all next in the queue that get the same words. */
static unsigned
deliver_status(struct channel *ch, struct entry *first)
{
	struct entry *e[RECIPIENTS_A_FRAME], *next;
	const char *lang = entry_lang(first);
	unsigned n = 0, most = allowance(ch, first);
	size_t mark = frame_begin(&ch->out, FRAME_DELIVER);
	int64_t now = clock_us();

	e[n++] = first;
	while (n < most && (next = window_peek(ch)) != NULL && same_words(next, first))
		e[n++] = window_next(ch);
	put_outbound(ch, first, said_words(ch->core, first->said, form_of(ch->kind), lang));
	frame_u64(&ch->out, n);
	for (unsigned i = 0; i < n; i++)
		put_recipient(ch, e[i], now);
	frame_end(&ch->out, mark);
	return n;
}

void
link_deliver(struct channel *ch)
{
	struct entry *e;

	if (!node_may_act(ch->core->node))
		return;
	while (link_is_up(ch) && !ch->paused && ch->out.len < OUT_MAX &&
	       (e = window_peek(ch)) != NULL && allowance(ch, e) > 0) {
		e = window_next(ch);
		ch->handed = true;
		if (e->answer == NULL) {
			ch->credit -= deliver_status(ch, e);
		} else {
			deliver_answer(ch, e);
			ch->credit--;
		}
		/* so that it begins while we go on */
		if (ch->out.len >= OUT_SEND)
			link_flush(ch);
	}
	link_flush(ch);
}
