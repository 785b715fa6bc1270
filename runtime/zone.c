/* zone.c: reads TZif files (RFC 8536) and the rule in the style of POSIX TZ at their end.
 *
 * A zone never changes once it is in its bucket, so reading one takes no lock. Names that come from data
 * cannot leave the folder: they are made of letters, digits, `_`, `+`, `-` and `/` only. */
#define _POSIX_C_SOURCE 200809L
#include "zone.h"
#include "calendar.h"
#include "dsc_zone.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUCKETS = 64,
    LONGEST_NAME = 64,
    LARGEST_FILE = 1 << 20,
    DAY = 86400
};

typedef struct Kind {
    int32_t seconds;
    char name[12];
} Kind;

/* A day of the year and a time on it, of the rule at the file's end. */
typedef struct Change {
    enum { JULIAN, DAY_OF_YEAR, WEEKDAY } kind;
    int month, week, day;         /* WEEKDAY: the week'th such day (0 Sunday) of the month, 5 the last */
    int32_t time;                 /* seconds after midnight, may be negative */
} Change;

struct rt_zone {
    struct rt_zone *next;         /* in its bucket */
    char id[LONGEST_NAME];
    size_t n_id;
    int n, n_kinds;
    int64_t *at;                  /* when the offset changes, ascending; n of them */
    uint8_t *to;                  /* and to which kind */
    Kind *kinds;                  /* the first is that of before */
    bool has_rule, has_summer;    /* after the last change */
    Kind winter, summer;
    Change begin, end;            /* of summer */
};

static rt_zone *_Atomic buckets[BUCKETS];
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static Kind utc_kind = {0, "UTC"};
static const rt_zone utc = {.id = "UTC", .n_id = 3, .n_kinds = 1, .kinds = &utc_kind};

/* ---- the rule --------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_number(const char **p, int most, int *out)
{
    int value = 0, digits = 0;
    for (; is_digit(**p) && digits < 4; digits++)
        value = value * 10 + (*(*p)++ - '0');
    *out = value;
    return digits > 0 && value <= most;
}

/* [+-]hh[:mm[:ss]] as seconds. */
static bool read_time(const char **p, int32_t *out)
{
    int sign = **p == '-' ? -1 : 1, parts[3] = {0};
    *p += **p == '-' || **p == '+';
    for (int i = 0; i < 3; i++) {
        if (!read_number(p, i == 0 ? 167 : 59, &parts[i]))
            return false;
        if (**p != ':')
            break;
        ++*p;
    }
    *out = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
    return true;
}

/* CET or <+03> */
static bool read_name(const char **p, char *name)
{
    bool angle = **p == '<';
    const char *start = *p += angle;
    while (**p && (angle ? **p != '>' : (**p | 0x20) >= 'a' && (**p | 0x20) <= 'z'))
        ++*p;
    size_t n = (size_t)(*p - start);
    if (n < 3 || n >= sizeof ((Kind *)0)->name || (angle && **p != '>'))
        return false;
    memcpy(name, start, n);
    name[n] = '\0';
    *p += angle;
    return true;
}

/* ,M3.5.0/2  ,J60  ,59 */
static bool read_change(const char **p, Change *c)
{
    *c = (Change){.time = 2 * 3600};
    if (*(*p)++ != ',')
        return false;
    bool good;
    if (**p == 'M') {
        c->kind = WEEKDAY;
        good = (++*p, read_number(p, 12, &c->month)) && c->month > 0 && *(*p)++ == '.' && read_number(p, 5, &c->week) &&
               c->week > 0 && *(*p)++ == '.' && read_number(p, 6, &c->day);
    } else {
        c->kind = **p == 'J' ? JULIAN : DAY_OF_YEAR;
        *p += **p == 'J';
        good = read_number(p, 365, &c->day) && (c->kind == DAY_OF_YEAR || c->day > 0);
    }
    if (good && **p == '/')
        good = (++*p, read_time(p, &c->time));
    return good;
}

static bool read_rule(rt_zone *z, const char *p)
{
    if (!read_name(&p, z->winter.name) || !read_time(&p, &z->winter.seconds))
        return false;
    z->winter.seconds *= -1;
    z->has_rule = true;
    if (*p == '\0')
        return true;
    z->has_summer = true;
    if (!read_name(&p, z->summer.name))
        return false;
    z->summer.seconds = z->winter.seconds + 3600;
    if (*p != ',') {
        if (!read_time(&p, &z->summer.seconds))
            return false;
        z->summer.seconds *= -1;
    }
    return read_change(&p, &z->begin) && read_change(&p, &z->end) && *p == '\0';
}

/* When a change happens in a year, by a clock that is `offset` before it. */
static int64_t change_at(const Change *c, int64_t year, int32_t offset)
{
    int64_t day = rt_day_number(year, 1, 1);
    switch (c->kind) {
    case JULIAN:                  /* 29 February is not counted */
        day += c->day - 1 + (rt_is_leap(year) && c->day > 59);
        break;
    case DAY_OF_YEAR:
        day += c->day;
        break;
    case WEEKDAY: {
        int64_t first = rt_day_number(year, c->month, 1);
        int weekday = (int)rt_floor_mod(first + 4, 7);            /* 1970-01-01 was a Thursday, 4 */
        int date = (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
        while (date >= rt_days_in_month(year, c->month))
            date -= 7;
        day = first + date;
        break;
    }
    }
    return day * DAY + c->time - offset;
}

static const Kind *by_rule(const rt_zone *z, int64_t seconds)
{
    if (!z->has_summer)
        return &z->winter;
    int64_t year = rt_date_of(rt_floor_div(seconds + z->winter.seconds, DAY)).year;
    int64_t begin = change_at(&z->begin, year, z->winter.seconds), end = change_at(&z->end, year, z->summer.seconds);
    bool summer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
    return summer ? &z->summer : &z->winter;
}

/* ---- offsets ------------------------------------------------------------------ */

rt_offset rt_zone_at(const rt_zone *z, int64_t seconds)
{
    int low = 0, high = z->n;     /* how many changes lie not after it */
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (z->at[middle] <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    const Kind *kind = low == z->n && z->has_rule ? by_rule(z, seconds) : low == 0 ? z->kinds : &z->kinds[z->to[low - 1]];
    return (rt_offset){kind->seconds, kind->name};
}

bool rt_zone_moment(const rt_zone *z, int64_t local, const char *name, size_t n, int64_t *seconds)
{
    int32_t offsets[] = {rt_zone_at(z, local - DAY).seconds, rt_zone_at(z, local).seconds, rt_zone_at(z, local + DAY).seconds};
    int32_t most = offsets[0];
    bool shown = false, found = false;
    for (int i = 0; i < 3; i++) {
        int64_t moment = local - offsets[i];
        rt_offset there = rt_zone_at(z, moment);
        most = offsets[i] > most ? offsets[i] : most;
        if (there.seconds != offsets[i])
            continue;
        shown = true;
        if (name && (strlen(there.name) != n || memcmp(there.name, name, n) != 0))
            continue;
        if (!found || moment < *seconds)
            *seconds = moment;
        found = true;
    }
    if (shown)
        return found;
    /* Left out: the largest offset is that of after. */
    rt_offset before = rt_zone_at(z, local - most);
    *seconds = local - before.seconds;
    return !name || (strlen(before.name) == n && memcmp(before.name, name, n) == 0);
}

/* ---- files -------------------------------------------------------------------------- */

typedef struct Reader {
    const unsigned char *p, *end;
    bool failed;
} Reader;

static const unsigned char *take(Reader *r, size_t n)
{
    if (r->failed || (size_t)(r->end - r->p) < n) {
        r->failed = true;
        return NULL;
    }
    r->p += n;
    return r->p - n;
}

static int64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | p[i];
    return (int64_t)value;
}

/* The numbers in the header of a block. */
typedef struct Counts {
    size_t is_utc, is_standard, leaps, times, kinds, chars;
    unsigned char version;
} Counts;

static Counts read_header(Reader *r)
{
    enum { HEADER = 44, NUMBERS = 20, MOST = 1 << 16 };
    Counts c = {0};
    const unsigned char *p = take(r, HEADER);
    if (!p || memcmp(p, "TZif", 4) != 0) {
        r->failed = true;
        return c;
    }
    size_t *numbers[] = {&c.is_utc, &c.is_standard, &c.leaps, &c.times, &c.kinds, &c.chars};
    for (int i = 0; i < 6; i++) {
        int64_t number = big_endian(p + NUMBERS + 4 * i, 4);
        r->failed |= number < 0 || number > MOST;
        *numbers[i] = (size_t)number;
    }
    c.version = p[4];
    return c;
}

/* The data behind a header; `wide`: its times have 8 bytes. */
static bool read_data(Reader *r, const Counts *c, size_t wide, rt_zone *z)
{
    const unsigned char *at = take(r, c->times * wide), *to = take(r, c->times), *kinds = take(r, c->kinds * 6);
    const char *chars = (const char *)take(r, c->chars);
    take(r, c->leaps * (wide + 4) + c->is_standard + c->is_utc);
    if (r->failed || c->kinds == 0 || c->chars == 0 || c->leaps > 0 || chars[c->chars - 1] != '\0')
        return false;
    z->n = (int)c->times;
    z->n_kinds = (int)c->kinds;
    z->at = calloc(c->times + 1, sizeof *z->at);
    z->to = calloc(c->times + 1, 1);
    z->kinds = calloc(c->kinds, sizeof *z->kinds);
    if (!z->at || !z->to || !z->kinds)
        return false;
    for (size_t i = 0; i < c->times; i++) {
        z->at[i] = big_endian(at + i * wide, wide);
        z->to[i] = to[i];
        if (to[i] >= c->kinds || (i > 0 && z->at[i] <= z->at[i - 1]))
            return false;
    }
    for (size_t i = 0; i < c->kinds; i++) {
        int64_t offset = big_endian(kinds + 6 * i, 4);
        size_t name = kinds[6 * i + 5];
        if (offset < -26 * 3600 || offset > 26 * 3600 || name >= c->chars)
            return false;
        z->kinds[i].seconds = (int32_t)offset;
        snprintf(z->kinds[i].name, sizeof z->kinds[i].name, "%.11s", chars + name);
    }
    return true;
}

static bool read_zone(Reader *r, rt_zone *z)
{
    Counts c = read_header(r);
    if (r->failed)
        return false;
    if (c.version == 0)
        return read_data(r, &c, 4, z);
    take(r, c.times * 5 + c.kinds * 6 + c.chars + c.leaps * 8 + c.is_standard + c.is_utc);
    c = read_header(r);
    if (r->failed || !read_data(r, &c, 8, z))
        return false;
    /* \nRULE\n */
    const unsigned char *line = take(r, 1), *end = line ? memchr(r->p, '\n', (size_t)(r->end - r->p)) : NULL;
    char rule[100];
    if (!end || *line != '\n' || end - r->p >= (int)sizeof rule)
        return false;
    size_t n = (size_t)(end - r->p);
    memcpy(rule, r->p, n);
    rule[n] = '\0';
    return n == 0 || read_rule(z, rule);
}

static void zone_free(rt_zone *z)
{
    free(z->at);
    free(z->to);
    free(z->kinds);
    free(z);
}

const char *dsc_zone_folder(void)
{
    static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (access(folders[i], R_OK | X_OK) == 0)
            return folders[i];
    return NULL;
}

/* The zone in a file, or NULL. */
static rt_zone *load(const char *folder, dsc_str name)
{
    char path[LONGEST_NAME + 64];
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)name.n, name.p);
    FILE *in = fopen(path, "rb");
    if (!in)
        return NULL;
    unsigned char *bytes = malloc(LARGEST_FILE);
    rt_zone *z = calloc(1, sizeof *z);
    size_t n = bytes && z ? fread(bytes, 1, LARGEST_FILE, in) : 0;
    bool good = n > 0 && !ferror(in) && read_zone(&(Reader){bytes, bytes + n, false}, z);
    fclose(in);
    free(bytes);
    if (!good) {
        if (z)
            zone_free(z);
        return NULL;
    }
    memcpy(z->id, name.p, (size_t)name.n);
    z->n_id = (size_t)name.n;
    return z;
}

/* ---- by name --------------------------------------------------------------------------- */

static bool is_name(dsc_str s)
{
    if (s.n < 1 || s.n >= LONGEST_NAME || !((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z'))
        return false;
    for (int64_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && !is_digit(c) && c != '_' && c != '+' && c != '-' && c != '/')
            return false;
    }
    return true;
}

static const rt_zone *find_kept(rt_zone *const _Atomic *bucket, dsc_str name)
{
    for (const rt_zone *z = atomic_load_explicit(bucket, memory_order_acquire); z; z = z->next)
        if (z->n_id == (size_t)name.n && memcmp(z->id, name.p, z->n_id) == 0)
            return z;
    return NULL;
}

const rt_zone *rt_zone_of(dsc_str name, const char **why)
{
    if (name.n == 3 && memcmp(name.p, "UTC", 3) == 0)
        return &utc;
    *why = "there is no time zone of this name";
    if (!is_name(name))
        return NULL;
    unsigned hash = 0;
    for (int64_t i = 0; i < name.n; i++)
        hash = hash * 31 + (unsigned char)name.p[i];
    rt_zone *_Atomic *bucket = &buckets[hash % BUCKETS];
    const rt_zone *kept = find_kept(bucket, name);
    if (kept)
        return kept;
    const char *folder = dsc_zone_folder();
    if (!folder) {
        *why = "this machine has no time zones (Debian: apt-get install tzdata)";
        return NULL;
    }
    pthread_mutex_lock(&loading);
    kept = find_kept(bucket, name);
    rt_zone *z = kept ? NULL : load(folder, name);
    if (z) {
        z->next = atomic_load_explicit(bucket, memory_order_relaxed);
        atomic_store_explicit(bucket, z, memory_order_release);
        kept = z;
    }
    pthread_mutex_unlock(&loading);
    return kept;
}

bool dsc_zone_exists(const char *name, size_t n, const char **why)
{
    return rt_zone_of((dsc_str){name, (int64_t)n}, why) != NULL;
}
