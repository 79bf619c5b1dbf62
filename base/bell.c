#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/log.h"
#include "base/mem.h"

struct bell {
	int out; /* polled by the thread that listens */
	int in;  /* written by those who ring */
};

struct bell *
bell_new(void)
{
	struct bell *b;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) == -1) {
		log_warn("pipe: %s", strerror(errno));
		return NULL;
	}
	b = mem_new(sizeof(*b));
	b->out = fd[0];
	b->in = fd[1];
	return b;
}

void
bell_ring(struct bell *b)
{
	/* A full pipe means that it is ringing already. */
	while (write(b->in, "", 1) == -1 && errno == EINTR)
		;
}

int
bell_fd(const struct bell *b)
{
	return b->out;
}

bool
bell_heard(struct bell *b)
{
	char buf[64];
	bool heard = false;
	ssize_t n;

	while ((n = read(b->out, buf, sizeof(buf))) > 0 || (n == -1 && errno == EINTR))
		heard |= n > 0;
	return heard;
}

void
bell_wait(struct bell *b, int fd, int ms)
{
	struct pollfd p[2] = {
		{ .fd = b->out, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	poll(p, 2, ms);
}

void
bell_free(struct bell *b)
{
	if (b == NULL)
		return;
	close(b->in);
	close(b->out);
	free(b);
}
