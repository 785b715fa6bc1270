/* listing.h: what came into a directory since it was last listed. */
#ifndef RT_LISTING_H
#define RT_LISTING_H

#include "dsc_conn.h"

typedef struct Listing Listing;

/* `existing`: files that are there now are new as well, and complete. NULL: the error is set. */
Listing *listing_open(dsc_context *job, const char *path, size_t n, bool existing);
void listing_close(Listing *listing);

/* List the directory; once a batch. That it is away is no error. */
int listing_scan(Listing *listing);
/* The paths of the files that became complete, by name, each once; NULL: no more. */
const char *listing_next(Listing *listing);
/* A file that listing_next gave cannot be read: says so once, and gives it again with the next scan
 * while it is there. */
void listing_failed(Listing *listing, const char *path, const char *why);

/* Which files were given, or were there at the start, as opaque bytes, and back: all others that are there are new. */
int listing_position(const Listing *listing, void *bytes, size_t room);
int listing_seek(Listing *listing, const void *bytes, size_t n);

#endif
