#ifndef HUDHUD_CHANNELS_SMS_DIALECT_H
#define HUDHUD_CHANNELS_SMS_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "gateway/channel.h"

/*
 * How one make of SMS gateway is spoken to.  All that differs between makes is in one
 * row of data and a few functions that write a request; sending, retrying, counting and
 * hearing are the same for all.
 */

/** What is the same for every request. */
struct dialect_route {
	const char *username, *password, *number;
	const char *report; /* address for reports, without a query; "" for none */
	unsigned validity;  /* seconds after which a text is not worth sending */
};

/** What an answer means. */
enum dialect_meaning {
	MEANS_SENT,
	MEANS_DEFER,  /* this text, not now */
	MEANS_BOUNCE, /* this text to this number, never */
	MEANS_BROKEN, /* no text will pass until the operator or the gateway mends something */
};

struct dialect_answer {
	unsigned first, last; /* HTTP status */
	const char *begins;   /* what the body begins with; "" for anything */
	enum dialect_meaning meaning;
	const char *why;
};

/** Bits that may be set in a report's type; the first row that fits tells. */
struct dialect_report {
	unsigned bits;
	enum outcome outcome;
	const char *why;
};

struct dialect {
	const char *name;

	/*
	 * Out: what follows the '?' of the address to GET.  For a question that costs nothing; and
	 * for a text, in three pieces that stand one after the other: ${common} once for all,
	 * ${one} for a delivery (${key}, ${to} in E.164), ${words} once for all who get them
	 * (${wide}: with characters outside the network's alphabet).
	 */
	void (*probe)(const struct dialect_route *r, struct buf *query);
	void (*common)(const struct dialect_route *r, struct buf *query);
	void (*one)(
	    const struct dialect_route *r, const char *key, const char *to, struct buf *query);
	void (*words)(const char *text, bool wide, struct buf *query);
	const struct dialect_answer *answers, *probe_answers; /* end with first == 0 */

	/* In: names of the fields; NULL where there is none. */
	const char *from, *to, *text, *charset, *id, *time;
	const char *coding, *binary;   /* the field, and its value for what is no text */
	const char *ack;               /* body of the answer that says "kept" */
	unsigned kept, later, refused; /* status of the answers */

	/* Reports: names of the fields, and what they say. */
	const char *report_key, *report_type, *report_detail;
	const struct dialect_report *reports; /* ends with bits == 0 */
};

/** The dialect called ${name}; NULL if there is none. */
const struct dialect *dialect_find(const char *name);

/** The words of the setting: all names, between blanks. */
#define DIALECT_NAMES "kannel"

/** The row of ${rows} that fits; the last (first == 0) if none does. */
const struct dialect_answer *dialect_judge(
    const struct dialect_answer *rows, unsigned status, const char *body);

/** Into ${out} ${why} and the gateway's own words, short, without digits that could be somebody's number. */
void dialect_quote(char *out, size_t size, const char *why, const char *body);

/** The row of ${rows} that fits ${type}, or NULL: a step on the way, not the end. */
const struct dialect_report *dialect_outcome(const struct dialect_report *rows, unsigned type);

extern const struct dialect dialect_kannel;

#endif
