#ifndef HUDHUD_CHANNELS_WEB_GATE_H
#define HUDHUD_CHANNELS_WEB_GATE_H

#include <stdbool.h>

/*
 * Who is connected, and since when they keep us waiting.  A stranger who sends one byte now and then
 * is never idle; here is what sends them away all the same.
 */
struct gate;
struct guest;

/**
 * Open it: a guest has ${ms} to say what it wants, each time; where more than ${most} are inside, who
 * has kept us waiting longest is sent away for each that comes.
 */
struct gate *gate_open(int ms, unsigned most);

/** Somebody came, on socket ${fd}. */
struct guest *gate_enter(struct gate *g, int fd);

/** It has said all (${served}: we are at it), or has its answer and may go on. */
void gate_turn(struct gate *g, struct guest *who, bool served);

/** It stays, and somebody else sees to it: until its next turn it does not count here. */
void gate_apart(struct gate *g, struct guest *who);

/** It goes; before its socket is closed. */
void gate_leave(struct gate *g, struct guest *who);

/** How many are inside. */
unsigned gate_inside(struct gate *g);

/** Close the gate; nobody is inside. */
void gate_close(struct gate *g);

#endif
