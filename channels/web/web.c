#include "gateway/channel.h"

extern const struct channel_kind web_kind;
const struct channel_kind web_kind = {
	.name = "web",
};
