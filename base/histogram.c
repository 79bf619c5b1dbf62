#include "base/histogram.h"

size_t
histogram_bucket(const struct histogram_bounds *b, int64_t us)
{
	size_t i = 0;

	/* most are quick, so that this ends soon */
	while (i < b->n && us > b->us[i])
		i++;
	return i;
}

/* Who alone writes needs no locked instruction. */
static void
grow(atomic_int_fast64_t *at, int64_t by)
{
	uint64_t sum = (uint64_t)atomic_load_explicit(at, memory_order_relaxed) + (uint64_t)by;

	atomic_store_explicit(at, (int64_t)sum, memory_order_relaxed);
}

void
histogram_put(struct histogram *h, size_t bucket, int64_t us)
{
	grow(&h->n[bucket], 1);
	grow(&h->sum, us);
}

void
histogram_add(struct histogram *h, const struct histogram_bounds *b, int64_t us)
{
	if (us < 0)
		us = 0;
	histogram_put(h, histogram_bucket(b, us), us);
}

void
histogram_read(const struct histogram *h, struct histogram_view *v)
{
	v->sum = atomic_load_explicit(&h->sum, memory_order_relaxed);
	for (size_t i = 0; i <= HISTOGRAM_MAX; i++)
		v->n[i] = atomic_load_explicit(&h->n[i], memory_order_relaxed);
}

int64_t
histogram_count(const struct histogram_view *v)
{
	int64_t n = 0;

	for (size_t i = 0; i <= HISTOGRAM_MAX; i++)
		n += v->n[i];
	return n;
}

int64_t
histogram_quantile(const struct histogram_view *v, const struct histogram_bounds *b, int per_mille)
{
	int64_t all = histogram_count(v), below = 0, low = 0, wanted;

	if (all == 0 || b->n == 0)
		return 0;
	wanted = (all * per_mille + 999) / 1000;
	for (size_t i = 0; i < b->n; i++) {
		if (below + v->n[i] >= wanted && v->n[i] > 0)
			return low + (b->us[i] - low) * (wanted - below) / v->n[i];
		below += v->n[i];
		low = b->us[i];
	}
	return low;
}
