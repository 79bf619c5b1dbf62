#include "tests/unit/visible_rules.h"

#include "gateway/audience.h"

const char *const mutants[MUTANTS] = { "", "one's own", "what was taken back", "who is suspended",
	"blocks", "mutes", "who is silenced", "who is protected", "who follows", "direct messages",
	"how it comes", "whose words a repeat has", "... being suspended", "... being blocked",
	"... being muted", "... being silenced", "... being protected", "... a direct message",
	"... brought already", "... one's own" };
enum mutant mutant;

bool __real_audience_may(const struct audience *a);
bool __wrap_audience_may(const struct audience *a);

static void
hide_first(struct audience *f)
{
	switch (mutant) {
	case FIRST_SUSPENDED:
		f->suspended = false;
		break;
	case FIRST_BLOCKED:
		f->blocked = false;
		break;
	case FIRST_MUTED:
		f->muted = false;
		break;
	case FIRST_SILENCED:
		f->silenced = false;
		break;
	case FIRST_PROTECTED:
		f->author_protected = false;
		break;
	case FIRST_DIRECT:
		f->to = 0;
		break;
	case FIRST_GETS:
		f->gets = false;
		break;
	case FIRST_OWN:
		f->author = -1;
		break;
	default:
		break;
	}
}

static void
hide(struct audience *a)
{
	switch (mutant) {
	case OWN:
		a->author = -1;
		break;
	case DELETED:
		a->deleted = false;
		break;
	case SUSPENDED:
		a->suspended = false;
		break;
	case BLOCKED:
		a->blocked = false;
		break;
	case MUTED:
		a->muted = false;
		break;
	case SILENCED:
		a->silenced = false;
		break;
	case PROTECTED:
		a->author_protected = false;
		break;
	case FOLLOWS:
		a->follows = false;
		break;
	case DIRECT:
		a->to = 0;
		break;
	case WAY:
		a->way = AUDIENCE_SHOWN;
		break;
	case FIRST:
		a->first = NULL;
		break;
	default:
		break;
	}
}

bool
__wrap_audience_may(const struct audience *a)
{
	struct audience copy = *a, first;

	if (mutant == WHOLE)
		return __real_audience_may(a);
	if (a->first != NULL) {
		first = *a->first;
		hide_first(&first);
		copy.first = &first;
	}
	hide(&copy);
	return __real_audience_may(&copy);
}
