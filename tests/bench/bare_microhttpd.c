/*
 * bare_microhttpd HEAD BODY - the HTTP library with nothing around it: whoever asks for whatever gets the bytes of
 * the file BODY, with the lines of the file HEAD as headers, on as many threads as our own server has.  It says
 * its port, and ends when its standard input does.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define THREADS 2

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static char *
read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;

	if (f == NULL)
		die(path);
	for (*n = 0;;) {
		data = mem_resize(data, *n + 65536, 1);
		size_t r = fread(data + *n, 1, 65535, f);

		if (r == 0)
			break;
		*n += r;
	}
	data[*n] = '\0';
	fclose(f);
	return data;
}

static enum MHD_Result
answer(void *cookie, struct MHD_Connection *line, const char *url, const char *method,
    const char *version, const char *data, size_t *n, void **state)
{
	static int begun;

	(void)url, (void)method, (void)version, (void)data, (void)n;
	if (*state == NULL) {
		*state = &begun;
		return MHD_YES;
	}
	return MHD_queue_response(line, MHD_HTTP_OK, cookie);
}

static int
listen_anywhere(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 1024) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		die("listen");
	*port = ntohs(a.sin_port);
	return fd;
}

int
main(int argc, char **argv)
{
	struct MHD_Response *r;
	struct MHD_Daemon *d;
	char *head, *body, *line, *value, c;
	unsigned port;
	size_t n;
	int fd;

	if (argc != 3)
		return fputs("usage: see the head of bare_microhttpd.c\n", stderr), 2;
	head = read_file(argv[1], &n);
	body = read_file(argv[2], &n);
	r = MHD_create_response_from_buffer(n, body, MHD_RESPMEM_PERSISTENT);
	for (char *rest = head; (line = strsep(&rest, "\n")) != NULL;) {
		if ((value = strstr(line, ": ")) == NULL)
			continue;
		*value = '\0';
		MHD_add_response_header(r, line, value + 2);
	}
	fd = listen_anywhere(&port);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, answer, r,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
	    MHD_OPTION_CONNECTION_LIMIT, 700u, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
	if (d == NULL)
		die("MHD_start_daemon");
	printf("port %u\n", port);
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	MHD_stop_daemon(d);
	MHD_destroy_response(r);
	free(head);
	free(body);
	return 0;
}
