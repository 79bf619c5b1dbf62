#include "gateway/channel.h"

extern const struct channel_kind sms_kind;
const struct channel_kind sms_kind = {
	.name = "sms",
};
