/* ref_print.c: values as a program writes them. */
#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The shortest text that reads back the same. */
static void print_float(Text *out, double f)
{
    char text[40];
    if (isnan(f) || isinf(f)) {
        text_add(out, isnan(f) ? "(0.0 / 0.0)" : f > 0 ? "(1.0 / 0.0)" : "(-1.0 / 0.0)");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            break;
    }
    text_add(out, text);
    if (!strpbrk(text, ".e"))
        text_add(out, ".0");
}

static void print_string(Text *out, Val v)
{
    text_add(out, "\"");
    for (int64_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.is.p[i];
        if (c == '\n')
            text_add(out, "\\n");
        else if (c == '"' || c == '\\')
            text_printf(out, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            text_printf(out, "\\u{%x}", c);
        else
            text_addn(out, v.is.p + i, 1);
    }
    text_add(out, "\"");
}

static void print_time(Text *out, int64_t us)
{
    int64_t seconds = us / 1000000 - (us % 1000000 < 0), fraction = us - seconds * 1000000;
    time_t t = (time_t)seconds;
    const struct tm *parts = gmtime(&t);
    char text[40] = "";
    if (parts)
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", parts);
    text_printf(out, "time(\"%s", text);
    if (fraction)
        text_printf(out, ".%06d", (int)fraction);
    text_add(out, "Z\")");
}

static void print_parts(Text *out, Type *type, Val v, const char *open, const char *close)
{
    text_add(out, open);
    for (int64_t i = 0; i < v.n; i++) {
        text_add(out, i ? ", " : "");
        if (type->kind == T_RECORD)
            text_printf(out, "%s: ", type->names[i]);
        val_print(out, type->args[type->kind == T_LIST ? 0 : i], v.is.at[i]);
    }
    text_add(out, close);
}

void val_print(Text *out, Type *type, Val v)
{
    type = type_of(type);
    switch (v.kind) {
    case T_FLOAT:
        print_float(out, v.is.f);
        break;
    case T_BOOL:
        text_add(out, v.is.i ? "true" : "false");
        break;
    case T_STRING: case T_BYTES:
        print_string(out, v);
        break;
    case T_TIME:
        print_time(out, v.is.i);
        break;
    case T_DURATION: {
        Arena *arena = arena_new("duration");
        text_add(out, duration_text(arena, v.is.i));
        arena_free(arena);
        break;
    }
    case T_TUPLE:
        print_parts(out, type, v, "(", ")");
        break;
    case T_RECORD:
        print_parts(out, type, v, "{ ", " }");
        break;
    case T_LIST:
        print_parts(out, type, v, "[", "]");
        break;
    case T_OPTION:
        if (v.n == 0)
            text_add(out, "none");
        else
            print_parts(out, type, v, "some(", ")");
        break;
    default:
        text_printf(out, "%lld", (long long)v.is.i);
    }
}
