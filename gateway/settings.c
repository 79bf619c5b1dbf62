#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/settings.h"
#include "gateway/site.h"

#define KINDS_MAX 32

const struct conf_schema *
settings_schema(const struct channel_kind *const *kinds)
{
	static struct conf_kind of_kind[KINDS_MAX];
	static struct conf_schema schema = {
		.top = top_keys, .check = site_check_top, .groups = site_groups, .kinds = of_kind
	};
	size_t i;

	for (i = 0; kinds[i] != NULL && i < KINDS_MAX - 1; i++)
		of_kind[i] = (struct conf_kind){ kinds[i]->name, kinds[i]->keys, kinds[i]->check };
	of_kind[i] = (struct conf_kind){ .name = NULL };
	return &schema;
}

struct conf *
settings_load(const char *path, const struct channel_kind *const *kinds, struct conf_faults *faults)
{
	if (path == NULL && access(SETTINGS_FILE, F_OK) == 0)
		path = SETTINGS_FILE;
	return conf_load(path, settings_schema(kinds), faults);
}

int
settings_lock(const char *state)
{
	char *path = mem_printf("%s/lock", state);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), e;

	free(path);
	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}
