/* utf8.c: reading, writing and measuring UTF-8. */
#include "utf8.h"

size_t utf8_decode(const char *text, size_t n, uint32_t *number)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    *number = UTF8_BAD;
    if (s[0] < 0x80) {
        *number = s[0];
        return 1;
    }
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > n)
        return 1;
    uint32_t c = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 1;
    *number = c;
    return length;
}

size_t utf8_encode(uint32_t number, char *out)
{
    if (number < 0x80) {
        out[0] = (char)number;
        return 1;
    }
    size_t length = number < 0x800 ? 2 : number < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; number >>= 6)
        out[i] = (char)(0x80 | (number & 0x3f));
    out[0] = (char)((0xf00 >> length & 0xff) | number);
    return length;
}

size_t utf8_check(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n) {
        uint32_t c;
        size_t length = utf8_decode(text + i, n - i, &c);
        if (c == UTF8_BAD)
            return i;
        i += length;
    }
    return n;
}

typedef struct Range {
    uint32_t from, to;
} Range;

static int among(const Range *ranges, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return 1;
    return 0;
}

int utf8_hidden(uint32_t number)
{
    static const Range hidden[] = {
        {0, 0x1f}, {0x7f, 0x9f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
    };
    return number == UTF8_BAD || among(hidden, sizeof hidden / sizeof *hidden, number);
}

int utf8_width(uint32_t number)
{
    /* The larger blocks only: enough for carets to line up under real text. */
    static const Range joined[] = {
        {0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x610, 0x61a}, {0x64b, 0x65f},
        {0x93c, 0x93c}, {0x941, 0x948}, {0x94d, 0x94d}, {0xe31, 0xe31}, {0xe34, 0xe3a}, {0xe47, 0xe4e},
        {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
    };
    static const Range wide[] = {
        {0x1100, 0x115f}, {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf},
        {0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
        {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
        {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
    };
    if (number < 0x300)
        return 1;
    if (utf8_hidden(number))
        return 1;
    if (among(joined, sizeof joined / sizeof *joined, number))
        return 0;
    return among(wide, sizeof wide / sizeof *wide, number) ? 2 : 1;
}
