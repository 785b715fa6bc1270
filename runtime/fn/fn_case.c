/* fn_case.c: capital and small letters, by one table for every locale.
 *
 * Mapped are the letters that have exactly one partner of the same number of
 * bytes in UTF-8, so a string keeps its length: ASCII, Latin-1, Latin
 * Extended-A and Additional, Greek, Cyrillic, Armenian. */
#include "fn_text.h"
#include <string.h>

/* Capitals `first`..`last` have their small letters `apart` further on; where
 * apart is 1 capitals and small letters take turns. */
typedef struct Alphabet {
    uint16_t first, last;
    int16_t apart;
} Alphabet;

static const Alphabet alphabets[] = {
    {0xc0, 0xd6, 32}, {0xd8, 0xde, 32},
    {0x100, 0x12e, 1}, {0x132, 0x136, 1}, {0x139, 0x147, 1}, {0x14a, 0x176, 1},
    {0x178, 0x178, -121}, {0x179, 0x17d, 1},
    {0x386, 0x386, 38}, {0x388, 0x38a, 37}, {0x38c, 0x38c, 64}, {0x38e, 0x38f, 63},
    {0x391, 0x3a1, 32}, {0x3a3, 0x3ab, 32},
    {0x400, 0x40f, 80}, {0x410, 0x42f, 32}, {0x460, 0x480, 1}, {0x48a, 0x4be, 1},
    {0x4c0, 0x4c0, 15}, {0x4c1, 0x4cd, 1}, {0x4d0, 0x52e, 1},
    {0x531, 0x556, 48},
    {0x1e00, 0x1e94, 1}, {0x1ea0, 0x1efe, 1},
};

static unsigned change_case(unsigned c, bool upper)
{
    if (c == 0x3c2)               /* the sigma at a word's end */
        return upper ? 0x3a3 : c;
    for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++) {
        const Alphabet *a = &alphabets[i];
        unsigned shift = upper ? (unsigned)a->apart : 0;
        unsigned first = a->first + shift, last = a->last + shift;
        if (c < first || c > last || (a->apart == 1 && (c - first) % 2 != 0))
            continue;
        return upper ? c - (unsigned)a->apart : c + (unsigned)a->apart;
    }
    return c;
}

static char change_ascii(char c, bool upper)
{
    char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
    return c >= first && c <= last ? (char)(c ^ 0x20) : c;
}

/* Changes the character of 1 to 3 bytes at p to `to`; four-byte ones have no case here. */
static void change_char(const char *p, int bytes, char *to, bool upper)
{
    if (bytes == 1) {
        *to = change_ascii(*p, upper);
    } else if (bytes == 2) {
        unsigned c = change_case(((unsigned)p[0] & 0x1f) << 6 | ((unsigned)p[1] & 0x3f), upper);
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
    } else if (bytes == 3) {
        unsigned c = ((unsigned)p[0] & 0xf) << 12 | ((unsigned)p[1] & 0x3f) << 6 | ((unsigned)p[2] & 0x3f);
        c = change_case(c, upper);
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
    } else {
        memcpy(to, p, (size_t)bytes);
    }
}

static dsc_str change(dsc_task *task, dsc_str s, bool upper)
{
    char *text = dsc_alloc(task, s.n);
    for (int64_t i = 0; i < s.n;) {
        if (s.n - i >= 16 && !mask_of_high(s.p + i)) {
            for (int k = 0; k < 16; k++)
                text[i + k] = change_ascii(s.p[i + k], upper);
            i += 16;
        } else {
            int bytes = char_bytes(s.p + i, s.n - i);
            change_char(s.p + i, bytes, text + i, upper);
            i += bytes;
        }
    }
    return (dsc_str){text, s.n};
}

dsc_str dsc_lower(dsc_task *task, dsc_str s)
{
    return change(task, s, false);
}

dsc_str dsc_upper(dsc_task *task, dsc_str s)
{
    return change(task, s, true);
}
