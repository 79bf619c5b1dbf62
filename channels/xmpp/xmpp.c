#include "gateway/channel.h"

extern const struct channel_kind xmpp_kind;
const struct channel_kind xmpp_kind = {
	.name = "xmpp",
};
