/* parse.c: text -> AST. Looks at the text as a whole first (size, UTF-8), then
 * runs the grammar, then at each statement (how deep it is nested, which ints
 * fit), so that later passes may recurse. */
#include "parser.h"
#include "utf8.h"

#include "dsc.tab.h"

#include <stdlib.h>
#include <string.h>

/* ---- before: is it text ------------------------------------------------------ */

static Span place_of(const Program *program, size_t at)
{
    const char *text = program->text;
    Span span = {1, 1, 1, 1, program->number};
    size_t start = 0;
    for (const char *end; (end = memchr(text + start, '\n', at - start)); span.line++)
        start = (size_t)(end - text) + 1;
    span.end_line = span.line;
    span.col = (int)(at - start) + 1;
    span.end_col = span.col + 1;
    return span;
}

static bool is_text(Parser *p)
{
    const Program *program = p->program;
    if (program->size > MAX_SIZE) {
        diag_error(p->diags, E0124, (Span){.file = program->number}, "the program is larger than a gigabyte");
        diag_help(p->diags, "data belongs in files: `source file(..)`, `table file(..)`");
        return false;
    }
    const char *nul = program->size ? memchr(program->text, '\0', program->size) : NULL;
    if (nul) {
        diag_error(p->diags, E0111, place_of(program, (size_t)(nul - program->text)),
                   "there is a NUL byte: this is not a text file");
        return false;
    }
    size_t at = utf8_check(program->text, program->size);
    if (at < program->size) {
        diag_error(p->diags, E0111, place_of(program, at), "the byte 0x%02x is not UTF-8",
                   (unsigned)(unsigned char)program->text[at]);
        diag_help(p->diags, "save the program as UTF-8");
        return false;
    }
    return true;
}

/* ---- after: how deep, and which ints ------------------------------------------- */

typedef struct Visit {
    const Expr *expr;
    const TypeExpr *type;         /* or this */
    int nesting, chain;
    bool negated;
} Visit;

typedef struct Walk {
    Visit *stack;
    size_t n, cap;
    bool failed;                  /* no memory for the stack */
} Walk;

static void visit(Walk *w, Visit v)
{
    if (!v.expr && !v.type)
        return;
    if (w->n == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 64;
        Visit *grown = realloc(w->stack, cap * sizeof *grown);
        if (!grown) {
            w->failed = true;
            return;
        }
        w->stack = grown;
        w->cap = cap;
    }
    w->stack[w->n++] = v;
}

static void visit_patterns(Walk *w, Pattern *const *patterns, int n, int nesting);

static void visit_pattern(Walk *w, const Pattern *pattern, int nesting)
{
    if (!pattern)
        return;
    visit(w, (Visit){.type = pattern->annotation, .nesting = nesting, .chain = nesting});
    visit_patterns(w, pattern->items.at, pattern->items.n, nesting);
}

/* Recursion: patterns nest through brackets only, which newline.c bounds. */
static void visit_patterns(Walk *w, Pattern *const *patterns, int n, int nesting)
{
    for (int i = 0; i < n; i++)
        visit_pattern(w, patterns[i], nesting);
}

static void visit_args(Walk *w, const Args *args, Visit inner)
{
    for (int i = 0; i < args->n; i++) {
        inner.expr = args->at[i].value;
        inner.type = args->at[i].type;
        visit(w, inner);
    }
}

/* Kinds that grow along `a` when written side by side. */
static bool is_chain(ExprKind kind)
{
    return kind == E_BINARY || kind == E_FIELD || kind == E_OPT_FIELD || kind == E_METHOD || kind == E_INDEX ||
           kind == E_BANG || kind == E_AS || kind == E_IS;
}

static void visit_children(Walk *w, Visit v)
{
    const Expr *e = v.expr;
    Visit along = {.expr = e->a, .nesting = v.nesting, .chain = v.chain};
    if (e->kind != E_PIPE && e->kind != E_SINK) {
        along.chain++;
        along.nesting += !is_chain(e->kind);
    }
    along.negated = e->kind == E_UNARY && e->op == OP_NEG;
    visit(w, along);

    Visit inner = {.nesting = v.nesting + 1, .chain = v.chain + 1};
    visit_args(w, &e->args, inner);
    visit_args(w, &e->format.args, inner);
    visit_patterns(w, e->params.at, e->params.n, inner.nesting);
    visit_pattern(w, e->pattern, inner.nesting);
    for (int i = 0; i < e->lets.n; i++) {
        visit_pattern(w, e->lets.at[i].pattern, inner.nesting);
        inner.expr = e->lets.at[i].value;
        inner.type = NULL;
        visit(w, inner);
    }
    inner.type = NULL;
    inner.expr = e->b;
    visit(w, inner);
    inner.expr = e->c;
    visit(w, inner);
    inner.expr = NULL;
    inner.type = e->annotation;
    visit(w, inner);
}

static void check_int(Parser *p, const Visit *v)
{
    if (v->expr->kind == E_INT && v->expr->big && !v->negated) {
        diag_error(p->diags, E0106, v->expr->span, "the number does not fit an int");
        diag_expected(p->diags, "at most 9223372036854775807");
    }
}

/* Report what is wrong with a statement's size; false: too deep to go on with. */
static bool check_statement(Parser *p, const Stmt *stmt)
{
    Walk w = {0};
    visit(&w, (Visit){.expr = stmt->value});
    visit(&w, (Visit){.expr = stmt->every});
    visit(&w, (Visit){.type = stmt->annotation});
    visit_args(&w, &stmt->args, (Visit){0});
    visit_patterns(&w, stmt->params.at, stmt->params.n, 0);
    visit_pattern(&w, stmt->pattern, 0);
    for (int i = 0; i < stmt->clauses.n; i++)
        visit(&w, (Visit){.expr = stmt->clauses.at[i].value});
    bool fine = true;
    while (w.n > 0 && fine) {
        Visit v = w.stack[--w.n];
        if (v.nesting > MAX_NESTING || v.chain > MAX_CHAIN) {
            diag_error(p->diags, E0112, v.expr ? v.expr->span : v.type->span,
                       v.nesting > MAX_NESTING ? "expressions stand in each other more than %d deep"
                                               : "more than %d operators stand in one expression",
                       v.nesting > MAX_NESTING ? MAX_NESTING : MAX_CHAIN);
            diag_help(p->diags, "give inner parts names with `let` or `fn`");
            fine = false;
        } else if (v.expr) {
            check_int(p, &v);
            visit_children(&w, v);
        } else {
            for (int i = 0; i < v.type->fields.n; i++)
                visit(&w, (Visit){.type = v.type->fields.at[i].type, .nesting = v.nesting + 1, .chain = v.chain + 1});
        }
    }
    if (w.failed)
        diag_error(p->diags, E0112, stmt->span, "there is no memory to check the statement");
    free(w.stack);
    return fine && !w.failed;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static Program *program_new(Arena *arena, const char *file, const char *text, size_t size, int number)
{
    Program *program = NEW(arena, Program);
    size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    program->file = file;
    program->text = text + mark;
    program->size = size - mark;
    program->number = number;
    SourceFile self = {.path = file, .name = path_name(file), .text = program->text, .size = program->size};
    vec_push(arena, &program->files, self);
    return program;
}

static Program *parse(Arena *arena, Diags *diags, Program *program, Written *written)
{
    Parser p = {.arena = arena, .diags = diags, .program = program, .written = written};
    if (!is_text(&p))
        return program;
    tokens_open(&p);
    if (!lexer_open(&p)) {
        diag_error(diags, E0124, (Span){.file = program->number}, "there is no memory to read the program");
        return program;
    }
    yyparse(&p);
    lexer_close(&p);

    int kept = 0;
    for (int i = 0; i < program->stmts.n; i++)
        if (check_statement(&p, program->stmts.at[i]))
            program->stmts.at[kept++] = program->stmts.at[i];
    program->stmts.n = kept;
    return program;
}

Program *parse_program(Arena *arena, struct Diags *diags, const char *file, const char *text, size_t size)
{
    return parse(arena, diags, program_new(arena, file, text, size, 0), NULL);
}

Program *parse_written(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, Written *written)
{
    return parse(arena, diags, program_new(arena, file, text, size, 0), written);
}

Program *parse_imported(Arena *arena, Diags *diags, const char *file, const char *text, size_t size, int number)
{
    return parse(arena, diags, program_new(arena, file, text, size, number), NULL);
}
