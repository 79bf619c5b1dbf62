#ifndef HUDHUD_TESTS_CRASH_LEDGER_H
#define HUDHUD_TESTS_CRASH_LEDGER_H

/*
 * What the victim's channel and the surviving peer (account.c) say to each other, a line
 * each, over a unix socket:
 *	D KEY PEER TEXT		the channel delivers
 *	A KEY CODE		the peer took it (250), cannot now (450), never will (550)
 *	P FOREIGN PEER TEXT	the peer posts
 *	W			the channel is the first of two: the peer posts to that one only
 *	K FOREIGN		the channel says that it was kept
 *	L FOREIGN		... that it was not: post it again
 */
#define LEDGER_KIND "ledger"
#define LEDGER_LINE 512
/* Set: there are two channels, "wire" and "side", and readers have addresses on both. */
#define LEDGER_LADDERS "ACCOUNT_LADDERS"

#endif
