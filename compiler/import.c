/* import.c: `import "lib.ds"`: what the file defines stands where the import does;
 * `import stats`: the same of a file of dsc's own, which lies in its binary.
 *
 * A path is relative to the folder of the file that says it. Each file is read
 * once, however it is reached, and none while it is itself being read. */
#define _XOPEN_SOURCE 700
#include "embed.h"
#include "parser.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct Importer {
    Arena *arena;
    Diags *diags;
    Program *program;
    const SourceFile *given;      /* or NULL */
    int n_given;
    VEC(const char *) known;      /* real paths, by file number; NULL: none */
    VEC(bool) open;               /* is it being read? */
    VEC(Stmt *) stmts;
    Span at;                      /* the import in the program itself that led here */
} Importer;

enum { MAX_FILES = 1000, MAX_IMPORTS = 100 };    /* in all; in each other */

static const char *real_path(Arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    const char *copy = real ? arena_strdup(arena, real) : NULL;
    free(real);
    return copy;
}

static const char *path_beside(Arena *arena, const char *importer, const char *path)
{
    int folder = (int)(path_name(importer) - importer);
    return *path == '/' ? path : arena_printf(arena, "%.*s%s", folder, importer, path);
}

static void add_file(Importer *im, const char *real)
{
    vec_push(im->arena, &im->known, real);
    vec_push(im->arena, &im->open, true);
}

static void add_statements(Importer *im, const Program *part, int depth);

static void not_imported(Importer *im, const Stmt *s)
{
    diag_error(im->diags, E0514, s->span, "a file that is imported cannot have this statement");
    diag_label(im->diags, "only fn, extern fn, type, pipe and let of values");
    diag_also(im->diags, im->at, "imported here");
    diag_help(im->diags, "put it into the program itself");
}

/* Is the file known already? Says so when it is being read. */
static bool is_known(Importer *im, const Stmt *s, const char *real)
{
    for (int i = 0; i < im->known.n; i++) {
        if (!im->known.at[i] || strcmp(im->known.at[i], real) != 0)
            continue;
        if (im->open.at[i]) {
            diag_error(im->diags, E0515, s->span, "the file %s is imported while it is read", path_name(real));
            diag_label(im->diags, "a file cannot come before itself");
        }
        return true;
    }
    return false;
}

/* Take in a text that is known by `real`, unless it has been. */
static void import_text(Importer *im, const Stmt *s, const char *path, const char *real, const char *text, size_t size, int depth)
{
    if (is_known(im, s, real))
        return;
    if (depth >= MAX_IMPORTS || im->known.n >= MAX_FILES) {
        diag_error(im->diags, E0112, s->span, "too many files import each other");
        return;
    }
    int number = diags_add_file(im->diags, path, text, size);
    add_file(im, real);
    Program *part = parse_imported(im->arena, im->diags, path, text, size, number);
    part->files.at[0].imported = im->at;
    vec_push(im->arena, &im->program->files, part->files.at[0]);
    add_statements(im, part, depth + 1);
    im->open.at[number] = false;
}

static void import_library(Importer *im, const Stmt *s, int depth)
{
    const char *names[64];
    int n = 0;
    for (const Library *l = libraries; l->name; l++) {
        if (strcmp(l->name, s->name) == 0) {
            const char *path = arena_printf(im->arena, "stdlib/%s.ds", l->name);
            import_text(im, s, path, arena_printf(im->arena, "<%s>", l->name), l->text, *l->size, depth);
            return;
        }
        if (n < 64)
            names[n++] = l->name;
    }
    diag_error(im->diags, E0517, s->name_span, "there is no library `%s`", s->name);
    diag_label(im->diags, "not a library of dsc");
    if (!diag_suggest(im->diags, s->name, names, n))
        diag_help(im->diags, "a file of your own is named in quotes: `import \"%s.ds\"`", s->name);
}

/* The text of a file, and to *real what it is known by. NULL: errno says why. */
static const char *file_text(const Importer *im, const char *path, const char **real, size_t *size)
{
    if (!im->given) {
        *real = real_path(im->arena, path);
        return *real ? read_file(im->arena, path, size) : NULL;
    }
    for (int i = 0; i < im->n_given; i++)
        if (strcmp(im->given[i].path, path) == 0) {
            *real = path;
            *size = im->given[i].size;
            return im->given[i].text;
        }
    errno = ENOENT;
    return NULL;
}

static void import_file(Importer *im, const Program *importer, const Stmt *s, int depth)
{
    Bytes given = s->value->text;
    const char *name = arena_strndup(im->arena, given.p, given.n);
    const char *path = path_beside(im->arena, importer->file, name), *real;
    size_t size;
    const char *text = given.n == 0 || memchr(given.p, '\0', given.n) ? NULL : file_text(im, path, &real, &size);
    if (!text) {
        diag_error(im->diags, E0512, s->name_span, given.n ? "cannot read the file %s" : "no file is named%s", path);
        diag_label(im->diags, "%s", given.n == 0 ? "of what name?" : strerror(errno));
        if (given.n > 0 && *name != '/')
            diag_help(im->diags, "the path is relative to the folder of %s", path_name(importer->file));
        return;
    }
    import_text(im, s, path, real, text, size, depth);
}

static void add_statements(Importer *im, const Program *part, int depth)
{
    for (int i = 0; i < part->stmts.n; i++) {
        Stmt *s = part->stmts.at[i];
        if (depth == 0)
            im->at = s->span;
        switch (s->kind) {
        case S_IMPORT:
            if (s->value)
                import_file(im, part, s, depth);
            else
                import_library(im, s, depth);
            break;
        case S_TYPE: case S_FN: case S_LET: case S_PIPE: case S_EXTERN:
            vec_push(im->arena, &im->stmts, s);
            break;
        case S_TEST:
            if (depth == 0)
                vec_push(im->arena, &im->stmts, s);
            break;
        case S_BATCH: case S_CHECKPOINT: case S_ON_ERROR: case S_PARAM: case S_EXPR:
            if (depth == 0)
                vec_push(im->arena, &im->stmts, s);
            else
                not_imported(im, s);
            break;
        }
    }
}

void import_files(Arena *arena, Diags *diags, Program *program, const SourceFile *given, int n_given)
{
    Importer im = {.arena = arena, .diags = diags, .program = program, .given = given, .n_given = n_given};
    add_file(&im, given ? program->file : strcmp(program->file, "-") == 0 ? NULL : real_path(arena, program->file));
    add_statements(&im, program, 0);
    program->stmts.at = im.stmts.at;
    program->stmts.n = im.stmts.n;
    program->stmts.cap = im.stmts.cap;
}
