/* The key of somebody's home feed, by which a reader that cannot log in reads it. */
#include <string.h>

#include "channels/web/web.h"

bool
feed_key_hash(const char *key, unsigned char hash[32])
{
	if (strlen(key) != FEED_KEY_SIZE - 1 ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyz234567") != FEED_KEY_SIZE - 1)
		return false;
	secret_hash(key, strlen(key), hash);
	return true;
}
