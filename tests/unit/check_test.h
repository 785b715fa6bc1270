/* check_test.h: what the tests of the checker share: programs in, the plan or
 * the codes and places of what is wrong out. */
#ifndef DSC_CHECK_TEST_H
#define DSC_CHECK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diag.h"
#include "plan.h"

typedef struct Checked {
    Arena *arena;
    Plan *plan;                   /* NULL after errors */
    char *dump, *messages;        /* dump: as plan_dump writes it; "" without a plan */
} Checked;

static inline Checked check_text(const char *text)
{
    Checked c = {.arena = arena_new("test")};
    size_t size = strlen(text), n;
    Diags *diags = diags_new(c.arena, "x.ds", text, size);
    Program *program = parse_program(c.arena, diags, "x.ds", text, size);
    if (diags_errors(diags) == 0)
        c.plan = check_program(c.arena, diags, program, true);
    FILE *out = open_memstream(&c.messages, &n);
    assert_non_null(out);
    diags_print(diags, out, false);
    fclose(out);
    out = open_memstream(&c.dump, &n);
    assert_non_null(out);
    if (c.plan) {
        plan_verify(c.plan, "check");
        plan_dump(c.plan, out);
    }
    fclose(out);
    return c;
}

static inline void checked_free(Checked *c)
{
    free(c->dump);
    free(c->messages);
    arena_free(c->arena);
}

/* "E0301 1:22, W0601 2:5" of all that was said, in the order it is shown. */
static inline char *said(const char *messages)
{
    Text all = {0};
    text_add(&all, "");
    for (const char *p = messages; (p = strchr(p, '[')); p++) {
        bool starts = p - messages >= 5 && (memcmp(p - 5, "error", 5) == 0 || (p - messages >= 7 && memcmp(p - 7, "warning", 7) == 0));
        const char *place = starts ? strstr(p, "x.ds:") : NULL;
        if (place)
            text_printf(&all, "%s%.5s %.*s", all.n ? ", " : "", p + 1, (int)strcspn(place + 5, "\n"), place + 5);
    }
    return all.p;
}

/* A program that is right, and its nodes. */
static inline void check_plan(const char *text, const char *dump)
{
    Checked c = check_text(text);
    if (strcmp(c.dump, dump) != 0)
        fprintf(stderr, "program:\n%s\n%s", text, c.messages);
    assert_string_equal(c.dump, dump);
    checked_free(&c);
}

/* A program that is wrong (or warned of), and what is said where. */
static inline void check_said(const char *text, const char *codes)
{
    Checked c = check_text(text);
    char *got = said(c.messages);
    if (strcmp(got, codes) != 0)
        fprintf(stderr, "program:\n%s\n%s", text, c.messages);
    assert_string_equal(got, codes);
    free(got);
    checked_free(&c);
}

/* The type of what `map(f)` makes of a stream whose elements are like `element`. */
static inline void check_map(const char *element, const char *f, const char *type)
{
    char text[2048];
    snprintf(text, sizeof text, "source queue([[%s]]) | map(%s) | sink print()\n", element, f);
    Checked c = check_text(text);
    const char *map = strstr(c.dump, "1 map - ");
    char got[512] = "";
    if (map)
        snprintf(got, sizeof got, "%.*s", (int)(strstr(map, " <- ") - map - 8), map + 8);
    if (strcmp(got, type) != 0)
        fprintf(stderr, "program:\n%s\n%s", text, c.messages);
    assert_string_equal(got, type);
    checked_free(&c);
}

/* The same, where it is wrong: one code. */
static inline void check_map_wrong(const char *element, const char *f, const char *code)
{
    char text[2048];
    snprintf(text, sizeof text, "source queue([[%s]]) | map(%s) | sink print()\n", element, f);
    Checked c = check_text(text);
    char *got = said(c.messages);
    got[strcspn(got, " ")] = '\0';
    bool once = strstr(c.messages, "error[") && !strstr(strstr(c.messages, "error[") + 1, "error[");
    if (strcmp(got, code) != 0 || !once)
        fprintf(stderr, "program:\n%s\n%s", text, c.messages);
    assert_string_equal(got, code);
    assert_true(once);
    free(got);
    checked_free(&c);
}

#endif
