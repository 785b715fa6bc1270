/* json_text.h: JSON as it is written, and read by the description of a type. */
#ifndef RT_JSON_TEXT_H
#define RT_JSON_TEXT_H

#include "scalar.h"

/* Length of the character in UTF-8 at p, at least one byte before end; 0: none stands there. */
size_t rt_utf8_length(const char *p, const char *end);
/* In quotes. What is not UTF-8 becomes U+FFFD, one for each byte. */
void rt_json_string(rt_buf *out, const char *p, size_t n);
/* Any value. nan and the infinities are null. */
void rt_json_value(rt_buf *out, const rt_time_form *form, dsc_task *task, const dsc_type *type, const void *value);

/* A type prepared for reading: its fields by name, and what to say of wrong ones. */
typedef struct rt_json rt_json;
/* `subject`: what messages call the value: "the line", "column 2". NULL: no memory. `form` is kept. */
rt_json *rt_json_new(const dsc_type *type, const rt_time_form *form, const char *subject);
void rt_json_free(rt_json *json);
/* The text as a value. Strings point to it, or into scratch of the task. False, with *why, when it is
 * none. What follows the last field of a record that is asked for is not looked at. */
bool rt_json_read(const rt_json *json, dsc_task *task, dsc_str text, void *out, const char **why);

#endif
