/* notify.h: what a service manager is told (systemd's sd_notify): by the environment's NOTIFY_SOCKET; nothing where there is none. */
#ifndef RT_NOTIFY_H
#define RT_NOTIFY_H

#include <stdint.h>

/* "READY=1", "WATCHDOG=1", "STOPPING=1". Never fails: who does not listen need not know. */
void rt_notify(const char *text);

#endif
