/*
 * bare_etpan PORT COUNT THREADS - what libetpan makes of a mail server when nothing else is done: COUNT
 * mails as hudhud-email sends them, by THREADS sessions.
 */
#include <libetpan/libetpan.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/wire.h"

static struct wire wire;
static atomic_ulong next, done;

static void
must(int r, const char *what)
{
	if (r != MAILSMTP_NO_ERROR)
		wire_die(what);
}

static void
send_one(mailsmtp *m, unsigned long i)
{
	struct buf mail = { 0 };
	char from[64], to[128];

	snprintf(from, sizeof(from), "post+b.s2a.%lx@gw.example", i);
	snprintf(to, sizeof(to), "u%lu@%.90s", i % wire.peers, wire.domain);
	wire_mail(&wire, &mail, i);
	must(mailesmtp_mail(m, from, 0, NULL), "MAIL");
	must(mailsmtp_rcpt(m, to), "RCPT");
	must(mailsmtp_data(m), "DATA");
	must(mailsmtp_data_message(m, mail.data, mail.len), "the mail");
	buf_free(&mail);
	atomic_fetch_add(&done, 1);
}

static void *
session(void *arg)
{
	mailsmtp *m = mailsmtp_new(0, NULL);
	unsigned long i;

	(void)arg;
	must(mailsmtp_socket_connect(m, "127.0.0.1", (uint16_t)wire.port), "connect");
	must(mailesmtp_ehlo(m), "EHLO");
	while ((i = atomic_fetch_add(&next, 1)) < wire.count)
		send_one(m, i);
	mailsmtp_quit(m);
	mailsmtp_free(m);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t threads[64];
	int n = argc == 4 ? atoi(argv[3]) : 0;

	if (n < 1 || n > 64)
		return fputs("usage: bare_etpan PORT COUNT THREADS\n", stderr), 2;
	wire_read(&wire, argv[1], argv[2], "test.example");
	wire_begin(&wire);
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, session, NULL) != 0)
			wire_die("no thread");
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	wire_report(&wire, atomic_load(&done), 0);
	return 0;
}
