#ifndef HUDHUD_CHANNELS_XMPP_JID_H
#define HUDHUD_CHANNELS_XMPP_JID_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Jabber addresses (RFC 7622): "local@domain/resource", cut at the first '/', then at
 * the first '@'.  One written form for each bare address, made as the servers make it
 * (nodeprep and nameprep), so that equal addresses are equal strings.
 */

/** The room a bare address takes at most, with its NUL; longer ones are refused. */
#define JID_SIZE 512

/** Write the bare address of ${jid} in its one form into ${out}.  -1 if it is none. */
int jid_bare(const char *jid, char out[JID_SIZE]);

/** The resource of ${jid}: what follows the first '/', or "". */
const char *jid_resource(const char *jid);

/** The domain of ${bare}, which jid_bare() made. */
const char *jid_domain(const char *bare);

/** Has ${bare}, which jid_bare() made, a local part? */
bool jid_has_local(const char *bare);

/** Are ${a} and ${b} the same address but for the resource?  False if either is none. */
bool jid_same(const char *a, const char *b);

#endif
