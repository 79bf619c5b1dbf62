/* The operator's commands: which there are, and what they have in common. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gateway/operate.h"

#define OUT_MAX 16384

/* In the order of operate_words. */
static operate_fn *const handlers[] = {
	operate_user_add,
	operate_user_show,
	operate_user_list,
	operate_user_remove,
	operate_user_suspend,
	operate_user_unsuspend,
	operate_user_silence,
	operate_user_unsilence,
	operate_report_list,
	operate_report_close,
	operate_address_add,
	operate_address_list,
	operate_address_remove,
	operate_as,
	operate_health,
	operate_pause,
	operate_resume,
	operate_trace,
	operate_dead_list,
	operate_dead_retry,
	operate_dead_drop,
	operate_load,
	operate_export,
	operate_backup,
	operate_offline,
	operate_offline,
};

static void
flush(struct operation *o)
{
	if (o->out.len > 0 && o->say(o->cookie, o->out.data, o->out.len) == -1 &&
	    o->error[0] == '\0')
		operate_fail(o, "nobody listens any more");
	buf_clear(&o->out);
}

bool
operate_run(struct operation *o, const char *const *args, size_t n)
{
	int i = operate_find(args, n, o->error, sizeof(o->error));
	size_t words;
	bool done;

	if (i == -1)
		return false;
	words = operate_words[i].second != NULL ? 2 : 1;
	o->args = args + words;
	o->n = n - words;
	done = handlers[i](o);
	flush(o);
	buf_free(&o->out);
	return done && o->error[0] == '\0';
}

void
operate_say(struct operation *o, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = mem_dup("");
	va_end(ap);
	buf_text_add(&o->out, text);
	free(text);
	if (o->out.len > OUT_MAX)
		flush(o);
}

void
operate_say_json(struct operation *o, json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT);

	operate_say(o, "%s\n", text != NULL ? text : "null");
	free(text);
	json_decref(v);
}

bool
operate_fail(struct operation *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof(o->error), fmt, ap);
	va_end(ap);
	return false;
}

bool
operate_read_end(struct operation *o, struct tx *tx)
{
	return store_read_end(tx) == STORE_OK ||
	       operate_fail(o, "the store cannot be read now (is the database away?): try later");
}

int
operate_refuse(struct operate_write *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
	return STORE_FAILED;
}

bool
operate_write(struct operation *o, store_fn *fn, void *arg)
{
	struct operate_write *w = arg;
	int r;

	w->o = o;
	w->why[0] = '\0';
	r = core_write(o->core, fn, arg);
	if (r >= 0)
		return true;
	if (r == STORE_LATER)
		return operate_fail(o, "the store cannot write now (is the disk full?): try later");
	return operate_fail(o, "%s", w->why[0] != '\0' ? w->why : "the store refuses it");
}

const char *
operate_peer(
    struct core *c, const char *kind, const char *typed, char *peer, size_t size, int *chan)
{
	const struct channel_kind *k;
	const char *why = "it is no address of this kind";

	*chan = core_chan_of_kind(c, kind);
	k = *chan != 0 ? core_kind(c, *chan) : NULL;
	if (k == NULL)
		return "no channel of this kind is configured";
	if (k->peer == NULL)
		return "this kind has no addresses";
	return k->peer(core_section(c, *chan), typed, peer, size, &why) == 0 ? NULL : why;
}

void
operate_time(char out[24], int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (at == 0 || gmtime_r(&t, &tm) == NULL || strftime(out, 24, "%Y-%m-%d %TZ", &tm) == 0)
		mem_copy(out, 24, "-");
}

const char *
operate_state(enum address_state s)
{
	static const char *const names[] = { [ADDRESS_PENDING] = "pending",
		[ADDRESS_VERIFIED] = "verified",
		[ADDRESS_PAUSED] = "paused",
		[ADDRESS_OPTED_OUT] = "opted out",
		[ADDRESS_FAILING] = "failing" };

	return (size_t)s < sizeof(names) / sizeof(names[0]) && names[s] != NULL ? names[s] : "-";
}
