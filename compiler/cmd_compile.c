/* cmd_compile.c: `dsc compile FILE [-o OUT] [--emit c|plan|exe] [--static] [-g] [--format json]`. */
#include "aot.h"
#include "cmd.h"
#include "compile.h"
#include "explain.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef enum Emit { EMIT_C, EMIT_PLAN, EMIT_EXE } Emit;

typedef struct Options {
    ProgramArgs program;
    const char *out;
    Emit emit;
    bool is_static, debug, unfused;
} Options;

static bool parse_emit(const char *word, Emit *emit)
{
    static const char *const words[] = {"c", "plan", "exe"};
    for (int i = 0; i < 3; i++)
        if (strcmp(word, words[i]) == 0) {
            *emit = (Emit)i;
            return true;
        }
    usage_error("compile", "cannot emit %s; there are c, plan and exe", word);
    return false;
}

static bool parse_options(int argc, char **argv, Options *o)
{
    *o = (Options){.emit = EMIT_EXE};
    const char *value;
    char *rest[16];
    int n = 0;
    if (!take_program("compile", FORMAT_JSON, &argc, argv, &o->program))
        return false;
    for (int i = 0; i < argc && n < 16; i++) {
        if ((value = option_value("--emit", argc, argv, &i))) {
            if (!parse_emit(value, &o->emit))
                return false;
        } else if ((value = option_value("-o", argc, argv, &i)) || (value = option_value("--output", argc, argv, &i)))
            o->out = value;
        else if (strcmp(argv[i], "--static") == 0)
            o->is_static = true;
        else if (strcmp(argv[i], "-g") == 0)
            o->debug = true;
        else if (strcmp(argv[i], "--unfused") == 0)
            o->unfused = true;
        else
            rest[n++] = argv[i];
    }
    return only_program("compile", n, rest, &o->program);
}

/* Would writing `out` destroy the program? */
static bool same_file(const char *file, const char *out)
{
    struct stat a, b;
    return out && stat(file, &a) == 0 && stat(out, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int emit_text(const Options *o, const Compilation *c)
{
    Text text = {0};
    if (o->emit == EMIT_C)
        text_add(&text, c->c_text);
    else
        explain_text(c->plan, &text);
    int status = write_text(o->out, &text);
    text_free(&text);
    return status;
}

int cmd_compile(int argc, char **argv)
{
    Options o;
    if (!parse_options(argc, argv, &o))
        return 2;
    Compilation c;
    CompileOptions how = {.goal = o.emit == EMIT_PLAN ? GOAL_PLAN : GOAL_C, .unfused = o.unfused,
                          .text = o.program.text, .json = o.program.json ? stderr : NULL};
    int status = compile_file(o.program.file, &how, &c);
    if (!o.out && o.emit == EMIT_EXE)
        o.out = program_name(c.arena, o.program.file);
    if (status == 0 && same_file(o.program.file, o.out))
        status = usage_error("compile", "%s is the program itself: name another file with -o", o.out);
    else if (status == 0 && o.emit != EMIT_EXE)
        status = emit_text(&o, &c);
    else if (status == 0)
        status = aot_compile(c.c_text, &(AotOptions){.out = o.out, .is_static = o.is_static, .debug = o.debug,
                                                     .files = c.c_files.at, .n_files = c.c_files.n});
    compile_free(&c);
    return status;
}
