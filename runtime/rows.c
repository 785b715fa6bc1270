/* rows.c: what a table of the program holds (DSC_TABLE).
 *
 * While the table is read its rows are collected in their order (held.c). Then, where it has a key, they
 * are indexed: the rows of a key lie one after the other, in the table's order. From then on they
 * are only looked up, by any number of threads; or put out whole by the node's stage at each
 * batch. Reading again makes new rows, which take the place of the old ones once all is well. */
#include "core.h"
#include "table_find.h"
#include <stdlib.h>

/* Of a key: its rows among `values`. */
typedef struct Run {
    int64_t first, n;
} Run;

struct dsc_rows {
    dsc_table keys;               /* key -> Run */
    char *values;                 /* what stands behind the key in each row */
    int64_t *times;               /* of each, where rows have times: ascending for each key */
    uint32_t value_size;
    rt_seq *seqs;                 /* hold the rows, or what `values` points to */
};

/* A row while the rows of its key are sorted. */
typedef struct Timed {
    int64_t time, row;
} Timed;

struct rt_rows {
    uint32_t *ids;                /* while indexing: of the key of each row */
    Timed *timed;                 /* while sorting: the rows of a key, and .. */
    char *values;                 /* .. a copy of what stands behind it in them */
    size_t timed_cap, values_cap;
    dsc_rows *now, *next;
};

static const dsc_type run_type = {.kind = DSC_TUPLE, .size = sizeof(Run), .flat = true};

static void free_seqs(rt_seq *seq)
{
    for (rt_seq *next; seq; seq = next) {
        next = seq->next;
        rt_seq_free(seq);
    }
}

static void free_rows(dsc_rows *rows)
{
    if (!rows)
        return;
    rt_table_free(&rows->keys);
    free(rows->values);
    free(rows->times);
    free_seqs(rows->seqs);
    free(rows);
}

void rt_rows_new(rt_node *node)
{
    node->rows = rt_must_zero(sizeof *node->rows, "a table");
}

bool rt_rows_are_there(const rt_node *node) { return node->rows->now != NULL; }

void rt_rows_drop(rt_node *node)
{
    struct rt_rows *r = node->rows;
    rt_held_clear(node);
    free(r->ids);
    free(r->timed);
    free(r->values);
    free_rows(r->next);
    *r = (struct rt_rows){.now = r->now};
}

void rt_rows_free(rt_node *node)
{
    if (!node->rows)
        return;
    rt_rows_drop(node);
    free_rows(node->rows->now);
    free(node->rows);
    node->rows = NULL;
}

/* ---- indexing ---------------------------------------------------------------------- */

static Run *run_of(const dsc_rows *rows, uint32_t id) { return rt_table_acc(&rows->keys, id); }

static void number_rows(dsc_rows *rows, const dsc_type *pair, uint32_t *ids)
{
    for (const rt_seq *seq = rows->seqs; seq; seq = seq->next)
        for (size_t i = 0; i < seq->n; i++) {
            bool fresh;
            rt_key key = rt_key_of(&rows->keys, seq->elements + i * pair->size + pair->fields[0].offset);
            *ids = rt_table_upsert(&rows->keys, key, rt_key_hash(key), &fresh);
            run_of(rows, *ids++)->n++;
        }
}

static void place_rows(dsc_rows *rows, const dsc_type *pair, const uint32_t *ids)
{
    int64_t first = 0;
    for (uint32_t id = 0; id < rows->keys.n; id++) {
        Run *run = run_of(rows, id);
        run->first = first;
        first += run->n;
        run->n = 0;
    }
    for (rt_seq *seq = rows->seqs; seq; seq = seq->next) {
        for (size_t i = 0; i < seq->n; i++) {
            const char *row = seq->elements + i * pair->size;
            Run *run = run_of(rows, *ids++);
            size_t place = (size_t)(run->first + run->n++);
            memcpy(rows->values + place * rows->value_size, row + pair->fields[1].offset, rows->value_size);
            if (rows->times)
                memcpy(&rows->times[place], row + pair->fields[2].offset, sizeof *rows->times);
        }
        free(seq->elements);
        seq->elements = NULL;
        seq->n = seq->cap = 0;
    }
}

static int by_time(const void *x, const void *y)
{
    const Timed *a = x, *b = y;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* Bring the rows of a key into the order of their times; those of one time stay in the table's. */
static void sort_run(struct rt_rows *r, dsc_rows *rows, const Run *run)
{
    int64_t *times = rows->times + run->first, sorted = 1;
    char *values = rows->values + (size_t)run->first * rows->value_size;
    while (sorted < run->n && times[sorted - 1] <= times[sorted])
        sorted++;
    if (sorted >= run->n)
        return;
    size_t n = (size_t)run->n;
    r->timed = rt_must_fit(r->timed, &r->timed_cap, n, sizeof *r->timed, "a table");
    r->values = rt_must_fit(r->values, &r->values_cap, n * rows->value_size, 1, "a table");
    memcpy(r->values, values, n * rows->value_size);
    for (size_t i = 0; i < n; i++)
        r->timed[i] = (Timed){times[i], (int64_t)i};
    qsort(r->timed, n, sizeof *r->timed, by_time);
    for (size_t i = 0; i < n; i++) {
        times[i] = r->timed[i].time;
        memcpy(values + i * rows->value_size, r->values + (size_t)r->timed[i].row * rows->value_size, rows->value_size);
    }
}

static void index_rows(struct rt_rows *r, const dsc_node *def)
{
    dsc_rows *rows = r->next;
    size_t n = 0;
    for (const rt_seq *seq = rows->seqs; seq; seq = seq->next)
        n += seq->n;
    rt_table_init(&rows->keys, def->key, &run_type);
    r->ids = rt_must_alloc(n * sizeof *r->ids, "a table");
    const dsc_type *row = def->held ? def->held : def->type;
    number_rows(rows, row, r->ids);
    rows->value_size = row->fields[1].type->size;
    rows->values = rt_must_alloc(n * rows->value_size, "a table");
    if (def->held)
        rows->times = rt_must_alloc(n * sizeof *rows->times, "a table");
    place_rows(rows, row, r->ids);
    free(r->ids);
    r->ids = NULL;
    for (uint32_t id = 0; id < rows->keys.n && rows->times; id++)
        sort_run(r, rows, run_of(rows, id));
}

void rt_rows_finish(rt_node *node)
{
    struct rt_rows *r = node->rows;
    r->next = rt_must_zero(sizeof *r->next, "a table");
    r->next->seqs = node->held;
    node->held = NULL;
    if (node->def->key)
        index_rows(r, node->def);
}

void rt_rows_replace(rt_node *node)
{
    free_rows(node->rows->now);
    node->rows->now = node->rows->next;
    node->rows->next = NULL;
}

/* ---- reading ------------------------------------------------------------------------- */

void rt_rows_spans(rt_engine *e, const rt_node *node)
{
    for (const rt_seq *seq = node->rows->now->seqs; seq; seq = seq->next)
        rt_spans_add(e, (rt_span){.p = seq->elements, .n = seq->n, .size = node->def->type->size});
}

const dsc_rows *dsc_rows_of(dsc_task *task, int node) { return task->engine->nodes[node].rows->now; }

static dsc_list rows_at(const dsc_rows *rows, uint32_t id)
{
    const Run *run = run_of(rows, id);
    return (dsc_list){rows->values + (size_t)run->first * rows->value_size, run->n};
}

static dsc_list rows_of(const dsc_rows *rows, rt_key key)
{
    uint32_t id = rt_table_find(&rows->keys, key, hash_of(key));
    return id == RT_NO_ID ? (dsc_list){NULL, 0} : rows_at(rows, id);
}

dsc_list dsc_rows_str(const dsc_rows *rows, dsc_str key) { return rows_of(rows, key_of_bytes(key.p, key.n)); }

dsc_list dsc_rows_int(const dsc_rows *rows, int64_t key) { return rows_of(rows, (rt_key){(uint64_t)key, 0, 8}); }

dsc_list dsc_rows_key(dsc_task *task, const dsc_rows *rows, const void *key)
{
    rt_buf *bytes = &task->key;
    bytes->n = 0;
    rt_key_encode(rows->keys.key, key, bytes);
    if (bytes->failed)
        rt_raise(bytes->cap, "a key");
    return rows_of(rows, key_of_bytes(bytes->p, (int64_t)bytes->n));
}

const void *dsc_rows_asof(const dsc_rows *rows, dsc_list found, int64_t time)
{
    if (found.n == 0)
        return NULL;
    const int64_t *times = rows->times + (size_t)((const char *)found.p - rows->values) / rows->value_size;
    int64_t low = 0, high = found.n;          /* rows below low are not after the time, those from high on are */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (times[middle] <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : (const char *)found.p + (size_t)(low - 1) * rows->value_size;
}
