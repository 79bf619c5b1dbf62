#include "channels/channels.h"

extern const struct channel_kind loop_kind;
extern const struct channel_kind xmpp_kind;
extern const struct channel_kind sms_kind;
extern const struct channel_kind email_kind;
extern const struct channel_kind web_kind;

const struct channel_kind *const channel_kinds[] = {
#if defined WITH_WEB
	&web_kind,
#endif
#if defined WITH_XMPP
	&xmpp_kind,
#endif
#if defined WITH_SMS
	&sms_kind,
#endif
#if defined WITH_EMAIL
	&email_kind,
#endif
#if defined WITH_LOOP
	&loop_kind,
#endif
	NULL,
};
