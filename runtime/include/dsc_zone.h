/* dsc_zone.h: what the compiler asks of time zones that a program names. */
#ifndef DSC_ZONE_H
#define DSC_ZONE_H

#include <stdbool.h>
#include <stddef.h>

/* Is there such a zone? If not, *why says why, static text. */
bool dsc_zone_exists(const char *name, size_t n, const char **why);
/* The folder that zones are read from; NULL: the system has none. */
const char *dsc_zone_folder(void);

#endif
