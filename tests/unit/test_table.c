/* test_table.c: key tables against a list that is searched from its beginning. */
#define _GNU_SOURCE
#include "table.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

static uint64_t seed = 3;

static uint64_t random_below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

typedef struct Pair {
    int64_t a;
    dsc_str b;
} Pair;

static const dsc_field pair_fields[] = {{NULL, &dsc_type_int, offsetof(Pair, a), false}, {NULL, &dsc_type_string, offsetof(Pair, b), false}};
static const dsc_type pair_type = {.kind = DSC_TUPLE, .size = sizeof(Pair), .n = 2, .fields = pair_fields};

/* The i-th of a set of different keys: as int, string (0 to 60 bytes, with NULs), pair. */
static dsc_str string_key(int i)
{
    static char text[8][64];
    static int turn;
    char *p = text[turn++ % 8];
    int n = i % 61;
    memset(p, 0, 64);
    snprintf(p, 64, "%d", i);
    if (n < (int)strlen(p))
        n = (int)strlen(p);
    return (dsc_str){p, n};
}

static const void *key_of(const dsc_type *type, int i, Pair *room)
{
    room->a = i - 500;
    room->b = string_key(i);
    return type == NULL ? NULL : type->kind == DSC_STRING ? (const void *)&room->b : room;
}

typedef struct Model {
    int key[2000];
    int64_t count[2000];
    uint32_t id[2000];
    int n;
} Model;

static int model_find(const Model *m, int key)
{
    for (int i = 0; i < m->n; i++)
        if (m->key[i] == key)
            return i;
    return -1;
}

static void check_all(const Model *m, const dsc_table *t, const dsc_type *type)
{
    rt_arena arena = {0};
    assert_int_equal(t->live, m->n);
    for (int i = 0; i < m->n; i++) {
        Pair expected, got = {0};
        const void *key = key_of(type, m->key[i], &expected);
        void *at = type && type->kind == DSC_STRING ? (void *)&got.b : &got;
        rt_table_key_value(t, m->id[i], at, &arena);
        if (type)
            assert_true(dsc_equal(type, key, at));
        assert_int_equal(*(int64_t *)rt_table_acc(t, m->id[i]), m->count[i]);
    }
    rt_arena_free(&arena);
}

/* The accumulator of a key. */
static void *upsert(dsc_table *t, const void *key, bool *fresh)
{
    rt_table_settle(t);
    rt_key words = rt_key_of(t, key);
    return rt_table_acc(t, rt_table_upsert(t, words, rt_key_hash(words), fresh));
}

static void as_the_model(const dsc_type *type, int keys, bool removing)
{
    dsc_table t;
    Model m = {.n = 0};
    rt_table_init(&t, type, &dsc_type_int);
    for (int step = 0; step < 30000; step++) {
        int k = (int)random_below((uint64_t)keys), at = model_find(&m, k);
        uint64_t what = random_below(removing ? 100 : 70);
        Pair room;
        if (what < 70) {
            bool fresh;
            const void *key = key_of(type, k, &room);
            int64_t *acc = type == NULL ? dsc_upsert_cell(&t, &fresh) : upsert(&t, key, &fresh);
            assert_int_equal(fresh, at < 0);
            if (at < 0) {
                at = m.n++;
                m.key[at] = k;
                m.count[at] = 0;
                rt_key words = rt_key_of(&t, key_of(type, k, &room));
                m.id[at] = rt_table_upsert(&t, words, rt_key_hash(words), &fresh);
                assert_false(fresh);
                assert_int_equal(*acc, 0);
            }
            assert_ptr_equal(acc, rt_table_acc(&t, m.id[at]));
            *acc += step;
            m.count[at] += step;
        } else if (at >= 0) {
            rt_table_remove(&t, m.id[at]);
            m.n--;
            m.key[at] = m.key[m.n];
            m.count[at] = m.count[m.n];
            m.id[at] = m.id[m.n];
        }
        if (!removing && t.n > 0)             /* ids are in order of insertion */
            assert_int_equal(m.id[m.n - 1], t.n - 1);
        if (step % 3000 == 2999)
            check_all(&m, &t, type);
        if (step % 7000 == 6999 || (step % 700 == 699 && step < 7000)) {
            rt_table_clear(&t);
            m.n = 0;
        }
    }
    check_all(&m, &t, type);
    rt_table_free(&t);
}

static void ints(void **state)
{
    (void)state;
    as_the_model(&dsc_type_int, 1000, false);
    as_the_model(&dsc_type_int, 40, true);
    as_the_model(&dsc_type_int, 1000, true);
}

static void strings(void **state)
{
    (void)state;
    as_the_model(&dsc_type_string, 1000, false);
    as_the_model(&dsc_type_string, 40, true);
    as_the_model(&dsc_type_string, 1000, true);
}

static void other_keys(void **state)
{
    (void)state;
    as_the_model(&pair_type, 1000, false);
    as_the_model(&pair_type, 1000, true);
}

static void cells(void **state)
{
    (void)state;
    as_the_model(NULL, 1, false);
    as_the_model(NULL, 1, true);
}

/* Keys at the very end of what may be read: a page that can't be read follows. */
static void keys_at_ends(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(mprotect(p + page, page, PROT_NONE), 0);
    memset(p, 'k', page);
    dsc_table t;
    rt_table_init(&t, &dsc_type_string, &dsc_type_int);
    for (int64_t n = 0; n < 60; n++) {
        bool fresh;
        *(int64_t *)upsert(&t, &(dsc_str){p + page - n, n}, &fresh) = n;
        assert_true(fresh);
        assert_int_equal(*(int64_t *)upsert(&t, &(dsc_str){p + 100 + n % 7, n}, &fresh), n);
        assert_false(fresh);
    }
    rt_table_free(&t);
    munmap(p, 2 * page);
}

/* What a queue has to make of values: their number, sum and last one in order. */
typedef struct Seen {
    int64_t n, sum, last;
} Seen;

static void see(void *const *accs, const void *values, const bool *fresh, int64_t n)
{
    const int64_t *v = values;
    for (int64_t i = 0; i < n; i++) {
        Seen *s = accs[i];
        assert_int_equal(fresh[i], s->n == 0);
        s->n++;
        s->sum += v[i];
        s->last = v[i];
    }
}

static const dsc_intake intake = {sizeof(int64_t), see};
static const dsc_field seen_fields[] = {{.type = &dsc_type_int}, {.type = &dsc_type_int}, {.type = &dsc_type_int}};
static const dsc_type seen_type = {.kind = DSC_TUPLE, .size = sizeof(Seen), .n = 3, .fields = seen_fields, .flat = true};

/* Keys of the queues' tests: few or many, some longer than a queue keeps beside it. */
static const void *some_key(const dsc_type *type, Pair *room)
{
    static char long_text[200000];
    const void *key = key_of(type, (int)(random_below(70) * random_below(70)), room);
    if (type->kind == DSC_STRING && random_below(1000) == 0) {
        memset(long_text, 'x', sizeof long_text);
        room->b = (dsc_str){long_text, (int64_t)random_below(random_below(2) ? 3000 : sizeof long_text)};
    }
    return key;
}

/* The queued table must be what upserts one after the other make of the same keys. */
static void as_without_a_queue(const dsc_type *type, bool counts)
{
    dsc_table direct, queued;
    rt_table_init(&direct, type, counts ? &dsc_type_int : &seen_type);
    rt_table_init(&queued, type, counts ? &dsc_type_int : &seen_type);
    for (int64_t step = 0, next = 0; step < 100000; step++) {
        Pair room;
        bool fresh;
        const void *key = some_key(type, &room);
        void *acc = upsert(&direct, key, &fresh);
        if (counts)
            ++*(int64_t *)acc;
        else
            see(&acc, &step, &fresh, 1);
        if (counts && type->kind == DSC_STRING)
            dsc_count_str(&queued, room.b);
        else if (counts)
            type->kind == DSC_INT ? dsc_count_int(&queued, room.a) : dsc_count_key(&queued, key);
        else
            *(int64_t *)(type->kind == DSC_STRING ? dsc_intake_str(&queued, room.b, &intake)
                         : type->kind == DSC_INT  ? dsc_intake_int(&queued, room.a, &intake)
                                                  : dsc_intake_key(&queued, key, &intake)) = step;
        if (type->kind != DSC_INT && room.b.n < 100)
            memset((char *)(uintptr_t)room.b.p, 'z', (size_t)room.b.n);   /* the key is gone now */
        if (step == next) {
            rt_table_settle(&queued);
            next += 1 + (int64_t)random_below(random_below(2) ? 200 : 20000);
        }
    }
    rt_table_settle(&queued);
    assert_int_equal(queued.n, direct.n);
    for (uint32_t id = 0; id < direct.n; id++) {
        rt_key a = rt_table_key(&direct, id), b = rt_table_key(&queued, id);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(rt_key_bytes(&a), rt_key_bytes(&b), (size_t)a.n);
        assert_memory_equal(rt_table_acc(&direct, id), rt_table_acc(&queued, id), direct.acc->size);
    }
    rt_table_free(&direct);
    rt_table_free(&queued);
}

static void queues(void **state)
{
    (void)state;
    for (int counts = 0; counts < 2; counts++) {
        as_without_a_queue(&dsc_type_string, counts);
        as_without_a_queue(&dsc_type_int, counts);
        as_without_a_queue(&pair_type, counts);
    }
}

static void counting_lists(void **state)
{
    (void)state;
    dsc_table single, lists;
    rt_table_init(&single, &dsc_type_string, &dsc_type_int);
    rt_table_init(&lists, &dsc_type_string, &dsc_type_int);
    for (int line = 0; line < 3000; line++) {
        dsc_str words[8];
        int64_t n = (int64_t)random_below(8);
        for (int64_t i = 0; i < n; i++) {
            words[i] = string_key((int)(random_below(70) * random_below(70)));
            dsc_count_str(&single, words[i]);
        }
        dsc_count_strs(&lists, (dsc_list){words, n});
    }
    rt_table_settle(&single);
    rt_table_settle(&lists);
    assert_int_equal(single.n, lists.n);
    for (uint32_t id = 0; id < single.n; id++)
        assert_int_equal(*(int64_t *)rt_table_acc(&single, id), *(int64_t *)rt_table_acc(&lists, id));
    rt_table_free(&single);
    rt_table_free(&lists);
}

/* Keeps the larger of two strings; what it keeps is the other's memory. */
static bool larger(dsc_task *task, void *acc, const void *other)
{
    (void)task;
    dsc_str *a = acc;
    const dsc_str *b = other;
    if (dsc_compare_str(*b, *a) > 0)
        *a = *b;
    return true;
}

static const dsc_fold larger_fold = {.acc = &dsc_type_string, .exact = true, .combine = larger};

/* Accumulators that change often, and keys that come and go, do not make the table grow. */
static void memory_is_given_back(void **state)
{
    (void)state;
    enum { KEYS = 100 };
    dsc_table t;
    char best[KEYS][300] = {{0}};
    rt_table_init(&t, &dsc_type_string, &dsc_type_string);
    for (int step = 0; step < 200000; step++) {
        char key[40], text[300];
        int k = (int)random_below(KEYS);
        bool fresh;
        snprintf(key, sizeof key, "a key of more than 16 bytes %03d", k);
        snprintf(text, sizeof text, "%08d%0*d", step, (int)random_below(280) + 1, k);
        dsc_str s = {key, (int64_t)strlen(key)}, v = {text, (int64_t)strlen(text)};
        rt_key words = rt_key_of(&t, &s);
        uint32_t id = rt_table_upsert(&t, words, rt_key_hash(words), &fresh);
        assert_true(rt_table_combine(&t, &larger_fold, NULL, id, fresh, &v));
        if (fresh || strcmp(text, best[k]) > 0)
            strcpy(best[k], text);
        memset(text, 'z', sizeof text);
        dsc_str *acc = rt_table_acc(&t, id);
        assert_int_equal(acc->n, strlen(best[k]));
        assert_memory_equal(acc->p, best[k], acc->n);
        if (random_below(50) == 0)
            rt_table_remove(&t, id);
        rt_table_tidy(&t);
        assert_true(t.arena.total < 600000);
    }
    rt_table_free(&t);
}

/* Wide float sums belong to the table until they are unset, removed or cleared. */
static void wide_sums_are_freed(void **state)
{
    (void)state;
    dsc_table t;
    rt_table_init(&t, &dsc_type_int, &dsc_type_fsum);
    for (int round = 0; round < 3; round++) {
        for (int64_t k = 0; k < 100; k++) {
            bool fresh;
            dsc_fsum *sum = upsert(&t, &k, &fresh);
            assert_true(fresh);
            dsc_fsum_add(sum, 1e300);
            dsc_fsum_add(sum, 1);
            dsc_fsum_add(sum, 1e-300);
            assert_non_null(sum->wide);
        }
        dsc_fsum value = {0};
        dsc_fsum_add(&value, 2);
        rt_table_set(&t, 3, &value);
        rt_table_unset(&t, 4);
        rt_table_remove(&t, 5);
        bool fresh;
        dsc_fsum *again = upsert(&t, &(int64_t){5}, &fresh);
        assert_true(fresh && again->wide == NULL && again->h == 0);
        if (round < 2)
            rt_table_clear(&t);
    }
    rt_table_free(&t);
}

int main(void)
{
    rt_table_seed(0x123456789abcdefu, 0xfedcba987654321u);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ints),
        cmocka_unit_test(strings),
        cmocka_unit_test(other_keys),
        cmocka_unit_test(cells),
        cmocka_unit_test(keys_at_ends),
        cmocka_unit_test(queues),
        cmocka_unit_test(counting_lists),
        cmocka_unit_test(memory_is_given_back),
        cmocka_unit_test(wide_sums_are_freed),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
