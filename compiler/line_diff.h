/* line_diff.h: two texts line by line: which lines one has and the other has not. */
#ifndef DSC_LINE_DIFF_H
#define DSC_LINE_DIFF_H

#include "base.h"

typedef struct Lines {
    Bytes *at;                    /* without their ends; free() it */
    int n;
} Lines;
/* Of a text, which lines with an end make up. */
Lines lines_of(const Text *t);
/* On standard output, indented: `- ` what only the first has, `+ ` what only the second has, and a few equal lines around. */
void lines_diff_print(const Text *before, const Text *after, bool colour);

#endif
