/* emit_text.c: writing a C function: lines and blocks, locals, ways out.
 *
 * A declaration of a local is marked in the text (emit_declare), so that
 * emit_sweep.c can take it out again where the name is never used; what a
 * declaration evaluates has no effects. */
#include "emit_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines ---------------------------------------------------------------- */
static void indent_by(Text *text, int indent)
{
    for (int i = 0; i < indent; i++)
        text_add(text, "    ");
}

void emit_line(Emit *e, const char *format, ...)
{
    Text *body = &e->fun->body;
    va_list args;
    va_start(args, format);
    indent_by(body, e->fun->indent);
    text_vprintf(body, format, args);
    text_add(body, "\n");
    va_end(args);
}

void emit_open(Emit *e, const char *format, ...)
{
    Text *body = &e->fun->body;
    va_list args;
    va_start(args, format);
    indent_by(body, e->fun->indent++);
    text_vprintf(body, format, args);
    text_add(body, " {\n");
    va_end(args);
}

void emit_close(Emit *e)
{
    e->fun->indent--;
    emit_line(e, "}");
}

void emit_else(Emit *e)
{
    e->fun->indent--;
    emit_line(e, "} else {");
    e->fun->indent++;
}

void emit_if(Emit *e, const char *condition, const char *statement)
{
    emit_line(e, "if (%s)", condition);
    e->fun->indent++;
    emit_line(e, "%s", statement);
    e->fun->indent--;
}

char *emit_format(Emit *e, const char *format, ...)
{
    Text text = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    char *copy = arena_strndup(e->arena, text.p, text.n);
    text_free(&text);
    return copy;
}

Capture capture_begin(Emit *e, int indent)
{
    Capture capture = {.body = e->fun->body, .indent = e->fun->indent};
    e->fun->body = (Text){0};
    e->fun->indent += indent;
    return capture;
}

char *capture_end(Emit *e, Capture capture)
{
    Text *body = &e->fun->body;
    char *text = body->n ? arena_strndup(e->arena, body->p, body->n) : "";
    text_free(body);
    e->fun->body = capture.body;
    e->fun->indent = capture.indent;
    return text;
}

void emit_captured(Emit *e, const char *text)
{
    text_add(&e->fun->body, text);
}

/* ---- locals ----------------------------------------------------------------- */
void emit_declare(Emit *e, const char *ctype, const char *name, const char *init)
{
    Text *body = &e->fun->body;
    const char *word = name + (*name == '*');
    text_printf(body, "\x01%.*s\x02", (int)strcspn(word, "["), word);
    if (init)
        emit_line(e, "%s %s = %s;", ctype, name, init);
    else
        emit_line(e, "%s %s;", ctype, name);
}

const char *emit_hoist(Emit *e, const char *key, const char *ctype, const char *hint, const char *init)
{
    Fun *fun = e->fun;
    for (int i = 0; i < fun->hoisted.n; i++)
        if (strcmp(fun->hoisted.at[i].key, key) == 0)
            return fun->hoisted.at[i].name;
    const char *name = emit_hoisted_name(e, hint);
    vec_push(e->arena, &fun->hoisted, ((Hoisted){.key = key, .name = name}));
    const char *star = ctype[strlen(ctype) - 1] == '*' ? "" : " ";
    text_printf(&fun->head, "\x01%s\x02    %s%s%s = %s;\n", name, ctype, star, name, init);
    return name;
}

Scope scope_begin(Emit *e)
{
    return (Scope){.names = e->fun->names.n, .env = e->fun->env.n};
}

void scope_end(Emit *e, Scope scope)
{
    e->fun->names.n = scope.names;
    e->fun->env.n = scope.env;
}

/* ---- ways out ------------------------------------------------------------- */
const char *exit_text(Emit *e)
{
    Exit *exit = e->fun->exit;
    switch (exit->kind) {
    case EXIT_RETURN:
        return "return;";
    case EXIT_FALSE:
        return "return false;";
    case EXIT_CONTINUE:
        if (e->fun->loops == exit->loops)
            return "continue;";
        break;
    case EXIT_BRANCH:
        break;
    }
    if (exit->label == 0)
        exit->label = ++e->fun->labels;
    return emit_format(e, "goto next_%d;", exit->label);
}

void exit_end(Emit *e, const Exit *exit)
{
    if (exit->label)
        text_printf(&e->fun->body, "next_%d:;\n", exit->label);
}

void emit_leave(Emit *e)
{
    emit_line(e, "%s", exit_text(e));
}

const char *imported_place(Emit *e, Span at)
{
    return at.file > 0 ? emit_format(e, "\"%s:%d: \" ", place_text(e, at), at.col) : "";
}

static void bad_call(Emit *e, const char *function, Span at, const char *why)
{
    Span place = place_in_program(e, at);
    e->fun->failed = true;
    if (*why == '"')
        why = emit_format(e, "%s%s", imported_place(e, at), why);
    emit_line(e, "%s(task, %d, %d, %s);", function, place.line, place.col, why);
    emit_leave(e);
}

void emit_bad(Emit *e, Span at, const char *why)
{
    bad_call(e, "dsc_bad", at, why);
}

void emit_bad_fold(Emit *e, Span at, const char *why)
{
    bad_call(e, "dsc_bad_fold", at, why);
}

/* ---- functions ------------------------------------------------------------ */
void fun_begin(Emit *e, Fun *fun, Exit *exit)
{
    *fun = (Fun){.outer = e->fun, .indent = 1, .exit = exit};
    e->fun = fun;
}

/* ---- long lines ----------------------------------------------------------- */
enum { WIDTH = 118, SHORTEST = 60 };

/* Where to break a line of n bytes: behind the comma outside of quotes that leaves
 * it short enough and stands in the fewest brackets, the last of such; else behind
 * the first that there is. 0: nowhere. */
static size_t break_at(const char *line, size_t n)
{
    char quote = 0;
    size_t at = 0;
    int depth = 0, depth_at = 0;
    for (size_t i = 0; i < n && (at == 0 || i < WIDTH); i++) {
        if (quote && line[i] == '\\')
            i++;
        else if (quote)
            quote = line[i] == quote ? 0 : quote;
        else if (line[i] == '"' || line[i] == '\'')
            quote = line[i];
        else if (strchr("([{", line[i]))
            depth++;
        else if (strchr(")]}", line[i]))
            depth--;
        else if (line[i] == ',' && i > SHORTEST && i + 1 < n && (at == 0 || depth <= depth_at)) {
            at = i + 1;
            depth_at = depth;
        }
    }
    return at;
}

void text_wrap(const char *text, Text *out)
{
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n"), indent = strspn(line, " ");
        bool comment = strncmp(line, "/*", 2) == 0 || strncmp(line, " *", 2) == 0;
        size_t at = n > WIDTH && !comment ? break_at(line, n) : 0;
        while (at) {
            text_printf(out, "%.*s\n%*s", (int)at, line, (int)indent + 3, "");
            line += at;
            n -= at;
            at = n + indent + 3 > WIDTH ? break_at(line, n) : 0;
        }
        text_addn(out, line, n);
        line += n;
        if (*line == '\n')
            text_addn(out, line++, 1);
    }
}
