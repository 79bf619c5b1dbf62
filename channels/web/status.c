#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "channels/web/web.h"
#include "gateway/audience.h"

void
status_get_page(struct visit *v)
{
	struct status s = { 0 };
	char *at;

	if (!status_get(v->tx, v->pos, &s)) {
		visit_error(v, 404);
		return;
	}
	if (s.to || s.deleted || strcmp(s.author_name, v->name) != 0 ||
	    !audience_sees(v->tx, v->me.id, &s)) {
		visit_error(v, 404);
	} else {
		view_flag(layout_view(v, s.author_name), "alone", true);
		timeline_status(v, view_in(v->view, "status"), &s);
		conversation_add(v, &s, fields_number(fields_get(&v->query, "after")));
		if (v->me.id && v->me.id != s.author) {
			at = mem_printf("@%s ", s.author_name);
			layout_box(v, at, s.pos);
			free(at);
		}
		layout_answer(v, "alone", 200);
	}
	free((char *)s.text);
}
