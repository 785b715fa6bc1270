/* types.h: types of values and streams, and inference variables. */
#ifndef DSC_TYPES_H
#define DSC_TYPES_H

#include "base.h"

typedef enum TypeKind {
    T_INT, T_FLOAT, T_BOOL, T_STRING, T_BYTES, T_TIME, T_DURATION,
    T_TUPLE, T_RECORD, T_LIST, T_OPTION,
    T_FUNCTION,                   /* args, then the result as the last */
    T_STREAM,                     /* args[0]: the element */
    T_VAR,                        /* solved: link */
    T_ERROR                       /* already reported; agrees with everything */
} TypeKind;

typedef struct Type Type;
struct Type {
    TypeKind kind;
    int n;
    Type **args;                  /* tuple, record, function: n; list, option, stream: 1 */
    const char **names;           /* record: n field names */
    const char *alias;            /* the `type` name it was written as, for messages and C; or NULL */
    Type *link;                   /* T_VAR */
    int id;                       /* T_VAR */
};

extern Type type_int, type_float, type_bool, type_string, type_bytes, type_time, type_duration, type_error;

Type *type_new(Arena *arena, TypeKind kind, int n);         /* args to be filled */
Type *type_list(Arena *arena, Type *element);
Type *type_option(Arena *arena, Type *element);
Type *type_pair(Arena *arena, Type *a, Type *b);
Type *type_stream(Arena *arena, Type *element);
Type *type_var(Arena *arena);
/* The type behind links. */
Type *type_of(Type *t);
/* Structural; aliases do not matter, field names and order do. */
bool type_equal(Type *a, Type *b);
/* Make two types the same by solving variables; false when they cannot be. */
bool type_unify(Type *a, Type *b);
bool type_has_var(Type *t);
/* Holds no float anywhere: may be a key. */
bool type_is_key(Type *t);
bool type_is_pair(Type *t);
/* As a user writes it: "(string, int)", "{ user: string, n: int }", "[int]?"; aliases by name. */
/* "int" .. "duration": the names of types without parts; NULL: of others. */
const char *scalar_name(TypeKind kind);
const char *type_text(Arena *arena, Type *t);
/* A duration as one writes it: "1h30m", "2.5s", "-250ms", "0s". */
const char *duration_text(Arena *arena, int64_t us);

#endif
