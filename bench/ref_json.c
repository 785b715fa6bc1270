/* ref_json.c: json.ds as an engineer would write it by hand, to measure dsc against.
 *
 *     ref_json FILE THREADS ADS_FILE
 *
 * Reads events and ads as gen_events.c writes them, and writes `campaign,window,views` a line, where a
 * window is 10 s of event time, in milliseconds, in the order in which they are first seen. It knows the
 * order of the fields, that values have no escapes, and that ads and campaigns have 36 bytes. */
#define _GNU_SOURCE
#include <stdint.h>

enum { WINDOW = 10000, UUID = 36 };

/* Of an ad: its campaign, text and number. Of a count: the campaign's text and the window. */
typedef struct Acc {
    const char *campaign;
    int64_t number, views;
} Acc;

static inline void merge(Acc *a, const Acc *b) { a->views += b->views; }

#include "ref.h"

static Table ads;                 /* does not change once it is read */

static void read_ads(const char *path)
{
    size_t size;
    const char *p = map_file(path, &size), *end = p + size;
    Table campaigns = {0};
    grow(&ads);
    grow(&campaigns);
    for (; p < end; p += 2 * UUID + 2) {
        Key campaign = take(&campaigns, p + UUID + 1, UUID), ad = take(&ads, p, UUID);
        add(&campaigns, &campaign, &(Acc){p + UUID + 1, campaigns.n, 0});
        add(&ads, &ad, &find_slot(&campaigns, &campaign)->acc);
    }
    free(campaigns.slots);
}

/* Behind `text`, which stands in the line at p. */
static inline const char *behind(const char *p, const char *text)
{
    size_t n = strlen(text);
    while (memcmp(p, text, n) != 0)
        p = find(p + 1, '"');
    return p + n;
}

static void read_events(Table *t, const char *p, const char *end)
{
    for (; p < end; p = find(p, '\n') + 1) {
        const char *at = behind(p, "\"ad_id\": \"");
        p = behind(at + UUID, "\"event_type\": \"");
        if (memcmp(p, "view\"", 5) != 0)
            continue;
        Key ad = take(&ads, at, UUID);
        const Slot *found = find_slot(&ads, &ad);
        if (found->order == 0)
            continue;
        int64_t time = 0;
        for (p = behind(p, "\"event_time\": \""); *p != '"'; p++)
            time = time * 10 + (*p - '0');
        int64_t window = time - time % WINDOW;
        Key key = {.lo = (uint64_t)found->acc.number, .hi = (uint64_t)window, .n = 16};
        key.hash = mix(key.lo, key.hi);
        add(t, &key, &(Acc){found->acc.campaign, window, 1});
    }
}

static void write_views(const Slot *s)
{
    put_text(s->acc.campaign, UUID);
    put_char(',');
    put_number((uint64_t)s->acc.number);
    put_char(',');
    put_number((uint64_t)s->acc.views);
    put_char('\n');
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    read_ads(argv[3]);
    return reference(argv[1], atoi(argv[2]), read_events, write_views);
}
