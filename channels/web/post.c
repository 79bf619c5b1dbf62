#include <string.h>

#include "base/mem.h"
#include "channels/web/web.h"

/* On the committer's thread. */
static void
done(struct receive *r, int result, void *cookie)
{
	struct visit *v = cookie;

	v->result = result;
	v->light = result == STORE_OK && r->pos != 0 && post_good(v); /* the visitor is sent on */
	httpd_go(v->http);
}

void
post_say(struct visit *v, char *text, int64_t reply_to, web_page *next)
{
	const char *once = fields_get(&v->form, "once");
	struct receive *r = &v->receive;
	char key[64] = "";

	if (reply_to)
		delivery_key(key, reply_to, v->me.id);
	if (strlen(once) != SECRET_TOKEN_SIZE - 1)
		once = "";
	*r = (struct receive){
		.site = v->web->site,
		.user = v->me.id,
		.peer = mem_dup(v->me.name),
		.to = mem_dup(""),
		.foreign = mem_dup(once),
		.text = text,
		.text_len = strlen(text),
		.reply_to = mem_dup(key),
		.token = mem_dup(""),
		.proof = PROOF_PEER,
		.plain = *fields_get(&v->form, "plain") != '\0',
		.now = v->now,
	};
	visit_wait(v, next);
	core_receive(v->web->core, r, done, v);
}

char *
post_typed(const struct visit *v)
{
	const char *text = fields_get(&v->form, "text");

	/* whatever stands in "to", what begins so never becomes public */
	return strcmp(v->http->path, "/direct") == 0 && *text
		   ? mem_printf("d %s %s", fields_get(&v->form, "to"), text)
		   : mem_dup(text);
}

bool
post_kept(struct visit *v)
{
	if (v->result == STORE_LATER || v->receive.verdict == VERDICT_LATER) {
		visit_error(v, 503);
		return false;
	}
	return true;
}

bool
post_good(const struct visit *v)
{
	const struct receive *r = &v->receive;

	/* A form that comes a second time is kept with what came of it the first time. */
	return r->verdict == VERDICT_KEPT && (r->ok || (r->pos != 0 && r->answer == NULL));
}
