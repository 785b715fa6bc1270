/* cmd_session.c: each entry is checked together with the definitions before it, as one
 * program, and what is to be run runs in a process of its own, so that nothing it
 * does can end the session. */
#define _GNU_SOURCE
#include "repl.h"
#include "cmd.h"
#include "compile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What an expression is called while it is looked at, and a program's least output. */
#define VALUE "repl__value"
static const char *const nothing = "source queue([[0]]) | sink discard()\n";

/* ---- programs ------------------------------------------------------------------ */

static bool is_setting(StmtKind kind)
{
    return kind == S_BATCH || kind == S_CHECKPOINT || kind == S_ON_ERROR;
}

/* The definitions, then more text. Free with text_free. */
static Text program_of(const Definitions *definitions, const char *format, ...) __attribute__((format(printf, 2, 3)));

static Text program_of(const Definitions *definitions, const char *format, ...)
{
    Text t = {0};
    text_add(&t, "");
    for (int i = 0; i < definitions->n; i++)
        text_printf(&t, "%s\n", definitions->at[i].text);
    va_list args;
    va_start(args, format);
    text_vprintf(&t, format, args);
    va_end(args);
    return t;
}

/* False: it is wrong, which has been said. The compilation is to be freed either way. */
static bool check(const Text *text, Compilation *c)
{
    return compile_file("repl", &(CompileOptions){.goal = GOAL_CHECK, .text = text->p, .quiet = true}, c) == 0;
}

static bool is_right(Text text)
{
    Compilation c;
    bool right = check(&text, &c);
    compile_free(&c);
    text_free(&text);
    return right;
}

/* ---- running --------------------------------------------------------------------- */

/* In the new process. The program has no input of its own. */
static _Noreturn void run_here(const char *text, int out)
{
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    if (out >= 0)
        dup2(out, STDOUT_FILENO);
    char name[] = "dsc", quiet[] = "--quiet", *args[] = {name, quiet, NULL};
    int status = run_program(&(ProgramArgs){.file = "repl", .text = text}, 2, args);
    fflush(stdout);
    _exit(status);
}

static void read_all(int fd, Text *out)
{
    char part[4096];
    ssize_t n;
    while ((n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            text_addn(out, part, (size_t)n);
}

/* Run a program until it ends or Ctrl-C; its output goes to `out` where that is
 * given. False when it failed. */
static bool run(const Text *text, Text *out)
{
    int ends[2] = {-1, -1};
    if (out && pipe2(ends, O_CLOEXEC) != 0) {
        perror("dsc repl");
        return false;
    }
    fflush(stdout);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    sigaction(SIGINT, &ignore, &old);
    pid_t child = fork();
    if (child == 0) {
        sigaction(SIGINT, &old, NULL);
        run_here(text->p, ends[1]);
    }
    if (out)
        close(ends[1]);
    if (child > 0 && out)
        read_all(ends[0], out);
    if (out)
        close(ends[0]);
    int status = 1;
    if (child < 0)
        perror("dsc repl");
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    sigaction(SIGINT, &old, NULL);
    if (child > 0 && WIFSIGNALED(status))
        fprintf(stderr, "dsc repl: it ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- expressions -------------------------------------------------------------------- */

static const Expr *value_in(const Program *program)
{
    for (int i = program->stmts.n - 1; i >= 0; i--) {
        const Stmt *s = program->stmts.at[i];
        if (s->kind == S_LET && s->pattern->kind == PAT_NAME && strcmp(s->pattern->name, VALUE) == 0)
            return s->value;
    }
    return NULL;
}

/* Find the type of an expression. NULL: it is wrong, which has been said. */
static const char *type_of_text(Repl *r, const char *text, bool *stream)
{
    Text program = program_of(&r->definitions, "let " VALUE " =\n%s\n%s", text, nothing);
    Compilation c;
    const char *type = NULL;
    if (check(&program, &c)) {
        const Expr *value = value_in(c.program);
        Type *t = value ? value->type : NULL;
        *stream = !t || type_of(t)->kind == T_STREAM;
        if (!*stream)
            type = arena_strdup(r->arena, type_text(c.arena, t));
    }
    compile_free(&c);
    text_free(&program);
    if (type || !*stream)
        return type;
    program = program_of(&r->definitions, "let " VALUE " =\n%s\n" VALUE " | sink discard()\n", text);
    if (check(&program, &c)) {
        const Plan *plan = c.plan;
        for (int i = 0; i < plan->nodes.n; i++)
            if (plan->nodes.at[i]->role == NODE_SINK)
                type = arena_printf(r->arena, "stream of %s", type_text(c.arena, plan->nodes.at[i]->type));
    }
    compile_free(&c);
    text_free(&program);
    return type;
}

static bool show_value(Repl *r, const char *text, const char *type)
{
    Text program = program_of(&r->definitions, "let " VALUE " =\n%s\nsource queue([[0]]) | map(_ => " VALUE
                              ") | sink stdout() as literal\n", text), out = {0};
    text_add(&out, "");
    bool done = run(&program, &out);
    while (out.n > 0 && out.p[out.n - 1] == '\n')
        out.p[--out.n] = '\0';
    if (done)
        printf("%s : %s\n", out.p, type);
    text_free(&program);
    text_free(&out);
    return done;
}

static bool show_stream(Repl *r, const char *text, const char *type)
{
    Text program = program_of(&r->definitions, "let " VALUE " =\n%s\n" VALUE " | sink print(10)\n", text);
    printf("%s\n", type);
    bool done = run(&program, NULL);
    text_free(&program);
    return done;
}

void repl_type(Repl *r, const char *text)
{
    bool stream = false;
    const char *type = type_of_text(r, text, &stream);
    if (type)
        printf("%s\n", type);
}

/* ---- statements ------------------------------------------------------------------------ */

/* Statements that share one space of names. */
static int name_space(StmtKind kind)
{
    return kind == S_PARAM ? S_LET : kind;
}

static void put_definition(Repl *r, Definitions *to, const Definition *new)
{
    int at = 0;
    for (int i = 0; i < to->n; i++)
        if (name_space(to->at[i].kind) == name_space(new->kind) && strcmp(to->at[i].name, new->name) == 0) {
            to->at[i] = *new;
            return;
        }
    vec_push(r->arena, to, *new);
    while (is_setting(new->kind) && at < to->n - 1 && is_setting(to->at[at].kind))
        at++;
    if (is_setting(new->kind)) {
        memmove(to->at + at + 1, to->at + at, (size_t)(to->n - 1 - at) * sizeof *to->at);
        to->at[at] = *new;
    }
}

static Definitions copy_of(Repl *r, const Definitions *from)
{
    Definitions copy = {0};
    for (int i = 0; i < from->n; i++)
        vec_push(r->arena, &copy, from->at[i]);
    return copy;
}

static size_t offset_of(const Program *program, int line, int col)
{
    const char *p = program->text;
    for (int i = 1; i < line; i++)
        p = strchr(p, '\n') + 1;
    return (size_t)(p - program->text) + (size_t)col - 1;
}

static const char *text_at(Repl *r, const Program *program, Span s)
{
    size_t from = offset_of(program, s.line, s.col), to = offset_of(program, s.end_line, s.end_col);
    return arena_strndup(r->arena, program->text + from, to - from);
}

/* An import by a path, which is relative to the program's folder. */
static const char *import_text(Repl *r, const Program *program, const Stmt *s)
{
    const char *slash = strrchr(program->file, '/');
    Bytes path = s->value ? s->value->text : (Bytes){"/", 1};
    if (!slash || *path.p == '/')
        return text_at(r, program, s->span);
    return arena_printf(r->arena, "import \"%.*s%.*s\"", (int)(slash + 1 - program->file), program->file, (int)path.n, path.p);
}

static Definition definition_of(Repl *r, const Program *program, const Stmt *s)
{
    Definition new = {.kind = s->kind, .name = ""};
    new.text = s->kind == S_IMPORT ? import_text(r, program, s) : text_at(r, program, s->span);
    if (s->kind == S_LET)
        new.name = text_at(r, program, s->pattern->span);
    else if (s->kind == S_IMPORT)
        new.name = new.text;
    else if (s->name && !is_setting(s->kind))
        new.name = arena_strdup(r->arena, s->name);
    return new;
}

static bool define(Repl *r, const Program *program, const Stmt *s)
{
    Definition new = definition_of(r, program, s);
    Definitions all = copy_of(r, &r->definitions);
    put_definition(r, &all, &new);
    if (!is_right(program_of(&all, "%s", nothing)))
        return false;
    r->definitions = all;
    if (s->kind != S_LET)
        return true;
    r->last = new.text;
    bool stream = false;
    const char *type = s->pattern->kind == PAT_NAME ? type_of_text(r, new.name, &stream) : NULL;
    if (type)
        printf("%s : %s\n", new.name, type);
    return true;
}

static bool run_sink(Repl *r, const char *text)
{
    Text program = program_of(&r->definitions, "%s\n", text);
    Compilation c;
    bool done = check(&program, &c);
    compile_free(&c);
    done = done && run(&program, NULL);
    text_free(&program);
    return done;
}

static bool ends_in_sink(const Expr *e)
{
    return e->kind == E_SINK;
}

static bool enter_statement(Repl *r, const Program *program, const Stmt *s)
{
    if (s->kind == S_TEST) {
        fprintf(stderr, "dsc repl: tests are run by `dsc test FILE`\n");
        return false;
    }
    if (s->kind != S_EXPR)
        return define(r, program, s);
    const char *text = text_at(r, program, s->span);
    if (ends_in_sink(s->value))
        return run_sink(r, text);
    bool stream = false;
    const char *type = type_of_text(r, text, &stream);
    if (!type)
        return false;
    r->last = text;
    return stream ? show_stream(r, text, type) : show_value(r, text, type);
}

void repl_enter(Repl *r, const char *text)
{
    const char *first = text + strspn(text, " \t");
    if (*first == '|' && r->last)
        text = arena_printf(r->arena, "%s\n  %s", r->last, first);
    Arena *arena = arena_new("entry");
    Diags *diags = diags_new(arena, "repl", text, strlen(text));
    Program *program = parse_program(arena, diags, "repl", text, strlen(text));
    if (diags_errors(diags) > 0)
        diags_print(diags, stderr, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
    else
        for (int i = 0; i < program->stmts.n; i++)
            if (!enter_statement(r, program, program->stmts.at[i]))
                break;
    arena_free(arena);
}

void repl_load(Repl *r, const char *path)
{
    Arena *arena = arena_new("load");
    size_t size;
    char *text = read_source(arena, path, &size);
    Diags *diags = diags_new(arena, path, text, text ? size : 0);
    Program *program = text ? parse_program(arena, diags, path, text, size) : NULL;
    int defined = 0, left = 0;
    if (program && diags_errors(diags) == 0) {
        Definitions all = copy_of(r, &r->definitions);
        for (int i = 0; i < program->stmts.n; i++) {
            const Stmt *s = program->stmts.at[i];
            if (s->kind == S_EXPR || s->kind == S_TEST) {
                left++;
                continue;
            }
            Definition new = definition_of(r, program, s);
            put_definition(r, &all, &new);
            defined++;
        }
        if (is_right(program_of(&all, "%s", nothing))) {
            r->definitions = all;
            printf("%d definition%s", defined, defined == 1 ? "" : "s");
            printf(left ? "; %d pipeline%s and tests not run\n" : "\n", left, left == 1 ? "" : "s");
        }
    } else if (program) {
        diags_print(diags, stderr, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
    }
    arena_free(arena);
}

void repl_show(const Repl *r)
{
    for (int i = 0; i < r->definitions.n; i++)
        printf("%s\n", r->definitions.at[i].text);
}

/* ---- is it whole --------------------------------------------------------------------------- */

/* Behind a string that starts at p. */
static const char *skip_string(const char *p, bool raw)
{
    char quote = *p++;
    while (*p && *p != quote && *p != '\n')
        p += *p == '\\' && !raw && p[1] ? 2 : 1;
    return *p == quote ? p + 1 : p;
}

static bool ends_in_word(const char *text, const char *end)
{
    static const char *const words[] = {"and", "or", "not", "if", "then", "else", "is", "as", "let"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - text) >= n && strncmp(end - n, words[i], n) == 0 &&
            ((size_t)(end - text) == n || strchr(" \t\n)", end[-(ptrdiff_t)n - 1])))
            return true;
    }
    return false;
}

bool repl_goes_on(const char *text)
{
    int depth = 0;
    const char *end = text;       /* of the last word */
    for (const char *p = text; *p;) {
        if (*p == '#') {
            p += strcspn(p, "\n");
            continue;
        }
        if (*p == '"' || *p == '\'') {
            end = p = skip_string(p, p > text && p[-1] == 'r');
            continue;
        }
        depth += strchr("([{", *p) != NULL;
        depth -= strchr(")]}", *p) != NULL;
        if (!strchr(" \t\n\r", *p++))
            end = p;
    }
    return depth > 0 || (end > text && (strchr("|=,:.+-*/%<([{", end[-1]) || (end - text > 1 && strncmp(end - 2, "=>", 2) == 0) ||
                                        (end - text > 1 && strncmp(end - 2, "??", 2) == 0) || ends_in_word(text, end)));
}
