/* spill.c: the file of what waits. Slot i begins at i * STRIDE, with numbers as the machine has them:
 *
 *   0   "dscspil1"                  8   the split
 *   16  the offset                  24  n
 *   32  XXH3 of the bytes           40  XXH3 of the first 40 bytes
 *   48  n bytes
 *
 * A slot that is not whole, because the process died while it was written, is an empty one. */
#define _GNU_SOURCE
#include "spill.h"
#include "../sink/disk.h"
#include "../value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD = 48, WORDS = HEAD / 8 };
#define STRIDE (SPILL_SLOT + 4096)
static const char mark[8] = {'d', 's', 'c', 's', 'p', 'i', 'l', '1'};

struct Spill {
    char path[4096];              /* of the file; empty: it has no name */
    int fd;                       /* -1: not made yet */
    bool *used;                   /* by slot */
    uint32_t n, most;             /* slots that the file has; and may have */
    uint32_t n_used;
    Spilled *found;
    size_t n_found;
};

static void put_head(uint64_t head[WORDS], const Spilled *what, uint64_t hash)
{
    memcpy(head, mark, 8);
    head[1] = (uint64_t)what->split;
    head[2] = what->offset;
    head[3] = what->n;
    head[4] = hash;
    head[5] = rt_stable_hash(head, 40);
}

/* ---- what is there ------------------------------------------------------------------ */

static int in_order(const void *x, const void *y)
{
    const Spilled *a = x, *b = y;
    if (a->split != b->split)
        return a->split < b->split ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Is there something whole in the slot? */
static bool look_at(const Spill *spill, uint32_t slot, char *bytes, Spilled *what)
{
    uint64_t head[WORDS];
    const char *why;
    if (disk_read_at(spill->fd, head, HEAD, (off_t)(slot * STRIDE)) <= 0 || head[3] > SPILL_SLOT)
        return false;
    *what = (Spilled){(int32_t)head[1], head[2], (size_t)head[3], slot};
    return spill_get(spill, what, bytes, &why);
}

/* The slots that are whole. */
static bool find_slots(Spill *spill)
{
    struct stat st;
    char *bytes = malloc(SPILL_SLOT);
    if (!bytes || fstat(spill->fd, &st) < 0) {
        free(bytes);
        return false;
    }
    spill->n = (uint32_t)(((uint64_t)st.st_size + STRIDE - 1) / STRIDE);
    if (spill->n > spill->most)
        spill->most = spill->n;
    spill->used = calloc(spill->most, sizeof *spill->used);
    spill->found = calloc(spill->n ? spill->n : 1, sizeof *spill->found);
    for (uint32_t i = 0; i < spill->n && spill->used && spill->found; i++)
        if (look_at(spill, i, bytes, &spill->found[spill->n_found])) {
            spill->used[i] = true;
            spill->n_used++;
            spill->n_found++;
        }
    free(bytes);
    if (!spill->used || !spill->found)
        return false;
    qsort(spill->found, spill->n_found, sizeof *spill->found, in_order);
    return true;
}

int spill_open(dsc_source *s, int64_t max, bool make, Spill **out)
{
    const char *folder = dsc_checkpoint_folder(s->job);
    *out = NULL;
    if (!folder && !make)
        return 0;
    Spill *spill = calloc(1, sizeof *spill);
    if (!spill)
        return dsc_fail(s->job, "%s: no memory for what waits", s->def->name);
    spill->fd = -1;
    spill->most = max / (int64_t)STRIDE > 1000000 ? 1000000 : max < (int64_t)STRIDE ? 1 : (uint32_t)(max / (int64_t)STRIDE);
    if (folder) {
        snprintf(spill->path, sizeof spill->path, "%s/spill-%016llx", folder,
                 (unsigned long long)rt_stable_hash(s->node->name, strlen(s->node->name)));
        spill->fd = open(spill->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        if (spill->fd < 0 && errno != ENOENT) {
            int status = dsc_fail(s->job, "%s: cannot open %s: %s", s->def->name, spill->path, strerror(errno));
            spill_close(spill);
            return status;
        }
    }
    if (spill->fd < 0 && !make) {
        spill_close(spill);
        return 0;
    }
    if (spill->fd >= 0 ? !find_slots(spill) : !(spill->used = calloc(spill->most, sizeof *spill->used))) {
        spill_close(spill);
        return dsc_fail(s->job, "%s: no memory for what waits", s->def->name);
    }
    *out = spill;
    return 0;
}

void spill_close(Spill *spill)
{
    if (!spill)
        return;
    if (spill->fd >= 0)
        close(spill->fd);
    free(spill->used);
    free(spill->found);
    free(spill);
}

const Spilled *spill_found(const Spill *spill, size_t *n)
{
    *n = spill->n_found;
    return spill->found;
}

/* ---- slots ------------------------------------------------------------------------------ */

static int make_file(Spill *spill)
{
    if (spill->path[0])
        return open(spill->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    const char *folder = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/dsc-spill-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

bool spill_put(Spill *spill, Spilled *what, const void *bytes, const char **why)
{
    uint32_t slot = 0;
    *why = NULL;
    while (slot < spill->most && spill->used[slot])
        slot++;
    if (slot == spill->most)
        return false;
    uint64_t head[WORDS], none[WORDS] = {0};
    off_t at = (off_t)(slot * STRIDE);
    put_head(head, what, rt_stable_hash(bytes, what->n));
    if (spill->fd < 0 && (spill->fd = make_file(spill)) < 0) {
        *why = strerror(errno);
        return false;
    }
    /* The head last: a slot with one is whole. */
    if (disk_write_at(spill->fd, none, HEAD, at) < 0 || disk_write_at(spill->fd, bytes, what->n, at + HEAD) < 0 ||
        disk_write_at(spill->fd, head, HEAD, at) < 0) {
        *why = strerror(errno);
        return false;
    }
    spill->used[slot] = true;
    spill->n_used++;
    what->slot = slot;
    return true;
}

bool spill_get(const Spill *spill, const Spilled *what, void *bytes, const char **why)
{
    uint64_t head[WORDS], wanted[WORDS];
    off_t at = (off_t)(what->slot * STRIDE);
    if (disk_read_at(spill->fd, head, HEAD, at) <= 0 || disk_read_at(spill->fd, bytes, what->n, at + HEAD) <= 0) {
        *why = strerror(errno);
        return false;
    }
    put_head(wanted, what, rt_stable_hash(bytes, what->n));
    *why = "it is damaged";
    return memcmp(head, wanted, HEAD) == 0;
}

void spill_drop(Spill *spill, uint32_t slot)
{
    spill->used[slot] = false;
    if (--spill->n_used == 0 && ftruncate(spill->fd, 0) == 0)
        spill->n = 0;
}
