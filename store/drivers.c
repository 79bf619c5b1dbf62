#include <string.h>

#include "store/driver.h"

extern const struct store_driver sqlite_driver, postgres_driver;

const struct store_driver *const store_drivers[] = {
	&sqlite_driver,
#ifdef WITH_POSTGRES
	&postgres_driver,
#endif
	NULL,
};

const struct store_driver *
store_driver_of(const char *url)
{
	size_t n = strcspn(url, ":");

	for (size_t i = 0; store_drivers[i] != NULL; i++)
		if (strlen(store_drivers[i]->name) == n &&
		    strncmp(store_drivers[i]->name, url, n) == 0 && url[n] == ':')
			return store_drivers[i];
	return NULL;
}
