/* test_window.c: windows against a model that keeps every batch and, at each
 * slide, folds all that lies in the window anew. */
#include "core_test.h"

enum { BATCHES = 60, MOST = 60, KEYS = 12 };

typedef struct Put {
    int64_t key, value;
} Put;

typedef struct Model {
    int n[BATCHES + 1];
    Put put[BATCHES + 1][MOST];   /* by batch; batch b has time b * unit */
    int64_t order[KEYS];          /* live keys, by when they became so */
    int n_order;
} Model;

static const int64_t unit = 1000;

static bool holds(const Model *m, int64_t after, int64_t until, int64_t key)
{
    for (int64_t b = after + 1; b <= until; b++)
        for (int i = 0; b > 0 && i < m->n[b]; i++)
            if (m->put[b][i].key == key)
                return true;
    return false;
}

/* The law: old panes leave, then new ones enter; a key in no kept pane is new. Batches, not times. */
static void model_slide(Model *m, int64_t now, int64_t length, int64_t slide)
{
    int64_t before = now - slide, first = now - length;
    int kept = 0;
    for (int i = 0; i < m->n_order; i++)
        if (holds(m, first > before - length ? first : before - length, before, m->order[i]))
            m->order[kept++] = m->order[i];
    m->n_order = kept;
    for (int64_t b = (before > first ? before : first) + 1; b <= now; b++)
        for (int i = 0; b > 0 && i < m->n[b]; i++) {
            int at = 0;
            while (at < m->n_order && m->order[at] != m->put[b][i].key)
                at++;
            if (at == m->n_order)
                m->order[m->n_order++] = m->put[b][i].key;
        }
}

/* "key=acc" of all that is in the window, each accumulator folded from its beginning. */
static void model_show(const Model *m, const dsc_fold *fold, int64_t now, int64_t length, rt_buf *out)
{
    dsc_task task;
    memset(&task, 0, sizeof task);
    for (int k = 0; k < m->n_order; k++) {
        TestValue acc, value;
        char first[64], text[64];
        bool any = false;
        for (int64_t b = now - length + 1; b <= now; b++)
            for (int i = 0; b > 0 && i < m->n[b]; i++) {
                if (m->put[b][i].key != m->order[k])
                    continue;
                if (!any) {
                    test_value(fold, m->put[b][i].value, &acc, first);
                } else {
                    test_value(fold, m->put[b][i].value, &value, text);
                    assert_true(fold->combine(&task, &acc, &value));
                    rt_drop(fold->acc, &value);
                }
                any = true;
            }
        assert_true(any);
        rt_buf_print(out, "%lld=", (long long)m->order[k]);
        test_show(fold, &acc, out);
        rt_buf_char(out, '\n');
        rt_drop(fold->acc, &acc);
    }
    rt_arena_free(&task.scratch);
}

typedef struct Rig {
    dsc_context job;
    rt_engine e;
    dsc_task task;
    dsc_node def;
    rt_node node;
} Rig;

static void rig_open(Rig *r, dsc_node_kind kind, const dsc_fold *fold, const dsc_type *key, int64_t in, int64_t length, int64_t slide)
{
    memset(r, 0, sizeof *r);
    r->e.job = &r->job;
    r->e.tasks = &r->task;
    r->task.engine = &r->e;
    r->task.job = &r->job;
    r->def = (dsc_node){.kind = kind, .fold = fold, .key = key, .type = &dsc_type_string, .ordered = true};
    r->node = (rt_node){.def = &r->def, .in_slide = in * unit, .length = length * unit, .slide = slide * unit};
    if (kind == DSC_WINDOW_FOLD)
        rt_keyed_init(&r->node.keyed, &r->def, 1);
    rt_window_new(&r->node);
}

static void rig_close(Rig *r)
{
    if (r->task.owned)
        rt_drop(r->task.owned_type, r->task.owned);
    rt_window_free(&r->node);
    rt_keyed_free(&r->node.keyed);
    for (rt_seq *s = r->node.spare_seqs, *next; s; s = next) {
        next = s->next;
        rt_seq_free(s);
    }
    rt_arena_free(&r->task.scratch);
}

static void put(Rig *r, const dsc_fold *fold, const dsc_type *key, Put one)
{
    TestKey room;
    TestValue value;
    char key_text[64], text[64];
    test_value(fold, one.value, &value, text);
    assert_true(rt_keyed_in(&r->node.keyed, &r->task, test_key(key, one.key, &room, key_text), &value));
    rt_drop(fold->acc, &value);
    memset(text, 'z', sizeof text);
    memset(key_text, 'z', sizeof key_text);
}

static void show(Rig *r, const dsc_fold *fold, const dsc_type *key, rt_buf *out)
{
    for (size_t i = 0; i < rt_window_places(&r->node); i++) {
        TestKey got = {0};
        rt_arena_rewind(&r->task.scratch);
        if (r->task.owned)
            rt_drop(r->task.owned_type, r->task.owned);
        r->task.owned = NULL;
        const void *acc = rt_window_at(&r->node, &r->task, i, test_key_room(key, &got));
        assert_non_null(acc);
        rt_buf_print(out, "%lld=", (long long)test_key_number(key, &got));
        test_show(fold, acc, out);
        rt_buf_char(out, '\n');
    }
}

static void as_the_model(const dsc_fold *fold, const dsc_type *key, int64_t in, int64_t length, int64_t slide, int busy)
{
    static Model m;
    static Rig r;
    memset(&m, 0, sizeof m);
    rig_open(&r, DSC_WINDOW_FOLD, fold, key, in, length, slide);
    for (int64_t b = 1; b <= BATCHES; b++) {
        if (b % in != 0)
            continue;
        r.node.skipping = rt_window_skips(&r.node, b * unit);
        /* quiet times too, in which all keys go */
        int n = b / (length + 3) % 2 == 1 || random_below(4) == 0 ? 0 : (int)random_below((uint64_t)busy);
        for (int i = 0; i < n; i++) {
            Put one = {key ? (int64_t)random_below(KEYS) : 0, (int64_t)random_below(100)};
            m.put[b][m.n[b]++] = one;
            put(&r, fold, key, one);
        }
        bool slides = b % slide == 0;
        assert_int_equal(rt_window_tick(&r.e, &r.node, b * unit, slides), 0);
        if (!slides)
            continue;
        rt_buf got = {0}, expected = {0};
        model_slide(&m, b, length, slide);
        model_show(&m, fold, b, length, &expected);
        show(&r, fold, key, &got);
        rt_buf_char(&got, '\0');
        rt_buf_char(&expected, '\0');
        assert_string_equal(got.p, expected.p);
        rt_buf_free(&got);
        rt_buf_free(&expected);
    }
    rig_close(&r);
}

/* length and slide in batches: overlapping, meeting, with gaps, coprime, one batch */
static void all_shapes(const dsc_fold *fold, const dsc_type *key)
{
    static const int shapes[][3] = {{1, 6, 2}, {1, 5, 3}, {1, 3, 3}, {1, 2, 5},  {1, 1, 1}, {1, 7, 1},
                                    {1, 4, 6}, {2, 6, 4}, {2, 4, 2}, {3, 12, 3}, {1, 1, 4}, {1, 12, 5}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        as_the_model(fold, key, shapes[i][0], shapes[i][1], shapes[i][2], MOST);
        as_the_model(fold, key, shapes[i][0], shapes[i][1], shapes[i][2], 4);
    }
}

static void all_keys(const dsc_fold *fold)
{
    all_shapes(fold, &dsc_type_int);
    all_shapes(fold, &dsc_type_string);
    all_shapes(fold, &test_key_type);
    all_shapes(fold, NULL);
}

static void what_leaves_is_subtracted(void **state)
{
    (void)state;
    all_keys(&count_fold);
    all_keys(&fsum_fold);
}

static void two_stacks(void **state)
{
    (void)state;
    all_keys(&max_fold);
    all_keys(&max_sum_fold);
    all_keys(&join_fold);
    all_keys(&last_fold);
}

/* Without a key and `always`: a zero accumulator when the window is empty. */
static void nothing_is_zero(void **state)
{
    (void)state;
    static Rig r;
    rig_open(&r, DSC_WINDOW_FOLD, &count_fold, NULL, 1, 2, 1);
    const int64_t in[] = {0, 3, 0, 0, 0, 1}, expected[] = {0, 3, 3, 0, 0, 1};
    for (int64_t b = 0; b < 6; b++) {
        r.def.always = true;
        if (in[b] > 0)
            put(&r, &count_fold, NULL, (Put){0, in[b]});
        assert_int_equal(rt_window_tick(&r.e, &r.node, (b + 1) * unit, true), 0);
        assert_int_equal(rt_window_places(&r.node), 1);
        assert_int_equal(*(const int64_t *)rt_window_at(&r.node, &r.task, 0, NULL), expected[b]);
        r.def.always = false;
        assert_int_equal(rt_window_places(&r.node), expected[b] > 0);
    }
    rig_close(&r);
}

/* 0 is a value: a key whose values cancel stays until its panes have gone. */
static void zero_is_a_value(void **state)
{
    (void)state;
    static Rig r;
    rig_open(&r, DSC_WINDOW_FOLD, &count_fold, &dsc_type_int, 1, 2, 1);
    put(&r, &count_fold, &dsc_type_int, (Put){7, 1});
    put(&r, &count_fold, &dsc_type_int, (Put){7, -1});
    static const size_t places[] = {1, 1, 0};
    for (int64_t b = 1; b <= 3; b++) {
        assert_int_equal(rt_window_tick(&r.e, &r.node, b * unit, true), 0);
        assert_int_equal(rt_window_places(&r.node), places[b - 1]);
    }
    rig_close(&r);
}

static bool never(dsc_task *task, void *acc, const void *other)
{
    (void)acc, (void)other;
    dsc_bad(task, 3, 14, "int overflow");
    return false;
}

static void a_combine_that_fails_is_named(void **state)
{
    (void)state;
    static const dsc_program program = {.file = "w.ds", .on_error = 1};   /* skip does not matter */
    static const dsc_fold fold = {.acc = &dsc_type_int, .exact = true, .combine = never};
    static Rig r;
    rig_open(&r, DSC_WINDOW_FOLD, &fold, &dsc_type_int, 1, 2, 1);
    r.def.op = "reduceByKeyAndWindow";
    r.job.program = &program;
    put(&r, &fold, &dsc_type_int, (Put){1, 1});
    assert_int_equal(rt_window_tick(&r.e, &r.node, unit, true), 0);
    put(&r, &fold, &dsc_type_int, (Put){1, 1});
    assert_int_equal(rt_window_tick(&r.e, &r.node, 2 * unit, true), -1);
    assert_true(strncmp(r.job.error, "w.ds:3:14: int overflow\n  reduceByKeyAndWindow, batch", 53) == 0);
    rig_close(&r);
}

static void raw_shape(int64_t length, int64_t slide)
{
    static Rig r;
    static char expected[BATCHES * MOST * 8], got[BATCHES * MOST * 8];
    static char text[BATCHES + 1][MOST * 8];
    memset(text, 0, sizeof text);
    rig_open(&r, DSC_WINDOW, NULL, NULL, 1, length, slide);
    for (int64_t b = 1; b <= BATCHES; b++) {
        int morsels = (int)random_below(4);
        for (int m = 0; m < morsels && !rt_window_skips(&r.node, b * unit); m++) {
            rt_seq *seq = r.node.spare_seqs;
            if (seq)
                r.node.spare_seqs = seq->next;
            else
                seq = calloc(1, sizeof *seq);
            int n = 1 + (int)random_below(10);
            for (int i = 0; i < n; i++) {
                char word[16];
                dsc_str s = {word, snprintf(word, sizeof word, "%lld.%d ", (long long)b, i)};
                rt_seq_push(seq, &dsc_type_string, &s);
                if (strlen(text[b]) + 16 < sizeof text[b])
                    strcat(text[b], word);
                else
                    seq->n--;
                memset(word, 'z', sizeof word);
            }
            rt_window_push(&r.node, seq);
        }
        assert_int_equal(rt_window_tick(&r.e, &r.node, b * unit, b % slide == 0), 0);
        if (b % slide != 0)
            continue;
        expected[0] = got[0] = '\0';
        for (int64_t from = b - length + 1; from <= b; from++)
            strcat(expected, from > 0 ? text[from] : "");
        r.e.n_spans = 0;
        rt_window_spans(&r.e, &r.node);
        for (size_t i = 0; i < r.e.n_spans; i++)
            for (size_t j = 0; j < r.e.spans[i].n; j++) {
                const dsc_str *s = (const dsc_str *)(const void *)r.e.spans[i].p + j;
                strncat(got, s->p, (size_t)s->n);
            }
        assert_string_equal(got, expected);
    }
    free(r.e.spans);
    rig_close(&r);
}

static void raw_windows(void **state)
{
    (void)state;
    raw_shape(5, 2);
    raw_shape(3, 3);
    raw_shape(2, 5);
    raw_shape(4, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves_is_subtracted),
        cmocka_unit_test(two_stacks),
        cmocka_unit_test(nothing_is_zero),
        cmocka_unit_test(zero_is_a_value),
        cmocka_unit_test(a_combine_that_fails_is_named),
        cmocka_unit_test(raw_windows),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
