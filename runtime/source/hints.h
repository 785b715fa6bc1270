/* hints.h: what the system tells of the files of a directory while they are written.
 * Where it tells nothing (network file systems) there are no hints. */
#ifndef RT_HINTS_H
#define RT_HINTS_H

#include <stddef.h>
#include <sys/types.h>

typedef enum Hint {
    HINT_NONE,                    /* nothing was told */
    HINT_WRITING,                 /* it was made, and not closed since */
    HINT_DONE                     /* it was closed after writing, or renamed into the directory */
} Hint;

typedef struct Hints Hints;

Hints *hints_new(void);
void hints_free(Hints *hints);
/* Take in what was told since; watches the directory anew if `path` is another one now. */
void hints_update(Hints *hints, const char *path, dev_t device, ino_t inode);
size_t hints_count(const Hints *hints);
Hint hints_of(const Hints *hints, const char *name);
/* What was told of a name has been made use of, or the name is gone. */
void hints_forget(Hints *hints, const char *name);

#endif
