/* fuzz_decode.c: any bytes as a record of csv, tsv or json. Whatever was decoded and can be written
 * is read back and written as the same text, and is the same value unless it has bytes beyond ASCII:
 * those that are no UTF-8 cannot stand in JSON. Neither can infinities, which are left alone. The
 * first byte chooses the format and the type. A libFuzzer target; tests/fuzz/fuzz.sh runs it. */
#define _GNU_SOURCE
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct {
    const char *format;
    const dsc_type *type;
} ways[] = {{"csv", &tuple_type}, {"csv", &plain_type}, {"tsv", &tuple_type}, {"tsv", &plain_type},
            {"json", &row_type}, {"json", &deep_type}, {"json", &tuple_type}, {"json", &xs_type}};
enum { WAYS = sizeof ways / sizeof *ways };

static dsc_format *formats[WAYS];

/* The value of a record as text in `out`, and as written again in `again`; says whether there is both. */
static bool read_record(dsc_format *f, const char *bytes, size_t n, rt_buf *out, rt_buf *again)
{
    return decode_record(f, NULL, bytes, n, out, again) > 0;
}

static bool same_text(const rt_buf *a, const rt_buf *b) { return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0); }

static bool is_ascii(const rt_buf *b)
{
    for (size_t i = 0; i < (size_t)b->n; i++)
        if ((unsigned char)b->p[i] >= 0x80)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0 || memchr(bytes, '\n', size))
        return 0;
    unsigned way = bytes[0] % WAYS;
    dsc_format *f = formats[way];
    if (!f)
        f = formats[way] = format_open(ways[way].format, ways[way].type);
    rt_buf value = {0}, text = {0}, value_again = {0}, text_again = {0};
    if (read_record(f, (const char *)bytes + 1, size - 1, &value, &text) && !memmem(value.p, value.n, "inf", 3)) {
        bool same = read_record(f, text.p, text.n, &value_again, &text_again) && same_text(&text, &text_again) &&
                    (!is_ascii(&value) || same_text(&value, &value_again));
        if (!same) {
            fprintf(stderr, "%s: wrote %.*s\nfor  %.*s\nread %.*s\n", ways[way].format, (int)text.n, text.p, (int)value.n, value.p,
                    (int)value_again.n, value_again.n ? value_again.p : "");
            abort();
        }
    }
    rt_buf_free(&value);
    rt_buf_free(&text);
    rt_buf_free(&value_again);
    rt_buf_free(&text_again);
    return 0;
}
