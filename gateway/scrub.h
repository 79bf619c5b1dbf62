#ifndef HUDHUD_GATEWAY_SCRUB_H
#define HUDHUD_GATEWAY_SCRUB_H

#include "gateway/site.h"

/**
 * Take out of ${text} (clean, see text_clean()) what people send without meaning to: lines quoted before
 * their own, and the secrets in addresses and links that the service has given to them alone: the token
 * of "post+TOKEN@domain", and of links below ${site}->url.  Changes ${text} in place; never makes it
 * longer, and never empty.  Pure.
 */
void scrub_text(const struct site *site, char *text);

#endif
