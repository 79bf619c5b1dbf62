#ifndef HUDHUD_TESTS_FREE_PORT_H
#define HUDHUD_TESTS_FREE_PORT_H

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* A port of the loopback that was free a moment ago, as settings write it in ${out}. */
static inline unsigned
free_port(char out[24])
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	bind(fd, (struct sockaddr *)&sa, sizeof sa);
	getsockname(fd, (struct sockaddr *)&sa, &n);
	snprintf(out, 24, "127.0.0.1:%u", ntohs(sa.sin_port));
	close(fd);
	return ntohs(sa.sin_port);
}

#endif
