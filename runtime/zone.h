/* zone.h: time zones, from the system's tzdata.
 *
 * A zone is read when it is first asked for and kept until the process ends; any thread may ask. The
 * process's own TZ is not looked at. Seconds count from 1970, UTC. */
#ifndef RT_ZONE_H
#define RT_ZONE_H

#include "dsc_abi.h"

typedef struct rt_zone rt_zone;

/* What clocks show at a moment. */
typedef struct rt_offset {
    int32_t seconds;              /* east of UTC */
    const char *name;             /* "CEST", "+03" */
} rt_offset;

/* The zone of a name such as "Europe/Berlin"; NULL and *why, static text, when there is none. "UTC"
 * needs no tzdata. */
const rt_zone *rt_zone_of(dsc_str name, const char **why);
rt_offset rt_zone_at(const rt_zone *zone, int64_t seconds);

/* The moment when clocks show `local`, seconds from 1970-01-01 00:00 by the clock. Clocks that are put
 * back show some times twice: then the first of them. Clocks that are put forward leave some out: these
 * are counted on from before, so that 02:30 is 03:30. `name`: the offset's name must be this one, of the
 * n bytes given; NULL: any. False: it is never called so at that time. */
bool rt_zone_moment(const rt_zone *zone, int64_t local, const char *name, size_t n, int64_t *seconds);

#endif
