/* hints.c: looks names up in hints.def. */
#include "hints.h"

#include <stddef.h>
#include <string.h>

static const struct {
    HintKind kind;
    const char *name, *help;
} hints[] = {
#define HINT(kind, name, help) {HINT_##kind, name, help},
#include "hints.def"
#undef HINT
};

const char *hint_for_name(HintKind kind, const char *name)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (hints[i].kind == kind && strcmp(hints[i].name, name) == 0)
            return hints[i].help;
    return NULL;
}
