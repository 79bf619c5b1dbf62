#ifndef HUDHUD_EMAIL_REPLY_H
#define HUDHUD_EMAIL_REPLY_H

#include <stdbool.h>

/* Above this line, in every language, is what a person wrote. */
#define REPLY_MARK "-~-~-"

/**
 * What the writer of ${text} (UTF-8) wrote anew: without the mail that is answered, quoted
 * lines, their introduction ("On ... wrote:" in many languages), the signature and "Sent from
 * my ...".  The caller frees it.  May be empty.
 */
char *reply_cut(const char *text);

/** Does ${subject} begin as those of answers do: "Re:", "AW:", "返信:"? */
bool reply_is_subject(const char *subject);

#endif
