/* test_state.c: states by key against a list that is searched from its beginning. */
#include "core.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t seed = 5;

static uint64_t random_below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

enum { KEYS = 300, LONGEST = 80 };

/* Keys in the order of birth. */
typedef struct Model {
    int key[KEYS];
    char value[KEYS][LONGEST];
    int n;
} Model;

static int place_of(const Model *m, int key)
{
    for (int i = 0; i < m->n; i++)
        if (m->key[i] == key)
            return i;
    return -1;
}

static void forget(Model *m, int key)
{
    int at = place_of(m, key);
    if (at < 0)
        return;
    m->n--;
    memmove(&m->key[at], &m->key[at + 1], (size_t)(m->n - at) * sizeof m->key[0]);
    memmove(&m->value[at], &m->value[at + 1], (size_t)(m->n - at) * sizeof m->value[0]);
}

static dsc_str name_of(int key, char *room)
{
    return (dsc_str){room, sprintf(room, key % 2 ? "%d" : "a key of more than sixteen bytes %d", key)};
}

static void compare(dsc_state *s, const Model *m)
{
    uint64_t cursor = 0;
    dsc_str key;
    const void *value;
    char room[LONGEST];
    assert_int_equal(dsc_state_size(s), m->n);
    for (int i = 0; i < m->n; i++) {
        assert_true(dsc_state_next(s, &cursor, &key, &value));
        assert_true(dsc_str_equal(key, name_of(m->key[i], room)));
        const dsc_str *text = value;
        assert_int_equal(text->n, strlen(m->value[i]));
        assert_memory_equal(text->p, m->value[i], text->n);
    }
    assert_false(dsc_state_next(s, &cursor, &key, &value));
}

static void in_the_order_of_birth(void **state)
{
    (void)state;
    dsc_state *s = rt_state_new(&dsc_type_string, &dsc_type_string);
    Model *m = calloc(1, sizeof *m);
    for (int step = 1; step <= 100000; step++) {
        char room[LONGEST], text[LONGEST];
        int key = (int)random_below(KEYS), at = place_of(m, key);
        dsc_str name = name_of(key, room), value = {text, sprintf(text, "%0*d", 1 + (int)random_below(60), step)};
        const dsc_str *found = dsc_state_find(s, &name);
        assert_int_equal(found != NULL, at >= 0);
        if (random_below(3) == 0) {
            dsc_state_remove(s, &name);
            forget(m, key);
        } else {
            dsc_state_set(s, &name, &value);
            if (at < 0)
                m->key[at = m->n++] = key;
            strcpy(m->value[at], text);
        }
        memset(text, 'z', sizeof text);
        if (step % 500 == 0) {
            compare(s, m);
            rt_state_tidy(s);
            compare(s, m);
        }
    }
    free(m);
    rt_state_free(s);
}

/* A walk may remove and set the key in hand, and meets those that are born meanwhile. */
static void changed_while_walking(void **state)
{
    (void)state;
    dsc_state *s = rt_state_new(&dsc_type_int, &dsc_type_int);
    for (int64_t i = 0; i < 100; i++)
        dsc_state_set(s, &i, &i);
    uint64_t cursor = 0;
    int64_t key, next = 0;
    const void *value;
    while (dsc_state_next(s, &cursor, &key, &value)) {
        assert_int_equal(key, next);
        assert_int_equal(*(const int64_t *)value, next);
        int64_t later = key + 100;
        if (key < 50)
            dsc_state_set(s, &later, &later);
        dsc_state_remove(s, &key);
        next++;
    }
    assert_int_equal(next, 150);
    assert_int_equal(dsc_state_size(s), 0);
    rt_state_free(s);
}

/* The new value may be a part of the old one. */
static void set_to_a_part_of_itself(void **state)
{
    (void)state;
    dsc_state *s = rt_state_new(NULL, &dsc_type_string);
    dsc_str text = DSC_STR("0123456789 0123456789");
    assert_null(dsc_state_find(s, NULL));
    dsc_state_set(s, NULL, &text);
    while (text.n > 1) {
        const dsc_str *now = dsc_state_find(s, NULL);
        dsc_str rest = {now->p + 1, now->n - 1};
        dsc_state_set(s, NULL, &rest);
        text = (dsc_str){text.p + 1, text.n - 1};
        assert_true(dsc_str_equal(*(dsc_str *)dsc_state_find(s, NULL), text));
    }
    dsc_state_remove(s, NULL);
    assert_null(dsc_state_find(s, NULL));
    rt_state_free(s);
}

int main(void)
{
    rt_table_seed(0x123456789abcdefu, 0xfedcba987654321u);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_of_birth),
        cmocka_unit_test(changed_while_walking),
        cmocka_unit_test(set_to_a_part_of_itself),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
