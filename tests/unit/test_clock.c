/* test_clock.c: jobs on the real clock while the system's time is set back and forward. */
#define _GNU_SOURCE
#include "core_test.h"
#include <unistd.h>

#define BATCH INT64_C(10000)
#define HOUR INT64_C(3600000000)
#define YEAR (365 * 24 * HOUR)

enum { FILES, ALL, NOWHERE, N_NODES };

/* What the batches see: the jump comes in the fourth. */
static struct {
    int64_t jump, first, last, gaps, longest;
    int n;
} seen;

static void stage_files(dsc_task *task)
{
    dsc_str line;
    bool fresh;
    while (dsc_next_line(task, &line))
        ++*(int64_t *)dsc_upsert_cell(dsc_table_of(task, ALL), &fresh);
}

static void stage_all(dsc_task *task)
{
    const void *acc;
    while (dsc_next_cell(task, &acc))
        dsc_put(task, NOWHERE, acc);
    int64_t time = task->engine->time, step = time - seen.last;
    if (seen.n++ == 0)
        seen.first = time;
    else if (step != BATCH)
        seen.gaps++;
    if (seen.n > 1 && step > seen.longest)
        seen.longest = step;
    seen.last = time;
    if (seen.n == 4)
        atomic_store(&rt_clock_shift, seen.jump);
}

static char folder[] = "/tmp/dsc-clock-XXXXXX";

static bool setup(dsc_task *task)
{
    dsc_set_str(task, FILES, "path", (dsc_str){folder, (int64_t)strlen(folder)});
    return true;
}

static const int32_t from_files[] = {FILES}, from_all[] = {ALL};
static const dsc_node nodes[N_NODES] = {
    [FILES] = {.kind = DSC_SOURCE, .name = "files", .op = "dir", .format = "lines", .type = &dsc_type_string,
               .stage = stage_files, .stage_name = "stage_files"},
    [ALL] = {.kind = DSC_FOLD, .name = "all", .op = "count", .n_inputs = 1, .inputs = from_files, .fold = &count_fold,
             .always = true, .ordered = true, .stage = stage_all, .stage_name = "stage_all"},
    [NOWHERE] = {.kind = DSC_SINK, .name = "discard", .op = "discard", .format = "lines", .n_inputs = 1, .inputs = from_all,
                 .type = &dsc_type_int},
};
static const dsc_program program = {.abi = DSC_ABI_VERSION, .file = "t.ds", .batch = BATCH, .n_nodes = N_NODES, .nodes = nodes, .setup = setup};

/* Runs so many batches, with the system's time set to `shift` before; how long that took, in microseconds. */
static int64_t run(int64_t shift, int64_t jump, int64_t batches, const char *checkpoint)
{
    rt_options options = {.threads = 1, .batches = batches, .quiet = true, .checkpoint = checkpoint};
    memset(&seen, 0, sizeof seen);
    seen.jump = jump;
    atomic_store(&rt_clock_shift, 0);
    rt_clock *clock = rt_clock_open(true);
    int64_t begun = clock->now(clock);
    atomic_store(&rt_clock_shift, shift);
    assert_int_equal(rt_run(&program, &options), 0);
    atomic_store(&rt_clock_shift, 0);
    int64_t took = clock->now(clock) - begun;
    clock->close(clock);
    assert_int_equal(seen.n, batches);
    return took;
}

static void set_back(void **state)
{
    (void)state;
    assert_true(run(0, -HOUR, 12, NULL) < 60000000);
    assert_int_equal(seen.gaps, 0);
    assert_int_equal(seen.last - seen.first, 11 * BATCH);
}

/* Ten thousand empty batches of the year, then those of now. */
static void set_forward(void **state)
{
    (void)state;
    run(0, YEAR, 10100, NULL);
    assert_int_equal(seen.gaps, 1);
    assert_true(seen.longest > YEAR - HOUR && seen.longest % BATCH == 0);
}

/* A short jump: each batch is run. */
static void a_little_forward(void **state)
{
    (void)state;
    run(0, 1000 * BATCH, 1100, NULL);
    assert_int_equal(seen.gaps, 0);
}

/* The system's time was set back while nothing ran: on behind the last batch. */
static void set_back_meanwhile(void **state)
{
    (void)state;
    char checkpoint[] = "/tmp/dsc-clock-XXXXXX", command[64];
    assert_non_null(mkdtemp(checkpoint));
    run(HOUR, HOUR, 5, checkpoint);
    int64_t last = seen.last;
    assert_true(run(0, 0, 5, checkpoint) < 60000000);
    assert_int_equal(seen.first, last + BATCH);
    assert_int_equal(seen.gaps, 0);
    snprintf(command, sizeof command, "rm -rf %s", checkpoint);
    assert_int_equal(system(command), 0);
}

static void reaching(void **state)
{
    (void)state;
    rt_clock *clock = rt_clock_open(true);
    int64_t now = clock->now(clock);
    clock->reach(clock, now + HOUR);
    assert_true(clock->now(clock) >= now + HOUR);
    assert_true(clock->now(clock) - clock->system(clock) > HOUR - 10000000);
    clock->reach(clock, now);
    assert_true(clock->now(clock) >= now + HOUR);
    atomic_store(&rt_clock_shift, 2 * HOUR);
    assert_true(clock->now(clock) >= now + 2 * HOUR);
    assert_true(clock->now(clock) - clock->system(clock) < 1000000);
    atomic_store(&rt_clock_shift, 0);
    clock->close(clock);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(set_back), cmocka_unit_test(set_forward), cmocka_unit_test(a_little_forward),
                                       cmocka_unit_test(set_back_meanwhile), cmocka_unit_test(reaching)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
