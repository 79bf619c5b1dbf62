#ifndef HUDHUD_EMAIL_DIALOGUE_H
#define HUDHUD_EMAIL_DIALOGUE_H

#include <stddef.h>

#include <libetpan/libetpan.h>

/*
 * SMTP, a line at a time, over libetpan's stream: for what the library does not do, several commands
 * on their way at once and logins without plug-ins.  Every step is bounded by wire_limit().
 */

/** Read one reply, of however many lines and packets.  Return its code; 0: nonsense, or the connection is gone. */
int dialogue_reply(mailsmtp *m);

/** Say ${line} and read the reply; returns as dialogue_reply(). */
int dialogue_command(mailsmtp *m, const char *line);

/** The code of the last reply, ours or the library's; 0 if the connection is gone. */
int dialogue_code(const mailsmtp *m);

/** The text of the last reply. */
const char *dialogue_text(const mailsmtp *m);

/** Its first line without the addresses in it, and only ASCII: it goes to the log. */
void dialogue_words(const mailsmtp *m, char *out, size_t size);

/** "${what}: 550 no such user", or what is wrong with the connection. */
void dialogue_why(const mailsmtp *m, const char *what, char *why, size_t size);

#endif
