#include "channels/xmpp/wire.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#define KEEP (512 * 1024) /* room that stays when all has gone */

size_t
wire_left(const struct wire *w)
{
	return w->out.len - w->at;
}

void
wire_gone(struct wire *w, size_t n)
{
	w->at += n;
	if (w->at == w->out.len) {
		if (w->out.room > KEEP)
			buf_free(&w->out);
		buf_clear(&w->out);
		w->at = 0;
	} else if (w->at > w->out.len / 2) {
		buf_drop(&w->out, w->at);
		w->at = 0;
	}
}

void
wire_write(struct wire *w, int fd)
{
	ssize_t n;

	while (!w->cut && wire_left(w) > 0) {
		n = send(fd, w->out.data + w->at, wire_left(w), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			wire_gone(w, (size_t)n);
		else if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		else if (n == 0 || errno != EINTR)
			w->cut = true;
	}
}

bool
wire_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return fd != -1 && poll(&p, 1, 0) == 1;
}

uint64_t
wire_received(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return 0;
	return info.tcpi_bytes_received;
}

void
wire_free(struct wire *w)
{
	buf_free(&w->out);
	*w = (struct wire){ 0 };
}
