/* changes.c: the check at the start: a program that goes on from a snapshot has for each
 * part of it a node of the same name, which keeps something of the same form. What is to
 * be converted is converted by `dsc upgrade` alone (upgrade.c). */
#include "changes.h"
#include "states.h"

static bool is(dsc_str text, const char *word) { return word && (size_t)text.n == strlen(word) && memcmp(text.p, word, (size_t)text.n) == 0; }

/* Does its token say something to another process? */
static bool is_held_to_token(const rt_node *sink) { return sink->sink.conn->def->resume || sink->sink.conn->def->settled; }

bool rt_part_kind_of(const rt_node *node, rt_part_kind *kind)
{
    *kind = rt_is_source(node) ? RT_PART_SOURCE : node->sink.conn ? RT_PART_SINK : RT_PART_STATE;
    return *kind == RT_PART_SOURCE || (*kind == RT_PART_SINK ? is_held_to_token(node) : rt_keeps_state(node));
}

void rt_put_part_form(rt_buf *b, const rt_node *node)
{
    if (rt_keeps_state(node))
        rt_put_form(b, node);
    else
        rt_put_u64(b, rt_is_source(node) ? node->source.timed != NULL : is_held_to_token(node));
}

rt_node *rt_part_node(const rt_engine *e, const rt_part *part)
{
    for (int i = 0; i < e->n_nodes; i++) {
        rt_node *node = &e->nodes[i];
        bool fits = part->kind == RT_PART_STATE ? rt_keeps_state(node) : is(part->op, node->def->op) &&
                    (part->kind == RT_PART_SOURCE ? rt_is_source(node) : node->sink.conn != NULL);
        if (fits && is(part->name, node->def->name))
            return node;
    }
    return NULL;
}

bool rt_part_matters(const rt_part *part)
{
    rt_reader form = rt_reader_of(part->form);
    return part->kind != RT_PART_SINK || rt_get_u64(&form) != 0;
}

bool rt_part_fits(const rt_node *node, const rt_part *part)
{
    rt_buf form = {0};
    rt_put_part_form(&form, node);
    bool same = (size_t)part->form.n == form.n && memcmp(part->form.p, form.n > 0 ? form.p : "", form.n) == 0;
    rt_buf_free(&form);
    return same;
}

/* What stands against a part, in words; NULL: nothing. A replay has no sinks that go on. */
static const char *objection(const rt_engine *e, const rt_part *part)
{
    const rt_node *node = rt_part_node(e, part);
    if (part->kind == RT_PART_SINK && e->job->options.replay)
        return NULL;
    if (!node)
        return rt_part_matters(part) ? "lost     " : NULL;
    return rt_part_fits(node, part) ? NULL : "changed  ";
}

int rt_changes_check(rt_engine *e, rt_reader r, const char *path)
{
    uint64_t n = rt_get_count(&r, 40);
    rt_buf b = {0};
    int against = 0, status = 0;
    for (uint64_t i = 0; i < n && !r.damaged; i++) {
        rt_part part;
        rt_get_part(&r, &part);
        const char *why = r.damaged ? NULL : objection(e, &part);
        against += why != NULL;
        if (!r.damaged && rt_part_matters(&part))
            rt_buf_print(&b, "\n  %s%.*s  %.*s", why ? why : "kept     ", (int)part.name.n, part.name.p, (int)part.op.n, part.op.p);
    }
    if (against > 0)
        status = dsc_fail(e->job, "%s: checkpoint: the program does not fit what is in %s, so nothing has been changed; `dsc upgrade %s %s` "
                          "says what can be converted. Or run the program as it was, or start anew with --fresh%.*s",
                          e->job->program->file, path, path, e->job->program->file, (int)b.n, b.p);
    rt_buf_free(&b);
    return status;
}
