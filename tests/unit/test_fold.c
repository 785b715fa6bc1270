/* test_fold.c: folds and groups by several workers against a fold of all values
 * in input order by one. */
#include "core_test.h"

enum { MOST = 4000, KEYS = 300 };

typedef struct Input {
    int n;
    int64_t key[MOST], value[MOST];
    int n_morsels, end[MOST];      /* morsel m ends before end[m] */
} Input;

static Input input;

static void make_input(int n, int keys)
{
    input.n = n;
    input.n_morsels = 0;
    for (int i = 0; i < n; i++) {
        input.key[i] = (int64_t)(random_below((uint64_t)keys) * random_below((uint64_t)keys) / (uint64_t)keys);
        input.value[i] = (int64_t)random_below(1000);
        if (random_below(40) == 0 && i > 0)
            input.end[input.n_morsels++] = i;
    }
    input.end[input.n_morsels++] = n;
}

/* "key=acc" a line, in the order of the result. */
static void show_result(rt_keyed *k, const dsc_type *key, rt_buf *out)
{
    rt_arena arena = {0};
    for (size_t i = 0; i < k->n; i++) {
        uint32_t id;
        TestKey got = {0};
        const dsc_table *t = rt_keyed_at(k, i, &id);
        rt_table_key_value(t, id, test_key_room(key, &got), &arena);
        rt_buf_print(out, "%lld=", (long long)test_key_number(key, &got));
        if (k->fold) {
            test_show(k->fold, rt_table_acc(t, id), out);
        } else {
            dsc_list list = rt_group_list(rt_table_acc(t, id), k->value, &arena);
            for (int64_t j = 0; j < list.n; j++)
                rt_buf_print(out, "%.*s", (int)((const dsc_str *)list.p)[j].n, ((const dsc_str *)list.p)[j].p);
        }
        rt_buf_char(out, '\n');
    }
    rt_arena_free(&arena);
}

static void put_one(rt_keyed *k, const dsc_type *key, dsc_task *task, rt_scatter *scatter, int i)
{
    char key_text[64], text[64];
    TestKey room;
    TestValue value;
    const void *the_key = test_key(key, input.key[i], &room, key_text);
    const dsc_fold group = {.acc = &dsc_type_string};
    test_value(k->fold ? k->fold : &group, input.value[i], &value, text);
    task->place++;
    if (scatter)
        rt_keyed_scatter(k, task, scatter, the_key, &value);
    else
        assert_true(rt_keyed_in(k, task, the_key, &value));
    rt_drop(k->value, &value);
    memset(key_text, 'z', sizeof key_text);
    memset(text, 'z', sizeof text);
    rt_arena_rewind(&task->scratch);
}

/* Morsels by random workers; partitioned folds in rounds of random size. */
static void fold_all(rt_keyed *k, const dsc_type *key, int workers, dsc_task *tasks, uint64_t *seq)
{
    int m = 0;
    while (m < input.n_morsels) {
        rt_scatter *round[RT_ROUND] = {NULL};
        size_t n = 1 + random_below(RT_ROUND);
        if (n > (size_t)(input.n_morsels - m))
            n = (size_t)(input.n_morsels - m);
        bool scatters = rt_keyed_scatters(k) && n > 1;
        for (size_t i = 0; i < n; i++, m++) {
            dsc_task *task = &tasks[random_below((uint64_t)workers)];
            task->seq = (*seq)++;
            task->place = 0;
            if (scatters) {
                round[i] = calloc(1, sizeof *round[i]);
                rt_table_init(&round[i]->keys, key, k->acc);
                round[i]->seq = task->seq;
            }
            for (int j = m > 0 ? input.end[m - 1] : 0; j < input.end[m]; j++)
                put_one(k, key, task, round[i], j);
            if (k->exact)
                rt_keyed_note(k, task->worker, task->seq);
        }
        if (!scatters)
            continue;
        for (int part = 0; part < RT_PARTITIONS; part++)
            rt_keyed_gather(k, &tasks[random_below((uint64_t)workers)], part, round, n);
        for (size_t i = 0; i < n; i++)
            rt_scatter_free(round[i]);
    }
}

static int by_line(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The lines in alphabetical order: for results without an order. */
static void sort_lines(rt_buf *b)
{
    char **line = malloc((b->n + 1) * sizeof *line), *copy = malloc(b->n + 1);
    size_t n = 0;
    memcpy(copy, b->p, b->n);
    copy[b->n] = '\0';
    for (char *p = strtok(copy, "\n"); p; p = strtok(NULL, "\n"))
        line[n++] = p;
    qsort(line, n, sizeof *line, by_line);
    b->n = 0;
    for (size_t i = 0; i < n; i++)
        rt_buf_print(b, "%s\n", line[i]);
    free(line);
    free(copy);
}

static void same_for_any_number(const dsc_fold *fold, const dsc_type *key)
{
    static const int workers[] = {1, 2, 7};
    const dsc_node def = {.fold = fold, .type = &dsc_type_string, .key = key, .ordered = true};
    dsc_task tasks[7];
    rt_keyed k[3];
    uint64_t seq = 0;
    memset(tasks, 0, sizeof tasks);
    for (int i = 0; i < 7; i++)
        tasks[i].worker = i;
    for (int w = 0; w < 3; w++)
        rt_keyed_init(&k[w], &def, workers[w]);
    for (int batch = 0; batch < 12; batch++) {
        rt_buf expected = {0};
        make_input(batch % 4 == 0 ? 5 : (int)random_below(MOST), batch % 3 == 0 ? 4 : KEYS);
        for (int w = 0; w < 3; w++) {
            rt_buf got = {0};
            fold_all(&k[w], key, workers[w], tasks, &seq);
            assert_int_equal(rt_keyed_finish(&k[w], &tasks[0]), 0);
            show_result(&k[w], key, w == 0 ? &expected : &got);
            rt_keyed_clear(&k[w]);
            if (w == 0)
                continue;
            assert_int_equal(got.n, expected.n);
            assert_memory_equal(got.p, expected.p, expected.n);
            rt_buf_free(&got);
        }
        rt_buf_free(&expected);
    }
    for (int w = 0; w < 3; w++)
        rt_keyed_free(&k[w]);
    for (int i = 0; i < 7; i++)
        rt_arena_free(&tasks[i].scratch);
}

static void all_keys(const dsc_fold *fold)
{
    same_for_any_number(fold, &dsc_type_int);
    same_for_any_number(fold, &dsc_type_string);
    same_for_any_number(fold, &test_key_type);
    same_for_any_number(fold, NULL);
}

static void exact_folds(void **state)
{
    (void)state;
    all_keys(&count_fold);
    all_keys(&max_fold);
    all_keys(&fsum_fold);
    all_keys(&max_sum_fold);
}

static void folds_in_order(void **state)
{
    (void)state;
    all_keys(&join_fold);
    all_keys(&last_fold);
}

static void groups(void **state)
{
    (void)state;
    all_keys(NULL);
}

/* What one worker makes is first-seen order, and each accumulator the left fold: checked by hand. */
static void a_small_one(void **state)
{
    (void)state;
    const dsc_node def = {.fold = &join_fold, .key = &dsc_type_string, .ordered = true};
    dsc_task task;
    rt_keyed k;
    rt_buf out = {0};
    memset(&task, 0, sizeof task);
    rt_keyed_init(&k, &def, 1);
    const int64_t keys[] = {5, 3, 5, 10, 3, 5}, values[] = {1, 2, 3, 4, 5, 6};
    input.n = 6;
    for (int i = 0; i < 6; i++) {
        input.key[i] = keys[i];
        input.value[i] = values[i];
    }
    for (int i = 0; i < 6; i++)
        put_one(&k, &dsc_type_string, &task, NULL, i);
    assert_int_equal(rt_keyed_finish(&k, &task), 0);
    show_result(&k, &dsc_type_string, &out);
    rt_buf_char(&out, '\0');
    assert_string_equal(out.p, "5=1,3,6,\n3=2,5,\n10=4,\n");
    rt_buf_free(&out);
    rt_keyed_free(&k);
    rt_arena_free(&task.scratch);
}

static void without_order(void **state)
{
    (void)state;
    const dsc_node def = {.fold = &count_fold, .key = &dsc_type_int};
    for (int round = 0; round < 5; round++) {
        dsc_task tasks[2];
        rt_keyed one, two;
        uint64_t seq = 0;
        rt_buf a = {0}, b = {0};
        memset(tasks, 0, sizeof tasks);
        tasks[1].worker = 1;
        make_input(2000, KEYS);
        rt_keyed_init(&one, &def, 1);
        rt_keyed_init(&two, &def, 2);
        fold_all(&one, def.key, 1, tasks, &seq);
        fold_all(&two, def.key, 2, tasks, &seq);
        assert_int_equal(rt_keyed_finish(&one, tasks), 0);
        assert_int_equal(rt_keyed_finish(&two, tasks), 0);
        show_result(&one, def.key, &a);
        show_result(&two, def.key, &b);
        sort_lines(&a);
        sort_lines(&b);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.p, b.p, a.n);
        rt_buf_free(&a);
        rt_buf_free(&b);
        rt_keyed_free(&one);
        rt_keyed_free(&two);
        rt_arena_free(&tasks[0].scratch);
        rt_arena_free(&tasks[1].scratch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_one), cmocka_unit_test(exact_folds), cmocka_unit_test(folds_in_order),
        cmocka_unit_test(groups),      cmocka_unit_test(without_order),
    };
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
