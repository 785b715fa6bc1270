/* test_frozen.c: copies of states are what the states were, whatever changes while bytes are made of them. */
#include "core.h"
#include "durable/frozen.h"
#include "state.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t seed = 11;

static uint64_t random_below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}

enum { LONGEST = 80, FILES = 6 };

/* Some keys of `keys` are set or removed. */
static void change(dsc_state *s, int steps, uint64_t keys)
{
    for (int i = 0; i < steps; i++) {
        char room[LONGEST], text[LONGEST];
        int key = (int)random_below(keys);
        dsc_str name = {room, sprintf(room, key % 2 ? "%d" : "a key of more than sixteen bytes %d", key)};
        dsc_str value = {text, sprintf(text, "%0*d", 1 + (int)random_below(60), i)};
        if (random_below(5) == 0)
            dsc_state_remove(s, &name);
        else
            dsc_state_set(s, &name, &value);
    }
    rt_state_tidy(s);
}

static bool put_text(void *arg, const void *key, void *value)
{
    rt_put_value(arg, &dsc_type_string, key);
    rt_put_value(arg, &dsc_type_string, value);
    return true;
}

static void put_all(dsc_state *s, rt_buf *b)
{
    uint64_t cursor = 0;
    dsc_str key;
    const void *value;
    while (dsc_state_next(s, &cursor, &key, &value)) {
        rt_put_value(b, &dsc_type_string, &key);
        rt_put_value(b, &dsc_type_string, value);
    }
}

typedef struct Work {
    rt_buf *file;
    const dsc_state *s;
} Work;

static void *put(void *arg)
{
    Work *w = arg;
    rt_put_frozen(w->file, w->s);
    return NULL;
}

static rt_reader reader_of(const rt_buf *b)
{
    return (rt_reader){(const uint8_t *)b->p, (const uint8_t *)b->p + b->n, false};
}

/* Rounds of: a copy, changes while another thread makes bytes of it, and these bytes on top of the files before. */
static void on_top(uint64_t keys, int steps, size_t *smaller)
{
    dsc_state *s = rt_state_new(&dsc_type_string, &dsc_type_string);
    rt_buf files[FILES] = {{0}};
    change(s, 3 * (int)keys, keys);
    for (int round = 0; round < 30; round++) {
        rt_buf want = {0}, have = {0};
        rt_reader parts[FILES];
        size_t n = (size_t)round % FILES;
        pthread_t thread;
        files[n].n = 0;
        rt_state_freeze(s, n > 0);
        put_all(s, &want);
        Work work = {&files[n], s};
        assert_int_equal(pthread_create(&thread, NULL, put, &work), 0);
        change(s, steps, keys);
        pthread_join(thread, NULL);
        rt_state_thaw(s);
        for (size_t i = 0; i <= n; i++)
            parts[i] = reader_of(&files[i]);
        rt_get_rows(parts, n + 1, &dsc_type_string, &dsc_type_string, put_text, &have);
        assert_false(parts[n].damaged);
        assert_ptr_equal(parts[n].at, parts[n].end);
        assert_int_equal(have.n, want.n);
        assert_memory_equal(have.p, want.p, want.n);
        *smaller += n > 0 && files[n].n < files[0].n / 2;
        rt_buf_free(&want);
        rt_buf_free(&have);
    }
    for (size_t i = 0; i < FILES; i++)
        rt_buf_free(&files[i]);
    rt_state_free(s);
}

static void few_changes_make_small_files(void **state)
{
    (void)state;
    size_t smaller = 0;
    on_top(2000, 50, &smaller);
    assert_true(smaller >= 20);
}

static void many_changes(void **state)
{
    (void)state;
    size_t smaller = 0;
    on_top(300, 500, &smaller);
    on_top(20, 5, &smaller);
}

/* The same bytes put in anew are no change. */
static void what_stays_is_not_written(void **state)
{
    (void)state;
    dsc_state *s = rt_state_new(&dsc_type_int, &dsc_type_int);
    rt_buf all = {0}, top = {0};
    for (int64_t i = 0; i < 1000; i++)
        dsc_state_set(s, &i, &i);
    rt_state_freeze(s, false);
    rt_put_frozen(&all, s);
    rt_state_thaw(s);
    for (int64_t i = 0; i < 1000; i++)
        dsc_state_set(s, &i, &i);
    rt_state_freeze(s, true);
    rt_put_frozen(&top, s);
    rt_state_thaw(s);
    assert_int_equal(top.n, 7 * 8);
    rt_buf_free(&all);
    rt_buf_free(&top);
    rt_state_free(s);
}

static bool count_row(void *arg, const void *key, void *value)
{
    (void)key;
    (void)value;
    ++*(int *)arg;
    return true;
}

/* Bytes that are cut off, or whose numbers are wrong, are damaged and nothing worse. */
static void damage(void **state)
{
    (void)state;
    dsc_state *s = rt_state_new(&dsc_type_int, &dsc_type_string);
    rt_buf files[2] = {{0}};
    dsc_str text = DSC_STR("what is kept");
    for (int n = 0; n < 2; n++) {
        for (int64_t i = 0; i < 40 - 35 * n; i++)
            dsc_state_set(s, &(int64_t){i + 30 * n}, &text);
        rt_state_freeze(s, n > 0);
        rt_put_frozen(&files[n], s);
        rt_state_thaw(s);
        text.n--;
    }
    for (size_t n = 0; n < 2; n++)
        for (size_t at = 0; at < files[n].n; at += 4) {
            rt_reader parts[2] = {reader_of(&files[0]), reader_of(&files[1])};
            int rows = 0;
            char was = files[n].p[at];
            files[n].p[at] = (char)0xff;
            rt_get_rows(parts, 2, &dsc_type_int, &dsc_type_string, count_row, &rows);
            assert_true(rows <= 40);
            files[n].p[at] = was;
            parts[0] = reader_of(&files[0]);
            parts[1] = reader_of(&files[1]);
            parts[n].end = parts[n].at + at;
            rt_get_rows(parts, 2, &dsc_type_int, &dsc_type_string, count_row, &rows);
            assert_true(parts[1].damaged);
        }
    rt_buf_free(&files[0]);
    rt_buf_free(&files[1]);
    rt_state_free(s);
}

int main(void)
{
    rt_table_seed(0x123456789abcdefu, 0xfedcba987654321u);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_changes_make_small_files),
        cmocka_unit_test(many_changes),
        cmocka_unit_test(what_stays_is_not_written),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests_name("frozen", tests, NULL, NULL);
}
