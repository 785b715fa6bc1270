/* fn_list.c: lists. A part of a list points into it; other results are scratch.
 *
 * `type` is always that of the elements. Order is dsc_compare, sameness of
 * single elements dsc_equal, as for the operators of the language. */
#include "fn_text.h"
#include <string.h>

static const void *element(const dsc_type *type, dsc_list list, int64_t i)
{
    return (const char *)list.p + i * (int64_t)type->size;
}

static bool give(const dsc_type *type, dsc_list list, int64_t i, void *out)
{
    if (i < 0 || i >= list.n)
        return false;
    memcpy(out, element(type, list, i), type->size);
    return true;
}

int64_t dsc_list_size(dsc_list list)
{
    return list.n;
}

bool dsc_list_get(dsc_task *task, const dsc_type *type, dsc_list list, int64_t i, void *out)
{
    (void)task;
    return give(type, list, i, out);
}

bool dsc_list_head(dsc_task *task, const dsc_type *type, dsc_list list, void *out)
{
    (void)task;
    return give(type, list, 0, out);
}

bool dsc_list_last(dsc_task *task, const dsc_type *type, dsc_list list, void *out)
{
    (void)task;
    return give(type, list, list.n - 1, out);
}

static int64_t within(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i > n ? n : i;
}

dsc_list dsc_list_take(dsc_task *task, const dsc_type *type, dsc_list list, int64_t n)
{
    (void)task;
    (void)type;
    return (dsc_list){list.p, within(n, list.n)};
}

dsc_list dsc_list_drop(dsc_task *task, const dsc_type *type, dsc_list list, int64_t n)
{
    (void)task;
    n = within(n, list.n);
    return n > 0 ? (dsc_list){element(type, list, n), list.n - n} : list;
}

/* ---- made anew ---- */

/* Copies n elements to element `at` of a list in the making. */
static void put(const dsc_type *type, char *to, int64_t at, const void *from, int64_t n)
{
    if (n > 0)
        memcpy(to + at * (int64_t)type->size, from, (size_t)n * type->size);
}

static char *room_for(dsc_task *task, const dsc_type *type, int64_t n)
{
    return dsc_alloc(task, n * (int64_t)type->size);
}

dsc_list dsc_list_concat(dsc_task *task, dsc_list a, dsc_list b, int64_t size)
{
    if (a.n == 0)
        return b;
    if (b.n == 0)
        return a;
    char *all = dsc_alloc(task, (a.n + b.n) * size);
    memcpy(all, a.p, (size_t)(a.n * size));
    memcpy(all + a.n * size, b.p, (size_t)(b.n * size));
    return (dsc_list){all, a.n + b.n};
}

dsc_list dsc_list_reverse(dsc_task *task, const dsc_type *type, dsc_list list)
{
    char *all = room_for(task, type, list.n);
    for (int64_t i = 0; i < list.n; i++)
        put(type, all, list.n - 1 - i, element(type, list, i), 1);
    return (dsc_list){all, list.n};
}

dsc_list dsc_list_flatten(dsc_task *task, const dsc_type *type, dsc_list lists)
{
    const dsc_list *list = lists.p;
    int64_t n = 0;
    for (int64_t i = 0; i < lists.n; i++)
        n += list[i].n;
    char *all = room_for(task, type, n);
    n = 0;
    for (int64_t i = 0; i < lists.n; i++) {
        put(type, all, n, list[i].p, list[i].n);
        n += list[i].n;
    }
    return (dsc_list){all, n};
}

/* The alignment of a type's C representation: the widest of its parts'. */
static uint32_t alignment(const dsc_type *type)
{
    if (type->kind == DSC_BOOL)
        return _Alignof(bool);
    if (type->kind != DSC_TUPLE && type->kind != DSC_RECORD && type->kind != DSC_OPTION)
        return _Alignof(int64_t);
    uint32_t widest = 1, n = type->kind == DSC_OPTION ? 1 : type->n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t one = alignment(type->fields[i].type);
        widest = one > widest ? one : widest;
    }
    return widest;
}

static uint32_t align(uint32_t offset, uint32_t to)
{
    return (offset + to - 1) / to * to;
}

dsc_list dsc_list_zip(dsc_task *task, const dsc_type *a, const dsc_type *b, dsc_list as, dsc_list bs)
{
    uint32_t align_a = alignment(a), align_b = alignment(b);
    uint32_t second = align(a->size, align_b);
    int64_t size = align(second + b->size, align_a > align_b ? align_a : align_b);
    int64_t n = as.n < bs.n ? as.n : bs.n;
    char *pairs = dsc_alloc(task, n * size);
    for (int64_t i = 0; i < n; i++) {
        memcpy(pairs + i * size, element(a, as, i), a->size);
        memcpy(pairs + i * size + second, element(b, bs, i), b->size);
    }
    return (dsc_list){pairs, n};
}

bool dsc_range_of(dsc_task *task, int64_t from, int64_t to, dsc_list *out)
{
    uint64_t n = to > from ? (uint64_t)to - (uint64_t)from : 0;
    if (n > (uint64_t)DSC_MOST_BYTES / sizeof(int64_t))
        return false;
    int64_t *ints = dsc_alloc(task, (int64_t)(n * sizeof *ints));
    for (uint64_t i = 0; i < n; i++)
        ints[i] = from + (int64_t)i;
    *out = (dsc_list){ints, (int64_t)n};
    return true;
}

/* ---- searching and sorting ---- */

bool dsc_list_index_of(dsc_task *task, const dsc_type *type, dsc_list list, const void *x, int64_t *out)
{
    (void)task;
    for (int64_t i = 0; i < list.n; i++) {
        if (dsc_equal(type, element(type, list, i), x)) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool dsc_list_contains(dsc_task *task, const dsc_type *type, dsc_list list, const void *x)
{
    int64_t at;
    return dsc_list_index_of(task, type, list, x, &at);
}

/* The places of the elements in ascending order, equal ones in the order they
 * have: runs of 1, 2, 4 .. places merged from one array into another. */
static int64_t *sorted_places(dsc_task *task, const dsc_type *type, dsc_list list)
{
    int64_t n = list.n;
    int64_t *from = dsc_alloc(task, 2 * n * (int64_t)sizeof *from), *to = from + n;
    for (int64_t i = 0; i < n; i++)
        from[i] = i;
    for (int64_t run = 1; run < n; run *= 2) {
        for (int64_t start = 0; start < n; start += 2 * run) {
            int64_t left = start, middle = within(start + run, n);
            int64_t right = middle, end = within(start + 2 * run, n);
            for (int64_t k = start; k < end; k++) {
                bool take_left = right == end || (left < middle
                    && dsc_compare(type, element(type, list, from[left]), element(type, list, from[right])) <= 0);
                to[k] = take_left ? from[left++] : from[right++];
            }
        }
        int64_t *merged = to;
        to = from;
        from = merged;
    }
    return from;
}

dsc_list dsc_sort_by(dsc_task *task, const dsc_type *type, const dsc_type *key_type, dsc_list list, dsc_list keys)
{
    const int64_t *places = sorted_places(task, key_type, keys);
    char *all = room_for(task, type, list.n);
    for (int64_t i = 0; i < list.n; i++)
        put(type, all, i, element(type, list, places[i]), 1);
    return (dsc_list){all, list.n};
}

dsc_list dsc_list_sort(dsc_task *task, const dsc_type *type, dsc_list list)
{
    return dsc_sort_by(task, type, type, list, list);
}

dsc_list dsc_list_distinct(dsc_task *task, const dsc_type *type, dsc_list list)
{
    const int64_t *places = sorted_places(task, type, list);
    bool *again = dsc_alloc(task, list.n);
    for (int64_t i = 0; i < list.n; i++)
        again[places[i]] = i > 0
            && dsc_compare(type, element(type, list, places[i - 1]), element(type, list, places[i])) == 0;
    char *all = room_for(task, type, list.n);
    int64_t n = 0;
    for (int64_t i = 0; i < list.n; i++) {
        if (!again[i])
            put(type, all, n++, element(type, list, i), 1);
    }
    return (dsc_list){all, n};
}

/* The first of those that sort first (way -1) or last (way 1). */
static bool extreme(const dsc_type *type, dsc_list list, int way, void *out)
{
    int64_t best = 0;
    for (int64_t i = 1; i < list.n; i++) {
        if (dsc_compare(type, element(type, list, i), element(type, list, best)) * way > 0)
            best = i;
    }
    return give(type, list, best, out);
}

bool dsc_list_min(dsc_task *task, const dsc_type *type, dsc_list list, void *out)
{
    (void)task;
    return extreme(type, list, -1, out);
}

bool dsc_list_max(dsc_task *task, const dsc_type *type, dsc_list list, void *out)
{
    (void)task;
    return extreme(type, list, 1, out);
}

void dsc_min_of(dsc_task *task, const dsc_type *type, const void *a, const void *b, void *out)
{
    (void)task;
    memcpy(out, dsc_compare(type, b, a) < 0 ? b : a, type->size);
}

void dsc_max_of(dsc_task *task, const dsc_type *type, const void *a, const void *b, void *out)
{
    (void)task;
    memcpy(out, dsc_compare(type, b, a) > 0 ? b : a, type->size);
}

/* ---- sums ---- */

bool dsc_list_sum_int(dsc_list list, int64_t *out)
{
    const int64_t *x = list.p;
    dsc_isum sum = {0, 0};
    for (int64_t i = 0; i < list.n; i++)
        dsc_isum_add(&sum, x[i]);
    return dsc_isum_get(&sum, out);
}

double dsc_list_sum_float(dsc_list list)
{
    const double *x = list.p;
    dsc_fsum sum = {0, 0, NULL};
    for (int64_t i = 0; i < list.n; i++)
        dsc_fsum_add(&sum, x[i]);
    return dsc_fsum_take(&sum);
}
