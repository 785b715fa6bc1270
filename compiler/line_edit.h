/* line_edit.h: reading lines from a person, with editing and history; or from anything else, plainly. */
#ifndef DSC_LINE_EDIT_H
#define DSC_LINE_EDIT_H

#include "base.h"

/* A word that could stand at the cursor: the i-th, or NULL after the last. */
typedef const char *(*edit_names)(void *arg, int i);

typedef struct LineEdit {
    bool terminal;                /* both ends are one, and it knows how to move a cursor */
    char **history;
    int n_history, cap_history;
    edit_names names;             /* for Tab, or NULL */
    void *names_arg;
    char *ahead;                  /* not from a terminal: a line looked at and not yet taken */
} LineEdit;

void edit_open(LineEdit *e);
void edit_close(LineEdit *e);

/* The next line without its end, to be freed; NULL at the end of the input. On a
 * terminal the prompt is shown, and Ctrl-C gives an empty line and sets *dropped. */
char *edit_line(LineEdit *e, const char *prompt, bool *dropped);
/* Not from a terminal: the next line, left where it is; NULL at the end or on a terminal. */
const char *edit_peek(LineEdit *e);

/* A line goes to the history, unless it is empty or the same as the newest. */
void edit_remember(LineEdit *e, const char *line);
/* The history from a file, if there is one, and to it. */
void edit_load(LineEdit *e, const char *path);
void edit_save(const LineEdit *e, const char *path);

#endif
