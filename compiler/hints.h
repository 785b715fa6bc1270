/* hints.h: what people type from habit of another language, and what dsc has for it. */
#ifndef DSC_HINTS_H
#define DSC_HINTS_H

typedef enum HintKind {
    HINT_SIGN,        /* && -> $1 */
    HINT_WORD,        /* a word where a statement starts: val, def, for */
    HINT_INFIX,       /* between two values: in, like */
    HINT_VALUE,       /* a name as a value: None, null, Some */
    HINT_FUNCTION,    /* before `(`: Seconds, len */
    HINT_OPERATOR,    /* after `|`, and x.name() on streams: print, foreachRDD */
    HINT_SOURCE, HINT_SINK, HINT_FORMAT, HINT_TYPE
} HintKind;

/* The text of a help line for a name that means nothing in dsc, or NULL. Ask
 * when a name was not found, before looking for one that is spelt alike. */
const char *hint_for_name(HintKind kind, const char *name);

#endif
