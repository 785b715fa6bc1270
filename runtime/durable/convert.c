/* convert.c: what becomes of states and windows whose types have changed. The bytes are convert_bytes.c's.
 *
 * An int becomes a float where it is one, T becomes T?, new fields get what they are given or none, and what is
 * in lists, tuples, records and options is converted in its place; a record's fields are found by name. Keys stay apart: nothing that would make
 * one of two is done to them. */
#include "convert.h"
#include "../format/json_text.h"
#include <inttypes.h>
#include <stdlib.h>

struct rt_added {
    const dsc_field *field;
    rt_buf bytes;                 /* as in bytes.h */
};

/* ---- words --------------------------------------------------------------------- */

static void put_type_name(rt_buf *b, const dsc_type *type)
{
    static const char *const names[] = {[DSC_INT] = "int", [DSC_FLOAT] = "float", [DSC_BOOL] = "bool", [DSC_STRING] = "string",
                                        [DSC_BYTES] = "bytes", [DSC_TIME] = "time", [DSC_DURATION] = "duration",
                                        [DSC_ISUM] = "int", [DSC_FSUM] = "float"};
    static const char *const open[] = {[DSC_TUPLE] = "(", [DSC_RECORD] = "{ ", [DSC_LIST] = "[", [DSC_OPTION] = ""};
    static const char *const shut[] = {[DSC_TUPLE] = ")", [DSC_RECORD] = " }", [DSC_LIST] = "]", [DSC_OPTION] = "?"};
    bool whole = type->n == 0 && type->kind != DSC_TUPLE && type->kind != DSC_RECORD;
    rt_buf_text(b, whole ? names[type->kind] : open[type->kind]);
    for (uint32_t i = 0; i < type->n; i++) {
        rt_buf_text(b, i ? ", " : "");
        if (type->fields[i].name)
            rt_buf_print(b, "%s: ", type->fields[i].name);
        put_type_name(b, type->fields[i].type);
    }
    if (!whole)
        rt_buf_text(b, shut[type->kind]);
}

static void put_place(const rt_conversion *c, rt_buf *b)
{
    if (b->n > 0)
        rt_buf_text(b, "; ");
    if (c->path.n > 0)
        rt_buf_print(b, "`%.*s`: ", (int)c->path.n, c->path.p);
}

static void put_types(rt_conversion *c, rt_buf *b, const dsc_type *from, const char *between, const dsc_type *to)
{
    put_place(c, b);
    put_type_name(b, from);
    rt_buf_text(b, between);
    put_type_name(b, to);
}

static void put_field(rt_conversion *c, rt_buf *b, const dsc_type *type, const char *after)
{
    rt_buf_text(b, b->n > 0 ? "; `" : "`");
    rt_buf_print(b, "%.*s: ", (int)c->path.n, c->path.p);
    put_type_name(b, type);
    rt_buf_print(b, "`%s", after);
}

static void put_option(rt_conversion *c, const char *after)
{
    rt_buf_print(&c->why, "%.*s.%.*s%s", (int)c->name.n, c->name.p, (int)c->path.n, c->path.p, after);
}

static void refuse(rt_conversion *c, const char *why)
{
    put_place(c, &c->why);
    rt_buf_text(&c->why, why);
}

/* ---- fields ------------------------------------------------------------------------ */

static size_t into_field(rt_conversion *c, const char *name)
{
    size_t before = c->path.n;
    rt_buf_print(&c->path, "%s%s", before > 0 ? "." : "", name);
    return before;
}

/* In the arena. */
static const char *path_text(rt_conversion *c)
{
    char *text = rt_arena_alloc(&c->arena, c->path.n + 1);
    memcpy(text, c->path.p, c->path.n);
    text[c->path.n] = '\0';
    return text;
}

int rt_find_field(const dsc_type *type, const char *name)
{
    for (uint32_t i = 0; i < type->n; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return (int)i;
    return -1;
}

static const dsc_type *inner(const dsc_type *type) { return type->kind == DSC_OPTION ? inner(type->fields[0].type) : type; }

/* A text of the command line as a value: JSON, in which what is a text there needs no quotes here. */
static bool read_value(rt_conversion *c, const dsc_type *type, const char *text, rt_buf *out)
{
    static const rt_time_form times = {0};
    rt_buf quoted = {0};
    const char *why;
    dsc_kind kind = inner(type)->kind;
    dsc_str json = {text, (int64_t)strlen(text)};
    if (kind == DSC_STRING || kind == DSC_BYTES || kind == DSC_TIME || kind == DSC_DURATION) {
        rt_json_string(&quoted, text, strlen(text));
        json = (dsc_str){quoted.p, (int64_t)quoted.n};
    }
    rt_json *reader = rt_json_new(type, &times, "the value");
    void *value = rt_arena_alloc(&c->arena, type->size);
    memset(value, 0, type->size);
    bool read = reader && !quoted.failed && rt_json_read(reader, &c->e->tasks[0], json, value, &why);
    if (read)
        rt_put_value(out, type, value);
    rt_json_free(reader);
    rt_buf_free(&quoted);
    return read;
}

const rt_buf *rt_added_bytes(const rt_conversion *c, const dsc_field *field)
{
    size_t i = 0;
    while (c->added[i].field != field)
        i++;
    return &c->added[i].bytes;
}

static void add_field(rt_conversion *c, const dsc_field *field)
{
    size_t before = into_field(c, field->name);
    const char *text = c->said(c->arg, path_text(c), true);
    c->added = rt_must_fit(c->added, &c->added_cap, c->n_added + 1, sizeof *c->added, "an upgrade");
    rt_added *added = &c->added[c->n_added++];
    *added = (rt_added){.field = field};
    if (!text && field->type->kind != DSC_OPTION) {
        put_field(c, &c->why, field->type, " is new, and has no value where it was not: --default ");
        put_option(c, "=VALUE gives one");
    } else if (text && !read_value(c, field->type, text, &added->bytes)) {
        put_field(c, &c->why, field->type, " cannot be ");
        rt_buf_text(&c->why, text);
    } else {
        if (!text)
            rt_buf_char(&added->bytes, 0);
        put_field(c, &c->how, field->type, " is new: ");
        rt_buf_text(&c->how, text ? text : "none");
    }
    c->path.n = before;
}

static void lose_field(rt_conversion *c, const dsc_field *field)
{
    size_t before = into_field(c, field->name);
    if (c->in_key) {
        put_field(c, &c->why, field->type, " is gone from the keys, which may become the same without it");
    } else if (!c->said(c->arg, path_text(c), false)) {
        put_field(c, &c->why, field->type, " is gone: --drop ");
        put_option(c, " lets it go");
    } else {
        put_field(c, &c->how, field->type, " is dropped");
    }
    c->path.n = before;
}

static void compare(rt_conversion *c, const dsc_type *from, const dsc_type *to);

static void compare_records(rt_conversion *c, const dsc_type *from, const dsc_type *to)
{
    int last = -1;
    bool moved = false;
    for (uint32_t i = 0; i < to->n; i++) {
        const dsc_field *field = &to->fields[i];
        int old = rt_find_field(from, field->name);
        if (old < 0) {
            add_field(c, field);
            continue;
        }
        moved |= old < last;
        last = old;
        size_t before = into_field(c, field->name);
        compare(c, from->fields[old].type, field->type);
        c->path.n = before;
    }
    for (uint32_t i = 0; i < from->n; i++)
        if (rt_find_field(to, from->fields[i].name) < 0)
            lose_field(c, &from->fields[i]);
    if (moved) {
        put_place(c, &c->how);
        rt_buf_text(&c->how, "its fields have another order");
    }
}

/* ---- types ------------------------------------------------------------------------ */

static bool widens(const dsc_type *from, const dsc_type *to)
{
    return (from->kind == DSC_INT && to->kind == DSC_FLOAT) || (from->kind == DSC_ISUM && to->kind == DSC_FSUM);
}

static void compare(rt_conversion *c, const dsc_type *from, const dsc_type *to)
{
    if (to->kind == DSC_OPTION && from->kind != DSC_OPTION) {
        put_types(c, &c->how, from, " is now ", to);
        compare(c, from, to->fields[0].type);
    } else if (widens(from, to)) {
        put_types(c, &c->how, from, " is now ", to);
    } else if (from->kind != to->kind || (from->kind == DSC_TUPLE && from->n != to->n)) {
        put_types(c, &c->why, from, " cannot become ", to);
    } else if (from->kind == DSC_RECORD) {
        compare_records(c, from, to);
    } else {
        for (uint32_t i = 0; i < from->n; i++)
            compare(c, from->fields[i].type, to->fields[i].type);
    }
}

/* ---- forms --------------------------------------------------------------------------- */

static void put_window(rt_buf *b, const rt_form *form)
{
    rt_print_duration(b, form->length);
    rt_buf_text(b, " every ");
    rt_print_duration(b, form->slide);
}

/* Panes are taken over where they fit into those of the new window, and have not been folded together for the old one. */
static void compare_windows(rt_conversion *c, const rt_form *from, const rt_form *to)
{
    bool fit = to->way != RT_STATES && to->way != RT_STACKS && rt_gcd(to->length, to->slide) % rt_gcd(from->length, from->slide) == 0 &&
               to->length >= to->slide;
    rt_buf *b = fit ? &c->how : &c->why;
    put_place(c, b);
    rt_buf_text(b, "its window of ");
    put_window(b, from);
    rt_buf_text(b, " is now ");
    put_window(b, to);
    if (fit)
        rt_buf_text(b, to->length > from->length ? ", and what is older than it was is missing from its first results" : "");
    else
        rt_buf_text(b, ", for which what it holds cannot be told apart");
}

void rt_convert_compare(rt_conversion *c, const rt_form *from, const rt_form *to)
{
    if (from->kind != to->kind || from->n != to->n)
        refuse(c, "it is an operator of another kind");
    else if (from->way != to->way)
        refuse(c, "what it combines by is undone in another way, for which its panes would have to be held otherwise");
    else if (from->clocks != to->clocks)
        refuse(c, "it goes by the times of another number of streams");
    if (c->why.n > 0)
        return;
    if (from->length != to->length || from->slide != to->slide)
        compare_windows(c, from, to);
    if (from->timed != to->timed) {
        put_place(c, &c->how);
        rt_buf_text(&c->how, to->timed ? "`timeout` is new, and counts from the last batch on" : "`timeout` is gone");
    }
    for (int i = 0; i < to->n; i++) {
        const rt_table_form *old = &from->table[i], *new = &to->table[i];
        const dsc_type *was = from->timed && !to->timed ? old->value->fields[1].type : old->value;
        const dsc_type *is = to->timed && !from->timed ? new->value->fields[1].type : new->value;
        if (!old->key != !new->key) {
            refuse(c, new->key ? "it has keys, and had none" : "it has no keys, and had some");
            continue;
        }
        size_t before = into_field(c, "key");
        c->in_key = true;
        if (old->key)
            compare(c, old->key, new->key);
        c->in_key = false;
        c->path.n = before;
        compare(c, was, is);
    }
}

void rt_convert_free(rt_conversion *c)
{
    for (size_t i = 0; i < c->n_added; i++)
        rt_buf_free(&c->added[i].bytes);
    free(c->added);
    rt_buf_free(&c->how);
    rt_buf_free(&c->why);
    rt_buf_free(&c->path);
    rt_arena_free(&c->arena);
}
