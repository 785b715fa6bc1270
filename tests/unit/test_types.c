/* test_types.c: types: equality, unification, meeting, text; type schemes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "check.h"

static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A type as a scheme writes it; capital letters are shared within one call. */
static Type *parse(const char *text, SigVars *vars)
{
    const Signature *s = signature_parse(arena, arena_printf(arena, "() -> %s", text));
    SigVars own = {0};
    return signature_type(arena, s->result, vars ? vars : &own);
}

static Type *type(const char *text)
{
    return parse(text, NULL);
}

static void text_of_types(void **state)
{
    (void)state;
    static const char *const same[] = {
        "int", "float", "bool", "string", "bytes", "time", "duration", "(int, string)", "[int]", "int?", "[(int, [string?])]",
        "int -> bool", "(int, string) -> [int]", "() -> int", "[[int]?]?"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_string_equal(type_text(arena, type(same[i])), same[i]);
    Type *record = type_new(arena, T_RECORD, 2);
    record->names[0] = "user";
    record->args[0] = &type_string;
    record->names[1] = "n";
    record->args[1] = type_list(arena, &type_int);
    assert_string_equal(type_text(arena, record), "{ user: string, n: [int] }");
    record->alias = "Click";
    assert_string_equal(type_text(arena, type_option(arena, record)), "Click?");
    assert_string_equal(type_text(arena, type_new(arena, T_RECORD, 0)), "{}");
    assert_string_equal(type_text(arena, type("[A]")), "[_]");
}

static void equality(void **state)
{
    (void)state;
    assert_true(type_equal(type("(int, [string])"), type("(int, [string])")));
    assert_false(type_equal(type("(int, [string])"), type("(int, [int])")));
    assert_false(type_equal(type("(int, int)"), type("(int, int, int)")));
    assert_false(type_equal(type("A"), type("A")));
    Type *a = type_new(arena, T_RECORD, 1), *b = type_new(arena, T_RECORD, 1);
    a->args[0] = b->args[0] = &type_int;
    a->names[0] = "x";
    b->names[0] = "y";
    assert_false(type_equal(a, b));
    assert_false(type_unify(a, b));
    b->names[0] = "x";
    b->alias = "P";
    assert_true(type_equal(a, b));
    assert_true(type_unify(a, b));
}

static void unification(void **state)
{
    (void)state;
    SigVars vars = {0};
    Type *scheme = parse("(K, [V])", &vars);
    assert_true(type_has_var(scheme));
    assert_true(type_unify(scheme, type("(string, [int?])")));
    assert_string_equal(type_text(arena, scheme), "(string, [int?])");
    assert_string_equal(type_text(arena, vars.of['V' - 'A']), "int?");
    assert_false(type_has_var(scheme));
    assert_false(type_unify(scheme, type("(string, [float])")));

    Type *self = parse("A", &(SigVars){0});
    assert_false(type_unify(self, type_list(arena, self)));
    Type *x = type_var(arena), *y = type_var(arena);
    assert_true(type_unify(x, y));
    assert_true(type_unify(y, &type_int));
    assert_ptr_equal(type_of(x), &type_int);
    assert_true(type_unify(&type_error, &type_int));
    Type *wrong = type_var(arena);
    assert_true(type_unify(&type_error, wrong));
    assert_ptr_equal(type_of(wrong), &type_error);
}

static void keys(void **state)
{
    (void)state;
    assert_true(type_is_key(type("(string, [int?])")));
    assert_false(type_is_key(type("float")));
    assert_false(type_is_key(type("(string, [float?])")));
    assert_true(type_is_pair(type("(int, float)")));
    assert_false(type_is_pair(type("(int, float, int)")));
}

static bool fits(const char *from, const char *to, bool *convert)
{
    *convert = false;
    return type_fits(type(from), type(to), convert);
}

static void conversion(void **state)
{
    (void)state;
    bool convert;
    assert_true(fits("int", "int", &convert) && !convert);
    assert_true(fits("int", "float", &convert) && convert);
    assert_true(fits("int", "int?", &convert) && convert);
    assert_true(fits("int", "float?", &convert) && convert);
    assert_true(fits("[int]", "[float]", &convert) && convert);
    assert_true(fits("(int, string)", "(float?, string)", &convert) && convert);
    assert_true(fits("int?", "float?", &convert) && convert);
    assert_false(fits("float", "int", &convert));
    assert_false(fits("int?", "int", &convert));
    assert_false(fits("string", "int", &convert));
    assert_false(fits("[int]", "int", &convert));
}

static void meets(const char *a, const char *b, const char *both)
{
    Type *t = type_meet(arena, type(a), type(b)), *u = type_meet(arena, type(b), type(a));
    assert_string_equal(t ? type_text(arena, t) : "", both);
    assert_string_equal(u ? type_text(arena, u) : "", both);
}

static void meeting(void **state)
{
    (void)state;
    meets("int", "int", "int");
    meets("int", "float", "float");
    meets("int", "float?", "float?");
    meets("int?", "float", "float?");
    meets("A?", "int", "int?");
    meets("[A]", "[int]", "[int]");
    meets("[int]", "[float]", "[float]");
    meets("(int, float)", "(float, int)", "(float, float)");
    meets("int", "string", "");
    meets("(int, int)", "(int, int, int)", "");
    meets("time", "duration", "");
}

static void schemes(void **state)
{
    (void)state;
    const Signature *s = signature_parse(arena, "(K, V) | fold(zero: B, f: (B, V) -> B, w: duration = none) -> (K, B)");
    assert_string_equal(s->name, "fold");
    assert_int_equal(s->params.n, 3);
    assert_string_equal(s->params.at[1].name, "f");
    assert_int_equal(s->params.at[1].type->kind, T_FUNCTION);
    assert_int_equal(s->params.at[1].type->n, 3);
    assert_false(s->params.at[1].optional);
    assert_true(s->params.at[2].optional);
    assert_string_equal(type_text(arena, s->input), "(K, V)");
    assert_string_equal(type_text(arena, s->result), "(K, B)");

    s = signature_parse(arena, "A | flatMap(f: A -> [B] or B?) -> B");
    assert_string_equal(type_text(arena, s->params.at[0].type), "A -> [B]");
    assert_string_equal(type_text(arena, s->params.at[0].other), "B?");

    s = signature_parse(arena, "A | union(other: stream A ..) -> A");
    assert_true(s->params.at[0].stream && s->params.at[0].repeats);

    s = signature_parse(arena, "(string, ..) -> string");
    assert_int_equal(s->params.n, 1);
    assert_true(s->rest);
    assert_null(s->input);

    s = signature_parse(arena, "([A], (A) -> B) -> [(A, B)]?");
    assert_string_equal(type_text(arena, s->params.at[1].type), "A -> B");
    assert_string_equal(type_text(arena, s->result), "[(A, B)]?");
}

/* Every scheme that the tables have can be read. */
static void all_schemes(void **state)
{
    (void)state;
    for (int i = 0; i < n_all_ops; i++)
        assert_string_equal(signature_parse(arena, all_ops[i]->signature)->name, all_ops[i]->name);
    for (int i = 0; i < n_all_builtins; i++)
        assert_non_null(signature_parse(arena, all_builtins[i].type)->result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_types), cmocka_unit_test(equality), cmocka_unit_test(unification), cmocka_unit_test(keys),
        cmocka_unit_test(conversion), cmocka_unit_test(meeting), cmocka_unit_test(schemes), cmocka_unit_test(all_schemes)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
