#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/log.h"
#include "base/mem.h"

struct bell {
	int fd; /* an eventfd: its count is how often it was rung */
};

struct bell *
bell_new(void)
{
	struct bell *b;
	int fd;

	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd == -1) {
		log_warn("eventfd: %s", strerror(errno));
		return NULL;
	}
	b = mem_new(sizeof(*b));
	b->fd = fd;
	return b;
}

void
bell_ring(struct bell *b)
{
	const uint64_t one = 1;
	int saved = errno;

	/* A full count means that it is ringing already. */
	while (write(b->fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
	/* Signal handlers ring, too. */
	errno = saved;
}

int
bell_fd(const struct bell *b)
{
	return b->fd;
}

bool
bell_heard(struct bell *b)
{
	uint64_t count;
	ssize_t n;

	do
		n = read(b->fd, &count, sizeof(count));
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(count);
}

void
bell_wait(struct bell *b, int fd, int ms)
{
	struct pollfd p[2] = {
		{ .fd = b->fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	poll(p, 2, ms);
}

void
bell_free(struct bell *b)
{
	if (b == NULL)
		return;
	close(b->fd);
	free(b);
}
