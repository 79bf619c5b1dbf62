#include "store/driver.h"

extern const struct store_driver sqlite_driver, postgres_driver;

const struct store_driver *const store_drivers[] = {
	&sqlite_driver,
#ifdef WITH_POSTGRES
	&postgres_driver,
#endif
	NULL,
};
