/* signature.h: type schemes as operators and builtin functions write them. */
#ifndef DSC_SIGNATURE_H
#define DSC_SIGNATURE_H

#include "types.h"

typedef struct SigParam {
    const char *name;             /* operators; NULL for builtins */
    Type *type;
    Type *other;                  /* `A -> [B] or B?`: the second result the function may have; else NULL */
    bool optional;                /* `= none` */
    bool stream;                  /* takes a stream of .type */
    bool repeats;                 /* `..`: once or more (with a type: of it; else of any types) */
} SigParam;

/* A type variable in a scheme is a T_VAR whose id is its letter. */
typedef struct Signature {
    const char *name;             /* operators */
    Type *input;                  /* operators: the element of the piped stream */
    VEC(SigParam) params;
    Type *result;
    bool rest;                    /* builtins: `..` after the last parameter: any further arguments */
} Signature;

/* Parse "(K, V) | reduceByKey(f: (V, V) -> V) -> (K, V)" or "(string, string) -> [string]".
 * The text is one of ours: a wrong one ends the program. */
const Signature *signature_parse(Arena *arena, const char *text);

/* What the letters of a scheme stand for at one use. */
typedef struct SigVars {
    Type *of[26];
} SigVars;
/* The scheme's type with a fresh variable for each letter that stands for nothing yet. */
Type *signature_type(Arena *arena, Type *scheme, SigVars *vars);

#endif
