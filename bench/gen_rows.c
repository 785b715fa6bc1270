/* gen_rows.c: lines of a key and a number; keys are equally frequent.
 *
 *     gen_rows FILE MEGABYTES station|int [KEYS]
 *
 * station: `key;-12.3`, as a weather station's: keys of 5 to 100 bytes, a tenth of them of
 * more than 16, values -99.9 to 99.9.
 * int: `k0123456,789`, values 0 to 9999.
 * KEYS keys (10000). */
#include "gen.h"

enum { ROOM = 104 };

typedef struct Key {
    size_t n;                     /* bytes of `text`, which ends in ; or , */
    char text[ROOM];
} Key;

static uint32_t n_keys;
static Key *keys;

/* Letters, then a number that makes it unique. */
static void make_station(Key *key, uint32_t number)
{
    char letters[ROOM];
    uint32_t n = gen_below(10) ? 1 + gen_below(12) : 13 + gen_below(84);
    for (uint32_t i = 0; i < n; i++)
        letters[i] = (char)('a' + gen_below(26));
    key->n = (size_t)snprintf(key->text, sizeof key->text, "%.*s%04u;", (int)n, letters, number);
}

static char *write_station(char *p)
{
    const Key *key = &keys[gen_below(n_keys)];
    int tenths = (int)gen_below(1999) - 999;
    p = gen_put(p, key->text, key->n);
    if (tenths < 0) {
        *p++ = '-';
        tenths = -tenths;
    }
    p = gen_put_number(p, (uint64_t)tenths / 10);
    *p++ = '.';
    *p++ = (char)('0' + tenths % 10);
    *p++ = '\n';
    return p;
}

static char *write_int(char *p)
{
    uint32_t key = gen_below(n_keys);
    *p++ = 'k';
    for (uint32_t unit = 1000000; unit > 0; unit /= 10)
        *p++ = (char)('0' + key / unit % 10);
    *p++ = ',';
    p = gen_put_number(p, gen_below(10000));
    *p++ = '\n';
    return p;
}

int main(int argc, char **argv)
{
    int megabytes = argc > 3 ? atoi(argv[2]) : 0;
    bool station = argc > 3 && strcmp(argv[3], "station") == 0;
    n_keys = argc > 4 ? (uint32_t)atoi(argv[4]) : 10000;
    if (megabytes < 1 || n_keys < 1 || n_keys > 10000000 || !(station || strcmp(argv[3], "int") == 0)) {
        fprintf(stderr, "usage: gen_rows FILE MEGABYTES station|int [KEYS]\n");
        return 2;
    }
    if (!station)
        return gen_file(argv[1], megabytes, write_int);
    keys = gen_alloc(n_keys * sizeof *keys);
    for (uint32_t i = 0; i < n_keys; i++)
        make_station(&keys[i], i);
    return gen_file(argv[1], megabytes, write_station);
}
