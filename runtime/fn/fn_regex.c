/* fn_regex.c: the functions of regular expressions. Strings that they give lie in the text they were
 * found in. */
#include "config.h"
#include "dsc_fn.h"

#if DSC_HAVE_PCRE2
#include "../regex.h"
#include "dsc_regex.h"

#include <string.h>

enum { LONGEST = 1 << 30 };       /* bytes of a text that is made */

bool dsc_regex_matches(dsc_task *task, dsc_str s, dsc_str pattern, bool *out, const char **why)
{
    (void)task;
    rt_regex *regex = rt_regex_of(pattern, true, why);
    int found = regex ? rt_regex_search(regex, s, 0, false, why) : -1;
    *out = found > 0;
    return found >= 0;
}

bool dsc_regex_find(dsc_task *task, dsc_str s, dsc_str pattern, dsc_str *out, bool *some, const char **why)
{
    (void)task;
    rt_regex *regex = rt_regex_of(pattern, false, why);
    int found = regex ? rt_regex_search(regex, s, 0, false, why) : -1;
    *some = found > 0 && rt_regex_group(regex, s, 0, out);
    if (!*some)
        *out = (dsc_str){0};
    return found >= 0;
}

bool dsc_regex_captures(dsc_task *task, dsc_str s, dsc_str pattern, dsc_list *out, bool *some, const char **why)
{
    *some = false;
    *out = (dsc_list){0};
    rt_regex *regex = rt_regex_of(pattern, false, why);
    int found = regex ? rt_regex_search(regex, s, 0, false, why) : -1;
    if (found <= 0)
        return found == 0;
    uint32_t n = rt_regex_groups(regex);
    dsc_str *groups = dsc_alloc(task, (int64_t)n * (int64_t)sizeof *groups);
    for (uint32_t i = 0; i < n; i++)
        rt_regex_group(regex, s, i + 1, &groups[i]);
    *some = true;
    *out = (dsc_list){groups, n};
    return true;
}

/* ---- lists ---------------------------------------------------------------- */

/* Strings in scratch memory. */
typedef struct Strings {
    dsc_str *at;
    int64_t n, cap;
} Strings;

static void add(dsc_task *task, Strings *list, dsc_str s)
{
    if (list->n == list->cap) {
        int64_t cap = list->cap ? list->cap * 2 : 8;
        dsc_str *at = dsc_alloc(task, cap * (int64_t)sizeof *at);
        if (list->n > 0)
            memcpy(at, list->at, (size_t)list->n * sizeof *at);
        list->at = at;
        list->cap = cap;
    }
    list->at[list->n++] = s;
}

bool dsc_regex_find_all(dsc_task *task, dsc_str s, dsc_str pattern, dsc_list *out, const char **why)
{
    Strings found = {0};
    rt_matches m = {.regex = rt_regex_of(pattern, false, why), .s = s, .why = why};
    if (!m.regex)
        return false;
    while (rt_matches_next(&m))
        add(task, &found, (dsc_str){s.p + m.from, m.to - m.from});
    *out = (dsc_list){found.at, found.n};
    return !m.failed;
}

bool dsc_regex_split_by(dsc_task *task, dsc_str s, dsc_str pattern, dsc_list *out, const char **why)
{
    Strings pieces = {0};
    rt_matches m = {.regex = rt_regex_of(pattern, false, why), .s = s, .why = why};
    if (!m.regex)
        return false;
    int64_t start = 0;
    while (rt_matches_next(&m)) {
        bool nothing = m.from == m.to;
        if (nothing && (m.from == start || m.from == s.n))
            continue;
        add(task, &pieces, (dsc_str){s.p + start, m.from - start});
        start = m.to;
    }
    add(task, &pieces, (dsc_str){s.p + start, s.n - start});
    *out = (dsc_list){pieces.at, pieces.n};
    return !m.failed;
}

/* ---- replacing ---------------------------------------------------------------- */

/* A text in scratch memory. */
typedef struct Made {
    char *p;
    int64_t n, cap;
    bool too_long;
} Made;

static void put(dsc_task *task, Made *made, const char *p, int64_t n)
{
    if (n > made->cap - made->n && !made->too_long) {
        int64_t cap = made->cap * 2 + n + 64;
        made->too_long = made->n + n > LONGEST;
        if (made->too_long)
            return;
        char *text = dsc_alloc(task, cap);
        if (made->n > 0)
            memcpy(text, made->p, (size_t)made->n);
        made->p = text;
        made->cap = cap;
    }
    if (n > 0 && !made->too_long) {
        memcpy(made->p + made->n, p, (size_t)n);
        made->n += n;
    }
}

/* The group that a reference names; UINT32_MAX: there is none. */
static uint32_t referred(const rt_regex *regex, const dsc_regex_piece *piece)
{
    uint32_t group = 0;
    for (size_t i = 0; i < piece->n; i++) {
        if (piece->text[i] < '0' || piece->text[i] > '9') {
            group = rt_regex_named(regex, piece->text, piece->n);
            return group ? group : UINT32_MAX;
        }
        group = group * 10 + (uint32_t)(piece->text[i] - '0');
        if (group > rt_regex_groups(regex))
            return UINT32_MAX;
    }
    return group;
}

static bool put_replacement(dsc_task *task, Made *made, const rt_regex *regex, dsc_str s, dsc_str by, const char **why)
{
    const char *p = by.p;
    dsc_regex_piece piece;
    while (by.n > 0 && dsc_regex_next_piece(&p, by.p + by.n, &piece)) {
        dsc_str text = {piece.text, (int64_t)piece.n};
        if (piece.group) {
            uint32_t group = referred(regex, &piece);
            if (group == UINT32_MAX) {
                *why = "the replacement names a group that the regular expression does not have";
                return false;
            }
            rt_regex_group(regex, s, group, &text);
        }
        put(task, made, text.p, text.n);
    }
    return true;
}

bool dsc_regex_replace_all(dsc_task *task, dsc_str s, dsc_str pattern, dsc_str by, dsc_str *out, const char **why)
{
    Made made = {0};
    rt_matches m = {.regex = rt_regex_of(pattern, false, why), .s = s, .why = why};
    if (!m.regex)
        return false;
    int64_t start = 0;
    bool any = false;
    while (rt_matches_next(&m)) {
        any = true;
        put(task, &made, s.p + start, m.from - start);
        if (!put_replacement(task, &made, m.regex, s, by, why))
            return false;
        start = m.to;
        if (made.too_long)
            break;
    }
    if (m.failed)
        return false;
    if (any)
        put(task, &made, s.p + start, s.n - start);
    if (made.too_long)
        *why = "the text made is longer than 1 GB";
    *out = any ? (dsc_str){made.p, made.n} : s;
    return !made.too_long;
}
#endif
