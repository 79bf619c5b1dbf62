#ifndef HUDHUD_EMAIL_JUDGE_H
#define HUDHUD_EMAIL_JUDGE_H

#include <gmime/gmime.h>

#include "channels/email/address.h"
#include "channels/email/mail.h"

/** Why ${message} is by a machine (RFC 3834 and the habits before it), in a literal; NULL if a person wrote it. */
const char *judge_machine(GMimeMessage *message, const struct post *post);

/**
 * Is it proven that the owner of ${from} (a clean address) let ${message} be sent?  Only by the
 * top-most Authentication-Results, and only if ${authserv} wrote it: any below may be forged.
 */
enum proof judge_proof(GMimeMessage *message, const char *authserv, const char *from);

/** The same of the field's value alone. */
enum proof judge_results(const char *value, const char *authserv, const char *from);

/** Read a delivery report (RFC 3464); false if ${message} is none of a failed delivery. */
bool judge_report(GMimeMessage *message, enum outcome *outcome, char status[16]);

#endif
