/* gen_rows.c: lines `key;value`, as a weather station's: keys are 5 to 20 bytes and equally frequent,
 * values 0.0 to 99.9.
 *
 *     gen_rows FILE MEGABYTES [KEYS]
 *
 * KEYS keys (10000). The same arguments give the same bytes on every machine. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 32, BLOCK = 1 << 20 };

typedef struct Key {
    int n;                        /* bytes of `text`, which ends in ; */
    char text[ROOM];
} Key;

static uint64_t state = 0x2545f4914f6cdd1d;

/* xorshift64*, whose high bits are the good ones. */
static uint64_t next_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((next_random() >> 32) * n >> 32);
}

/* Letters, then a number that makes it unique. */
static void make_key(Key *key, uint32_t number)
{
    char letters[16];
    uint32_t n = 1 + below(12);
    for (uint32_t i = 0; i < n; i++)
        letters[i] = (char)('a' + below(26));
    key->n = snprintf(key->text, sizeof key->text, "%.*s%04u;", (int)n, letters, number);
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 3 ? (uint32_t)atoi(argv[3]) : 10000;
    uint64_t wanted = argc > 2 ? (uint64_t)atoi(argv[2]) << 20 : 0;
    if (argc < 3 || n == 0 || n > 1 << 24 || wanted == 0) {
        fprintf(stderr, "usage: gen_rows FILE MEGABYTES [KEYS]\n");
        return 2;
    }
    FILE *out = fopen(argv[1], "wb");
    Key *keys = calloc(n, sizeof *keys);
    char *block = malloc(BLOCK + 2 * ROOM);
    if (!out || !keys || !block) {
        perror(argv[1]);
        return 1;
    }
    for (uint32_t i = 0; i < n; i++)
        make_key(&keys[i], i);
    for (uint64_t written = 0; written < wanted;) {
        char *p = block;
        while (p < block + BLOCK) {
            const Key *key = &keys[below(n)];
            uint32_t tenths = below(1000);
            memcpy(p, key->text, ROOM);
            p += key->n;
            if (tenths >= 100)
                *p++ = (char)('0' + tenths / 100);
            *p++ = (char)('0' + tenths / 10 % 10);
            *p++ = '.';
            *p++ = (char)('0' + tenths % 10);
            *p++ = '\n';
        }
        fwrite(block, 1, (size_t)(p - block), out);
        written += (uint64_t)(p - block);
    }
    if (fclose(out) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
