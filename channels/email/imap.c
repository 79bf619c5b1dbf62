#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/email/imap.h"

#define ANSWER_BYTES (256 * 1024)
#define LIST_BYTES (8 * 1024 * 1024)

static const char *const strike_names[IMAP_STRIKES] = { "$HudhudTrying", "$HudhudTryingAlone",
	"$HudhudTryingAgain" };

static void
limit(struct imap *i, int times, size_t bytes)
{
	if (i->m->imap_stream != NULL)
		wire_limit(i->m->imap_stream, times * i->e->timeout_ms, bytes);
}

const char *
imap_fault(const struct imap *i)
{
	return i->fault;
}

int
imap_fail(struct imap *i, const char *what, int r)
{
	const char *wire = i->m != NULL && i->m->imap_stream != NULL ? wire_fault(i->m->imap_stream)
								     : "";

	i->parse_error = wire[0] == '\0' && r == MAILIMAP_ERROR_PARSE;
	if (wire[0] != '\0')
		snprintf(i->fault, sizeof(i->fault), "%s: %s", what, wire);
	else if (i->parse_error)
		snprintf(
		    i->fault, sizeof(i->fault), "%s: an answer that cannot be understood", what);
	else
		snprintf(i->fault, sizeof(i->fault), "%s: the server refuses (%d)", what, r);
	return -1;
}

static int
done(struct imap *i, const char *what, int r)
{
	return r == MAILIMAP_NO_ERROR ? 0 : imap_fail(i, what, r);
}

static int
learn(struct imap *i)
{
	struct mailimap_capability_data *data = NULL;
	int r;

	limit(i, 1, ANSWER_BYTES);
	r = mailimap_capability(i->m, &data);
	if (r == MAILIMAP_NO_ERROR && data != NULL)
		mailimap_capability_data_free(data);
	return done(i, "CAPABILITY", r);
}

static int
secure(struct imap *i)
{
	char why[140] = "";
	int r;

	if (!i->e->imap.starttls)
		return 0;
	if (!mailimap_has_extension(i->m, "STARTTLS")) {
		snprintf(i->fault, sizeof(i->fault), "it does not offer STARTTLS");
		return -1;
	}
	limit(i, 1, ANSWER_BYTES);
	r = mailimap_starttls(i->m);
	if (r != MAILIMAP_NO_ERROR)
		return imap_fail(i, "STARTTLS", r);
	if (wire_encrypt(i->m->imap_stream, why, sizeof(why)) == -1) {
		snprintf(i->fault, sizeof(i->fault), "%s", why);
		return -1;
	}
	return learn(i);
}

static int
login(struct imap *i)
{
	int r;

	if (mailimap_has_extension(i->m, "LOGINDISABLED")) {
		snprintf(i->fault, sizeof(i->fault), "it forbids to log in%s",
		    wire_is_encrypted(i->m->imap_stream) ? "" : " without encryption");
		return -1;
	}
	limit(i, 1, ANSWER_BYTES);
	r = mailimap_login(i->m, i->e->imap.user, i->e->imap.password);
	return done(i, "LOGIN", r);
}

static bool
keeps_keywords(const mailimap *m)
{
	struct mailimap_flag_perm *f;

	if (m->imap_selection_info == NULL || m->imap_selection_info->sel_perm_flags == NULL)
		return false;
	for (clistiter *c = clist_begin(m->imap_selection_info->sel_perm_flags); c != NULL;
	     c = clist_next(c)) {
		f = clist_content(c);
		if (f->fl_type == MAILIMAP_FLAG_PERM_ALL)
			return true;
	}
	return false;
}

static int
select_mailbox(struct imap *i)
{
	const char *folders[] = { i->e->processed, i->e->rejected };
	int r;

	for (size_t k = 0; k < 2; k++) {
		limit(i, 1, ANSWER_BYTES);
		r = mailimap_create(i->m, folders[k]);
		/* It says no if it is there already. */
		if (r != MAILIMAP_NO_ERROR && r != MAILIMAP_ERROR_CREATE)
			return imap_fail(i, "CREATE", r);
	}
	limit(i, 1, ANSWER_BYTES);
	r = mailimap_select(i->m, i->e->mailbox);
	if (r != MAILIMAP_NO_ERROR)
		return imap_fail(i, "SELECT", r);
	i->validity = i->m->imap_selection_info->sel_uidvalidity;
	i->keywords = keeps_keywords(i->m);
	return 0;
}

int
imap_open(struct imap *i)
{
	const struct server *v = &i->e->imap;
	mailstream *s;
	int r;

	s = wire_connect(&i->e->wire, v->host, v->port, v->tls, i->fault, sizeof(i->fault));
	if (s == NULL)
		return -1;
	i->m = mailimap_new(0, NULL);
	if (i->m == NULL)
		log_die("out of memory");
	wire_limit(s, i->e->timeout_ms, ANSWER_BYTES);
	r = mailimap_connect(i->m, s);
	if (r != MAILIMAP_NO_ERROR_NON_AUTHENTICATED) {
		if (i->m->imap_stream == NULL) {
			i->m->imap_stream = s;
		}
		return imap_fail(i, "greeting", r);
	}
	if (learn(i) == -1 || secure(i) == -1 || login(i) == -1 || learn(i) == -1)
		return -1;
	i->move = mailimap_has_extension(i->m, "MOVE");
	i->uidplus = mailimap_has_extension(i->m, "UIDPLUS");
	i->idle = mailimap_has_extension(i->m, "IDLE");
	return select_mailbox(i);
}

void
imap_close(struct imap *i)
{
	if (i->m == NULL)
		return;
	if (i->m->imap_stream != NULL)
		wire_limit(i->m->imap_stream, 1000, ANSWER_BYTES);
	mailimap_free(i->m);
	i->m = NULL;
}

static struct mailimap_set *
set_of(const uint32_t *uids, size_t n)
{
	struct mailimap_set *set = mailimap_set_new_empty();

	for (size_t k = 0; set != NULL && k < n; k++)
		if (mailimap_set_add_single(set, uids[k]) != MAILIMAP_NO_ERROR)
			set = NULL;
	if (set == NULL)
		log_die("out of memory");
	return set;
}

/*
 * A server looks for what is new when it has made the list, and says so before it says that it is done: it will not
 * say that again.  Some say it each time.
 */
static void
hear_news(struct imap *i)
{
	const struct mailimap_selection_info *box = i->m->imap_selection_info;

	i->news = box != NULL && box->sel_has_exists && box->sel_exists != i->told;
	if (i->news)
		i->told = box->sel_exists;
}

int
imap_list(struct imap *i, uint32_t **uids, size_t *n)
{
	struct mailimap_search_key *key;
	clist *found = NULL;
	int r;

	*uids = NULL;
	*n = 0;
	key = mailimap_search_key_new(MAILIMAP_SEARCH_KEY_UNDELETED, NULL, NULL, NULL, NULL, NULL,
	    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL,
	    NULL, 0, NULL, NULL, NULL);
	if (key == NULL)
		log_die("out of memory");
	limit(i, 2, LIST_BYTES);
	if (i->m->imap_selection_info != NULL)
		i->m->imap_selection_info->sel_has_exists = 0;
	r = mailimap_uid_search(i->m, NULL, key, &found);
	mailimap_search_key_free(key);
	if (r != MAILIMAP_NO_ERROR)
		return imap_fail(i, "SEARCH", r);
	*uids = mem_new(((size_t)clist_count(found) + 1) * sizeof(**uids));
	for (clistiter *c = clist_begin(found); c != NULL; c = clist_next(c))
		(*uids)[(*n)++] = *(uint32_t *)clist_content(c);
	mailimap_search_result_free(found);
	hear_news(i);
	return 0;
}

static unsigned
strikes_in(struct mailimap_msg_att_dynamic *d)
{
	struct mailimap_flag_fetch *f;
	unsigned found = 0;

	for (clistiter *c = d->att_list != NULL ? clist_begin(d->att_list) : NULL; c != NULL;
	     c = clist_next(c)) {
		f = clist_content(c);
		if (f->fl_type != MAILIMAP_FLAG_FETCH_OTHER || f->fl_flag == NULL ||
		    f->fl_flag->fl_type != MAILIMAP_FLAG_KEYWORD)
			continue;
		for (unsigned k = 0; k < IMAP_STRIKES; k++)
			if (strcasecmp(f->fl_flag->fl_data.fl_keyword, strike_names[k]) == 0 &&
			    found < k + 1)
				found = k + 1;
	}
	return found;
}

static void
take_look(struct mailimap_msg_att *att, struct imap_mail *out)
{
	struct mailimap_msg_att_item *item;

	*out = (struct imap_mail){ 0 };
	for (clistiter *c = clist_begin(att->att_list); c != NULL; c = clist_next(c)) {
		item = clist_content(c);
		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC) {
			out->strikes = strikes_in(item->att_data.att_dyn);
		} else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC) {
			struct mailimap_msg_att_static *s = item->att_data.att_static;

			if (s->att_type == MAILIMAP_MSG_ATT_UID)
				out->uid = s->att_data.att_uid;
			else if (s->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE)
				out->size = s->att_data.att_rfc822_size;
		}
	}
}

static struct mailimap_fetch_type *
type_of(struct mailimap_fetch_att *const *atts, size_t n)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	for (size_t k = 0; type != NULL && k < n; k++)
		if (atts[k] == NULL ||
		    mailimap_fetch_type_new_fetch_att_list_add(type, atts[k]) != MAILIMAP_NO_ERROR)
			type = NULL;
	if (type == NULL)
		log_die("out of memory");
	return type;
}

/* FETCH ${atts}; the caller frees the list. */
static int
fetch(struct imap *i, const uint32_t *uids, size_t n, struct mailimap_fetch_att *const *atts,
    size_t att_n, clist **list)
{
	struct mailimap_fetch_type *type = type_of(atts, att_n);
	struct mailimap_set *set = set_of(uids, n);
	int r;

	*list = NULL;
	r = mailimap_uid_fetch(i->m, set, type, list);
	mailimap_set_free(set);
	mailimap_fetch_type_free(type);
	return done(i, "FETCH", r);
}

int
imap_look(struct imap *i, struct imap_mail *mails, size_t n)
{
	struct mailimap_fetch_att *atts[] = { mailimap_fetch_att_new_uid(),
		mailimap_fetch_att_new_flags(), mailimap_fetch_att_new_rfc822_size() };
	struct imap_mail one;
	uint32_t *uids = mem_new((n + 1) * sizeof(*uids));
	bool *seen = mem_new((n + 1) * sizeof(*seen));
	clist *list;
	int rc;

	for (size_t k = 0; k < n; k++)
		uids[k] = mails[k].uid;
	limit(i, 1, ANSWER_BYTES);
	rc = fetch(i, uids, n, atts, 3, &list);
	for (clistiter *c = rc == 0 ? clist_begin(list) : NULL; c != NULL; c = clist_next(c)) {
		take_look(clist_content(c), &one);
		for (size_t k = 0; k < n; k++)
			if (uids[k] == one.uid && one.uid != 0 && one.size != 0) {
				mails[k] = one;
				seen[k] = true;
			}
	}
	for (size_t k = 0; k < n; k++)
		if (!seen[k])
			mails[k].uid = 0;
	if (rc == 0)
		mailimap_fetch_list_free(list);
	free(seen);
	free(uids);
	return rc;
}

static void
take_body(struct mailimap_msg_att *att, size_t max, char **raw, size_t *n)
{
	struct mailimap_msg_att_item *item;
	struct mailimap_msg_att_body_section *b;

	for (clistiter *c = clist_begin(att->att_list); c != NULL && *raw == NULL;
	     c = clist_next(c)) {
		item = clist_content(c);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC ||
		    item->att_data.att_static->att_type != MAILIMAP_MSG_ATT_BODY_SECTION)
			continue;
		b = item->att_data.att_static->att_data.att_body_section;
		if (b->sec_body_part == NULL)
			continue;
		*n = b->sec_length < max ? b->sec_length : max;
		*raw = mem_dupn(b->sec_body_part, *n);
	}
}

int
imap_fetch(struct imap *i, uint32_t uid, char **raw, size_t *n)
{
	size_t max = i->e->max_size;
	struct mailimap_section *section = mailimap_section_new(NULL);
	struct mailimap_fetch_att *atts[] = {
		section != NULL
		    ? mailimap_fetch_att_new_body_peek_section_partial(section, 0, (uint32_t)max)
		    : NULL,
	};
	clist *list;

	*raw = NULL;
	*n = 0;
	limit(i, 4, max + ANSWER_BYTES);
	if (fetch(i, &uid, 1, atts, 1, &list) == -1)
		return -1;
	for (clistiter *c = clist_begin(list); c != NULL && *raw == NULL; c = clist_next(c))
		take_body(clist_content(c), max, raw, n);
	mailimap_fetch_list_free(list);
	return 0;
}

static int
store(struct imap *i, const uint32_t *uids, size_t n, struct mailimap_flag_list *flags, bool add)
{
	struct mailimap_store_att_flags *att =
	    add ? mailimap_store_att_flags_new_add_flags_silent(flags)
		: mailimap_store_att_flags_new_remove_flags_silent(flags);
	struct mailimap_set *set = set_of(uids, n);
	int r;

	if (att == NULL)
		log_die("out of memory");
	limit(i, 1, ANSWER_BYTES);
	r = mailimap_uid_store(i->m, set, att);
	mailimap_set_free(set);
	mailimap_store_att_flags_free(att);
	/* A refusal costs only the mark. */
	return r == MAILIMAP_ERROR_UID_STORE ? 0 : done(i, "STORE", r);
}

static void
add_flag(struct mailimap_flag_list *flags, struct mailimap_flag *f)
{
	if (flags == NULL || f == NULL || mailimap_flag_list_add(flags, f) != MAILIMAP_NO_ERROR)
		log_die("out of memory");
}

int
imap_strike(struct imap *i, const uint32_t *uids, size_t n, int strike)
{
	struct mailimap_flag_list *flags;

	if (!i->keywords || n == 0)
		return 0;
	flags = mailimap_flag_list_new_empty();
	for (int k = 0; k < IMAP_STRIKES; k++)
		if (strike < 0 || k == strike)
			add_flag(flags, mailimap_flag_new_flag_keyword(mem_dup(strike_names[k])));
	return store(i, uids, n, flags, strike >= 0);
}

/* Without MOVE: never a plain EXPUNGE, which would take what others have marked. */
static int
copy_and_delete(struct imap *i, const uint32_t *uids, size_t n, const char *folder)
{
	struct mailimap_set *set = set_of(uids, n);
	struct mailimap_flag_list *flags;
	int r = mailimap_uid_copy(i->m, set, folder);

	if (r == MAILIMAP_NO_ERROR) {
		flags = mailimap_flag_list_new_empty();
		add_flag(flags, mailimap_flag_new_deleted());
		r = store(i, uids, n, flags, true) == 0 ? MAILIMAP_NO_ERROR : MAILIMAP_ERROR_STREAM;
	}
	if (r == MAILIMAP_NO_ERROR && i->uidplus) {
		limit(i, 1, ANSWER_BYTES);
		r = mailimap_uid_expunge(i->m, set);
	}
	mailimap_set_free(set);
	return r;
}

int
imap_move(struct imap *i, const uint32_t *uids, size_t n, const char *folder)
{
	struct mailimap_set *set;
	int r;

	if (n == 0)
		return 0;
	i->told = 0;
	limit(i, 2, ANSWER_BYTES);
	if (i->move) {
		set = set_of(uids, n);
		r = mailimap_uid_move(i->m, set, folder);
		mailimap_set_free(set);
	} else {
		r = copy_and_delete(i, uids, n, folder);
	}
	if (r == MAILIMAP_ERROR_UID_MOVE || r == MAILIMAP_ERROR_UID_COPY)
		return 1;
	return done(i, "MOVE", r);
}
