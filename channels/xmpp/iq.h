#ifndef HUDHUD_CHANNELS_XMPP_IQ_H
#define HUDHUD_CHANNELS_XMPP_IQ_H

#include <strophe.h>

#include "base/buf.h"
#include "channels/xmpp/adhoc.h"
#include "channels/xmpp/hear.h"

/**
 * Answer the iq ${s} of type get or set in ${out}, once: ping, service discovery (also of the commands
 * ${adhoc}), version and time are known, everything else gets an error.  ${from} is who asked (NULL: our server), ${to} who was
 * asked and therefore answers.
 */
void iq_answer(struct buf *out, const struct hear_self *self, const struct adhoc *adhoc,
    xmpp_stanza_t *s, const char *from, const char *to);

/** The language of ${s}: "pt-BR", or "". */
const char *iq_lang(xmpp_stanza_t *s);

#endif
