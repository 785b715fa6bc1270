/* ref_rows.c: rows.ds as an engineer would write it by hand, to measure dsc against.
 *
 *     ref_rows FILE THREADS
 *
 * Reads lines `key;12.3`, writes `key,lowest,highest,sum,number` a line, in the order in which keys
 * are first seen. It knows that values have one digit behind the point, so it counts in tenths,
 * and that there are no quotes. */
#define _GNU_SOURCE
#include <stdint.h>

typedef struct Acc {
    int64_t sum, count;
    int32_t low, high;
} Acc;

static inline void merge(Acc *a, const Acc *b)
{
    a->sum += b->sum;
    a->count += b->count;
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
}

#include "ref.h"

static void read_rows(Table *t, const char *p, const char *end)
{
    while (p < end) {
        const char *stop = find(p, ';');
        Key key = take(t, p, (uint32_t)(stop - p));
        int32_t tenths = 0;
        bool minus = stop[1] == '-';
        for (p = stop + 1 + minus; *p != '\n'; p++)
            if (*p != '.')
                tenths = tenths * 10 + (*p - '0');
        p++;
        tenths = minus ? -tenths : tenths;
        add(t, &key, &(Acc){tenths, 1, tenths, tenths});
    }
}

static void put_tenths(int64_t x)
{
    put_char(',');
    if (x < 0)
        put_char('-');
    x = x < 0 ? -x : x;
    put_number((uint64_t)x / 10);
    put_char('.');
    put_char((char)('0' + x % 10));
}

static void write_row(const Slot *s)
{
    put_text(key_text(s), s->n);
    put_tenths(s->acc.low);
    put_tenths(s->acc.high);
    put_tenths(s->acc.sum);
    put_char(',');
    put_number((uint64_t)s->acc.count);
    put_char('\n');
}

int main(int argc, char **argv)
{
    return argc == 3 ? reference(argv[1], atoi(argv[2]), read_rows, write_row) : 2;
}
