/* fn_str.c: strings: characters, parts, searching, joining, padding.
 *
 * Results that are a part of the argument point into it; others are scratch.
 * Characters are UTF-8; see char_bytes for bytes that are not. */
#define _GNU_SOURCE
#include "fn_text.h"
#include <string.h>

/* ---- characters ---- */

/* The byte after `chars` characters from byte `at` on, at most s.n; *left: how many it lacked. */
static int64_t skip_chars(dsc_str s, int64_t at, int64_t chars, int64_t *left)
{
    while (chars > 0 && at < s.n) {
        if (chars >= 16 && s.n - at >= 16 && !mask_of_high(s.p + at)) {
            at += 16;
            chars -= 16;
        } else {
            at += char_bytes(s.p + at, s.n - at);
            chars--;
        }
    }
    *left = chars;
    return at;
}

int64_t dsc_length(dsc_str s)
{
    int64_t left;
    skip_chars(s, 0, INT64_MAX, &left);
    return INT64_MAX - left;
}

dsc_str dsc_substring(dsc_str s, int64_t from, int64_t to)
{
    if (from < 0)
        from = 0;
    int64_t left, start = skip_chars(s, 0, from, &left);
    int64_t end = to > from ? skip_chars(s, start, to - from, &left) : start;
    return s.n > 0 ? (dsc_str){s.p + start, end - start} : s;
}

dsc_str dsc_substring_from(dsc_str s, int64_t from)
{
    return dsc_substring(s, from, INT64_MAX);
}

dsc_str dsc_trim(dsc_str s)
{
    while (s.n > 0 && byte_is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && byte_is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* ---- searching ---- */

static bool same_bytes(const char *a, const char *b, int64_t n)
{
    return n == 0 || memcmp(a, b, (size_t)n) == 0;
}

bool dsc_starts_with(dsc_str s, dsc_str start)
{
    return s.n >= start.n && same_bytes(s.p, start.p, start.n);
}

bool dsc_ends_with(dsc_str s, dsc_str end)
{
    return s.n >= end.n && (end.n == 0 || same_bytes(s.p + (s.n - end.n), end.p, end.n));
}

/* The first byte of `part` in s, or -1. */
static int64_t find(dsc_str s, dsc_str part)
{
    if (part.n == 0)
        return 0;
    if (s.n < part.n)
        return -1;
    const char *at = memmem(s.p, (size_t)s.n, part.p, (size_t)part.n);
    return at ? at - s.p : -1;
}

bool dsc_contains(dsc_str s, dsc_str part)
{
    return find(s, part) >= 0;
}

bool dsc_index_of(dsc_str s, dsc_str part, int64_t *out)
{
    int64_t at = find(s, part);
    if (at < 0)
        return false;
    *out = dsc_length((dsc_str){s.p, at});
    return true;
}

/* ---- joining ---- */

static char *put(char *to, dsc_str s)
{
    if (s.n > 0)
        memcpy(to, s.p, (size_t)s.n);
    return to + s.n;
}

dsc_str dsc_concat_n(dsc_task *task, const dsc_str *parts, int64_t n)
{
    int64_t bytes = 0;
    for (int64_t i = 0; i < n; i++)
        bytes += parts[i].n;
    char *text = dsc_alloc(task, bytes), *to = text;
    for (int64_t i = 0; i < n; i++)
        to = put(to, parts[i]);
    return (dsc_str){text, bytes};
}

dsc_str dsc_str_concat(dsc_task *task, dsc_str a, dsc_str b)
{
    if (a.n == 0)
        return b;
    if (b.n == 0)
        return a;
    return dsc_concat_n(task, (const dsc_str[]){a, b}, 2);
}

dsc_str dsc_join(dsc_task *task, dsc_list parts, dsc_str sep)
{
    if (parts.n == 0)
        return (dsc_str){"", 0};
    const dsc_str *part = parts.p;
    int64_t bytes = (parts.n - 1) * sep.n;
    for (int64_t i = 0; i < parts.n; i++)
        bytes += part[i].n;
    char *text = dsc_alloc(task, bytes), *to = put(text, part[0]);
    for (int64_t i = 1; i < parts.n; i++)
        to = put(put(to, sep), part[i]);
    return (dsc_str){text, bytes};
}

dsc_str dsc_replace(dsc_task *task, dsc_str s, dsc_str part, dsc_str by)
{
    int64_t count = 0, at;
    dsc_str rest = s;
    if (part.n > 0) {
        while ((at = find(rest, part)) >= 0) {
            count++;
            rest = (dsc_str){rest.p + at + part.n, rest.n - at - part.n};
        }
    }
    if (count == 0)
        return s;
    int64_t bytes = s.n + count * (by.n - part.n);
    char *text = dsc_alloc(task, bytes), *to = text;
    rest = s;
    for (; count > 0; count--) {
        at = find(rest, part);
        to = put(put(to, (dsc_str){rest.p, at}), by);
        rest = (dsc_str){rest.p + at + part.n, rest.n - at - part.n};
    }
    put(to, rest);
    return (dsc_str){text, bytes};
}

/* ---- made longer ---- */

/* `times` copies of s and then its first `more` bytes; returns the end. */
static char *put_times(char *to, dsc_str s, int64_t times, int64_t more)
{
    for (int64_t i = 0; i < times; i++)
        to = put(to, s);
    return put(to, (dsc_str){s.p, more});
}

/* The bytes of `times` copies of s and `more` bytes; false beyond DSC_MOST_BYTES. */
static bool bytes_of(dsc_str s, int64_t times, int64_t more, int64_t *bytes)
{
    if (s.n > 0 && times > (DSC_MOST_BYTES - more) / s.n)
        return false;
    *bytes = times * s.n + more;
    return true;
}

bool dsc_repeat(dsc_task *task, dsc_str s, int64_t n, dsc_str *out)
{
    int64_t bytes;
    if (n <= 0 || s.n == 0) {
        *out = (dsc_str){"", 0};
        return true;
    }
    if (!bytes_of(s, n, 0, &bytes))
        return false;
    char *text = dsc_alloc(task, bytes);
    put_times(text, s, n, 0);
    *out = (dsc_str){text, bytes};
    return true;
}

static bool pad(dsc_task *task, dsc_str s, int64_t width, dsc_str fill, bool left, dsc_str *out)
{
    int64_t have = dsc_length(s), round = dsc_length(fill);
    *out = s;
    if (width <= have || round == 0)
        return true;
    int64_t times = (width - have) / round, lacking, padding;
    int64_t more = skip_chars(fill, 0, (width - have) % round, &lacking);
    if (!bytes_of(fill, times, more, &padding) || padding > DSC_MOST_BYTES - s.n)
        return false;
    char *text = dsc_alloc(task, s.n + padding);
    if (left)
        put(put_times(text, fill, times, more), s);
    else
        put_times(put(text, s), fill, times, more);
    *out = (dsc_str){text, s.n + padding};
    return true;
}

bool dsc_pad_left(dsc_task *task, dsc_str s, int64_t width, dsc_str fill, dsc_str *out)
{
    return pad(task, s, width, fill, true, out);
}

bool dsc_pad_right(dsc_task *task, dsc_str s, int64_t width, dsc_str fill, dsc_str *out)
{
    return pad(task, s, width, fill, false, out);
}

bool dsc_pad_left_blank(dsc_task *task, dsc_str s, int64_t width, dsc_str *out)
{
    return pad(task, s, width, DSC_STR(" "), true, out);
}

bool dsc_pad_right_blank(dsc_task *task, dsc_str s, int64_t width, dsc_str *out)
{
    return pad(task, s, width, DSC_STR(" "), false, out);
}
