/* value.h: values of any type by their descriptors: deep copies and key bytes.
 * dsc_equal, dsc_compare and dsc_compare_str of dsc_abi.h live here too. */
#ifndef RT_VALUE_H
#define RT_VALUE_H

#include "arena.h"

/* What a copy of a type's bytes would share with the original. */
typedef enum rt_holds {
    RT_HOLDS_HEAP = 1,            /* strings or lists: copied into an arena */
    RT_HOLDS_WIDE = 2             /* float sums: may own a wide accumulator */
} rt_holds;
int rt_type_holds(const dsc_type *type);

/* A copy at dst, which shares nothing with src; strings and lists go to the arena. */
void rt_copy(const dsc_type *type, void *dst, const void *src, rt_arena *arena);
/* The strings and lists of *value are copied into another arena, and it points there. */
void rt_move(const dsc_type *type, void *value, rt_arena *arena);
/* What of *value differs from *before is copied into the arena, and *value points there;
 * the rest is left as it is. Returns the bytes of the arena that *before held and *value
 * no longer does. */
size_t rt_keep_changed(const dsc_type *type, void *value, const void *before, rt_arena *arena);
/* Bytes that a copy of the value takes in an arena. */
size_t rt_heap_size(const dsc_type *type, const void *value);
/* Free what the value owns (wide accumulators); it is all zero bytes there afterwards. */
void rt_drop(const dsc_type *type, void *value);

/* Canonical key bytes: equal values have equal bytes, different ones different bytes, on any
 * machine: ints little-endian in 8 bytes, bools in 1, strings and lists their length as an int
 * and then the content, options a byte 0 or 1 and then the value, structs field by field. */
void rt_key_encode(const dsc_type *type, const void *value, rt_buf *out);
/* Back to a value; its strings point into the bytes, its lists into the arena. Returns the end. */
const char *rt_key_decode(const dsc_type *type, const char *bytes, void *value, rt_arena *arena);

/* Stable 64-bit hash of bytes: the same in every process and release. */
uint64_t rt_stable_hash(const void *bytes, size_t n);

/* The wide accumulator of a float sum (fsum.c). */
void rt_fsum_copy(dsc_fsum *dst, const dsc_fsum *src);
void rt_fsum_drop(dsc_fsum *sum);
/* The same as words, for a sum that has one; and an empty sum from such words. */
enum { RT_WIDE_WORDS = 37 };
void rt_fsum_words(const dsc_fsum *sum, uint64_t words[RT_WIDE_WORDS]);
void rt_fsum_from_words(dsc_fsum *sum, const uint64_t words[RT_WIDE_WORDS]);

#endif
