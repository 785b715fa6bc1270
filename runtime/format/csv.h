/* csv.h: columns, and which field each is for, as the parts of csv and tsv share them.
 *
 * A layout says which field each column of a split is for. It is made from the
 * split's header, or is the plain one: column i for field i. */
#ifndef RT_CSV_H
#define RT_CSV_H

#include "number.h"
#include "scalar.h"

/* How a column is read where nothing unusual stands in it. */
typedef enum Way { SKIP, TEXT, INT, FLOAT, RARE } Way;

typedef struct Field {
    const char *name;             /* or NULL */
    dsc_kind kind;                /* of an option, of what it holds */
    Way way;
    uint32_t offset;
    uint32_t size, some;          /* option: of the whole, and of its flag */
    bool option, wanted;
    char *wrong, *missing;
} Field;

typedef struct Layout {
    uint32_t n;                   /* columns, up to the last that is wanted */
    bool usual;                   /* all that is wanted of a line can be read with those of other lines */
    const Field *field[];         /* of a column */
} Layout;

typedef struct Csv {
    dsc_format base;
    rt_time_form form;
    bool quotes, header;
    char separator;
    char unusual;                 /* what a column does not begin with if it is read where it stands: a quote, or where
                                   * quotes mean nothing, the end of the line */
    char separators[16];
    uint32_t n;
    Field *fields;
    Layout *plain;                /* by position */
} Csv;

/* dsc_format_def.usual. */
size_t rt_csv_usual(const dsc_format *f, const void *layout, const char *p, const char *end, size_t n, void *out, const char **at);
/* The same where the processor has no wide instructions. */
size_t rt_csv_usual_plain(const dsc_format *f, const void *layout, const char *p, const char *end, size_t n, void *out, const char **at);

#endif
