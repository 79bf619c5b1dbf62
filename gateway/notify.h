#ifndef HUDHUD_GATEWAY_NOTIFY_H
#define HUDHUD_GATEWAY_NOTIFY_H

/** Tell the service manager ${state} ("READY=1"), as sd_notify(3) does; nothing where there is none. */
void notify(const char *state);

#endif
