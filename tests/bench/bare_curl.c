/*
 * bare_curl PORT COUNT CONNECTIONS - what curl_multi makes of an SMS gateway when nothing else is done:
 * COUNT requests as hudhud-sms sends them, CONNECTIONS under way.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/bench/wire.h"

static struct wire wire;
static unsigned long next, done;

static size_t
ignore(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static void
start(CURLM *multi, CURL *easy)
{
	struct buf url = { 0 };

	buf_printf(&url, "http://127.0.0.1:%u", wire.port);
	wire_query(&wire, &url, next++);
	curl_easy_setopt(easy, CURLOPT_URL, buf_text(&url));
	curl_multi_add_handle(multi, easy);
	buf_free(&url);
}

int
main(int argc, char **argv)
{
	int lines = argc == 4 ? atoi(argv[3]) : 0, running, left;
	CURLM *multi;
	CURLMsg *m;
	CURL *easy;

	if (lines < 1)
		return fputs("usage: bare_curl PORT COUNT CONNECTIONS\n", stderr), 2;
	wire_read(&wire, argv[1], argv[2], "");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)lines);
	wire_begin(&wire);
	for (int i = 0; i < lines && next < wire.count; i++) {
		easy = curl_easy_init();
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		start(multi, easy);
	}
	while (done < wire.count) {
		curl_multi_perform(multi, &running);
		while ((m = curl_multi_info_read(multi, &left)) != NULL) {
			if (m->msg != CURLMSG_DONE || m->data.result != CURLE_OK)
				wire_die("a request failed");
			easy = m->easy_handle;
			curl_multi_remove_handle(multi, easy);
			done++;
			if (next < wire.count)
				start(multi, easy);
			else
				curl_easy_cleanup(easy);
		}
		if (done < wire.count)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	wire_report(&wire, done, 0);
	curl_multi_cleanup(multi);
	return 0;
}
