/* fn_text.h: bytes sixteen at a time, blanks, and characters, for the functions on strings.
 *
 * A mask has bit i set when byte i of the sixteen at p has the property. All
 * sixteen bytes must be readable. */
#ifndef DSC_FN_TEXT_H
#define DSC_FN_TEXT_H

#include "dsc_fn.h"

#ifdef __SSE2__
#include <emmintrin.h>

static inline unsigned mask_of_byte(const char *p, char c)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

/* Space, and \t \n \v \f \r, which are 9 to 13. */
static inline unsigned mask_of_blanks(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i from_tab = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8(4)), from_tab);
    __m128i spaces = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(controls, spaces));
}

/* Bytes outside ASCII. */
static inline unsigned mask_of_high(const char *p)
{
    return (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));
}
#else
static inline unsigned mask_of_byte(const char *p, char c)
{
    unsigned mask = 0;
    for (int i = 0; i < 16; i++)
        mask |= (unsigned)(p[i] == c) << i;
    return mask;
}

static inline unsigned mask_of_blanks(const char *p)
{
    unsigned mask = 0;
    for (int i = 0; i < 16; i++)
        mask |= (unsigned)(p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')) << i;
    return mask;
}

static inline unsigned mask_of_high(const char *p)
{
    unsigned mask = 0;
    for (int i = 0; i < 16; i++)
        mask |= (unsigned)((unsigned char)p[i] >> 7) << i;
    return mask;
}
#endif

static inline bool byte_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Does a byte go on a character of UTF-8? */
static inline bool byte_goes_on(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The number of bytes of the character at p, n > 0 bytes from the end of the
 * text: 1 to 4. A byte that begins no whole, shortest UTF-8 form of a character
 * is a character by itself. */
static inline int char_bytes(const char *p, int64_t n)
{
    unsigned char first = (unsigned char)p[0];
    if (first < 0xc2 || n < 2 || !byte_goes_on(p[1]))
        return 1;
    unsigned char second = (unsigned char)p[1];
    if (first < 0xe0)
        return 2;
    if (n < 3 || !byte_goes_on(p[2]))
        return 1;
    if (first < 0xf0) {
        bool overlong = first == 0xe0 && second < 0xa0;
        bool surrogate = first == 0xed && second >= 0xa0;
        return overlong || surrogate ? 1 : 3;
    }
    if (n < 4 || !byte_goes_on(p[3]))
        return 1;
    bool overlong = first == 0xf0 && second < 0x90;
    bool too_large = first > 0xf4 || (first == 0xf4 && second >= 0x90);
    return overlong || too_large ? 1 : 4;
}

/* What a function may make at most: more is a bad element, not a lack of memory. */
#define DSC_MOST_BYTES ((int64_t)1 << 30)

#endif
