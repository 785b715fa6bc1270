/* kept.c: programs as checkpoints keep them: to text and back. */
#include "kept.h"

#include <stdlib.h>
#include <string.h>

static void put(Text *out, const char *what, const char *name, const char *p, size_t n)
{
    text_printf(out, "%s %zu %s\n", what, n, name);
    text_addn(out, p, n);
    text_add(out, "\n");
}

void kept_write(const Program *program, const dsc_program *compiled, const rt_options *options, Text *out)
{
    for (int i = 0; i < program->files.n; i++) {
        const SourceFile *file = &program->files.at[i];
        put(out, "file", file->path, file->text, file->size);
    }
    for (int i = 0; i < compiled->n_params; i++) {
        const char *value = options->params[i].text;
        if (options->params[i].set)
            put(out, "param", compiled->params[i].name, value, strlen(value));
    }
}

/* The next entry, from *at on: its name and bytes. False at the end, or where there is none. */
static bool next_entry(Arena *arena, Bytes text, size_t *at, bool *is_file, const char **name, Bytes *bytes)
{
    const char *p = text.p + *at, *end = text.p + text.n, *nl = *at < text.n ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    if (!nl)
        return false;
    const char *line = arena_strndup(arena, p, (size_t)(nl - p));
    *is_file = strncmp(line, "file ", 5) == 0;
    if (!*is_file && strncmp(line, "param ", 6) != 0)
        return false;
    char *after;
    size_t n = strtoull(line + (*is_file ? 5 : 6), &after, 10);
    if (*after != ' ' || n >= (size_t)(end - nl - 1))
        return false;
    *name = after + 1;
    *bytes = (Bytes){arena_strndup(arena, nl + 1, n), n};
    *at = (size_t)(nl + 1 - text.p) + n + 1;
    return true;
}

bool kept_read(Arena *arena, Bytes text, Kept *out)
{
    VEC(SourceFile) files = {0};
    VEC(const char *) args = {0};
    bool is_file;
    const char *name;
    Bytes bytes;
    size_t at = 0;
    while (next_entry(arena, text, &at, &is_file, &name, &bytes))
        if (is_file)
            vec_push(arena, &files, ((SourceFile){.path = name, .text = bytes.p, .size = bytes.n}));
        else
            vec_push(arena, &args, arena_printf(arena, "--%s=%s", name, bytes.p));
    *out = (Kept){.files = files.at, .n_files = files.n, .args = args.at, .n_args = args.n};
    return at == text.n && files.n > 0;
}
