#include "channels/sms/pulse.h"

#define FEW 3 /* failures in a row, while nothing has passed for ... */
#define FEW_MS 1000
#define MANY 10 /* in a row at once: of half of all texts refused that is one in a thousand */

void
pulse_good(struct pulse *p, int64_t now)
{
	p->good_at = now;
	p->failures = 0;
}

bool
pulse_failed(struct pulse *p, int64_t now)
{
	p->failures++;
	return p->failures >= MANY || (p->failures >= FEW && now - p->good_at >= FEW_MS);
}
