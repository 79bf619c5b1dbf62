#include "channels/channels.h"

int
main(void)
{
	return channel_kinds[0] == NULL;
}
