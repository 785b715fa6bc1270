/* base.c: arenas, growing texts and vectors, the distance between names.
 *
 * Invariants: an arena is a list of chunks, the newest first; only that one
 * has room. Chunks come zeroed and are never handed out twice, so what
 * arena_alloc returns is zero. */
#include "base.h"

#include <limits.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 1024 * 1024 };

typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char bytes[];
};

struct Arena {
    const char *name;
    Chunk *chunks;
    size_t next_size;
};

static void out_of_memory(const char *what)
{
    fprintf(stderr, "dsc: out of memory (%s)\n", what);
    exit(1);
}

Arena *arena_new(const char *name)
{
    Arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        out_of_memory(name);
    arena->name = name;
    arena->next_size = FIRST_CHUNK;
    return arena;
}

void arena_free(Arena *arena)
{
    if (!arena)
        return;
    for (Chunk *c = arena->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    free(arena);
}

static void add_chunk(Arena *arena, size_t at_least)
{
    size_t size = at_least > arena->next_size ? at_least : arena->next_size;
    Chunk *c = size > SIZE_MAX - sizeof *c ? NULL : calloc(1, sizeof *c + size);
    if (!c)
        out_of_memory(arena->name);
    c->size = size;
    c->next = arena->chunks;
    arena->chunks = c;
    if (arena->next_size < LARGEST_CHUNK)
        arena->next_size *= 2;
}

void *arena_alloc(Arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGN)
        out_of_memory(arena->name);
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!arena->chunks || arena->chunks->size - arena->chunks->used < size)
        add_chunk(arena, size);
    Chunk *c = arena->chunks;
    void *p = c->bytes + c->used;
    c->used += size;
    return p;
}

char *arena_strndup(Arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);
    if (n)
        memcpy(copy, text, n);
    return copy;
}

char *arena_strdup(Arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    Text text = {0};
    va_list args;
    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    char *copy = arena_strndup(arena, text.p, text.n);
    text_free(&text);
    return copy;
}

void vec_grow(Arena *arena, void **at, int n, int *cap, size_t size)
{
    if (n < *cap)
        return;
    if (*cap > INT_MAX / 2)
        out_of_memory(arena->name);
    int grown = *cap ? *cap * 2 : 4;
    void *items = arena_alloc(arena, (size_t)grown * size), *old;
    /* `at` is some T **: its bytes are copied, since it is no void *. */
    memcpy(&old, at, sizeof old);
    if (n)
        memcpy(items, old, (size_t)n * size);
    memcpy(at, &items, sizeof items);
    *cap = grown;
}

static void text_reserve(Text *text, size_t more)
{
    if (more > SIZE_MAX / 2 - text->n - 1)
        out_of_memory("text");
    size_t need = text->n + more + 1;
    if (need <= text->cap)
        return;
    size_t cap = text->cap ? text->cap : 64;
    while (cap < need)
        cap *= 2;
    char *p = realloc(text->p, cap);
    if (!p)
        out_of_memory("text");
    text->p = p;
    text->cap = cap;
}

void text_addn(Text *text, const char *s, size_t n)
{
    text_reserve(text, n);
    if (n)
        memcpy(text->p + text->n, s, n);
    text->n += n;
    text->p[text->n] = '\0';
}

void text_add(Text *text, const char *s)
{
    text_addn(text, s, strlen(s));
}

void text_vprintf(Text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = format ? vsnprintf(NULL, 0, format, args) : 0;
    if (n > 0) {
        text_reserve(text, (size_t)n);
        vsnprintf(text->p + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    } else {
        text_addn(text, "", 0);
    }
    va_end(again);
}

void text_printf(Text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(text, format, args);
    va_end(args);
}

void text_free(Text *text)
{
    free(text->p);
    *text = (Text){0};
}

static int min3(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* The optimal string alignment distance, by rows. Names longer than LONGEST
 * are no one's typing mistake: they are as far apart as they are long. */
int edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t na = strlen(a), nb = strlen(b);
    if (na > LONGEST || nb > LONGEST) {
        size_t far = na > nb ? na : nb;
        return strcmp(a, b) == 0 ? 0 : far > INT_MAX ? INT_MAX : (int)far;
    }
    int rows[3][LONGEST + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= nb; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        now[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            int change = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = min3(last[j] + 1, now[j - 1] + 1, change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        int *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[nb];
}

char *read_file(Arena *arena, const char *path, size_t *size)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!in)
        return NULL;
    Text text = {0};
    char part[1 << 16];
    size_t n;
    while ((n = fread(part, 1, sizeof part, in)) > 0)
        text_addn(&text, part, n);
    int error = ferror(in) ? (errno ? errno : EIO) : 0;
    if (in != stdin)
        fclose(in);
    char *all = error ? NULL : arena_strndup(arena, text.p ? text.p : "", text.n);
    *size = text.n;
    text_free(&text);
    errno = error;
    return all;
}
