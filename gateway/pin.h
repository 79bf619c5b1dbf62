#ifndef HUDHUD_GATEWAY_PIN_H
#define HUDHUD_GATEWAY_PIN_H

#include "gateway/command.h"
#include "gateway/secret.h"

/*
 * The digits that texts of somebody must begin with, if they have set any: who knows a number can
 * send in its name, but does not know these.
 */

/**
 * If ${text} begins with what may be a PIN, "4711 hello" or "4711: hello", put it into ${pin} and return
 * what follows; else NULL.  Pure.
 */
const char *pin_cut(const char *text, char pin[PARSE_PIN_SIZE]);

/** The form in which ${user}'s ${pin} is kept. */
void pin_seal(struct tx *tx, int64_t user, const char *pin, char out[SECRET_TOKEN_SIZE]);

/**
 * ${a} has been parsed.  If it begins with its user's PIN, take that off, parse what is left, and set
 * pinned.  From a number whose user has one it must: else false, after answering once an hour, unless
 * it is one of the few texts that need none.
 */
bool pin_passes(struct act *a, bool stopped);

#endif
