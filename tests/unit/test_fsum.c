/* test_fsum.c: float sums against exact arithmetic of another kind: every term
 * as an integer times 2^-1074 in a plain array of 16-bit digits, rounded by
 * looking at its bits one by one. */
#include "value.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { DIGITS = 160, MOST = 400 };

/* Sum of digit[i] * 2^(16 i - 1074), digits of any sign and size until carried. */
typedef struct Exact {
    int64_t digit[DIGITS];
    int64_t inf, minus_inf, nan;
} Exact;

static void exact_add(Exact *e, double x, int sign)
{
    if (isnan(x)) {
        e->nan += sign;
        return;
    }
    if (isinf(x)) {
        *(x > 0 ? &e->inf : &e->minus_inf) += sign;
        return;
    }
    uint64_t bits;
    memcpy(&bits, &x, 8);
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent > 0)
        m |= UINT64_C(1) << 52;
    int at = exponent > 0 ? exponent - 1 : 0;
    for (int i = 0; i < 53; i++)
        if (m >> i & 1)
            e->digit[(at + i) / 16] += (signbit(x) ? -sign : sign) * (INT64_C(1) << ((at + i) % 16));
}

static double exact_round(const Exact *e)
{
    if (e->nan > 0 || (e->inf > 0 && e->minus_inf > 0))
        return NAN;
    if (e->inf > 0)
        return INFINITY;
    if (e->minus_inf > 0)
        return -INFINITY;
    int64_t d[DIGITS], carry = 0;
    bool minus = false;
    for (int pass = 0; pass < 2; pass++) {
        carry = 0;
        for (int i = 0; i < DIGITS; i++) {
            int64_t v = (minus ? -e->digit[i] : e->digit[i]) + carry;
            d[i] = v & 0xffff;
            carry = (v - d[i]) / 65536;
        }
        if (carry >= 0)
            break;
        minus = true;
    }
    int top = DIGITS * 16 - 1;
    while (top >= 0 && !(d[top / 16] >> (top % 16) & 1))
        top--;
    if (top < 0)
        return 0;
    int low = top > 52 ? top - 52 : 0;       /* the lowest bit that is kept */
    uint64_t m = 0;
    for (int i = top; i >= low; i--)
        m = m << 1 | (uint64_t)(d[i / 16] >> (i % 16) & 1);
    bool half = low > 0 && (d[(low - 1) / 16] >> ((low - 1) % 16) & 1), more = false;
    for (int i = 0; i < low - 1; i++)
        more |= d[i / 16] >> (i % 16) & 1;
    if (half && (more || (m & 1)))
        m++;
    double value = ldexp((double)m, low - 1074);
    return minus ? -value : value;
}

static uint64_t seed = 7;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static double random_term(int kind)
{
    uint64_t bits = random_bits();
    double x;
    switch (kind) {
    case 0:                                  /* prices */
        return (double)(int64_t)(bits % 200001 - 100000) / 100;
    case 1:                                  /* any finite or not */
        memcpy(&x, &bits, 8);
        return x;
    case 2:                                  /* any finite */
        bits &= ~(UINT64_C(1) << 62);
        memcpy(&x, &bits, 8);
        return x;
    case 3:                                  /* subnormal and near it */
        bits &= UINT64_C(0x803fffffffffffff);
        memcpy(&x, &bits, 8);
        return x;
    case 4:                                  /* near the largest */
        return (bits & 1 ? -1 : 1) * (bits & 2 ? 1.7976931348623157e308 : 8.98846567431158e307);
    default:                                 /* powers far apart */
        return ldexp(bits & 1 ? -1 : 1, (int)(bits >> 8 & 2047) - 1060);
    }
}

static void assert_same(double a, double b)
{
    if (isnan(b)) {
        assert_true(isnan(a));
        return;
    }
    assert_memory_equal(&a, &b, 8);
}

/* Adding, combining parts in any grouping and removing some again give the exact sum rounded once. */
static void sums_are_exact(void **state)
{
    (void)state;
    for (int round = 0; round < 6000; round++) {
        int kind = round % 7, n = 1 + (int)(random_bits() % (round % 50 == 0 ? MOST : 12));
        double term[MOST];
        Exact exact = {0};
        dsc_fsum part[3] = {{0}}, all = {0}, gone = {0};
        for (int i = 0; i < n; i++) {
            term[i] = i > 0 && random_bits() % 4 == 0 ? -term[random_bits() % (uint64_t)i] : random_term(kind < 6 ? kind : (int)(random_bits() % 6));
            exact_add(&exact, term[i], 1);
            dsc_fsum_add(&part[random_bits() % 3], term[i]);
        }
        for (int i = 0; i < 3; i++)
            dsc_fsum_combine(NULL, &all, &part[i]);
        assert_same(dsc_fsum_get(&all), exact_round(&exact));
        for (int i = n - 1; i >= 0; i--)
            if (random_bits() % 2) {
                exact_add(&exact, term[i], -1);
                dsc_fsum_add(&gone, term[i]);
            }
        dsc_fsum copy;
        rt_fsum_copy(&copy, &all);
        dsc_fsum_remove(&all, &gone);
        assert_same(dsc_fsum_get(&all), exact_round(&exact));
        dsc_fsum_remove(&copy, &copy);
        assert_same(dsc_fsum_get(&copy), 0.0);
        for (int i = 0; i < 3; i++)
            rt_fsum_drop(&part[i]);
        rt_fsum_drop(&all);
        rt_fsum_drop(&gone);
        rt_fsum_drop(&copy);
    }
}

/* A column gives what its values give one after the other, whatever sums they go to. */
static void columns_are_exact(void **state)
{
    (void)state;
    enum { SUMS = 5, VALUES = 33 };
    typedef struct Acc { int64_t before; dsc_fsum sum; } Acc;
    for (int round = 0; round < 3000; round++) {
        struct { int64_t before; double x; } value[VALUES];
        Acc acc[SUMS] = {{0}};
        dsc_fsum one[SUMS] = {{0}};
        void *accs[VALUES];
        bool fresh[VALUES] = {false};
        for (int column = 0; column < 4; column++) {
            int n = (int)(random_bits() % (VALUES + 1)), most = 1 + (int)(random_bits() % SUMS);
            for (int i = 0; i < n; i++) {
                int at = (int)(random_bits() % (uint64_t)most);
                accs[i] = &acc[at];
                value[i].x = random_term(random_bits() % 3 ? 0 : (int)(random_bits() % 6));
                dsc_fsum_add(&one[at], value[i].x);
            }
            dsc_fsum_column(accs, offsetof(Acc, sum), &value->x, sizeof *value, fresh, n);
        }
        for (int i = 0; i < SUMS; i++) {
            assert_same(dsc_fsum_get(&acc[i].sum), dsc_fsum_get(&one[i]));
            rt_fsum_drop(&acc[i].sum);
            rt_fsum_drop(&one[i]);
        }
    }
}

static double sum_of(int n, const double *x)
{
    dsc_fsum s = {0};
    for (int i = 0; i < n; i++)
        dsc_fsum_add(&s, x[i]);
    return dsc_fsum_take(&s);
}

#define SUM(...) sum_of((int)(sizeof((double[]){__VA_ARGS__}) / 8), (double[]){__VA_ARGS__})

static void known_sums(void **state)
{
    (void)state;
    assert_same(SUM(0.1, 0.2, 0.3), 0.6);
    assert_same(SUM(1e308, 1e308, -1e308), 1e308);
    assert_same(SUM(1e308, 1e308), INFINITY);
    assert_same(SUM(1, 1e100, 1, -1e100), 2);
    assert_same(SUM(-0.0), 0.0);
    assert_same(SUM(-0.0, -0.0), 0.0);
    assert_same(SUM(INFINITY, 1, 2), INFINITY);
    assert_same(SUM(INFINITY, -INFINITY), NAN);
    assert_same(SUM(5e-324, 5e-324), 1e-323);
    assert_same(SUM(1, 0x1p-53), 1);                      /* ties to even */
    assert_same(SUM(1, 0x1p-53, 5e-324), 1 + 0x1p-52);    /* no tie */
    assert_same(SUM(0x1.fffffffffffffp1023, 0x1p969), 0x1.fffffffffffffp1023);
    assert_same(SUM(0x1.fffffffffffffp1023, 0x1p970), INFINITY);
}

static void nan_is_canonical(void **state)
{
    (void)state;
    double got = SUM(-NAN, 1), canonical = __builtin_nan("");
    assert_memory_equal(&got, &canonical, 8);
}

static void taking_empties(void **state)
{
    (void)state;
    dsc_fsum s = {0};
    dsc_fsum_add(&s, 1e300);
    dsc_fsum_add(&s, 1e-300);
    dsc_fsum_add(&s, 1);
    assert_non_null(s.wide);
    assert_same(dsc_fsum_take(&s), 1e300);
    assert_null(s.wide);
    assert_same(dsc_fsum_get(&s), 0.0);
}

static void ints_wrap_inside(void **state)
{
    (void)state;
    dsc_isum a = {0}, b = {0};
    int64_t got;
    for (int i = 0; i < 4; i++)
        dsc_isum_add(&a, INT64_MAX);
    assert_false(dsc_isum_get(&a, &got));
    for (int i = 0; i < 5; i++)
        dsc_isum_add(&b, INT64_MIN);
    dsc_isum_combine(NULL, &a, &b);
    assert_false(dsc_isum_get(&a, &got));
    dsc_isum_add(&a, INT64_MAX);
    assert_true(dsc_isum_get(&a, &got));
    assert_int_equal(got, -5);
    dsc_isum_remove(&a, &b);
    assert_false(dsc_isum_get(&a, &got));
    dsc_isum_combine(NULL, &a, &b);
    assert_true(dsc_isum_get(&a, &got));
    assert_int_equal(got, -5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_exact), cmocka_unit_test(columns_are_exact), cmocka_unit_test(known_sums),      cmocka_unit_test(nan_is_canonical),
        cmocka_unit_test(taking_empties), cmocka_unit_test(ints_wrap_inside),
    };
    return cmocka_run_group_tests_name("fsum", tests, NULL, NULL);
}
