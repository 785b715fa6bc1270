/* inspect_csv.h: keys and values of states as CSV: a column for each field of a record or tuple, else one. */
#ifndef RT_INSPECT_CSV_H
#define RT_INSPECT_CSV_H

#include "rt.h"

/* With commas between them: names, "key", of a tuple "key.0", of a record "key.name"; and what stands in the columns. What has
 * parts within is written as JSON, none as nothing. */
void rt_csv_names(rt_buf *line, const char *name, const dsc_type *type);
void rt_csv_cells(rt_buf *line, const dsc_type *type, const void *value);
/* Text in one column, in quotes where it needs them; so it has some where it is empty, and none has not. */
void rt_csv_text(rt_buf *line, dsc_str text);

#endif
