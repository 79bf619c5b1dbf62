#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "channels/web/kept.h"
#include "channels/web/picture.h"
#include "channels/web/sessions.h"
#include "channels/web/streams.h"

/* The token of ${size} in a cookie. */
static bool
find_token(const struct request *q, const char *cookie, char *out, size_t size)
{
	char token[SECRET_LONG_SIZE];

	if (!fields_cookie(q->header[HTTP_COOKIE], cookie, token, sizeof token) ||
	    strlen(token) != size - 1 ||
	    strspn(token, "abcdefghijklmnopqrstuvwxyz234567") != size - 1)
		return false;
	memcpy(out, token, size);
	return true;
}

bool
visit_stranger(struct web *w, const struct request *q, char out[SECRET_TOKEN_SIZE])
{
	bool has = find_token(q, w->cookie_form, out, SECRET_TOKEN_SIZE);

	if (!has)
		secret_new_token(out);
	return has;
}

/* The session that the cookie names, if it is one, and whose it is. */
static bool
find_session(struct web *w, const struct request *q, struct tx *tx, int64_t now,
    char token[SECRET_LONG_SIZE], struct session *s, struct user *u)
{
	unsigned char id[32];

	if (!find_token(q, w->cookie, token, SECRET_LONG_SIZE))
		return false;
	secret_hash(token, strlen(token), id);
	return session_find(tx, id, now, s) && user_by_id(tx, s->user, u) && !u->suspended;
}

size_t
visit_most(void *web, const struct request *q)
{
	struct web *w = web;
	char token[SECRET_LONG_SIZE];
	struct session s;
	struct user u;
	struct tx *tx;
	bool known;

	if (strcmp(q->path, UPLOAD_PATH) != 0)
		return HTTP_BODY_MAX;
	tx = store_read(core_store(w->core));
	known = find_session(w, q, tx, clock_wall(), token, &s, &u);
	store_read_end(tx);
	return known ? UPLOAD_MAX : HTTP_BODY_MAX;
}

static void
recognise(struct visit *v)
{
	struct session s;

	v->session = find_session(v->web, v->http, v->tx, v->now, v->token, &s, &v->me);
	if (v->session) {
		session_note(v, &s);
		return;
	}
	v->me = (struct user){ 0 };
	v->token_new = !visit_stranger(v->web, v->http, v->token);
}

/* For the mentions of a page; without a store to ask, each is a link. */
static bool
is_user(void *cookie, const char *name)
{
	struct visit *v = cookie;
	struct user u;

	return v->tx == NULL || user_by_name(v->tx, name, &u);
}

void
visit_language(struct web *w, const struct request *q, char out[12])
{
	if (!fields_language(q->header[HTTP_LANGUAGE], out, 12))
		mem_copy(out, 12, w->site->lang);
}

/* Without a store, it is nobody's. */
void
visit_open(struct visit *v)
{
	v->plain = v->token_new = false;
	v->tx = store_read(core_store(v->web->core));
	recognise(v);
	if (v->me.id && lang_known(v->me.lang))
		mem_copy(v->lang, sizeof v->lang, v->me.lang);
	if (store_read_result(v->tx) == STORE_OK)
		return;
	visit_close(v);
	v->me = (struct user){ 0 };
}

void
visit_close(struct visit *v)
{
	if (v->tx)
		store_read_end(v->tx);
	v->tx = NULL;
}

struct visit *
visit_new(struct web *w, struct request *q, bool plain)
{
	struct visit *v = mem_new(sizeof *v);

	v->web = w;
	v->http = q;
	v->now = clock_wall();
	v->plain = plain;
	q->mine = v;
	visit_language(w, q, v->lang);
	v->page.lang = v->lang;
	v->page.is_user = is_user;
	v->page.cookie = v;
	if (plain)
		v->token_new = true; /* an empty one, which proves nothing */
	else
		visit_open(v);
	return v;
}

void
visit_free(struct visit *v)
{
	if (v == NULL)
		return;
	visit_close(v);
	fields_free(&v->query);
	fields_free(&v->form);
	buf_free(&v->page.out);
	view_free(v->view);
	receive_free(&v->receive);
	account_free(v->account);
	free(v->kept);
	stream_forget(v->stream);
	free(v->link);
	free(v->work);
	free(v->type);
	free(v->text);
	free(v);
}

static void
resumed(struct request *q)
{
	struct visit *v = q->mine;

	if (!v->plain && !v->light)
		v->tx = store_read(core_store(v->web->core));
	v->next(v);
	visit_close(v);
}

void
visit_wait(struct visit *v, web_page *next)
{
	/* An open snapshot would hold up the very writer that is waited for. */
	visit_close(v);
	v->next = next;
	httpd_wait(v->http, resumed);
}

/* Bound to the visitor's token, and no use for anything else. */
void
visit_proof_of(const struct web *w, const char *token, char out[SECRET_TOKEN_SIZE])
{
	secret_proof(w->key, "web-form", token, out);
}

void
visit_csrf(const struct visit *v, char out[SECRET_TOKEN_SIZE])
{
	visit_proof_of(v->web, v->token, out);
}

/* Only where a file is wanted may one be sent. */
static unsigned
read_upload(struct visit *v, const char *type, char proof[SECRET_TOKEN_SIZE])
{
	const char *text;
	size_t n;

	if (strcmp(v->http->path, UPLOAD_PATH) != 0)
		return 415;
	if (!multipart_parse(&v->upload, type, buf_text(&v->http->body), v->http->body.len))
		return 400;
	text = multipart_get(&v->upload, "proof", false, &n);
	if (text != NULL && n < SECRET_TOKEN_SIZE)
		memcpy(proof, text, n);
	return 0;
}

/* What does the form say, and what is to prove that it is ours?  0, or the status to refuse it with. */
static unsigned
read_form(struct visit *v, const char *type, char proof[SECRET_TOKEN_SIZE])
{
	memset(proof, 0, SECRET_TOKEN_SIZE);
	if (multipart_is(type))
		return read_upload(v, type, proof);
	if (type == NULL || strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0 ||
	    (type[33] && strchr("; \t", type[33]) == NULL))
		return 415;
	if (!fields_parse(&v->form, buf_text(&v->http->body), v->http->body.len))
		return 400;
	mem_copy(proof, SECRET_TOKEN_SIZE, fields_get(&v->form, "proof"));
	return 0;
}

/* Does the browser not say that another site sent it? */
static bool
is_ours(const struct visit *v)
{
	const char *const *h = v->http->header;

	return (!h[HTTP_ORIGIN] ||
		   fields_origin(h[HTTP_ORIGIN], v->web->site->url, h[HTTP_HOST])) &&
	       (!h[HTTP_FETCH_SITE] || strcmp(h[HTTP_FETCH_SITE], "same-origin") == 0 ||
		   strcmp(h[HTTP_FETCH_SITE], "none") == 0);
}

bool
visit_form(struct visit *v)
{
	const char *const *h = v->http->header;
	char expected[SECRET_TOKEN_SIZE], proof[SECRET_TOKEN_SIZE];
	unsigned status = read_form(v, h[HTTP_TYPE], proof);
	bool ours = is_ours(v);

	if (status != 0) {
		visit_error(v, status);
		return false;
	}
	visit_csrf(v, expected);
	if (ours && !v->token_new && secret_equal(proof, expected))
		return true;
	/* words that another site may have sent are not put into anybody's mouth */
	if (!ours || !(h[HTTP_ORIGIN] || h[HTTP_FETCH_SITE]) || !front_again(v))
		visit_error(v, 403);
	return false;
}

void
visit_members_only(struct visit *v)
{
	char proof[SECRET_TOKEN_SIZE];

	if (!v->http->post || read_form(v, v->http->header[HTTP_TYPE], proof) != 0 || !is_ours(v) ||
	    !login_first(v))
		visit_redirect(v, "/login");
}

void
visit_token(struct visit *v, const char *token)
{
	mem_copy(v->token, sizeof v->token, token);
	v->token_new = v->token_used = v->session = true;
}

void
visit_send_cookie(
    struct web *w, struct request *q, const char *name, const char *value, int seconds)
{
	char *cookie = mem_printf("%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s", name,
	    value, seconds, w->secure ? "; Secure" : "");

	httpd_set(q, "Set-Cookie", cookie);
	free(cookie);
}

static void
send_headers(struct visit *v)
{
	struct web *w = v->web;

	if (v->token_new && v->token_used && !(v->kept && v->kept->entry))
		visit_send_cookie(w, v->http, v->session ? w->cookie : w->cookie_form, v->token,
		    !*v->token   ? 0
		    : v->session ? SESSION_WHOLE
				 : FORM_SECONDS);
	httpd_set(
	    v->http, "Cache-Control", v->me.id || v->token_used ? "private, no-cache" : "no-cache");
	httpd_set(v->http, "Vary", "Cookie, Accept-Language");
}

void
visit_answer(struct visit *v, unsigned status)
{
	/* A page without what could not be read is no page. */
	if (status != 503 && v->tx && store_read_result(v->tx) != STORE_OK) {
		visit_error(v, 503);
		return;
	}
	send_headers(v);
	if (status != 200 || !kept_answer(v, "text/html; charset=utf-8", &v->page.out))
		httpd_answer(v->http, status, "text/html; charset=utf-8", &v->page.out);
}

void
visit_redirect(struct visit *v, const char *path)
{
	send_headers(v);
	httpd_set(v->http, "Location", path);
	buf_clear(&v->page.out);
	page_put(
	    &v->page, "<!DOCTYPE html><title>%s</title><a href=\"%s\">%s</a>\n", path, path, path);
	httpd_answer(v->http, 303, "text/html; charset=utf-8", &v->page.out);
}

static const struct {
	unsigned status;
	const char *title, *text;
} errors[] = {
	{ 400, N_("That was not understood"), N_("What your browser sent is not well formed.") },
	{ 403, N_("That form is too old"),
	    N_("It did not come from a page that we sent to you just now. Go back, load the page anew and try once more.") },
	{ 404, N_("Nobody here"),
	    N_("There is nothing at this address, or it is not for you to see.") },
	{ 405, N_("Not like this"), N_("This address does not take that kind of request.") },
	{ 413, N_("Too much"), N_("What you sent is too long.") },
	{ 414, N_("Too much"), N_("The address is too long.") },
	{ 415, N_("That was not understood"), N_("Forms only, please.") },
	{ 429, N_("Slow down"), N_("That was tried too often. Wait a while, then try again.") },
	{ 431, N_("Too much"), N_("What you sent is too long.") },
	{ 503, N_("One moment"),
	    N_("We are busy. Nothing was lost and nothing was done: please try again in a minute.") },
	{ 500, N_("Our mistake"), N_("Something went wrong here. Nothing was done.") },
};

void
visit_error(struct visit *v, unsigned status)
{
	size_t i = 0;

	while (errors[i].status != status && errors[i].status != 500)
		i++;
	view_text(layout_view(v, lang_text(v->lang, errors[i].title)), "reason",
	    lang_text(v->lang, errors[i].text));
	if (status == 405)
		httpd_set(v->http, "Allow", "GET, HEAD, POST");
	if (status == 503 || status == 429)
		httpd_set(v->http, "Retry-After", status == 503 ? "60" : "900");
	layout_answer(v, "error", status);
}

void
visit_remote(struct visit *v, char out[SECRET_TOKEN_SIZE])
{
	unsigned char bytes[16];
	char net[64];

	/* One who has an IPv6 network has all of it: count by /56. */
	if (inet_pton(AF_INET6, v->http->remote, bytes) == 1)
		snprintf(net, sizeof net, "%02x%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1],
		    bytes[2], bytes[3], bytes[4], bytes[5], bytes[6]);
	else
		mem_copy(net, sizeof net, v->http->remote);
	secret_token(v->web->key, "web-remote", net, out);
}
