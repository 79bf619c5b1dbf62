/* What a status answers, and what answers it. */
#include <stdlib.h>

#include "base/mem.h"
#include "channels/web/deed.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

#define STEPS 20 /* back to what began it, at most */
#define SOME 100 /* looked at for one page */

/* Copies: the store is asked about each, which wants the walk over. */
struct piece {
	struct status status[SOME];
	size_t n;
};

static bool
keep(void *cookie, const struct status *s)
{
	struct piece *p = cookie;

	p->status[p->n] = *s;
	p->status[p->n++].text = mem_dup(s->text);
	return p->n < SOME;
}

/* Add what may be seen of ${p} to the list ${name}, and forget it; behind which position there is more, 0: none. */
static int64_t
add_seen(struct visit *v, struct piece *p, const char *name)
{
	bool more = p->n == SOME;
	int64_t last = 0;
	size_t n = 0;
	struct view *w;
	bool kept;

	for (size_t i = 0; i < p->n; i++) {
		const struct status *s = &p->status[i];

		if (n == TIMELINE_MAX) {
			more = true;
		} else if (audience_shows(v->tx, v->me.id, s)) {
			w = view_add(v->view, name);
			view_flag(w, "alone", false);
			timeline_status(v, w, s);
			deeds_kept(v, s, 1, &kept);
			deeds_view(v, w, s, kept, false);
			n++;
			last = s->pos;
		} else {
			last = s->pos;
		}
		free((char *)s->text);
	}
	p->n = 0;
	return more ? last : 0;
}

void
conversation_add(struct visit *v, const struct status *s, int64_t after)
{
	struct piece *p = mem_new(sizeof *p);

	view_list(v->view, "earlier");
	view_list(v->view, "later");
	if (after == 0) {
		status_before(v->tx, s->pos, STEPS, keep, p);
		add_seen(v, p, "earlier");
	}
	status_answers(v->tx, s, after, keep, p);
	view_number(v->view, "more", add_seen(v, p, "later"));
	view_print(v->view, "more_path", "/%s/%lld", s->author_name, (long long)s->pos);
	free(p);
}
