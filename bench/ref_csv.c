/* ref_csv.c: csv.ds as an engineer would write it by hand, to measure dsc against.
 *
 *     ref_csv FILE THREADS
 *
 * Reads lines `key,123`, writes `key,sum` a line, in the order in which keys are first seen. It knows
 * that values are not negative and that there are no quotes. There may be more keys than caches hold,
 * so rows wait for their slots. */
#define _GNU_SOURCE
#include <stdint.h>

typedef int64_t Acc;              /* the sum */

static inline void merge(Acc *a, const Acc *b) { *a += *b; }

#include "ref.h"

static void read_rows(Table *t, const char *p, const char *end)
{
    enum { WAITING = 32 };
    Key keys[WAITING];
    Acc values[WAITING];
    unsigned n = 0;
    for (; p < end; n++) {
        unsigned at = n % WAITING;
        if (n >= WAITING)
            add(t, &keys[at], &values[at]);
        const char *stop = find(p, ',');
        keys[at] = take(t, p, (uint32_t)(stop - p));
        values[at] = 0;
        for (p = stop + 1; *p != '\n'; p++)
            values[at] = values[at] * 10 + (*p - '0');
        p++;
    }
    for (unsigned i = n < WAITING ? 0 : n - WAITING; i < n; i++)
        add(t, &keys[i % WAITING], &values[i % WAITING]);
}

static void write_sum(const Slot *s)
{
    put_text(key_text(s), s->n);
    put_char(',');
    put_number((uint64_t)s->acc);
    put_char('\n');
}

int main(int argc, char **argv)
{
    return argc == 3 ? reference(argv[1], atoi(argv[2]), read_rows, write_sum) : 2;
}
