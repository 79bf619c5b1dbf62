/* When a gateway is taken for dead, and when only for busy. */
#include "channels/sms/pulse.h"
#include "tests/tap.h"

/* Texts every ${ms}, of which so many percent fail at random: how often it is taken for dead. */
static int
deaths(unsigned percent, int n, int64_t ms)
{
	struct pulse p;
	uint64_t dice = 1;
	int64_t now = 1000;
	int dead = 0;

	pulse_good(&p, now);
	for (int i = 0; i < n; i++, now += ms) {
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		if (dice >> 33 >= percent * (UINT64_C(1) << 31) / 100) {
			pulse_good(&p, now);
		} else if (pulse_failed(&p, now)) {
			dead++;
			pulse_good(&p, now);
		}
	}
	return dead;
}

/* So many failures ${ms} apart, from ${now} on, until it is believed. */
static int
until_dead(struct pulse *p, int64_t now, int64_t ms)
{
	int n = 1;

	for (; !pulse_failed(p, now) && n < 1000; n++)
		now += ms;
	return n;
}

int
main(void)
{
	struct pulse p;

	ok(deaths(5, 1000000, 0) == 0, "5 % of a million refused: alive");
	ok(deaths(20, 100000, 1) == 0, "20 % of a hundred thousand: alive");
	pulse_good(&p, 5000);
	ok(until_dead(&p, 5000, 0) == 10, "all that come at once fail: ten are enough");
	pulse_good(&p, 5000);
	ok(until_dead(&p, 5100, 300) == 4, "some a second: as soon as nothing has passed for one");
	pulse_good(&p, 5000);
	ok(until_dead(&p, 35000, 0) == 3, "each unanswered for half a minute: three");
	pulse_good(&p, 5000);
	until_dead(&p, 5000, 100);
	pulse_good(&p, 6000);
	ok(until_dead(&p, 7000, 1) == 3, "a success is a new beginning");
	return tap_done();
}
