#include "gateway/channel.h"

extern const struct channel_kind email_kind;
const struct channel_kind email_kind = {
	.name = "email",
};
