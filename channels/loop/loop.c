#include "gateway/channel.h"

extern const struct channel_kind loop_kind;
const struct channel_kind loop_kind = {
	.name = "loop",
};
