/* convert.h: what a node keeps, from the form that it had to the one that it has (see states.h): what changes, in words,
 * and the bytes. Used by `dsc upgrade` alone. May raise. */
#ifndef RT_CONVERT_H
#define RT_CONVERT_H

#include "../core.h"
#include "states.h"

/* What the user has said about a field: that it may go, or what it is where it is new. NULL: nothing. */
typedef const char *rt_field_said(void *arg, const char *path, bool is_new);

typedef struct rt_added rt_added;

/* Zeroed but for the first five before rt_convert_compare; free it with rt_convert_free. */
typedef struct rt_conversion {
    rt_engine *e;
    dsc_str name;                 /* of the node, for what is said */
    int64_t time;                 /* of the last batch: values that get a time have been seen then */
    rt_field_said *said;          /* `path`: "user.age" */
    void *arg;
    rt_buf how;                   /* what changes; empty: nothing */
    rt_buf why;                   /* why it cannot be converted; empty: it can */
    rt_buf path;                  /* of the field in hand */
    bool in_key;
    rt_added *added;              /* new fields and what they get */
    size_t n_added, added_cap;
    rt_arena arena;
} rt_conversion;

/* Fills `how` and `why`. Both forms live as long as the conversion. */
void rt_convert_compare(rt_conversion *c, const rt_form *from, const rt_form *to);
/* The bytes of a node. Sets `why` where a value cannot be converted; damage is said by the reader. */
void rt_convert_bytes(rt_conversion *c, const rt_form *from, const rt_form *to, rt_reader *r, rt_buf *out);
/* The field of a record by its name; -1. And what a new one gets, as in bytes.h. */
int rt_find_field(const dsc_type *record, const char *name);
const rt_buf *rt_added_bytes(const rt_conversion *c, const dsc_field *field);
void rt_convert_free(rt_conversion *c);

#endif
