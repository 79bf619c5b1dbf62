#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/deed.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

bool
status_find(struct visit *v, struct status *s)
{
	bool found = status_get(v->tx, v->pos, s);

	if (found && !s->to && !s->deleted && strcmp(s->author_name, v->name) == 0 &&
	    audience_sees(v->tx, v->me.id, s))
		return true;
	if (found)
		free((char *)s->text);
	visit_error(v, 404);
	return false;
}

void
status_show(struct visit *v, const char *wrong)
{
	struct status s;
	bool kept;
	char *at;

	if (!status_find(v, &s))
		return;
	view_flag(layout_view(v, s.author_name), "alone", true);
	if (wrong)
		layout_notice(v, wrong, false);
	deeds_kept(v, &s, 1, &kept);
	timeline_status(v, view_in(v->view, "status"), &s);
	deeds_view(v, view_in(v->view, "status"), &s, kept, true);
	conversation_add(v, &s, fields_number(fields_get(&v->query, "after")));
	if (v->me.id && v->me.id != s.author) {
		at = mem_printf("@%s ", s.author_name);
		layout_box(v, at, s.pos);
		free(at);
	}
	layout_answer(v, "alone", wrong ? 422 : 200);
	free((char *)s.text);
}

void
status_get_page(struct visit *v)
{
	status_show(v, NULL);
}
