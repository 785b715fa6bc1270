/* regex.h: regular expressions, compiled once a thread.
 *
 * A thread keeps those it has compiled (at most RT_REGEX_KEPT, then it begins anew), with all that
 * matching needs, so nothing is shared and nothing waits. Texts are UTF-8; bytes that are none match
 * nothing but a negated class never runs over them. \d \w \s \b mean ASCII; line ends are \n. */
#ifndef RT_REGEX_H
#define RT_REGEX_H

#include "dsc_abi.h"

enum { RT_REGEX_KEPT = 256 };

typedef struct rt_regex rt_regex;

/* The regular expression that the pattern is; `whole`: one that matches whole texts only. Lives until
 * the thread asks for another. NULL and *why, static text, when the pattern is wrong. */
rt_regex *rt_regex_of(dsc_str pattern, bool whole, const char **why);
/* How many capture groups it has. */
uint32_t rt_regex_groups(const rt_regex *regex);
/* The number of a named group; 0: none. */
uint32_t rt_regex_named(const rt_regex *regex, const char *name, size_t n);

/* The first match in s from byte `from` on; `filled`: not an empty one right there.
 * 1: found, 0: none, -1: given up, *why says why. */
int rt_regex_search(rt_regex *regex, dsc_str s, int64_t from, bool filled, const char **why);
/* Group i of the match that was found last, 0: all of it, as a part of s; false: it took no part. */
bool rt_regex_group(const rt_regex *regex, dsc_str s, uint32_t i, dsc_str *out);

/* One match after the other:
 *     rt_matches m = {regex, s, why};
 *     while (rt_matches_next(&m)) .. s.p[m.from .. m.to) ..
 *     if (m.failed) .. */
typedef struct rt_matches {
    rt_regex *regex;
    dsc_str s;
    const char **why;
    int64_t from, to;             /* the match */
    bool begun, failed;
} rt_matches;
bool rt_matches_next(rt_matches *m);

/* The same for parts of the runtime that are linked into every program: job->regex, which a program that
 * needs it sets by dsc_regex_use, else NULL. */
typedef struct rt_regex_use {
    rt_regex *(*of)(dsc_str pattern, bool whole, const char **why);
    uint32_t (*groups)(const rt_regex *regex);
    uint32_t (*named)(const rt_regex *regex, const char *name, size_t n);
    int (*search)(rt_regex *regex, dsc_str s, int64_t from, bool filled, const char **why);
    bool (*group)(const rt_regex *regex, dsc_str s, uint32_t i, dsc_str *out);
} rt_regex_use;

#endif
