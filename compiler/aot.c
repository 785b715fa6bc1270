/* aot.c: writes the unit, its headers, a list of the connectors it uses and the
 * runtime library to a folder of its own, runs the C compiler there, and moves
 * the result into place. */
#define _GNU_SOURCE
#include "aot.h"
#include "base.h"
#include "config.h"
#include "dsc_conn.h"
#include "embed.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MAX_ARGS = 64 };

/* What gives the same results at every level of optimisation and under the JIT. */
static const char *const same_meaning[] = {
    "-std=c11", "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off"};

/* The one header holds both. */
static const char abi_text[] = "#include \"dsc_fn.h\"\n";

static int fail(const char *what, const char *path)
{
    fprintf(stderr, "dsc: cannot %s %s: %s\n", what, path, strerror(errno));
    return 1;
}

static int write_file(const char *path, const void *bytes, size_t n)
{
    FILE *out = fopen(path, "wb");
    if (!out)
        return fail("write", path);
    bool whole = fwrite(bytes, 1, n, out) == n;
    whole &= fclose(out) == 0;
    return whole ? 0 : fail("write", path);
}

/* Split words at blanks into argv: CC and CFLAGS may hold several. */
static int add_words(Arena *arena, const char **argv, int n, const char *words)
{
    char *copy = arena_strdup(arena, words ? words : ""), *rest = NULL;
    for (char *word = strtok_r(copy, " \t\n", &rest); word && n < MAX_ARGS / 2; word = strtok_r(NULL, " \t\n", &rest))
        argv[n++] = word;
    return n;
}

static int run(const char **argv, const char *what)
{
    pid_t pid;
    int status;
    int error = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (error) {
        fprintf(stderr, "dsc: cannot run the C compiler %s: %s\n"
                        "dsc: install one (Debian: apt-get install gcc libc6-dev), or name it in CC\n",
                argv[0], strerror(error));
        return 1;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail("wait for", argv[0]);
    if (status == 0)
        return 0;
    fprintf(stderr, "dsc: the C compiler %s failed on %s\n", argv[0], what);
    return 1;
}

/* ---- the connectors that are linked -------------------------------------------------- */

/* The unit names connectors and formats by string constants alone, so what it does not
 * hold in quotes it cannot ask for. Some word in quotes may be more than is needed. */
static bool named(Arena *arena, const char *c_text, const char *name)
{
    return strstr(c_text, arena_printf(arena, "\"%s\"", name));
}

static void add_conn(Text *externs, Text *list, const char *type, const char *prefix, const char *name)
{
    text_printf(externs, "extern const struct %s %s_%s;\n", type, prefix, name);
    text_printf(list, "    &%s_%s,\n", prefix, name);
}

static void end_list(Text *out, Text *externs, Text *list, const char *type, const char *all)
{
    text_printf(out, "struct %s;\n%sconst struct %s *const %s[] = {\n%s    0};\n", type, externs->n > 0 ? externs->p : "", type, all,
                list->n > 0 ? list->p : "");
    externs->n = list->n = 0;
}

/* The lists that conns.c of the library holds, of those alone which the unit uses. */
static void conns_text(Arena *arena, const char *c_text, Text *out)
{
    Text externs = {0}, list = {0};
    for (int i = 0; dsc_all_sources[i]; i++)
        if (named(arena, c_text, dsc_all_sources[i]->name))
            add_conn(&externs, &list, "dsc_source_def", "src", dsc_all_sources[i]->name);
    end_list(out, &externs, &list, "dsc_source_def", "dsc_all_sources");
    for (int i = 0; dsc_all_sinks[i]; i++) {
        const char *name = dsc_all_sinks[i]->name;
        bool dead_letters = strcmp(name, "files") == 0 && strstr(c_text, "DSC_DEAD_LETTER");
        if (dead_letters || named(arena, c_text, name))
            add_conn(&externs, &list, "dsc_sink_def", "snk", name);
    }
    end_list(out, &externs, &list, "dsc_sink_def", "dsc_all_sinks");
    for (int i = 0; dsc_all_formats[i]; i++) {
        const char *name = dsc_all_formats[i]->name;
        if (strcmp(name, "lines") == 0 || named(arena, c_text, name))
            add_conn(&externs, &list, "dsc_format_def", "fmt", name);
    }
    end_list(out, &externs, &list, "dsc_format_def", "dsc_all_formats");
    text_free(&externs);
    text_free(&list);
}

static int write_conns(Arena *arena, const char *path, const char *c_text)
{
    Text text = {0};
    conns_text(arena, c_text, &text);
    int status = write_file(path, text.p, text.n);
    text_free(&text);
    return status;
}

/* ---- the compiler's run -------------------------------------------------------------- */

static const char *c_file_path(Arena *arena, const char *folder, int i)
{
    return arena_printf(arena, "%s/extern%d.c", folder, i);
}

static int compile_in(Arena *arena, const char *folder, const char *c_text, const AotOptions *options)
{
    const char *unit = options->debug ? arena_printf(arena, "%s.c", options->out)
                                      : arena_printf(arena, "%s/unit.c", folder);
    const char *header = arena_printf(arena, "%s/dsc_fn.h", folder);
    const char *library = arena_printf(arena, "%s/libdsc.a", folder);
    const char *abi = arena_printf(arena, "%s/dsc_abi.h", folder);
    const char *conns = arena_printf(arena, "%s/conns.c", folder);
    const char *made = arena_printf(arena, "%s.tmp%ld", options->out, (long)getpid());
    if (write_file(unit, c_text, strlen(c_text)) != 0 ||
        write_file(header, embed_headers, embed_headers_size) != 0 ||
        write_file(abi, abi_text, strlen(abi_text)) != 0 ||
        write_conns(arena, conns, c_text) != 0 ||
        write_file(library, embed_libdsc, embed_libdsc_size) != 0)
        return 1;

    const char **argv = NEW_ARRAY(arena, const char *, MAX_ARGS + 2 * options->n_files);
    const char *cc = getenv("CC");
    int n = add_words(arena, argv, 0, cc && *cc ? cc : DSC_CC);
    for (size_t i = 0; i < sizeof same_meaning / sizeof same_meaning[0]; i++)
        argv[n++] = same_meaning[i];
    argv[n++] = "-O3";
    argv[n++] = options->debug ? "-g" : "-s";
#ifdef DSC_SANITIZE
    n = add_words(arena, argv, n, DSC_SANITIZE);
#endif
    n = add_words(arena, argv, n, getenv("CFLAGS"));
    if (options->is_static)
        n = add_words(arena, argv, n, DSC_STATIC);
    argv[n++] = "-ffunction-sections";
    argv[n++] = "-Wl,--gc-sections";
    argv[n++] = "-Wl,-z,noseparate-code";    /* no padding between code and constants */
    argv[n++] = arena_printf(arena, "-I%s", folder);
    argv[n++] = unit;
    argv[n++] = conns;
    for (int i = 0; i < options->n_files; i++) {
        const CFile *file = &options->files[i];
        const char *path = c_file_path(arena, folder, i), *slash = strrchr(file->path, '/');
        if (write_file(path, file->text, strlen(file->text)) != 0)
            return 1;
        argv[n++] = arena_printf(arena, "-iquote%.*s", slash ? (int)(slash - file->path) + 1 : 1, slash ? file->path : ".");
        argv[n++] = path;
    }
    argv[n++] = library;
    if (DSC_HAVE_PCRE2 && !DSC_PCRE2_INSIDE && strstr(c_text, "dsc_regex_"))
        argv[n++] = "-lpcre2-8";
    argv[n++] = "-lpthread";
    argv[n++] = "-lm";
    argv[n++] = "-o";
    argv[n++] = made;
    argv[n] = NULL;
    if (run(argv, options->n_files > 0 ? "this program and its C files" : "generated C") != 0) {
        unlink(made);
        return 1;
    }
    if (rename(made, options->out) != 0) {
        fail("write", options->out);
        unlink(made);
        return 1;
    }
    return 0;
}

static void remove_folder(Arena *arena, const char *folder, int n_files)
{
    static const char *const names[] = {"unit.c", "dsc_fn.h", "dsc_abi.h", "conns.c", "libdsc.a"};
    for (int i = 0; i < n_files; i++)
        unlink(c_file_path(arena, folder, i));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(arena_printf(arena, "%s/%s", folder, names[i]));
    rmdir(folder);
}

int aot_compile(const char *c_text, const AotOptions *options)
{
    Arena *arena = arena_new("aot");
    const char *tmp = getenv("TMPDIR");
    char *folder = arena_printf(arena, "%s/dsc-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int status;
    if (!mkdtemp(folder)) {
        status = fail("make a folder such as", folder);
    } else {
        status = compile_in(arena, folder, c_text, options);
        remove_folder(arena, folder, options->n_files);
    }
    arena_free(arena);
    return status;
}
