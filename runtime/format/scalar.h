/* scalar.h: values without parts as the text formats write them. */
#ifndef RT_SCALAR_H
#define RT_SCALAR_H

#include "rt.h"
#include "scan.h"

/* How times are written: the argument `time` of a format. */
typedef struct rt_time_form {
    enum { RT_TIME_TEXT, RT_TIME_NUMBER, RT_TIME_PATTERN } how;
    int64_t unit;                 /* numbers: microseconds of one; the digits behind a point are .. */
    int digits;                   /* .. at most so many */
    dsc_str pattern;
} rt_time_form;

/* From the argument; not set: RFC 3339. Fails the job for an empty one. */
int rt_time_form_of(const dsc_format *f, const dsc_arg *arg, rt_time_form *out);

/* How far a record may be read: to the end of the input in memory, where the task's record holds it. */
rt_scan rt_scan_of(const dsc_task *task, dsc_str record);

/* Is it a kind that has no parts? */
bool rt_is_scalar(dsc_kind kind);
/* "an int", "a time" */
const char *rt_kind_text(dsc_kind kind);
/* The whole text as a value; strings point to it. False when it is none. */
bool rt_scalar_read(const rt_time_form *form, dsc_kind kind, dsc_str text, void *out);
/* A value but for floats as text; strings as they are. */
void rt_scalar_write(const rt_time_form *form, dsc_task *task, rt_buf *out, dsc_kind kind, const void *value);

#endif
