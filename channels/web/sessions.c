/* Who is logged in, from where, and how that ends. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/agent.h"
#include "channels/web/sessions.h"

#define NOTES_MAX 64 /* on their way to the store: a look at a page is not worth more */

void
session_of(const struct visit *v, const char *token, int64_t user, struct session *s)
{
	*s = (struct session){ .user = user, .made = v->now };
	secret_hash(token, strlen(token), s->id);
	agent_name(v->http->header[HTTP_AGENT], s->agent, sizeof s->agent);
}

/* ---- that it is used */

struct note {
	struct store_job job;
	unsigned char id[32];
	int64_t now;
};

static atomic_int notes;

static int
write_note(struct tx *tx, void *arg)
{
	const struct note *n = arg;

	return session_seen(tx, n->id, n->now);
}

/* Maybe after the channel has stopped. */
static void
noted(struct store_job *job, int result)
{
	(void)result;
	atomic_fetch_sub(&notes, 1);
	free(job->arg);
}

void
session_note(struct visit *v, const struct session *s)
{
	struct note *n;

	if (!session_is_stale(s, v->now))
		return;
	if (atomic_fetch_add(&notes, 1) >= NOTES_MAX) {
		atomic_fetch_sub(&notes, 1);
		return;
	}
	n = mem_new(sizeof *n);
	memcpy(n->id, s->id, sizeof n->id);
	n->now = v->now;
	n->job = (struct store_job){ .run = write_note, .arg = n, .done = noted };
	store_submit(core_store(v->web->core), &n->job);
}

/* ---- the list */

/* What a form calls a session: nobody can use that to be somebody. */
static void
session_name(const struct visit *v, const struct session *s, char out[SECRET_TOKEN_SIZE])
{
	char hex[65];

	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", s->id[i]);
	secret_token(v->web->key, "web-session", hex, out);
}

/* "Firefox/Linux" in two. */
static void
add_agent(struct view *w, const char *agent)
{
	size_t n = strcspn(agent, "/");

	view_print(w, "browser", "%.*s", (int)n, agent);
	view_text(w, "system", agent[n] ? agent + n + 1 : "");
}

void
sessions_view(struct visit *v)
{
	struct session list[SESSIONS_MAX];
	size_t n = session_list(v->tx, v->me.id, v->now, list, SESSIONS_MAX);
	char name[SECRET_TOKEN_SIZE];
	unsigned char mine[32];
	struct view *w;

	secret_hash(v->token, strlen(v->token), mine);
	view_list(v->view, "sessions");
	for (size_t i = 0; i < n; i++) {
		w = view_add(v->view, "sessions");
		session_name(v, &list[i], name);
		view_text(w, "id", name);
		view_number(w, "number", (int64_t)i + 1);
		view_flag(w, "mine", memcmp(list[i].id, mine, sizeof mine) == 0);
		view_number(w, "made", list[i].made);
		/* it is known to the hour: not from before it began */
		view_number(w, "seen", list[i].seen > list[i].made ? list[i].seen : list[i].made);
		add_agent(w, list[i].agent);
	}
	view_flag(v->view, "others", n > 1);
}

/* ---- that it ends */

struct ending {
	struct visit *visit;
	unsigned char mine[32];
	bool self; /* the one that asks has ended */
	struct store_job job;
};

static int
end_one(struct tx *tx, void *arg)
{
	struct ending *e = arg;
	const struct visit *v = e->visit;
	struct session list[SESSIONS_MAX];
	size_t n = session_list(tx, v->me.id, v->now, list, SESSIONS_MAX);
	char name[SECRET_TOKEN_SIZE];
	int rc;

	e->self = false;
	for (size_t i = 0; i < n; i++) {
		session_name(v, &list[i], name);
		if (!secret_equal(name, fields_get(&v->form, "session")))
			continue;
		if ((rc = session_drop(tx, list[i].id)) < 0)
			return rc;
		e->self |= memcmp(list[i].id, e->mine, sizeof e->mine) == 0;
	}
	return STORE_OK;
}

static int
end_others(struct tx *tx, void *arg)
{
	const struct ending *e = arg;

	return sessions_end(tx, e->visit->me.id, e->mine);
}

static void
ended(struct store_job *job, int result)
{
	struct ending *e = job->arg;

	e->visit->result = result;
	httpd_go(e->visit->http);
}

static void
end_shown(struct visit *v)
{
	const struct ending *e = v->work;

	if (v->result < 0) {
		visit_error(v, 503);
	} else if (e->self) {
		visit_token(v, "");
		visit_redirect(v, "/");
	} else {
		visit_redirect(v, "/settings/account");
	}
}

static void
end(struct visit *v, store_fn *run)
{
	struct ending *e = v->work = mem_new(sizeof *e);

	e->visit = v;
	secret_hash(v->token, strlen(v->token), e->mine);
	e->job = (struct store_job){ .run = run, .arg = e, .done = ended };
	visit_wait(v, end_shown);
	store_submit(core_store(v->web->core), &e->job);
}

void
sessions_end_one(struct visit *v)
{
	end(v, end_one);
}

void
sessions_end_others(struct visit *v)
{
	end(v, end_others);
}
