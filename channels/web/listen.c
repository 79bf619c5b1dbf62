#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "channels/web/listen.h"
#include "conf/conf.h"

#define BACKLOG 1024

static int
on_path(struct listener *l, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (mem_copy(sa.sun_path, sizeof sa.sun_path, path) < 0) {
		log_error("web: the path of the socket is too long: %s", path);
		return -1;
	}
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || chmod(path, 0660) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		log_error("web: cannot listen on %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	mem_copy(l->path, sizeof l->path, path);
	return fd;
}

static int
on_port(const char *address)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM },
			*list = NULL, *a;
	char host[256], service[8];
	uint16_t port;
	int fd = -1, err, on = 1;

	if (conf_host_port(address, host, sizeof host, &port, 8080) < 0) {
		log_error("web: not an address to listen on: %s", address);
		return -1;
	}
	snprintf(service, sizeof service, "%u", port);
	if ((err = getaddrinfo(*host ? host : NULL, service, &hints, &list)) != 0) {
		log_error("web: cannot listen on %s: %s", address, gai_strerror(err));
		return -1;
	}
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
			err = errno;
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		log_error("web: cannot listen on %s: %s", address, strerror(err));
	return fd;
}

bool
listen_open(struct listener *l, const char *address)
{
	*l = (struct listener){ .fd = -1 };
	l->fd = strncmp(address, "unix:", 5) == 0 ? on_path(l, address + 5) : on_port(address);
	return l->fd >= 0;
}

void
listen_room(unsigned n)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur >= n)
		return;
	r.rlim_cur = r.rlim_max < n ? r.rlim_max : n;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur < n)
		log_warn(
		    "web: %u files may be open, which is less than the %u that connections may need",
		    (unsigned)r.rlim_cur, n);
}

void
listen_close(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	if (*l->path)
		unlink(l->path);
}
