/* ref_call.c: calls of builtin functions: those that take functions by hand, the others by their C
 * functions. */
#include "opdef.h"
#include "ref.h"
#include "signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- those that take functions, and format ----------------------------------------------- */

static Val map(Ref *r, Val list, const Expr *f)
{
    Val *at = NEW_ARRAY(r->scratch, Val, list.n);
    for (int64_t i = 0; i < list.n; i++)
        at[i] = ref_apply(r, f, 1, &list.is.at[i]);
    return (Val){.kind = T_LIST, .n = list.n, .is.at = at};
}

static Val filter(Ref *r, Val list, const Expr *f)
{
    Val *at = NEW_ARRAY(r->scratch, Val, list.n);
    int64_t n = 0;
    for (int64_t i = 0; i < list.n; i++)
        if (ref_apply(r, f, 1, &list.is.at[i]).is.i)
            at[n++] = list.is.at[i];
    return (Val){.kind = T_LIST, .n = n, .is.at = at};
}

static Val fold(Ref *r, Val list, Val start, const Expr *f)
{
    for (int64_t i = 0; i < list.n; i++)
        start = ref_apply(r, f, 2, (Val[]){start, list.is.at[i]});
    return start;
}

/* Is f `wanted` for some element? It is not asked about those behind. */
static bool some(Ref *r, Val list, const Expr *f, bool wanted)
{
    for (int64_t i = 0; i < list.n; i++)
        if ((ref_apply(r, f, 1, &list.is.at[i]).is.i != 0) == wanted)
            return true;
    return false;
}

/* By insertion: each behind those that are not greater. */
static Val sort_by(Ref *r, Val list, const Expr *f)
{
    Val keys = map(r, list, f);
    Val *key = NEW_ARRAY(r->scratch, Val, list.n), *at = NEW_ARRAY(r->scratch, Val, list.n);
    for (int64_t i = 0; i < list.n; i++) {
        int64_t place = i;
        for (; place > 0 && val_compare(key[place - 1], keys.is.at[i]) > 0; place--) {
            key[place] = key[place - 1];
            at[place] = at[place - 1];
        }
        key[place] = keys.is.at[i];
        at[place] = list.is.at[i];
    }
    return (Val){.kind = T_LIST, .n = list.n, .is.at = at};
}

static void add_shown(Ref *r, Text *out, Type *type, Val v)
{
    const dsc_type *layout = val_layout(r->scratch, type, NULL);
    void *c = arena_alloc(r->scratch, layout->size);
    val_to_c(r->scratch, layout, v, c);
    dsc_str s = dsc_to_string(r->task, layout, c);
    text_addn(out, s.p, (size_t)s.n);
}

static Val format(Ref *r, const Expr *e)
{
    Bytes form = e->args.at[0].value->text;
    Val *values = NEW_ARRAY(r->scratch, Val, e->args.n);
    for (int i = 1; i < e->args.n; i++)
        values[i] = ref_eval(r, e->args.at[i].value);
    Text out = {0};
    for (size_t i = 0, next = 1; i < form.n; i++) {
        bool brace = form.p[i] == '{' || form.p[i] == '}';
        if (brace && form.p[i] != form.p[i + 1]) {      /* {} */
            add_shown(r, &out, e->args.at[next].value->type, values[next]);
            next++;
        } else {
            text_addn(&out, form.p + i, 1);
        }
        i += brace;
    }
    Val v = val_string(arena_strndup(r->scratch, out.n ? out.p : "", out.n), (int64_t)out.n);
    text_free(&out);
    return v;
}

static Val written_out(Ref *r, const Expr *e)
{
    const char *name = e->builtin->name;
    if (strcmp(name, "format") == 0)
        return format(r, e);
    Val list = ref_eval(r, e->args.at[0].value);
    const Expr *f = e->args.at[e->args.n - 1].value;
    if (strcmp(name, "map") == 0)
        return map(r, list, f);
    if (strcmp(name, "filter") == 0)
        return filter(r, list, f);
    if (strcmp(name, "fold") == 0)
        return fold(r, list, ref_eval(r, e->args.at[1].value), f);
    if (strcmp(name, "any") == 0)
        return val_bool(some(r, list, f, true));
    if (strcmp(name, "all") == 0)
        return val_bool(!some(r, list, f, false));
    if (strcmp(name, "sortBy") == 0)
        return sort_by(r, list, f);
    fprintf(stderr, "dsc: internal error: the reference does not know the function %s\n", name);
    abort();
}

/* ---- by their C functions -------------------------------------------------------------------- */

/* What the letters of a scheme stand for. */
static void solve(Type *scheme, Type *actual, Type **letters)
{
    scheme = type_of(scheme);
    actual = type_of(actual);
    if (scheme->kind == T_VAR)
        letters[scheme->id - 'A'] = actual;
    else
        for (int i = 0; i < scheme->n && i < actual->n; i++)
            solve(scheme->args[i], actual->args[i], letters);
}

static const Signature *signature(Ref *r, const Builtin *b)
{
    if (!r->signatures)
        r->signatures = NEW_ARRAY(r->arena, const Signature *, n_all_builtins);
    const Signature **s = &r->signatures[b - all_builtins];
    if (!*s)
        *s = signature_parse(r->arena, b->type);
    return *s;
}

Val ref_builtin(Ref *r, const Expr *e)
{
    enum { MOST = 8 };
    const Builtin *b = e->builtin;
    if (b->convention == FN_INLINE)
        return written_out(r, e);
    const Signature *s = signature(r, b);
    Type *letters[26] = {0};
    const void *args[MOST];
    for (int i = 0; i < e->args.n; i++) {
        Val v = ref_eval(r, e->args.at[i].value);
        const dsc_type *layout = val_layout(r->scratch, e->args.at[i].value->type, NULL);
        void *c = arena_alloc(r->scratch, layout->size);
        val_to_c(r->scratch, layout, v, c);
        args[i] = c;
        solve(s->params.at[i].type, e->args.at[i].value->type, letters);
    }
    solve(s->result, e->type, letters);
    const dsc_type *types[MOST];
    for (int i = 0, n = 0; i < 26; i++)
        if (letters[i])
            types[n++] = val_layout(r->scratch, letters[i], NULL);

    Type *result = type_of(e->type);
    bool optional = type_of(s->result)->kind == T_OPTION, there = true;
    const dsc_type *layout = val_layout(r->scratch, optional ? result->args[0] : result, NULL);
    void *out = arena_alloc(r->scratch, layout->size);
    const char *why = NULL;
    bool good = ref_calls[b - all_builtins](r->task, types, args, out, &there, &why);
    if (!good && b->convention == FN_TRY)
        ref_bad(r, e->span, why);
    if (!good && !optional)
        ref_bad(r, e->span, ref_why(r, "%s: no result for these arguments", b->name));
    if (optional && !(good && there))
        return (Val){.kind = T_OPTION};
    Val v = val_from_c(r->scratch, layout, out);
    return optional ? val_parts(r->scratch, T_OPTION, &v, 1) : v;
}
