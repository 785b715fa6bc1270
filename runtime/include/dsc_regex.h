/* dsc_regex.h: what the compiler asks of regular expressions that stand in a program. Only in a
 * build with PCRE2 (DSC_HAVE_PCRE2). */
#ifndef DSC_REGEX_H
#define DSC_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dsc_regex_facts {
    uint32_t groups;              /* its capture groups are 1 .. groups */
    size_t at;                    /* wrong: the byte of the pattern where that shows */
    char why[160];                /* wrong: the reason, as a part of a sentence */
} dsc_regex_facts;

/* Is this a regular expression? Fills in what is to be known of it. */
bool dsc_regex_check(const char *pattern, size_t n, dsc_regex_facts *facts);
/* The number of the group that is named (?<name>..) in a right pattern; 0: none. */
uint32_t dsc_regex_group(const char *pattern, size_t n, const char *name);
/* The next piece of a replacement from *p on: plain text, or a reference $1, ${1}, ${name} or $$.
 * Moves *p behind it. Returns false at the end. */
typedef struct dsc_regex_piece {
    const char *text;             /* plain text, or the digits or name of a reference */
    size_t n;
    bool group;                   /* a reference */
} dsc_regex_piece;
bool dsc_regex_next_piece(const char **p, const char *end, dsc_regex_piece *piece);

#endif
