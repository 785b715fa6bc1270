/* upgrade.c: `dsc upgrade`: what is in the folder of a checkpoint becomes that of a changed program.
 *
 * Each part of the newest snapshot is held against the program's node of its name (changes.h), and what
 * comes of it is said: kept, converted, new, lost, dropped. Where nothing is lost that may
 * not be, a snapshot with the converted parts takes the place of the old one, by a rename, so that at any time one
 * of the two is there, whole. Batches in the log behind the snapshot belong to the program that ran them, and no other
 * can run them again; so where there are any, the folder is left as it is. */
#include "changes.h"
#include "convert.h"
#include "durable_job.h"
#include "frozen.h"
#include "../format/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An option's value, cut at its first `=`. */
typedef struct Said {
    const char *text;
    size_t n;                     /* letters before the `=` */
    bool used;
} Said;

typedef struct Saids {
    Said *at;
    int n;
} Saids;

typedef struct Upgrade {
    Saids drops, renames, defaults;
    bool json, dry_run;
    /* of the run */
    rt_engine *e;
    rt_durable *d;
    rt_part part;                 /* in hand */
    bool *found;                  /* by node: there is a part of it */
    int changed, lost;
    rt_arena arena;               /* names and forms */
    rt_buf parts;                 /* of the new snapshot */
    uint64_t n_parts;
    rt_reader behind;             /* what stands behind the parts, and stays: versions of tables */
} Upgrade;

static const char *const sorts[] = {[RT_PART_STATE] = "operator", [RT_PART_SOURCE] = "source", [RT_PART_SINK] = "sink"};

/* ---- what the user says ------------------------------------------------------------- */

/* Is it NAME, or with a path NAME.path? */
static bool names(const Said *said, dsc_str name, const char *path)
{
    size_t n = (size_t)name.n, rest = *path ? strlen(path) + 1 : 0;
    return said->n == n + rest && memcmp(said->text, name.p, n) == 0 &&
           (rest == 0 || (said->text[n] == '.' && memcmp(said->text + n + 1, path, rest - 1) == 0));
}

static Said *find(const Saids *saids, dsc_str name, const char *path)
{
    for (int i = 0; i < saids->n; i++)
        if (names(&saids->at[i], name, path)) {
            saids->at[i].used = true;
            return &saids->at[i];
        }
    return NULL;
}

static const char *said_of_field(void *arg, const char *path, bool is_new)
{
    Upgrade *u = arg;
    const Said *said = find(is_new ? &u->defaults : &u->drops, u->part.name, path);
    return said ? said->text + said->n + is_new : NULL;
}

static int check_used(Upgrade *u, const Saids *saids, const char *option)
{
    for (int i = 0; i < saids->n; i++)
        if (!saids->at[i].used)
            return dsc_fail(u->e->job, "%s %s: nothing there has that name, or needs it", option, saids->at[i].text);
    return 0;
}

/* ---- the report ------------------------------------------------------------------------ */

static void report(const Upgrade *u, const char *what, rt_part_kind kind, dsc_str name, dsc_str op, const rt_buf *how)
{
    if (!u->json) {
        printf("%-9s  %.*s  %.*s%s%.*s\n", what, (int)name.n, name.p, (int)op.n, op.p, how->n > 0 ? ": " : "", (int)how->n, how->p);
        return;
    }
    rt_buf b = {0};
    rt_buf_print(&b, "{\"change\":\"%s\",\"of\":\"%s\",\"name\":", what, sorts[kind]);
    rt_json_string(&b, name.p, (size_t)name.n);
    rt_buf_text(&b, ",\"operator\":");
    rt_json_string(&b, op.p, (size_t)op.n);
    rt_buf_text(&b, ",\"how\":");
    rt_json_string(&b, how->p, how->n);
    printf("%.*s}\n", (int)b.n, b.p);
    rt_buf_free(&b);
}

static dsc_str text_of(const char *text) { return (dsc_str){text, (int64_t)strlen(text)}; }

static void report_new(const Upgrade *u)
{
    for (int i = 0; i < u->e->n_nodes; i++) {
        const dsc_node *def = u->e->nodes[i].def;
        rt_part_kind kind;
        if (!u->found[i] && rt_part_kind_of(&u->e->nodes[i], &kind))
            report(u, "new", kind, text_of(def->name), text_of(def->op), &(rt_buf){0});
    }
}

/* ---- parts ----------------------------------------------------------------------------- */

static void keep(Upgrade *u, const rt_part *part)
{
    rt_put_part(&u->parts, part);
    u->n_parts++;
}

static void lose(Upgrade *u, const rt_buf *why)
{
    u->lost++;
    report(u, "lost", u->part.kind, u->part.name, u->part.op, why);
}

/* A state whose form has changed. */
static void convert_state(Upgrade *u, const rt_buf *form, const rt_buf *how)
{
    rt_conversion c = {.e = u->e, .name = u->part.name, .time = u->d->state.time, .said = said_of_field, .arg = u};
    rt_buf_add(&c.how, how->p, how->n);
    rt_form from, to;
    rt_buf bytes = {0};
    rt_reader old = rt_reader_of(u->part.form), new = rt_reader_of((dsc_str){form->p, (int64_t)form->n}), r = rt_reader_of(u->part.bytes);
    rt_get_form(&old, &from, &u->arena);
    rt_get_form(&new, &to, &u->arena);
    if (!old.damaged && !new.damaged)
        rt_convert_compare(&c, &from, &to);
    if (c.why.n == 0 && !old.damaged)
        rt_convert_bytes(&c, &from, &to, &r, &bytes);
    if (old.damaged || r.damaged) {
        dsc_fail(u->e->job, "the snapshot in %s cannot be read", u->d->path);
    } else if (c.why.n > 0) {
        lose(u, &c.why);
    } else {
        u->changed++;
        report(u, "converted", u->part.kind, u->part.name, u->part.op, &c.how);
        u->part.form = (dsc_str){form->p, (int64_t)form->n};
        u->part.bytes = (dsc_str){bytes.p, (int64_t)bytes.n};
        u->parts.failed |= bytes.failed;
        keep(u, &u->part);
    }
    rt_convert_free(&c);
    rt_buf_free(&bytes);
}

/* `how`: what has been done already. */
static void look_at(Upgrade *u, const rt_node *node, rt_buf *how)
{
    rt_buf form = {0};
    rt_put_part_form(&form, node);
    if ((size_t)u->part.form.n == form.n && memcmp(u->part.form.p, form.p, form.n) == 0) {
        if (rt_part_matters(&u->part))
            report(u, "kept", u->part.kind, u->part.name, u->part.op, how);
        keep(u, &u->part);
    } else if (u->part.kind == RT_PART_STATE) {
        convert_state(u, &form, how);
    } else {
        how->n = 0;
        rt_buf_text(how, u->part.kind == RT_PART_SOURCE ? "it is cut into batches in another way" : "it is published in another way");
        lose(u, how);
    }
    rt_buf_free(&form);
}

static void look_at_part(Upgrade *u)
{
    rt_part *part = &u->part;
    const Said *rename = find(&u->renames, part->name, "");
    bool dropped = find(&u->drops, part->name, "") != NULL;
    rt_buf how = {0};
    if (rename) {
        rt_buf_print(&how, "it was called `%.*s`", (int)part->name.n, part->name.p);
        part->name = text_of(rename->text + rename->n + 1);
        u->changed++;
    }
    const rt_node *node = rt_part_node(u->e, part);
    if (node && !dropped && u->found[node->index])
        dsc_fail(u->e->job, "--rename %s: there is a part of that name, which goes before", rename ? rename->text : "");
    if (node && !dropped)
        u->found[node->index] = true;
    if (dropped) {
        u->changed++;
        report(u, "dropped", part->kind, part->name, part->op, &how);
    } else if (node) {
        look_at(u, node, &how);
    } else if (rt_part_matters(part)) {
        how.n = 0;
        rt_buf_print(&how, "the program has no such %s", sorts[part->kind]);
        lose(u, &how);
    }
    rt_buf_free(&how);
}

/* ---- the snapshot ------------------------------------------------------------------------- */

static int check_log(const Upgrade *u)
{
    const rt_record *records;
    size_t n, batches = 0;
    if (rt_log_read(u->d->log, u->d->state.seq, UINT64_MAX, &records, &n) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        batches += records[i].kind == RECORD_BATCH;
    return batches == 0 ? 0 : dsc_fail(u->e->job, "%s: %zu batch%s of the log are not in the newest snapshot, and only the program that ran "
                                       "them can run them again: start that once with --batches 0, and then upgrade", u->d->path, batches,
                                       batches == 1 ? "" : "es");
}

static int write_converted(Upgrade *u)
{
    rt_buf b = {0};
    rt_snapshot_begin(&b, &u->d->state, NULL);
    rt_put_u64(&b, u->n_parts);
    rt_buf_add(&b, u->parts.p, u->parts.n);
    rt_buf_add(&b, u->behind.at, (size_t)(u->behind.end - u->behind.at));
    int status = b.failed || u->parts.failed ? rt_no_memory(u->e->job, u->parts.n * 2, "a snapshot")
                 : rt_snapshot_write(u->e, u->d->folder, u->d->path, u->d->state.seq, false, &b, &u->d->chain);
    rt_buf_free(&b);
    return status;
}

/* The part in hand gets the bytes that it would have in a snapshot that has all. */
static bool put_together(Upgrade *u, rt_buf *b)
{
    const rt_snapshot *s = &u->d->before;
    rt_form form;
    rt_reader f = rt_reader_of(u->part.form), *rows = rt_must_alloc(s->n * sizeof *rows, "an upgrade"), *last = &rows[s->n - 1];
    rt_get_form(&f, &form, &u->arena);
    bool whole = !f.damaged && rt_snapshot_rows(s, &u->part, rows);
    if (whole && form.way == RT_STATES) {
        for (int i = 0; i < form.n && !last->damaged; i++)
            rt_put_together(rows, s->n, form.table[i].key, form.table[i].value, b);
        u->part.bytes = (dsc_str){b->p, (int64_t)b->n};
        u->parts.failed |= b->failed;
        whole = !last->damaged;
    }
    free(rows);
    return whole;
}

static int look_at_parts(Upgrade *u)
{
    const rt_snapshot *s = &u->d->before;
    rt_reader r = s->files[s->n - 1].rest;
    uint64_t n = rt_get_count(&r, 40);
    for (uint64_t i = 0; i < n && !r.damaged && !atomic_load(&u->e->job->failed); i++) {
        rt_buf bytes = {0};
        rt_get_part(&r, &u->part);
        if (!r.damaged && s->n > 1 && u->part.kind == RT_PART_STATE)
            r.damaged |= !put_together(u, &bytes);
        if (!r.damaged)
            look_at_part(u);
        rt_buf_free(&bytes);
    }
    u->behind = r;
    if (r.damaged)
        dsc_fail(u->e->job, "the snapshot in %s cannot be read", u->d->path);
    report_new(u);
    fflush(stdout);
    if (atomic_load(&u->e->job->failed) || check_used(u, &u->drops, "--drop") < 0 || check_used(u, &u->renames, "--rename") < 0)
        return -1;
    return u->lost > 0 ? 0 : check_used(u, &u->defaults, "--default");
}

static int upgrade(rt_engine *e, void *arg)
{
    Upgrade *u = arg;
    dsc_context *job = e->job;
    const char *path = job->options.checkpoint;
    char lock[4096];
    snprintf(lock, sizeof lock, "%s/lock", path);
    if (access(lock, F_OK) < 0)
        return dsc_fail(job, "%s is no folder of a checkpoint", path);
    if (rt_durable_open(e) < 0)
        return -1;
    u->e = e;
    u->d = e->durable;
    u->found = rt_must_zero(((size_t)e->n_nodes + 1) * sizeof *u->found, "an upgrade");
    if (!u->d->found)
        return dsc_fail(job, "%s is no folder of a checkpoint: there is no snapshot in it", path);
    if (look_at_parts(u) < 0)
        return -1;
    if (u->lost > 0)
        return dsc_fail(job, "%s has not been changed, since something in it would be lost: --drop NAME lets it go, --rename OLD=NEW says where "
                        "it belongs", path);
    if (u->changed == 0 || u->dry_run) {
        dsc_note(job, u->changed ? "%s has not been changed" : "%s is right for the program as it is", path);
        return 0;
    }
    if (check_log(u) < 0 || write_converted(u) < 0)
        return -1;
    dsc_note(job, "%s has been converted", path);
    return 0;
}

/* ---- the command line ------------------------------------------------------------------------ */

/* `--drop X`, `--drop=X` at *i, which moves on: X; NULL: it is another option. */
static const char *value_of(const char *name, int argc, char **argv, int *i)
{
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n) != 0 || (argv[*i][n] != '\0' && argv[*i][n] != '='))
        return NULL;
    return argv[*i][n] == '=' ? argv[*i] + n + 1 : *i + 1 < argc ? argv[++*i] : "";
}

static int wrong(const char *usage, const char *name, const char *what, const char *value)
{
    fprintf(stderr, "%s: %s takes %s, and not '%s'\n", usage, name, what, value);
    return 2;
}

/* Take our own options out; the folder is argv[1]. Exit status. */
static int take_options(Upgrade *u, int *argc, char **argv)
{
    const struct { const char *name, *what; Saids *to; bool cut; } lists[] = {
        {"--drop", "the name of an operator, source or sink", &u->drops, false},
        {"--rename", "OLD=NEW", &u->renames, true},
        {"--default", "NAME.FIELD=VALUE", &u->defaults, true},
    };
    int n = 2;
    for (int i = 2; i < *argc; i++) {
        bool taken = true;
        const char *value = NULL;
        for (size_t j = 0; j < sizeof lists / sizeof lists[0] && !value; j++) {
            value = value_of(lists[j].name, *argc, argv, &i);
            if (!value)
                continue;
            size_t letters = lists[j].cut ? strcspn(value, "=") : strlen(value);
            if (letters == 0 || (lists[j].cut && value[letters] == '\0'))
                return wrong(argv[0], lists[j].name, lists[j].what, value);
            lists[j].to->at[lists[j].to->n++] = (Said){.text = value, .n = letters};
        }
        if (value)
            continue;
        if (strcmp(argv[i], "--dry-run") == 0)
            u->dry_run = true;
        else if (!(value = value_of("--format", *argc, argv, &i)))
            taken = false;
        else if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
            return wrong(argv[0], "--format", "text or json", value);
        else
            u->json = strcmp(value, "json") == 0;
        if (!taken)
            argv[n++] = argv[i];
    }
    *argc = n;
    return 0;
}

int rt_upgrade(const dsc_program *program, int argc, char **argv)
{
    Upgrade u = {0};
    rt_options options;
    Said *room = calloc((size_t)argc * 3, sizeof *room);
    int status = room ? 0 : 1;
    u.drops.at = room;
    u.renames.at = room + argc;
    u.defaults.at = room + 2 * argc;
    if (status == 0)
        status = take_options(&u, &argc, argv);
    const char *folder = argv[1];
    argv[1] = argv[0];
    if (status == 0 && (status = rt_parse_options(program, argc - 1, argv + 1, argv[0], &options)) == 0) {
        options.checkpoint = folder;
        options.fresh = false;
        options.instead = upgrade;
        options.arg = &u;
        status = rt_run(program, &options);
        rt_free_options(&options);
    }
    free(u.found);
    rt_arena_free(&u.arena);
    rt_buf_free(&u.parts);
    free(room);
    return status < 0 ? 0 : status;
}
