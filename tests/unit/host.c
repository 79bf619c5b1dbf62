/* Hosts, ports, and which of them are this machine. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/conf.h"
#include "tests/tap.h"

static void
test_hosts(void)
{
	static const struct {
		const char *value;
		bool loop;
		const char *host; /* NULL: it has none */
		uint16_t port;
	} t[] = {
		{ "127.0.0.1:5", true, "127.0.0.1", 5 },
		{ "127.8.9.1", true, "127.8.9.1", 99 },
		{ "localhost:80", true, "localhost", 80 },
		{ "LocalHost", true, "LocalHost", 99 },
		{ "[::1]:80", true, "::1", 80 },
		{ "[::ffff:127.0.0.1]:80", true, "::ffff:127.0.0.1", 80 },
		{ "unix:/run/x", true, NULL, 0 },
		{ "http://127.0.0.1:8080/a:b", true, "127.0.0.1", 8080 },
		{ "http://[::1]/x", true, "::1", 99 },
		{ "imap://user@localhost", true, "localhost", 99 },
		{ "localhost.example:80", false, "localhost.example", 80 },
		{ "127.0.0.1.example", false, "127.0.0.1.example", 99 },
		{ "http://127.0.0.1@evil.example/", false, "evil.example", 99 },
		{ "0.0.0.0:80", false, "0.0.0.0", 80 },
		{ "[::]:80", false, "::", 80 },
		{ "10.0.0.1:80", false, "10.0.0.1", 80 },
		{ "a:65536", false, NULL, 0 },
		{ "a:0", false, NULL, 0 },
		{ "a:", false, NULL, 0 },
		{ "a:8x", false, NULL, 0 },
		{ "a:+8", false, NULL, 0 },
		{ ":80", false, NULL, 0 },
		{ "", false, NULL, 0 },
		{ "::1", false, NULL, 0 },
		{ "[::1", false, NULL, 0 },
		{ "[zz]:1", false, NULL, 0 },
		{ "a b:1", false, NULL, 0 },
		{ "a:1/x", false, NULL, 0 },
		{ "-a:1", false, NULL, 0 },
	};
	char host[64], *what;
	uint16_t port;
	size_t i;
	bool good;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		good = conf_host_port(t[i].value, host, sizeof(host), &port, 99) == 0;
		what = mem_printf("\"%s\" is cut and judged rightly", t[i].value);
		ok(conf_is_loopback(t[i].value) == t[i].loop && good == (t[i].host != NULL) &&
			(!good || (strcmp(host, t[i].host) == 0 && port == t[i].port)),
		    what);
		free(what);
	}
	ok(conf_host_port("abcdef:1", host, 6, &port, 1) == -1,
	    "a host that does not fit is refused");
}

int
main(void)
{
	test_hosts();
	return tap_done();
}
