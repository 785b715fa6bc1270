/* csv_lines.c: many lines of csv or tsv at once, in which nothing unusual stands.
 *
 * First the ends of the lines are found; then all lines are gone through column by
 * column. So no line waits for what the one before it is read as. */
#include "columns.h"
#include "csv.h"
#include "scan.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

enum { LINES = 64 };              /* that are gone through at once */
enum { NEAR = 2 * RT_WINDOW + RT_SHORT };   /* lines that end so near to the end of the input are left alone */

/* Where a byte of which there are 16 stands in the window at p. */
typedef uint64_t Marks(const char *p, const char *c);
/* Where lines begin, from starts[0] on, behind which there is room for a line at every byte of a window more than n.
 * Returns how many ends were found, n or more where there are so many. */
typedef size_t FindLines(const char *end, size_t n, const char **starts);

static const char line_ends[16] = {'\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n'};

/* The lines in hand, and the column of each that is. */
typedef struct Lines {
    const char *starts[LINES + RT_WINDOW + 1];
    const char *from[LINES], *to[LINES];
    const char *window[LINES];    /* where `to` lies in */
    uint64_t ends[LINES];         /* of further columns in it, as bits, the first in the lowest */
} Lines;

static size_t find_lines(const char *end, size_t n, const char **starts)
{
    size_t found = 0;
    for (const char *p = starts[0]; found < n && end - p >= NEAR; p += RT_WINDOW)
        for (uint64_t marks = rt_marks(p, line_ends); marks; marks &= marks - 1)
            starts[++found] = p + 1 + __builtin_ctzll(marks);
    return found;
}

/* Where columns end in a window of a line: at separators, and at the line's \n. */
static inline __attribute__((always_inline)) uint64_t ends_in(const Csv *csv, const char *window, const char *line_end, Marks marks_of)
{
    return marks_of(window, csv->separators) | (line_end - window < RT_WINDOW ? UINT64_C(1) << (line_end - window) : 0);
}

/* Goes on to the window of line i in which its next column ends. False: it has no more columns. */
static inline __attribute__((always_inline)) bool next_window(const Csv *csv, Lines *lines, size_t i, Marks marks_of)
{
    const char *line_end = lines->starts[i + 1] - 1;
    while (lines->ends[i] == 0) {
        if (line_end - lines->window[i] < RT_WINDOW)
            return false;
        lines->window[i] += RT_WINDOW;
        lines->ends[i] = ends_in(csv, lines->window[i], line_end, marks_of);
    }
    return true;
}

/* The next column of n lines, or of those before the first that has none, or none that is usual. A text goes to its element. */
static inline __attribute__((always_inline)) size_t next_column(const Csv *csv, Lines *lines, size_t n, Way way, char *out, size_t size,
                                                                Marks marks_of)
{
    const char unusual = csv->unusual;
    for (size_t i = 0; i < n; i++, out += size) {
        if (RT_UNLIKELY(lines->ends[i] == 0) && !next_window(csv, lines, i, marks_of))
            return i;
        const char *p = lines->from[i], *stop = lines->window[i] + (unsigned)__builtin_ctzll(lines->ends[i]);
        lines->to[i] = stop;
        lines->ends[i] &= lines->ends[i] - 1;
        if (way < INT && (*p == unusual || p == stop))
            return i;
        if (way == TEXT)
            *(dsc_str *)(void *)out = (dsc_str){p, stop - p};
    }
    return n;
}

/* One after the other, all columns of n lines. Returns how many lines were read. */
static inline __attribute__((always_inline)) size_t read_columns(const Csv *csv, const Layout *layout, Lines *lines, size_t n, char *out,
                                                                 size_t size, Marks marks_of)
{
    for (size_t i = 0; i < n; i++) {
        const char *p = lines->starts[i];
        lines->from[i] = lines->window[i] = p;
        lines->ends[i] = ends_in(csv, p, lines->starts[i + 1] - 1, marks_of);
    }
    for (uint32_t column = 0;;) {
        const Field *field = layout->field[column];
        char *to = out + field->offset;
        switch (field->way) {
        case SKIP:
            n = next_column(csv, lines, n, SKIP, to, size, marks_of);
            break;
        case TEXT:
            n = next_column(csv, lines, n, TEXT, to, size, marks_of);
            break;
        case INT:
            n = next_column(csv, lines, n, INT, to, size, marks_of);
            n = rt_int_column(lines->from, lines->to, n, to, size);
            break;
        case FLOAT:
            n = next_column(csv, lines, n, INT, to, size, marks_of);
            n = rt_float_column(lines->from, lines->to, n, to, size);
            break;
        case RARE:
            return 0;
        }
        if (++column == layout->n)
            break;
        for (size_t i = 0; i < n; i++)
            lines->from[i] = lines->to[i] + 1;
    }
    for (size_t i = 0; i < n; i++) {
        const char *stop = lines->to[i], *line_end = lines->starts[i + 1] - 1;
        if (stop > line_end || (stop == line_end && stop[-1] == '\r'))
            return i;
    }
    return n;
}

/* As rt_csv_usual. */
static inline __attribute__((always_inline)) size_t usual(const dsc_format *f, const void *given, const char *p, const char *end, size_t n,
                                                          void *out, const char **at, FindLines find, Marks marks_of)
{
    const Csv *csv = (const Csv *)f;
    const Layout *layout = given ? given : csv->plain;
    if (!layout->usual)
        return 0;
    Lines lines;
    lines.starts[0] = p;
    if (n > LINES)
        n = LINES;
    size_t found = find(end, n, lines.starts);
    n = read_columns(csv, layout, &lines, found < n ? found : n, out, f->type->size, marks_of);
    memcpy(at, lines.starts, (n + 1) * sizeof *at);
    return n;
}

size_t rt_csv_usual_plain(const dsc_format *f, const void *layout, const char *p, const char *end, size_t n, void *out, const char **at)
{
    return usual(f, layout, p, end, n, out, at, find_lines, rt_marks);
}

#if defined(__x86_64__) && defined(__GNUC__)
#define WIDE __attribute__((target("avx2,bmi,popcnt")))

static inline WIDE uint64_t marks_wide(const char *p, const char *c)
{
    const __m256i cs = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)c));
    const __m256i x = _mm256_loadu_si256((const void *)p), y = _mm256_loadu_si256((const void *)(p + RT_WINDOW / 2));
    return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, cs)) | (uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(y, cs)) << 32;
}

/* Few lines end in most windows: as many are noted always, so that nothing has to be foretold. */
static WIDE size_t find_lines_wide(const char *end, size_t n, const char **starts)
{
    enum { FEW = 4, AHEAD = 2048 };
    size_t found = 0;
    for (const char *p = starts[0]; found < n && end - p >= NEAR; p += RT_WINDOW) {
        uint64_t marks = marks_wide(p, line_ends), rest = marks;
        __builtin_prefetch(p + AHEAD);
        const char **to = &starts[found + 1];
        for (int i = 0; i < FEW; i++, rest = _blsr_u64(rest))
            to[i] = p + 1 + _tzcnt_u64(rest);
        for (to += FEW; rest; rest = _blsr_u64(rest))
            *to++ = p + 1 + _tzcnt_u64(rest);
        found += (size_t)_mm_popcnt_u64(marks);
    }
    return found;
}

static WIDE size_t usual_wide(const dsc_format *f, const void *layout, const char *p, const char *end, size_t n, void *out, const char **at)
{
    return usual(f, layout, p, end, n, out, at, find_lines_wide, marks_wide);
}

static bool is_wide(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}
#else
#define usual_wide rt_csv_usual_plain
static bool is_wide(void) { return false; }
#endif

size_t rt_csv_usual(const dsc_format *f, const void *layout, const char *p, const char *end, size_t n, void *out, const char **at)
{
    return (is_wide() ? usual_wide : rt_csv_usual_plain)(f, layout, p, end, n, out, at);
}
