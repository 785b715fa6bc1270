/* gen_nexmark.c: the events of an auction house as lines of CSV, of every 50 a person, three auctions and 46 bids,
 * after the generator of the Nexmark benchmark: half of the bids go to the hottest auction of the last hundred,
 * three quarters come from the bidder who is hot; prices spread over six powers of ten.
 *
 *     gen_nexmark FILE EVENTS [EVENTS-A-SECOND]
 *
 * A second of event time has 100000 events unless said; events are up to 2 s out of order. The columns are
 * kind,auction,bidder,price,channel,url,at,extra: of persons and auctions the first number is their own. A bid is about
 * 100 bytes, an auction 500, a person 200. The same arguments give the same bytes on every machine. */
#include "gen.h"

enum { ROOM = 1 << 12, BLOCK = 1 << 20, LETTERS = 1 << 16 };

static const int64_t begin_ms = 1704067200000;   /* 2024-01-01 */
static char letters[LETTERS];

/* n letters that mean nothing. */
static const char *some_letters(void)
{
    return letters + gen_below(LETTERS - 1024);
}

static int64_t price(void)
{
    int64_t p = 100 + gen_below(900);
    for (uint32_t power = gen_below(6); power > 0; power--)
        p = p * 10 + gen_below(10);
    return p;
}

/* One of the last `of`, from 1; the hottest, every hundredth, in `hot` of four cases. */
static int64_t one_of_last(int64_t newest, int64_t of, uint32_t hot)
{
    if (gen_below(4) < hot)
        return newest < 100 ? 1 : newest / 100 * 100;
    return newest - (int64_t)gen_below((uint32_t)(newest < of ? newest : of));
}

static int bid(char *p, int64_t persons, int64_t auctions, int64_t at)
{
    static const char *const hot[] = {"Google", "Facebook", "Baidu", "Apple"};
    char other[16];
    uint32_t channel = gen_below(10000);
    snprintf(other, sizeof other, "channel-%u", channel);
    const char *name = channel & 1 ? hot[channel >> 1 & 3] : other;
    return snprintf(p, ROOM, "bid,%lld,%lld,%lld,%s,https://www.nexmark.com/%.3s/%.4s/%.5s/item.htm?query=1,%lld,%.*s\n",
                    (long long)one_of_last(auctions, 100, 2), (long long)one_of_last(persons, 1000, 3), (long long)price(), name,
                    some_letters(), some_letters(), some_letters(), (long long)at, (int)gen_below(16), some_letters());
}

int main(int argc, char **argv)
{
    int64_t n = argc > 2 ? atoll(argv[2]) : 0, rate = argc > 3 ? atoll(argv[3]) : 100000;
    if (argc < 3 || n <= 0 || rate <= 0) {
        fprintf(stderr, "usage: gen_nexmark FILE EVENTS [EVENTS-A-SECOND]\n");
        return 2;
    }
    FILE *out = fopen(argv[1], "wb");
    char *block = malloc(BLOCK + ROOM), *p = block;
    if (!out || !block) {
        perror(argv[1]);
        return 1;
    }
    for (int i = 0; i < LETTERS; i++)
        letters[i] = (char)('a' + gen_below(26));
    p += snprintf(p, ROOM, "kind,auction,bidder,price,channel,url,at,extra\n");
    int64_t persons = 0, auctions = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = begin_ms + i * 1000 / rate + (gen_below(100) == 0 ? -(int64_t)gen_below(2000) : 0);
        uint32_t kind = (uint32_t)(i % 50);
        if (kind == 0)
            p += snprintf(p, ROOM, "person,%lld,0,0,%.12s,%.20s@%.9s.com,%lld,%.120s\n", (long long)++persons, some_letters(),
                          some_letters(), some_letters(), (long long)at, some_letters());
        else if (kind <= 3)
            p += snprintf(p, ROOM, "auction,%lld,%lld,%lld,%.20s,%.100s,%lld,%.330s\n", (long long)++auctions,
                          (long long)one_of_last(persons, 1000, 3), (long long)price(), some_letters(), some_letters(), (long long)at,
                          some_letters());
        else
            p += bid(p, persons, auctions, at);
        if (p - block >= BLOCK) {
            fwrite(block, 1, (size_t)(p - block), out);
            p = block;
        }
    }
    fwrite(block, 1, (size_t)(p - block), out);
    if (fclose(out) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
