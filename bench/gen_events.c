/* gen_events.c: the events of the Yahoo streaming benchmark as JSON, and the campaigns of its ads.
 *
 *     gen_events FILE MEGABYTES ADS_FILE
 *
 * FILE gets an event a line, all values strings, about 250 bytes: a third are views, two a
 * millisecond. ADS_FILE gets `ad,campaign` a line: 100 campaigns of 10 ads each. */
#include "gen.h"

enum { CAMPAIGNS = 100, ADS = 10 * CAMPAIGNS, PEOPLE = 100, PAGES = 100, UUID = 36 };

static char ads[ADS][UUID], campaigns[CAMPAIGNS][UUID], people[PEOPLE][UUID], pages[PAGES][UUID];
static uint64_t events;

static void make_uuid(char *p)
{
    for (int i = 0; i < UUID; i++)
        p[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : "0123456789abcdef"[gen_below(16)];
}

static char *put_text(char *p, const char *text) { return gen_put(p, text, strlen(text)); }

static char *write_event(char *p)
{
    static const char *const types[] = {"banner", "modal", "sponsored-search", "mail", "mobile"};
    static const char *const kinds[] = {"view", "click", "purchase"};
    p = gen_put(put_text(p, "{\"user_id\": \""), people[gen_below(PEOPLE)], UUID);
    p = gen_put(put_text(p, "\", \"page_id\": \""), pages[gen_below(PAGES)], UUID);
    p = gen_put(put_text(p, "\", \"ad_id\": \""), ads[gen_below(ADS)], UUID);
    p = put_text(put_text(p, "\", \"ad_type\": \""), types[gen_below(5)]);
    p = put_text(put_text(p, "\", \"event_type\": \""), kinds[gen_below(3)]);
    p = gen_put_number(put_text(p, "\", \"event_time\": \""), UINT64_C(1700000000000) + events++ / 2);
    return put_text(p, "\", \"ip_address\": \"1.2.3.4\"}\n");
}

static int write_ads(const char *path)
{
    FILE *out = fopen(path, "wb");
    for (int i = 0; out && i < ADS; i++)
        fprintf(out, "%.36s,%.36s\n", ads[i], campaigns[i % CAMPAIGNS]);
    if (!out || fclose(out) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int megabytes = argc == 4 ? atoi(argv[2]) : 0;
    if (megabytes < 1) {
        fprintf(stderr, "usage: gen_events FILE MEGABYTES ADS_FILE\n");
        return 2;
    }
    for (int i = 0; i < ADS; i++)
        make_uuid(ads[i]);
    for (int i = 0; i < CAMPAIGNS; i++) {
        make_uuid(campaigns[i]);
        make_uuid(people[i]);
        make_uuid(pages[i]);
    }
    return gen_file(argv[1], megabytes, write_event) || write_ads(argv[3]);
}
