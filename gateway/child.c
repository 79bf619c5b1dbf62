/*
 * hudhud-KIND: the process of one kind of channel.  It is what hudhudd --channel would be, without
 * the other kinds' libraries: less memory for each, and less to attack.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "gateway/port.h"
#include "gateway/sandbox.h"

#define CHILD_FD 3

extern const struct channel_kind KIND;

int
main(int argc, char **argv)
{
	static const struct channel_kind *const kinds[] = { &KIND, NULL };

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(PACKAGE_STRING) == EOF;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return puts("A channel's process: started by hudhudd, see hudhudd(8).") == EOF;
	if (argc != 3 || strcmp(argv[1], "--channel") != 0) {
		fprintf(stderr, "%s is started by hudhudd\n", argv[0]);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	log_context(argv[2]);
	return sandbox_prepare(argv[2]) == -1 ? 1 : port_main(CHILD_FD, kinds, sandbox_close);
}
