/* literal.c: numbers, durations and strings as values. A wrong literal is
 * reported and gives some value of its kind, so that parsing goes on. */
#include "parser.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static Expr *new_literal(Parser *p, ExprKind kind, Span span, const char *s, size_t n)
{
    Expr *e = build_expr(p, kind, span);
    e->text = (Bytes){arena_strndup(p->arena, s, n), n};
    return e;
}

/* The digits of s[0 .. n) from *i on, `_` between them left out. Returns how
 * many; -1 when a `_` stands at an end or next to another. */
static int read_digits(const char *s, size_t n, size_t *i, char *out)
{
    int digits = 0;
    bool after_digit = false;
    for (; *i < n && (is_digit(s[*i]) || s[*i] == '_'); ++*i) {
        if (s[*i] == '_' && !after_digit)
            return -1;
        after_digit = s[*i] != '_';
        if (after_digit)
            out[digits++] = s[*i];
    }
    out[digits] = '\0';
    return digits && !after_digit ? -1 : digits;
}

/* ---- durations ----------------------------------------------------------- */

typedef struct Unit {
    const char *name;
    uint64_t us;
} Unit;

static const Unit units[] = {
    {"d", 86400000000}, {"h", 3600000000}, {"m", 60000000}, {"s", 1000000}, {"ms", 1000}, {"us", 1},
};
enum { N_UNITS = sizeof units / sizeof *units };

/* What people write for a unit; `u`th of units. */
static const struct { const char *name; int unit; } unit_words[] = {
    {"day", 0}, {"days", 0}, {"hr", 1}, {"hrs", 1}, {"hour", 1}, {"hours", 1}, {"min", 2}, {"mins", 2}, {"minute", 2},
    {"minutes", 2}, {"sec", 3}, {"secs", 3}, {"second", 3}, {"seconds", 3}, {"S", 3}, {"msec", 4}, {"millis", 4},
    {"millisecond", 4}, {"milliseconds", 4}, {"MS", 4}, {"usec", 5}, {"micros", 5}, {"microseconds", 5},
};

static int find_unit(const char *s, size_t n)
{
    for (int u = 0; u < N_UNITS; u++)
        if (strlen(units[u].name) == n && memcmp(units[u].name, s, n) == 0)
            return u;
    return -1;
}

const char *literal_unit(const char *word, size_t n)
{
    int unit = find_unit(word, n);
    for (size_t u = 0; unit < 0 && u < sizeof unit_words / sizeof *unit_words; u++)
        if (strlen(unit_words[u].name) == n && memcmp(unit_words[u].name, word, n) == 0)
            unit = unit_words[u].unit;
    return unit < 0 ? NULL : units[unit].name;
}

typedef enum Outcome { RIGHT, WRONG, WRONG_ORDER, TOO_LARGE, TOO_FINE } Outcome;

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* sum += 0.digits * unit, exactly or TOO_FINE. */
static Outcome add_fraction(uint64_t *sum, char *digits, uint64_t unit)
{
    size_t n = strlen(digits);
    while (n > 0 && digits[n - 1] == '0')
        n--;
    if (n > 15)                   /* no unit has 16 factors of 2 or of 5 */
        return TOO_FINE;
    uint64_t fraction = 0, ten = 1;
    for (size_t i = 0; i < n; i++) {
        fraction = fraction * 10 + (uint64_t)(digits[i] - '0');
        ten *= 10;
    }
    uint64_t divisor = common_divisor(unit, ten);
    if (fraction % (ten / divisor))
        return TOO_FINE;
    uint64_t us = fraction / (ten / divisor) * (unit / divisor);
    return __builtin_add_overflow(*sum, us, sum) ? TOO_LARGE : RIGHT;
}

/* Parts from large to small, each unit once: 1h30m, 1.5s. */
static Outcome read_duration(const char *s, size_t n, char *digits, int64_t *us)
{
    uint64_t sum = 0;
    Outcome outcome = RIGHT;
    int last = -1;
    for (size_t i = 0; i < n;) {
        char *fraction = NULL;
        int count = read_digits(s, n, &i, digits);
        if (count < 1)
            return WRONG;
        if (i < n && s[i] == '.') {
            i++;
            fraction = digits + count + 1;
            if (read_digits(s, n, &i, fraction) < 1)
                return WRONG;
        }
        size_t start = i;
        while (i < n && is_letter(s[i]))
            i++;
        int unit = find_unit(s + start, i - start);
        if (unit < 0)
            return WRONG;
        if (unit <= last)
            return WRONG_ORDER;
        last = unit;
        errno = 0;
        uint64_t part = strtoull(digits, NULL, 10);
        if (errno || __builtin_mul_overflow(part, units[unit].us, &part) || __builtin_add_overflow(sum, part, &sum))
            outcome = TOO_LARGE;
        if (fraction && outcome == RIGHT)
            outcome = add_fraction(&sum, fraction, units[unit].us);
    }
    if (outcome == RIGHT && sum > INT64_MAX)
        outcome = TOO_LARGE;
    *us = outcome == RIGHT ? (int64_t)sum : 1;
    return outcome;
}

static void report_duration(Parser *p, Outcome outcome, const char *s, size_t n, Span span)
{
    int shown = n > 40 ? 40 : (int)n;
    if (outcome == WRONG) {
        diag_error(p->diags, E0105, span, "`%.*s` is not a duration", shown, s);
        diag_expected(p->diags, "numbers with the units d h m s ms us, such as 1h30m or 1.5s");
    } else if (outcome == WRONG_ORDER) {
        diag_error(p->diags, E0107, span, "the parts of the duration `%.*s` are not in order", shown, s);
        diag_expected(p->diags, "parts from large to small, d h m s ms us, each unit once");
    } else if (outcome == TOO_LARGE) {
        diag_error(p->diags, E0107, span, "the duration `%.*s` is too long", shown, s);
        diag_expected(p->diags, "at most about 106751991d, which is 292,000 years");
    } else {
        diag_error(p->diags, E0107, span, "`%.*s` is not a whole number of microseconds", shown, s);
    }
}

static bool looks_like_duration(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (is_digit(s[i]) || s[i] == '_' || s[i] == '.'))
        i++;
    size_t start = i;
    while (i < n && is_letter(s[i]))
        i++;
    return find_unit(s + start, i - start) >= 0;
}

/* ---- numbers --------------------------------------------------------------- */

static Expr *wrong_number(Parser *p, const char *s, size_t n, Span span)
{
    int shown = n > 40 ? 40 : (int)n;
    diag_error(p->diags, E0105, span, "`%.*s%s` is not a number", shown, s, n > 40 ? "..." : "");
    size_t i = 0;
    while (i < n && (is_digit(s[i]) || s[i] == '.' || s[i] == '_'))
        i++;
    if (i == n && s[0] == '0' && n > 1 && n <= 40) {
        size_t zeros = 0;
        while (zeros + 1 < n && (s[zeros] == '0' || s[zeros] == '_') && s[zeros + 1] != '.')
            zeros++;
        diag_help(p->diags, "numbers have no leading zeros: write `%.*s`", (int)(n - zeros), s + zeros);
        return build_expr(p, E_INT, span);
    }
    const char *unit = i < 40 ? literal_unit(s + i, n - i) : NULL;
    if (unit) {
        diag_help(p->diags, "the units of durations are us ms s m h d: write `%.*s%s`", (int)i, s, unit);
        Expr *e = build_expr(p, E_DURATION, span);
        e->ival = 1;
        return e;
    }
    diag_expected(p->diags, "a number such as 42, 1_000, 0x1f, 1.5, 2e9, or a duration such as 250ms, 1.5s, 1h30m");
    if (n > 1 && s[0] == '0' && (s[1] == 'b' || s[1] == 'B' || s[1] == 'o' || s[1] == 'X'))
        diag_help(p->diags, "other bases than ten are written in hexadecimal: 0x1f");
    else if (i < n && is_letter(s[i]))
        diag_help(p->diags, "a name cannot start with a digit; the units of durations are us ms s m h d");
    return build_expr(p, E_INT, span);
}

static Expr *out_of_range(Parser *p, const char *what, Span span)
{
    diag_error(p->diags, E0106, span, "the number does not fit %s", what);
    return build_expr(p, E_INT, span);
}

static Expr *read_int(Parser *p, const char *digits, int base, const char *s, size_t n, Span span)
{
    const uint64_t least = (uint64_t)INT64_MAX + 1;
    errno = 0;
    uint64_t value = strtoull(digits, NULL, base);
    if (errno || value > least) {
        Expr *wrong = out_of_range(p, "an int", span);
        diag_expected(p->diags, "at most 9223372036854775807");
        return wrong;
    }
    Expr *e = new_literal(p, E_INT, span, s, n);
    e->big = value == least;
    e->ival = e->big ? INT64_MIN : (int64_t)value;
    return e;
}

static Expr *read_hex(Parser *p, const char *s, size_t n, char *digits, Span span)
{
    size_t count = 0;
    for (size_t i = 2; i < n; i++) {
        char c = s[i];
        bool digit = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        bool between = c == '_' && s[i - 1] != '_' && i > 2 && i + 1 < n;
        if (!digit && !between)
            return wrong_number(p, s, n, span);
        if (digit)
            digits[count++] = c;
    }
    digits[count] = '\0';
    return count ? read_int(p, digits, 16, s, n, span) : wrong_number(p, s, n, span);
}

/* Whether s is a decimal number; then its text without `_` is in digits. */
static bool read_decimal(const char *s, size_t n, char *digits, bool *is_float)
{
    size_t i = 0;
    int count = read_digits(s, n, &i, digits), more;
    *is_float = false;
    if (count < 1 || (count > 1 && digits[0] == '0') || (s[0] == '0' && n > 1 && s[1] == '_'))
        return false;
    if (i < n && s[i] == '.') {
        *is_float = true;
        i++;
        digits[count++] = '.';
        if ((more = read_digits(s, n, &i, digits + count)) < 1)
            return false;
        count += more;
    }
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        *is_float = true;
        i++;
        digits[count++] = 'e';
        if (i < n && (s[i] == '-' || s[i] == '+'))
            digits[count++] = s[i++];
        if (read_digits(s, n, &i, digits + count) < 1)
            return false;
    }
    return i == n;
}

static Expr *read_float(Parser *p, const char *digits, const char *s, size_t n, Span span)
{
    errno = 0;
    double value = strtod(digits, NULL);
    if (errno == ERANGE && (value == 0 || value > 1))
        return out_of_range(p, "a float", span);
    Expr *e = new_literal(p, E_FLOAT, span, s, n);
    e->fval = value;
    return e;
}

Expr *literal_number(Parser *p, const char *s, size_t n, Span span)
{
    char *digits = malloc(2 * n + 4);
    if (!digits)
        return wrong_number(p, s, n, span);
    Expr *e;
    bool is_float;
    if (n > 1 && s[0] == '0' && s[1] == 'x') {
        e = read_hex(p, s, n, digits, span);
    } else if (read_decimal(s, n, digits, &is_float)) {
        e = is_float ? read_float(p, digits, s, n, span) : read_int(p, digits, 10, s, n, span);
    } else if (looks_like_duration(s, n)) {
        int64_t us = 1;
        Outcome outcome = read_duration(s, n, digits, &us);
        e = new_literal(p, E_DURATION, span, s, n);
        e->ival = us;
        if (outcome != RIGHT)
            report_duration(p, outcome, s, n, span);
    } else {
        e = wrong_number(p, s, n, span);
    }
    free(digits);
    return e;
}

/* ---- strings --------------------------------------------------------------- */

static Span part_of(Span string, size_t from, size_t to)
{
    Span span = string;
    span.col = string.col + (int)from;
    span.end_col = string.col + (int)to;
    return span;
}

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \u{..} at s[i], the place of its backslash. Returns the bytes read. */
static size_t read_unicode(Parser *p, const char *s, size_t n, size_t i, Span span, char *out, size_t *out_n)
{
    size_t j = i + 2;
    uint32_t c = 0;
    int digits = 0;
    if (j < n && s[j] == '{')
        for (j++; j < n && hex_value(s[j]) >= 0 && digits < 7; j++, digits++)
            c = c * 16 + (uint32_t)hex_value(s[j]);
    if (!digits || digits > 6 || j >= n || s[j] != '}') {
        diag_error(p->diags, E0104, part_of(span, i, i + 2), "`\\u` needs one to six hexadecimal digits in braces");
        diag_help(p->diags, "write it as in \\u{e9}");
        return 2;
    }
    j++;
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        diag_error(p->diags, E0104, part_of(span, i, j), "`%.*s` is not a character", (int)(j - i), s + i);
        diag_expected(p->diags, "a number up to 10ffff that is not from d800 to dfff");
        return j - i;
    }
    *out_n += utf8_encode(c, out + *out_n);
    return j - i;
}

static void unknown_escape(Parser *p, const char *s, size_t n, size_t i, Span span)
{
    uint32_t c;
    size_t length = utf8_decode(s + i + 1, n - i - 1, &c);
    diag_error(p->diags, E0104, part_of(span, i, i + 1 + length), "`%.*s` is not an escape", (int)(1 + length), s + i);
    if (strchr("dwsbDWSB.+*?()[]{}|^$", s[i + 1]))
        diag_help(p->diags, "for a regular expression use a raw string: r\"..\"; a backslash itself is \\\\");
    else
        diag_help(p->diags, "the escapes are \\n \\t \\r \\0 \\\\ \\\" \\' and \\u{e9}");
}

Expr *literal_string(Parser *p, const char *s, size_t n, Span span)
{
    Expr *e = build_expr(p, E_STRING, span);
    bool raw = s[0] == 'r';
    size_t from = raw ? 2 : 1, to = n - 1, out_n = 0;
    char *out = arena_alloc(p->arena, to - from + 1);
    for (size_t i = from; i < to;) {
        if (raw || s[i] != '\\') {
            out[out_n++] = s[i++];
            continue;
        }
        static const char letters[] = "ntr0\\\"'", meanings[] = "\n\t\r\0\\\"'";
        const char *letter = memchr(letters, s[i + 1], sizeof letters - 1);
        if (letter) {
            out[out_n++] = meanings[letter - letters];
            i += 2;
        } else if (s[i + 1] == 'u') {
            i += read_unicode(p, s, to, i, span, out, &out_n);
        } else {
            unknown_escape(p, s, to, i, span);
            i += 2;               /* the rest of a longer character stays text */
        }
    }
    e->text = (Bytes){out, out_n};
    return e;
}
