#include "channels/xmpp/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void
seen_free(struct seen *s)
{
	for (size_t i = 0; i < SEEN; i++)
		free(s->who[i]);
}

bool
seen_first(struct seen *s, const char *who, int64_t ms)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < SEEN; i++) {
		if (s->who[i] == NULL || strcmp(s->who[i], who) != 0)
			continue;
		if (ms == -1 || now - s->at[i] < ms)
			return false;
		s->at[i] = now;
		return true;
	}
	free(s->who[s->next]);
	s->who[s->next] = mem_dup(who);
	s->at[s->next] = now;
	s->next = (s->next + 1) % SEEN;
	return true;
}

void
seen_forget(struct seen *s, const char *who)
{
	for (size_t i = 0; i < SEEN; i++)
		if (s->who[i] != NULL && strcmp(s->who[i], who) == 0) {
			free(s->who[i]);
			s->who[i] = NULL;
		}
}
