/* What people tell the operator of others. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/lang.h"
#include "base/log.h"
#include "gateway/audience.h"
#include "gateway/command.h"
#include "store/report.h"

#define DAY 86400
#define REPORTS_A_DAY 10

/* The last of ${who} that the sender has seen, or may see; 0: nothing. */
static int64_t
last_seen(struct act *a, const struct user *who)
{
	int64_t pos = reached_last(a->tx, a->user.id, who->id, a->r->chan);
	struct status s;
	bool seen;

	if (pos != 0)
		return pos;
	if (!status_last(a->tx, who->id, &s))
		return 0;
	seen = audience_sees(a->tx, a->user.id, &s);
	free((char *)s.text);
	return seen ? s.pos : 0;
}

static void
report(struct act *a, const struct user *who)
{
	struct report r = { .reporter = a->user.id,
		.about = who->id,
		.pos = last_seen(a, who),
		.at = a->r->now,
		.text = a->p.text != NULL ? a->p.text : "" };
	int rc;

	rc = report_put(a->tx, &r);
	if (!act_try(a, rc))
		return;
	if (rc == STORE_OK)
		log_info("report %" PRId64 ": %s tells of %s: see hudhudctl report list", r.id,
		    a->user.name, who->name);
	act_done(a,
	    N_("Reported: the operator will look at {name}, who is not told. To hear no more of {name}: "
	       "block {name}"),
	    "name", who->name, NULL);
}

void
report_user(struct act *a)
{
	struct user who;

	/* "report cards are out": nobody is called so, and the word was no command */
	if (a->p.soft && a->p.name[0] && !user_by_name(a->tx, a->p.name, &who))
		say_status(a);
	else if (!act_who(a, &who))
		return;
	else if (who.id == a->user.id)
		act_answer(a, N_("That is you."), NULL);
	else if (act_limit(a, "report", REPORTS_A_DAY, DAY))
		report(a, &who);
}
