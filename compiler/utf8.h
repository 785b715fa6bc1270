/* utf8.h: characters of a program's text. */
#ifndef DSC_UTF8_H
#define DSC_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The character at text[0 .. n), n > 0: its length in bytes, 1 to 4, and its
 * number. Bytes that are not UTF-8 (surrogates and overlong forms included)
 * give length 1 and number UTF8_BAD. */
#define UTF8_BAD UINT32_MAX
size_t utf8_decode(const char *text, size_t n, uint32_t *number);
/* Write a character, at most 0x10ffff, into out[4]; returns its length. */
size_t utf8_encode(uint32_t number, char *out);
/* Where the first byte that is not UTF-8 stands, or n. */
size_t utf8_check(const char *text, size_t n);
/* Columns a terminal gives it: 0, 1 or 2. Shows those that would move or hide
 * text (controls, direction marks) as one column: utf8_hidden says which. */
int utf8_width(uint32_t number);
int utf8_hidden(uint32_t number);

#endif
