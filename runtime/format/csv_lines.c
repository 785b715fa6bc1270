/* csv_lines.c: many lines of csv or tsv at once, in which nothing unusual stands.
 *
 * First the ends of the lines are found; then the lines are gone through: their texts
 * go to the elements, and where their numbers stand is noted; then these are read,
 * column after column. So no line waits for what the one before it is read as. */
#include "columns.h"
#include "csv.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

enum { NEAR = 2 * RT_WINDOW };    /* lines that end so near to the end of the input are left alone */

enum { LINES = 64 };              /* that are gone through at once */

/* Where a byte of which there are 16 stands in the window at p. */
typedef uint64_t Marks(const char *p, const char *c);
/* Where lines begin, from starts[0] on, behind which there is room for a line at every byte of a window more than n.
 * Returns how many ends were found, n or more where there are so many. */
typedef size_t FindLines(const char *end, size_t n, const char **starts);

static const char line_ends[16] = {'\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n', '\n'};

/* The texts of the numbers of `rows` lines, those of a column one after the other. */
typedef struct Numbers {
    size_t rows;
    const char *from[CSV_PLACES], *to[CSV_PLACES];
} Numbers;

static size_t find_lines(const char *end, size_t n, const char **starts)
{
    size_t found = 0;
    for (const char *p = starts[0]; found < n && end - p >= NEAR; p += RT_WINDOW)
        for (uint64_t marks = rt_marks(p, line_ends); marks; marks &= marks - 1)
            starts[++found] = p + 1 + __builtin_ctzll(marks);
    return found;
}

/* A column that ends at `stop`: a text goes to the element, a number is only found. False: it is unusual. */
static inline __attribute__((always_inline)) bool take(const Field *field, char unusual, const char *p, const char *stop, char *out,
                                                       Numbers *numbers, size_t *place)
{
    if (is_number(field)) {
        numbers->from[*place] = p;
        numbers->to[*place] = stop;
        *place += numbers->rows;
        return true;
    }
    if (*p == unusual || stop == p)
        return false;
    if (field->way == TEXT)
        *(dsc_str *)(void *)(out + field->offset) = (dsc_str){p, stop - p};
    return true;
}

/* Where columns end in a window of a line, as bits, the first in the lowest: at separators, and at the line's \n. */
static inline __attribute__((always_inline)) uint64_t column_ends(const Csv *csv, const char *window, const char *end, Marks marks_of)
{
    return marks_of(window, csv->separators) | (end - window < RT_WINDOW ? UINT64_C(1) << (end - window) : 0);
}

/* The line at p, whose \n is at `end`. False: something unusual is there. */
static inline __attribute__((always_inline)) bool usual_line(const Csv *csv, const Layout *layout, char unusual, const char *p,
                                                             const char *end, char *out, Numbers *numbers, size_t place, Marks marks_of)
{
    const Field *const *at = layout->field, *const *last = at + layout->n;
    const char *window = p, *stop;
    uint64_t ends = column_ends(csv, window, end, marks_of);
    do {
        while (RT_UNLIKELY(ends == 0)) {
            if (end - window < RT_WINDOW)
                return false;
            window += RT_WINDOW;
            ends = column_ends(csv, window, end, marks_of);
        }
        stop = window + (unsigned)__builtin_ctzll(ends);
        if (!take(*at++, unusual, p, stop, out, numbers, &place))
            return false;
        ends &= ends - 1;
        p = stop + 1;
    } while (at < last);
    return stop < end || (stop == end && stop[-1] != '\r');
}

/* As rt_csv_usual. */
static inline __attribute__((always_inline)) size_t usual(const dsc_format *f, const void *given, const char *p, const char *end, size_t n,
                                                          void *out, const char **at, FindLines find, Marks marks_of)
{
    const Csv *csv = (const Csv *)f;
    const Layout *layout = given ? given : csv->plain;
    if (!layout->usual)
        return 0;
    if (layout->numbers * n > CSV_PLACES)
        n = CSV_PLACES / layout->numbers;
    if (n > LINES)
        n = LINES;
    const char unusual = csv->unusual, *starts[LINES + RT_WINDOW + 1] = {p};
    size_t found = find(end, n, starts), size = f->type->size, made = 0, place = 0;
    if (found < n)
        n = found;
    Numbers numbers;
    numbers.rows = n;
    for (char *to = out; made < n; made++, to += size)
        if (!usual_line(csv, layout, unusual, starts[made], starts[made + 1] - 1, to, &numbers, made, marks_of))
            break;
    for (uint32_t i = 0; made > 0 && i < layout->n; i++) {
        const Field *field = layout->field[i];
        if (!is_number(field))
            continue;
        made = (field->way == INT ? rt_int_column : rt_float_column)(numbers.from + place, numbers.to + place, made,
                                                                    (char *)out + field->offset, size);
        place += n;
    }
    memcpy(at, starts, (made + 1) * sizeof *at);
    return made;
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
    enum { FEW = 4 };
    size_t found = 0;
    for (const char *p = starts[0]; found < n && end - p >= NEAR; p += RT_WINDOW) {
        uint64_t marks = marks_wide(p, line_ends), rest = marks;
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
