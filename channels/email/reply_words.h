#ifndef HUDHUD_EMAIL_REPLY_WORDS_H
#define HUDHUD_EMAIL_REPLY_WORDS_H

/* What mail programs write around a quote, in the languages they speak; NULL-terminated. */

/** Verbs at the end of "On 1 May 2026 at 10:00, Alice <a@b> wrote:". */
extern const char *const reply_wrote[];

/** Names of header fields as Outlook and others print them above the answered mail. */
extern const char *const reply_fields[];

/** How "Sent from my phone" begins. */
extern const char *const reply_sent_from[];

/** What stands before the colon in the subject of an answer, folded. */
extern const char *const reply_subjects[];

#endif
