/* parse_test.h: what the tests of the front end share: programs in, text of
 * the AST and of the errors out. */
#ifndef DSC_PARSE_TEST_H
#define DSC_PARSE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ast_text.h"
#include "diag.h"

/* One program through the parser. Free with parsed_free. */
typedef struct Parsed {
    Arena *arena;
    Program *program;
    int errors;
    char *ast, *messages;         /* messages: as printed */
} Parsed;

static inline Parsed parse_bytes(const char *text, size_t size)
{
    Parsed r = {.arena = arena_new("test")};
    Diags *diags = diags_new(r.arena, "x.ds", text, size);
    r.program = parse_program(r.arena, diags, "x.ds", text, size);
    r.errors = diags_errors(diags);
    size_t n;
    FILE *out = open_memstream(&r.messages, &n);
    assert_non_null(out);
    diags_print(diags, out, false);
    fclose(out);
    r.ast = program_text(r.program).p;
    return r;
}

static inline Parsed parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static inline void parsed_free(Parsed *r)
{
    free(r->ast);
    free(r->messages);
    arena_free(r->arena);
}

/* The program has no error and this AST. */
static inline void check_ast(const char *text, const char *want)
{
    Parsed r = parse(text);
    if (r.errors)
        fprintf(stderr, "%s\n%s", text, r.messages);
    assert_int_equal(r.errors, 0);
    if (strcmp(r.ast, want) != 0)
        fprintf(stderr, "%s\n", text);
    assert_string_equal(r.ast, want);
    parsed_free(&r);
}

/* An expression alone. */
static inline void check_expr(const char *expr, const char *want)
{
    Text program = {0}, ast = {0};
    text_printf(&program, "let e = %s", expr);
    text_printf(&ast, "let e = %s\n", want);
    check_ast(program.p, ast.p);
    text_free(&program);
    text_free(&ast);
}

/* "E0101 1:9 found ..\n" for each error printed, in order. */
static inline Text error_lines(const char *messages)
{
    Text out = {0};
    text_add(&out, "");
    for (const char *at = messages; (at = strstr(at, "error[")); at++) {
        const char *end = strchr(at, '\n');
        const char *place = strstr(end, "x.ds:");
        int line = 0, col = 0;
        if (place)
            sscanf(place, "x.ds:%d:%d", &line, &col);
        text_printf(&out, "%.5s %d:%d %.*s\n", at + 6, line, col, (int)(end - at - 14), at + 14);
    }
    return out;
}

/* The program has these errors, all of them, and this AST besides. */
static inline void check_errors(const char *text, const char *want, const char *ast)
{
    Parsed r = parse(text);
    Text lines = error_lines(r.messages);
    if (strcmp(lines.p, want) != 0)
        fprintf(stderr, "%s\n", text);
    assert_string_equal(lines.p, want);
    assert_string_equal(r.ast, ast);
    text_free(&lines);
    parsed_free(&r);
}

/* The program has an error whose help line is this. */
static inline void check_help(const char *text, const char *help)
{
    Parsed r = parse(text);
    Text line = {0};
    text_printf(&line, "= help: %s\n", help);
    if (!strstr(r.messages, line.p))
        fprintf(stderr, "%s\n%s\nwants %s", text, r.messages, line.p);
    assert_non_null(strstr(r.messages, line.p));
    text_free(&line);
    parsed_free(&r);
}

#endif
