/* scan.h: the next byte that matters, for decoders. Never reads beyond `end`. */
#ifndef RT_SCAN_H
#define RT_SCAN_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define RT_SCAN_WORDS 1
#else
#define RT_SCAN_WORDS 0
#endif

/* The high bit of each byte of x that is zero, and perhaps of some behind the first such. */
static inline uint64_t rt_zero_bytes(uint64_t x)
{
    return (x - 0x0101010101010101u) & ~x & 0x8080808080808080u;
}

/* Where the first a or b stands; `end` when there is none. */
static inline const char *rt_scan_two(const char *p, const char *end, char a, char b)
{
#ifdef __SSE2__
    const __m128i as = _mm_set1_epi8(a), bs = _mm_set1_epi8(b);
    for (; end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, as), _mm_cmpeq_epi8(x, bs)));
        if (found)
            return p + __builtin_ctz((unsigned)found);
    }
#endif
    while (p < end && *p != a && *p != b)
        p++;
    return p;
}

/* Where the first c stands, which is expected to be near; `end` when there is none. */
static inline const char *rt_scan_one(const char *p, const char *end, char c)
{
#if RT_SCAN_WORDS
    if (end - p >= 8) {
        uint64_t x;
        memcpy(&x, p, sizeof x);
        x = rt_zero_bytes(x ^ (unsigned char)c * UINT64_C(0x0101010101010101));
        if (x)
            return p + (__builtin_ctzll(x) >> 3);
        p += 8;
    }
#endif
#ifdef __SSE2__
    const __m128i cs = _mm_set1_epi8(c);
    for (; end - p >= 16; p += 16) {
        int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), cs));
        if (found)
            return p + __builtin_ctz((unsigned)found);
    }
#endif
    while (p < end && *p != c)
        p++;
    return p;
}

#endif
