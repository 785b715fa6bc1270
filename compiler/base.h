/* base.h: what every part of the compiler stands on: arenas, strings, vectors. */
#ifndef DSC_BASE_H
#define DSC_BASE_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* An arena: memory that is freed all at once. Never returns NULL (a failed
 * malloc ends the program with a message). Memory is zeroed, aligned to 16. */
typedef struct Arena Arena;
Arena *arena_new(const char *name);
void arena_free(Arena *arena);
void *arena_alloc(Arena *arena, size_t size);
char *arena_strndup(Arena *arena, const char *text, size_t n);
char *arena_strdup(Arena *arena, const char *text);
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define NEW_ARRAY(arena, Type, n) ((Type *)arena_alloc((arena), (size_t)(n) * sizeof(Type)))

/* Bytes of a program: n bytes at p. Literals may hold any byte, NUL too. */
typedef struct Bytes {
    const char *p;
    size_t n;
} Bytes;

/* A growing array of pointers or structs in an arena:
 *     VEC(Expr *) items;   vec_push(arena, &items, e);   items.at[i], items.n */
#define VEC(T) struct { T *at; int n, cap; }
#define vec_push(arena, v, item) \
    (vec_grow((arena), (void **)&(v)->at, (v)->n, &(v)->cap, sizeof *(v)->at), \
     (v)->at[(v)->n++] = (item))
void vec_grow(Arena *arena, void **at, int n, int *cap, size_t size);

/* A growing text. text.p is always terminated. free with text_free. */
typedef struct Text {
    char *p;
    size_t n, cap;
} Text;
void text_add(Text *text, const char *s);
void text_addn(Text *text, const char *s, size_t n);
void text_printf(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(Text *text, const char *format, va_list args);
void text_free(Text *text);

/* All of a file, or of standard input for "-", terminated; NULL and errno set on failure. */
char *read_file(Arena *arena, const char *path, size_t *size);

/* Edit distance for "did you mean": smaller is nearer; a swap of neighbours costs 1. */
int edit_distance(const char *a, const char *b);

#endif
