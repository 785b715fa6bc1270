/* inspect.c: looking into the folder of a checkpoint, also while a job uses it: `dsc state`
 * and `dsc log`. Nothing is locked or changed. */
#define _GNU_SOURCE
#include "durable_job.h"
#include "frozen.h"
#include "inspect_csv.h"
#include "states.h"
#include "../format/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A node's part of a snapshot. */
typedef struct Part {
    rt_part in;                   /* the newest file */
    rt_form form;
} Part;

typedef struct Look {
    dsc_context *job;
    const char *path;
    int folder;
    char **argv;
    enum { AS_IT_IS, AS_CSV, AS_JSON } as;
    int (*show)(struct Look *look);
    int status;
    rt_arena arena;               /* types */
    rt_buf out;
} Look;

static bool is(dsc_str text, const char *word) { return (size_t)text.n == strlen(word) && memcmp(text.p, word, (size_t)text.n) == 0; }

static void write_out(Look *look)
{
    fwrite(look->out.p, 1, look->out.n, stdout);
    look->out.n = 0;
}

/* ---- states ---------------------------------------------------------------------- */

/* The next that is a state; false: there is none, or damage. *n: parts to come. */
static bool get_part(Look *look, rt_reader *r, uint64_t *n, Part *part)
{
    for (; *n > 0 && !r->damaged; --*n) {
        rt_part any;
        rt_get_part(r, &any);
        if (r->damaged || any.kind != RT_PART_STATE)
            continue;
        *part = (Part){.in = any};
        rt_reader form = rt_reader_of(any.form);
        rt_get_form(&form, &part->form, &look->arena);
        r->damaged |= form.damaged;
        --*n;
        return !r->damaged;
    }
    return false;
}

static uint64_t get_count(const Part *part, rt_reader r)
{
    if (part->form.way > RT_ELEMENTS)
        rt_get_u64(&r);           /* the number of its slide */
    return rt_get_u64(&r);
}

/* Its keys, or panes; *bytes: that all files have of it. */
static uint64_t count_of(const rt_snapshot *s, const Part *part, uint64_t *bytes)
{
    *bytes = (uint64_t)part->in.bytes.n;
    if (part->form.way != RT_STATES)
        return get_count(part, rt_reader_of(part->in.bytes));
    uint64_t count = 0;
    rt_reader *rows = rt_must_alloc(s->n * sizeof *rows, "a checkpoint");
    bool whole = rt_snapshot_rows(s, &part->in, rows);
    *bytes = 0;
    for (size_t i = 0; i < s->n && whole; i++)
        for (int j = 0; j < part->form.n; j++) {
            uint64_t n = rt_pass_table(&rows[i], bytes);
            count = j == 0 ? n : count;
        }
    free(rows);
    return count;
}

static void put_name(rt_buf *b, const char *before, dsc_str name)
{
    rt_buf_text(b, before);
    rt_json_string(b, name.p, (size_t)name.n);
}

static void list_part(Look *look, const rt_snapshot *s, const Part *part)
{
    rt_buf *b = &look->out;
    dsc_str name = part->in.name, op = part->in.op;
    bool panes = part->form.way == RT_ELEMENTS;
    uint64_t size;
    unsigned long long count = count_of(s, part, &size), bytes = size;
    if (look->as == AS_CSV) {
        rt_csv_text(b, name);
        rt_buf_print(b, panes ? ",%.*s,,%llu,%llu\n" : ",%.*s,%llu,,%llu\n", (int)op.n, op.p, count, bytes);
    } else if (look->as == AS_JSON) {
        put_name(b, "{\"name\":", name);
        put_name(b, ",\"operator\":", op);
        rt_buf_print(b, ",\"%s\":%llu,\"bytes\":%llu}\n", panes ? "panes" : "keys", count, bytes);
    } else {
        rt_buf_print(b, "%.*s  %.*s  %llu %s  %llu bytes\n", (int)name.n, name.p, (int)op.n, op.p, count, panes ? "panes" : "keys", bytes);
    }
    write_out(look);
}

static int list(Look *look, const rt_snapshot *s, rt_reader *r)
{
    uint64_t n = rt_get_count(r, 40);
    if (look->as == AS_CSV)
        printf("name,operator,keys,panes,bytes\n");
    else if (look->as == AS_IT_IS && s->state.time == s->state.start)
        printf("no batch has been done\n");
    else if (look->as == AS_IT_IS)
        printf("batch %lld ms\n", (long long)s->state.time / 1000);
    Part part;
    while (get_part(look, r, &n, &part))
        list_part(look, s, &part);
    return 0;
}

typedef struct Show {
    Look *look;
    const rt_table_form *table;
    const char *wanted;           /* NULL: every key */
    bool found;
} Show;

static void show_names(const Show *show)
{
    rt_buf *b = &show->look->out;
    if (show->table->key)
        rt_csv_names(b, "key", show->table->key);
    rt_buf_text(b, show->table->key ? "," : "");
    rt_csv_names(b, "value", show->table->value);
    rt_buf_char(b, '\n');
    write_out(show->look);
}

static void put_csv(rt_buf *b, const rt_table_form *table, const void *key, const void *value)
{
    if (key)
        rt_csv_cells(b, table->key, key);
    rt_buf_text(b, key ? "," : "");
    rt_csv_cells(b, table->value, value);
}

static void put_json(rt_buf *b, const rt_table_form *table, const void *key, const void *value)
{
    static const rt_time_form form = {0};
    rt_buf_text(b, "{\"key\":");
    if (key)
        rt_json_value(b, &form, NULL, table->key, key);
    else
        rt_buf_text(b, "null");
    rt_buf_text(b, ",\"value\":");
    rt_json_value(b, &form, NULL, table->value, value);
    rt_buf_char(b, '}');
}

static bool show_every(void *arg, const void *key, void *value)
{
    const Show *show = arg;
    rt_buf *b = &show->look->out;
    (show->look->as == AS_CSV ? put_csv : put_json)(b, show->table, key, value);
    rt_buf_char(b, '\n');
    write_out(show->look);
    return true;
}

static bool show_wanted(void *arg, const void *key, void *value)
{
    static const rt_time_form form = {0};
    Show *show = arg;
    rt_buf *b = &show->look->out;
    rt_print_value(b, show->table->key, key);
    show->found = b->n == strlen(show->wanted) && memcmp(b->p, show->wanted, b->n) == 0;
    b->n = 0;
    if (!show->found)
        return true;
    if (show->look->as == AS_CSV)
        put_csv(b, show->table, key, value);
    else
        rt_json_value(b, &form, NULL, show->table->value, value);
    rt_buf_char(b, '\n');
    write_out(show->look);
    return false;
}

static int show_part(Look *look, const rt_snapshot *s, const Part *part, const char *wanted)
{
    dsc_str name = part->in.name;
    const rt_table_form *table = &part->form.table[0];
    if (part->form.way != RT_STATES)
        return dsc_fail(look->job, "`%.*s` is a window, which holds panes and no values to be shown", (int)name.n, name.p);
    if (wanted && !table->key)
        return dsc_fail(look->job, "`%.*s` has no keys: `dsc state export` shows what it holds", (int)name.n, name.p);
    Show show = {look, table, wanted, false};
    rt_reader *rows = rt_must_alloc(s->n * sizeof *rows, "a checkpoint");
    bool whole = rt_snapshot_rows(s, &part->in, rows);
    if (whole && look->as == AS_CSV)
        show_names(&show);
    if (whole)
        rt_get_rows(rows, s->n, table->key, table->value, wanted ? show_wanted : show_every, &show);
    whole = whole && !rows[s->n - 1].damaged;
    free(rows);
    if (!whole)
        return dsc_fail(look->job, "the state `%.*s` cannot be read", (int)name.n, name.p);
    return show.found || !wanted ? 0 : dsc_fail(look->job, "`%.*s` has no key %s", (int)name.n, name.p, wanted);
}

static int find_and_show(Look *look, const rt_snapshot *s, rt_reader *r, const char *name, const char *wanted)
{
    uint64_t n = rt_get_count(r, 40);
    Part part;
    while (get_part(look, r, &n, &part))
        if (is(part.in.name, name))
            return show_part(look, s, &part, wanted);
    return r->damaged ? -1 : dsc_fail(look->job, "there is no state `%s` in %s; `dsc state ls %s` lists those that there are", name,
                                      look->path, look->path);
}

static int show_state(Look *look)
{
    rt_snapshot s;
    int found = rt_snapshot_find(look->job, look->folder, look->path, UINT64_MAX, &s);
    if (found <= 0)
        return found < 0 ? -1 : dsc_fail(look->job, "%s is no folder of a checkpoint: there is no snapshot in it", look->path);
    const char *what = look->argv[0];
    rt_reader rest = s.files[s.n - 1].rest;
    int status = strcmp(what, "ls") == 0 ? list(look, &s, &rest)
        : find_and_show(look, &s, &rest, look->argv[2], strcmp(what, "get") == 0 ? look->argv[3] : NULL);
    if (status == 0 && rest.damaged)
        status = dsc_fail(look->job, "the snapshot in %s cannot be read", look->path);
    rt_snapshot_close(&s);
    return status;
}

/* ---- the log --------------------------------------------------------------------------- */

static void put_tables(rt_buf *b, rt_reader *r)
{
    uint64_t n = rt_get_count(r, 32);
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        put_name(b, i ? ",{\"name\":" : ",\"tables\":[{\"name\":", rt_get_text(r));
        rt_buf_print(b, ",\"version\":%llu}", (unsigned long long)rt_get_u64(r));
        rt_get_u64(r);
        rt_get_u64(r);
    }
    rt_buf_text(b, n ? "]" : "");
}

/* A row of pieces that follow each other is one range. */
typedef struct Ranges {
    rt_buf *out;
    uint64_t split, from, to;
    bool any, more;               /* there is one in hand; one has been put out */
} Ranges;

static void put_range(Ranges *ranges)
{
    if (ranges->any)
        rt_buf_print(ranges->out, "%s[%llu,%llu,%llu]", ranges->more ? "," : "", (unsigned long long)ranges->split,
                     (unsigned long long)ranges->from, (unsigned long long)ranges->to);
    ranges->more |= ranges->any;
}

static void add_piece(Ranges *ranges, rt_reader *r)
{
    uint64_t split = rt_get_u64(r), from = rt_get_u64(r), to = rt_get_u64(r);
    if (!ranges->any || ranges->split != split || ranges->to != from) {
        put_range(ranges);
        ranges->any = true;
        ranges->split = split;
        ranges->from = from;
    }
    ranges->to = to;
}

static void put_sources(rt_buf *b, rt_reader *r)
{
    uint64_t n = rt_get_count(r, 40);
    rt_buf_text(b, ",\"sources\":[");
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        put_name(b, i ? ",{\"name\":" : "{\"name\":", rt_get_text(r));
        rt_buf_text(b, ",\"ranges\":[");
        Ranges ranges = {.out = b};
        bool ended = rt_get_u64(r) != 0;
        uint64_t steps = rt_get_count(r, 8), logged = 0;
        for (uint64_t j = 0; j < steps && !r->damaged; j++) {
            uint64_t pieces = rt_get_count(r, 8);
            if (pieces == 0) {
                rt_get_u64(r);
                logged++;
            }
            for (uint64_t k = 0; k < pieces && !r->damaged; k++)
                add_piece(&ranges, r);
        }
        put_range(&ranges);
        rt_get_text(r);
        rt_buf_print(b, "],\"steps\":%llu,\"logged\":%llu,\"ended\":%s}", (unsigned long long)steps, (unsigned long long)logged,
                     ended ? "true" : "false");
    }
    rt_buf_text(b, "]");
}

static void put_sinks(rt_buf *b, rt_reader *r)
{
    uint64_t n = rt_get_count(r, 16);
    rt_buf_text(b, ",\"sinks\":[");
    for (uint64_t i = 0; i < n && !r->damaged; i++) {
        put_name(b, i ? "," : "", rt_get_text(r));
        rt_get_text(r);
    }
    rt_buf_text(b, "]");
}

static void put_delays(rt_buf *b, rt_reader *r)
{
    if (r->at == r->end)
        return;                   /* of a log of before they were there */
    double late = (double)rt_get_i64(r) / 1000;
    rt_buf_print(b, ",\"scheduling_delay_ms\":%.3f,\"processing_ms\":%.3f", late, (double)rt_get_i64(r) / 1000);
}

/* The files that a HELD does not have the bytes of, and the links to them. */
static void put_links(rt_buf *b, rt_reader *r)
{
    const char *comma = "";
    rt_buf_text(b, ",\"held\":{");
    for (uint64_t n = rt_get_count(r, 64); n > 0 && !r->damaged; n--) {
        for (int i = 0; i < 4; i++)
            rt_get_u64(r);
        dsc_str name = rt_get_text(r);
        rt_get_text(r);
        dsc_str link = rt_get_text(r);
        rt_get_u64(r);
        if (link.n == 0)
            continue;
        put_name(b, comma, name);
        put_name(b, ":", link);
        comma = ",";
    }
    rt_buf_text(b, "}");
}

static void show_record(Look *look, const rt_record *record)
{
    rt_buf *b = &look->out;
    const uint8_t *p = (const uint8_t *)record->body.p;
    rt_reader r = {p, p + record->body.n, false};
    rt_buf_print(b, "{\"record\":%llu", (unsigned long long)record->seq);
    if (record->kind == RECORD_STEP || record->kind == RECORD_HELD) {
        put_name(b, ",\"input\":", rt_get_text(&r));
        rt_buf_print(b, ",\"bytes\":%lld", (long long)record->body.n);
        if (record->kind == RECORD_HELD)
            put_links(b, &r);
    } else if (record->kind == RECORD_BATCH) {
        rt_buf_print(b, ",\"batch\":%lld", (long long)rt_get_i64(&r) / 1000);
        rt_get_i64(&r);
        put_tables(b, &r);
        put_sources(b, &r);
        put_sinks(b, &r);
        put_delays(b, &r);
    } else {
        rt_buf_text(b, record->kind == RECORD_END ? ",\"end\":true" : ",\"begin\":true");
    }
    rt_buf_text(b, "}\n");
    write_out(look);
}

static int show_log(Look *look)
{
    const rt_record *records;
    size_t n;
    rt_log *log = rt_log_open(look->job, look->folder, look->path);
    if (!log)
        return -1;
    int status = rt_log_read(log, 0, UINT64_MAX, &records, &n);
    for (size_t i = 0; i < n && status == 0; i++)
        show_record(look, &records[i]);
    rt_log_close(log);
    return status;
}

/* ---- the command line --------------------------------------------------------------------- */

static void run(void *arg)
{
    Look *look = arg;
    look->status = look->show(look);
}

static int look_at(Look look)
{
    dsc_context *job = look.job = calloc(1, sizeof *job);
    look.status = -1;
    look.folder = open(look.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!job || look.folder < 0) {
        fprintf(stderr, "dsc: cannot open the folder %s: %s\n", look.path, strerror(errno));
        free(job);
        return 1;
    }
    rt_protect(job, run, &look);
    close(look.folder);
    rt_arena_free(&look.arena);
    rt_buf_free(&look.out);
    if (atomic_load(&job->failed))
        fprintf(stderr, "dsc: %s\n", job->error);
    free(job);
    return fflush(stdout) != 0 || look.status < 0;
}

int rt_state_show(int argc, char **argv)
{
    static const struct { const char *verb; int n; } verbs[] = {{"ls", 2}, {"get", 4}, {"export", 3}};
    char *words[4];
    int n = 0, as = AS_IT_IS;
    for (int i = 0; i < argc; i++) {
        bool csv = strcmp(argv[i], "--csv") == 0, json = strcmp(argv[i], "--json") == 0;
        if (csv || json)
            as = csv ? AS_CSV : AS_JSON;
        else if (n < 4)
            words[n++] = argv[i];
        else
            return 2;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (n == verbs[i].n && strcmp(words[0], verbs[i].verb) == 0)
            return look_at((Look){.path = words[1], .argv = words, .as = as, .show = show_state});
    return 2;
}

int rt_log_show(int argc, char **argv)
{
    return argc == 1 ? look_at((Look){.path = argv[0], .show = show_log}) : 2;
}
