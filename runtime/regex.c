/* regex.c: PCRE2 behind regex.h and dsc_regex.h.
 *
 * What does not depend on the build of PCRE2 is set here: UTF-8, line ends, limits. Matching gives
 * up after a number of steps, so that no pattern can take for ever; the limit is counted by PCRE2's
 * compiled code where the machine has it, else by its interpreter. */
#define _POSIX_C_SOURCE 200809L
#include "config.h"
#include "core.h"
#include "regex.h"
#include "dsc_regex.h"

#if DSC_HAVE_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 2 * RT_REGEX_KEPT,
    STEPS = 10000000,             /* of matching */
    HEAP = 64 * 1024,             /* KB that the interpreter may use */
    STACK_FIRST = 32 * 1024,      /* bytes of the stack of compiled code: at first, */
    STACK_MOST = 4 * 1024 * 1024  /* and at most */
};

struct rt_regex {
    char *pattern;
    size_t n;
    bool whole;
    const char *wrong;            /* it is none, for this reason */
    pcre2_code *code;
    pcre2_match_data *match;
    uint32_t groups;
    pcre2_match_context *limits;  /* of the thread */
};

/* What a thread keeps. */
typedef struct Kept {
    rt_regex *slots[SLOTS];
    int n;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
} Kept;

static _Thread_local Kept *kept;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end_of_thread;

/* ---- compiling ---------------------------------------------------------- */

static pcre2_code *compile(const char *pattern, size_t n, bool whole, int *error, size_t *at)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context) {
        *error = PCRE2_ERROR_NOMEMORY;
        return NULL;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    if (whole)
        options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, n, options, error, at, context);
    pcre2_compile_context_free(context);
    return code;
}

static uint32_t groups_of(const pcre2_code *code)
{
    uint32_t groups = 0;
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    return groups;
}

static uint32_t group_named(const pcre2_code *code, const char *name, size_t n)
{
    char text[64];
    if (n == 0 || n >= sizeof text)
        return 0;
    memcpy(text, name, n);
    text[n] = '\0';
    int group = pcre2_substring_number_from_name(code, (PCRE2_SPTR)text);
    return group > 0 ? (uint32_t)group : 0;
}

static void regex_free(rt_regex *regex)
{
    if (!regex)
        return;
    pcre2_match_data_free(regex->match);
    pcre2_code_free(regex->code);
    free(regex->pattern);
    free(regex);
}

static rt_regex *regex_new(dsc_str pattern, bool whole, pcre2_match_context *limits)
{
    rt_regex *regex = calloc(1, sizeof *regex);
    if (!regex)
        return NULL;
    size_t n = (size_t)pattern.n, at;
    int error;
    *regex = (rt_regex){.pattern = malloc(n + 1), .n = n, .whole = whole, .limits = limits};
    if (!regex->pattern) {
        free(regex);
        return NULL;
    }
    if (n > 0)
        memcpy(regex->pattern, pattern.p, n);
    regex->code = compile(regex->pattern, n, whole, &error, &at);
    if (!regex->code) {
        regex->wrong = "the pattern is not a regular expression";
        return regex;
    }
    regex->groups = groups_of(regex->code);
    /* Where there is no compiled code, the interpreter does the same. */
    pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    regex->match = pcre2_match_data_create_from_pattern(regex->code, NULL);
    if (!regex->match) {
        regex_free(regex);
        return NULL;
    }
    return regex;
}

/* ---- what a thread keeps -------------------------------------------------- */

static void forget_all(Kept *k)
{
    for (int i = 0; i < SLOTS; i++) {
        regex_free(k->slots[i]);
        k->slots[i] = NULL;
    }
    k->n = 0;
}

static void kept_free(void *p)
{
    Kept *k = p;
    forget_all(k);
    pcre2_match_context_free(k->limits);
    pcre2_jit_stack_free(k->stack);
    free(k);
    kept = NULL;
}

static void make_key(void)
{
    pthread_key_create(&at_end_of_thread, kept_free);
}

static Kept *kept_new(void)
{
    Kept *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->limits = pcre2_match_context_create(NULL);
    if (!k->limits) {
        free(k);
        return NULL;
    }
    pcre2_set_match_limit(k->limits, STEPS);
    pcre2_set_heap_limit(k->limits, HEAP);
    k->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
    if (k->stack)
        pcre2_jit_stack_assign(k->limits, NULL, k->stack);
    pthread_once(&once, make_key);
    pthread_setspecific(at_end_of_thread, k);
    return k;
}

rt_regex *rt_regex_of(dsc_str pattern, bool whole, const char **why)
{
    *why = "out of memory for a regular expression";
    if (!kept && !(kept = kept_new()))
        return NULL;
    size_t slot = XXH3_64bits(pattern.p ? pattern.p : "", (size_t)pattern.n) + whole;
    rt_regex *regex;
    while ((regex = kept->slots[slot %= SLOTS])) {
        if (regex->n == (size_t)pattern.n && regex->whole == whole && memcmp(regex->pattern, pattern.p, regex->n) == 0)
            break;
        slot++;
    }
    if (!regex) {
        regex = regex_new(pattern, whole, kept->limits);
        if (!regex)
            return NULL;
        if (kept->n == RT_REGEX_KEPT)
            forget_all(kept);
        kept->slots[slot] = regex;
        kept->n++;
    }
    *why = regex->wrong;
    return regex->wrong ? NULL : regex;
}

uint32_t rt_regex_groups(const rt_regex *regex)
{
    return regex->groups;
}

uint32_t rt_regex_named(const rt_regex *regex, const char *name, size_t n)
{
    return group_named(regex->code, name, n);
}

/* ---- matching --------------------------------------------------------------- */

int rt_regex_search(rt_regex *regex, dsc_str s, int64_t from, bool filled, const char **why)
{
    uint32_t options = filled ? PCRE2_NOTEMPTY_ATSTART : 0;
    PCRE2_SPTR text = (PCRE2_SPTR)(s.p ? s.p : "");
    int found = pcre2_match(regex->code, text, (size_t)s.n, (size_t)from, options, regex->match, regex->limits);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT)
        found = pcre2_match(regex->code, text, (size_t)s.n, (size_t)from, options | PCRE2_NO_JIT, regex->match, regex->limits);
    if (found == PCRE2_ERROR_NOMATCH)
        return 0;
    const size_t *at = pcre2_get_ovector_pointer(regex->match);
    if (found > 0 && at[0] >= (size_t)from && at[1] >= at[0])
        return 1;
    if (found > 0)
        *why = "the regular expression sets the start of its match outside of it";
    else if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT)
        *why = "the regular expression takes too many steps on this text";
    else
        *why = "the regular expression needs too much memory on this text";
    return -1;
}

bool rt_regex_group(const rt_regex *regex, dsc_str s, uint32_t i, dsc_str *out)
{
    const size_t *at = pcre2_get_ovector_pointer(regex->match) + 2 * (size_t)i;
    *out = (dsc_str){0};
    if (i > regex->groups || at[0] == PCRE2_UNSET || at[1] < at[0])
        return false;
    *out = (dsc_str){s.p + at[0], (int64_t)(at[1] - at[0])};
    return true;
}

bool rt_matches_next(rt_matches *m)
{
    bool after_empty = m->begun && m->from == m->to;
    if (after_empty && m->to == m->s.n)
        return false;
    int found = rt_regex_search(m->regex, m->s, m->to, after_empty, m->why);
    m->begun = true;
    m->failed = found < 0;
    if (found <= 0)
        return false;
    const size_t *at = pcre2_get_ovector_pointer(m->regex->match);
    m->from = (int64_t)at[0];
    m->to = (int64_t)at[1];
    return true;
}

void dsc_regex_use(dsc_task *task)
{
    static const rt_regex_use all = {rt_regex_of, rt_regex_groups, rt_regex_named, rt_regex_search, rt_regex_group};
    task->job->regex = &all;
}

/* ---- for the compiler --------------------------------------------------------- */

bool dsc_regex_check(const char *pattern, size_t n, dsc_regex_facts *facts)
{
    *facts = (dsc_regex_facts){0};
    int error;
    pcre2_code *code = compile(pattern, n, false, &error, &facts->at);
    if (code) {
        facts->groups = groups_of(code);
        pcre2_code_free(code);
        return true;
    }
    /* PCRE2 has read what it finds wrong, but for a `)` too many. */
    if (facts->at > 0 && error != PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS)
        facts->at--;
    if (pcre2_get_error_message(error, (PCRE2_UCHAR *)facts->why, sizeof facts->why) < 0)
        snprintf(facts->why, sizeof facts->why, "error %d", error);
    return false;
}

uint32_t dsc_regex_group(const char *pattern, size_t n, const char *name)
{
    int error;
    size_t at;
    pcre2_code *code = compile(pattern, n, false, &error, &at);
    uint32_t group = code ? group_named(code, name, strlen(name)) : 0;
    pcre2_code_free(code);
    return group;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The length of the reference that begins with the $ at p, and what it names; 0: it is plain text. */
static size_t read_reference(const char *p, const char *end, dsc_regex_piece *piece)
{
    const char *q = p + 1;
    bool braces = q < end && *q == '{';
    const char *name = q += braces;
    while (q < end && (braces ? is_word(*q) : *q >= '0' && *q <= '9'))
        q++;
    if (q == name || (braces && (q == end || *q != '}')))
        return 0;
    *piece = (dsc_regex_piece){name, (size_t)(q - name), true};
    return (size_t)(q + braces - p);
}

bool dsc_regex_next_piece(const char **p, const char *end, dsc_regex_piece *piece)
{
    if (*p == end)
        return false;
    size_t n = **p == '$' ? read_reference(*p, end, piece) : 0;
    if (n == 0 && **p == '$') {
        *piece = (dsc_regex_piece){*p, 1, false};
        n = 1 + (*p + 1 < end && (*p)[1] == '$');
    } else if (n == 0) {
        const char *dollar = memchr(*p, '$', (size_t)(end - *p));
        n = (size_t)((dollar ? dollar : end) - *p);
        *piece = (dsc_regex_piece){*p, n, false};
    }
    *p += n;
    return true;
}
#endif
