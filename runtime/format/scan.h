/* scan.h: the next byte that matters, for decoders. */
#ifndef RT_SCAN_H
#define RT_SCAN_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A text to be searched: bytes behind its end, up to `limit`, may be read, too, which spares the search of
 * short texts the care for their last bytes. */
typedef struct rt_scan {
    const char *end, *limit;
} rt_scan;

static inline const char *rt_lesser(const char *a, const char *b) { return a < b ? a : b; }

/* Where the first c stands; the end when there is none. */
static inline const char *rt_scan_one(const char *p, rt_scan s, char c)
{
#ifdef __SSE2__
    const __m128i cs = _mm_set1_epi8(c);
    for (; s.limit - p >= 16 && p < s.end; p += 16) {
        int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), cs));
        if (found)
            return rt_lesser(p + __builtin_ctz((unsigned)found), s.end);
    }
#endif
    while (p < s.end && *p != c)
        p++;
    return rt_lesser(p, s.end);
}

/* Where the first a or b stands; the end when there is none. */
static inline const char *rt_scan_two(const char *p, rt_scan s, char a, char b)
{
#ifdef __SSE2__
    const __m128i as = _mm_set1_epi8(a), bs = _mm_set1_epi8(b);
    for (; s.limit - p >= 16 && p < s.end; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, as), _mm_cmpeq_epi8(x, bs)));
        if (found)
            return rt_lesser(p + __builtin_ctz((unsigned)found), s.end);
    }
#endif
    while (p < s.end && *p != a && *p != b)
        p++;
    return rt_lesser(p, s.end);
}

enum { RT_WINDOW = 64 };

/* Where c, of which there are 16, stands in the RT_WINDOW bytes at p, as bits, the first in the lowest. */
static inline uint64_t rt_marks(const char *p, const char *c)
{
    uint64_t marks = 0;
#ifdef __SSE2__
    const __m128i cs = _mm_loadu_si128((const __m128i *)(const void *)c);
    for (int i = 0; i < RT_WINDOW; i += 16)
        marks |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(p + i)), cs)) << i;
#else
    for (int i = 0; i < RT_WINDOW; i++)
        marks |= (uint64_t)(p[i] == *c) << i;
#endif
    return marks;
}

/* Where the line at p ends, which is expected to be near: its \n, or `end`. */
static inline const char *rt_line_end(const char *p, const char *end)
{
#ifdef __SSE2__
    if (end - p >= 32) {
        const __m128i nl = _mm_set1_epi8('\n'), *at = (const __m128i *)(const void *)p;
        unsigned first = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at), nl));
        unsigned second = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at + 1), nl));
        if (first | second)
            return p + __builtin_ctz(first | second << 16);
        p += 32;
    }
#endif
    const char *found = memchr(p, '\n', (size_t)(end - p));
    return found ? found : end;
}

#endif
