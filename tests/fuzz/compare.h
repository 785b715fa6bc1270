/* compare.h: what the programs share that hold a decoder of dsc against a library's: random pieces of
 * records, one change in a record, and the verdict on one record. */
#ifndef DSC_FUZZ_COMPARE_H
#define DSC_FUZZ_COMPARE_H

#include "records.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t random_state;

/* 0 .. n-1 */
static inline unsigned below(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 16) % n);
}

static inline bool one_of(unsigned n) { return below(n) == 0; }

#define PICK(array) array[below(sizeof array / sizeof *array)]

static inline void random_int(rt_buf *out)
{
    static const char *const edges[] = {"0", "9223372036854775807", "-9223372036854775808", "-1", "10", "9223372036854775806"};
    if (one_of(4))
        rt_buf_text(out, PICK(edges));
    else
        rt_buf_print(out, "%s%u", one_of(3) ? "-" : "", 1 + below(one_of(2) ? 20 : 1000000000));
}

static inline void random_float(rt_buf *out)
{
    static const char *const edges[] = {"0.1", "1e300", "-2.5E-10", "1.7976931348623157e308", "4.9e-324", "0.0", "123456789012345.678901",
                                        "2.2250738585072011e-308", "9007199254740993", "1e23", "8.5e+1"};
    if (one_of(3))
        rt_buf_text(out, PICK(edges));
    else if (one_of(2))
        random_int(out);
    else
        rt_buf_print(out, "%u.%u%s", below(100000), below(1000000), one_of(4) ? "e-7" : "");
}

static inline void random_time(rt_buf *out)
{
    static const char *const times[] = {"2024-01-01T00:00:00Z", "1999-12-31T23:59:59.5+02:00", "2024-02-29", "1970-01-01T00:00:00Z"};
    rt_buf_text(out, one_of(60) ? "2023-02-29" : PICK(times));
}

static inline void random_duration(rt_buf *out)
{
    static const char *const durations[] = {"1h30m", "250ms", "0s", "1.5s", "7d"};
    rt_buf_text(out, one_of(60) ? "1 s" : PICK(durations));
}

/* One byte or a few of it left out, doubled, changed or put in. */
static inline void change(rt_buf *record, const char *alphabet)
{
    size_t n = (size_t)record->n, at = below((unsigned)n + 1), some = 1 + (one_of(3) ? below(8) : 0);
    rt_buf changed = {0};
    rt_buf_add(&changed, record->p, at);
    if (some > n - at)
        some = n - at;
    unsigned how = below(4);
    if (how == 0)
        rt_buf_add(&changed, record->p + at, some);
    if (how >= 2)
        rt_buf_add(&changed, alphabet + below((unsigned)strlen(alphabet)), 1);
    size_t from = how == 0 || how == 3 ? at : at + some;
    rt_buf_add(&changed, record->p + from, n - from);
    rt_buf_free(record);
    *record = changed;
}

/* How the records of a run came out. */
typedef struct Counts {
    int values, bad, blank, excused;
} Counts;

static inline void print_side(const char *name, int status, const rt_buf *text)
{
    if (status > 0)
        printf("%s: %.*s\n", name, (int)text->n, text->n ? text->p : "");
    else
        printf("%s: %s\n", name, status < 0 ? "bad" : "nothing");
}

/* Do both say the same? If not, shows it and ends the program. */
static inline void hold_together(Counts *counts, const rt_buf *record, int ours, const rt_buf *value, const char *library, int theirs,
                          const rt_buf *other)
{
    bool same = ours == theirs && (ours <= 0 || (value->n == other->n && memcmp(value->p, other->p, (size_t)value->n) == 0));
    if (!same) {
        printf("the record: %.*s\n", (int)record->n, record->p);
        print_side("dsc", ours, value);
        print_side(library, theirs, other);
        exit(1);
    }
    counts->values += ours > 0;
    counts->bad += ours < 0;
    counts->blank += ours == 0;
}

#endif
