/* retain.c: which files of a checkpoint stay, and the texts of its programs.
 *
 * Recovery needs the two newest states, with all files that they stand on, and the log from the older one on. Where batches
 * are kept, by their times, other files that have all stay, too: the newest from before the oldest kept batch, and of those
 * behind it as many as make the way from one to the next no longer than a SPACING-th of the time that is kept, or than
 * from one to the next as they were made. Any two neighbouring gaps together are longer, so at most 2 * SPACING and a few stay. So
 * does the one where another program begins.
 *
 * program-SEQ is the program that ran the batches behind record SEQ:
 *
 *   "dscprog1", XXH3 of all that follows, the text as the command line gave it; nothing: it was not known */
#define _GNU_SOURCE
#include "retain.h"
#include "crash.h"
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 48, SPACING = 14 };
static const char program_mark[8] = {'d', 's', 'c', 'p', 'r', 'o', 'g', '1'};

static void name_of(char *name, uint64_t seq) { snprintf(name, NAME, "program-%020llu", (unsigned long long)seq); }

static int failed(dsc_context *job, const char *what, const char *path, const char *name)
{
    return dsc_fail(job, "checkpoint: cannot %s %s/%s: %s", what, path, name, strerror(errno));
}

/* ---- what goes ----------------------------------------------------------------------------- */

static int drop_program(dsc_context *job, int folder, const char *path, uint64_t seq)
{
    char name[NAME];
    name_of(name, seq);
    rt_crash_point();
    return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? failed(job, "remove", path, name) : 0;
}

static bool begins_program(const rt_numbers *programs, uint64_t seq)
{
    for (size_t i = 0; i < programs->n; i++)
        if (programs->at[i] == seq)
            return true;
    return false;
}

/* Files that the two newest states stand on come first: how many. */
static size_t needed(const rt_snapshots *all)
{
    size_t n = 1;
    while (n < all->n && !all->entries[n].whole)
        n++;
    return n < all->n ? n + 1 : all->n;
}

/* What is kept behind the first `n` files: marks those that stay. */
static void choose(int folder, const rt_snapshots *all, size_t n, const rt_numbers *programs, int64_t keep, bool *stays)
{
    int64_t oldest = rt_snapshot_time(folder, &all->entries[0]) - keep, above = rt_snapshot_time(folder, &all->entries[n - 1]);
    size_t first = all->n;
    for (size_t i = n; i < all->n && first == all->n; i++)
        if (all->entries[i].whole && rt_snapshot_time(folder, &all->entries[i]) <= oldest)
            first = i;
    /* From the oldest up: one goes where those on its sides are near. */
    int64_t below = INT64_MIN;
    for (size_t i = first < all->n ? first + 1 : all->n; i-- > n;) {
        if (!all->entries[i].whole)
            continue;
        size_t next = i;
        while (next-- > n && !all->entries[next].whole) { }
        int64_t up = next + 1 > n ? rt_snapshot_time(folder, &all->entries[next]) : above;
        stays[i] = below == INT64_MIN || up - below > keep / SPACING || begins_program(programs, all->entries[i].seq);
        if (stays[i])
            below = rt_snapshot_time(folder, &all->entries[i]);
    }
}

/* Of the programs the newest at or before the first snapshot, and later ones. */
static int drop_programs(dsc_context *job, int folder, const char *path, const rt_numbers *programs, uint64_t first)
{
    for (size_t i = 0; i + 1 < programs->n; i++)
        if (programs->at[i + 1] <= first && drop_program(job, folder, path, programs->at[i]) < 0)
            return -1;
    return 0;
}

static int drop_snapshots(dsc_context *job, int folder, const char *path, const rt_snapshots *all, const rt_numbers *programs, int64_t keep,
                          uint64_t *kept)
{
    size_t n = needed(all);
    bool *stays = calloc(all->n, sizeof *stays);
    if (!stays)
        return dsc_fail(job, "checkpoint: no memory for the names of its files");
    if (keep > 0)
        choose(folder, all, n, programs, keep, stays);
    int status = 0;
    for (size_t i = n; i < all->n && status == 0; i++) {
        if (stays[i])
            *kept = all->entries[i].seq;
        else
            status = rt_snapshot_unlink(job, folder, path, &all->entries[i]);
    }
    free(stays);
    return status;
}

int rt_retain(dsc_context *job, int folder, const char *path, int64_t keep, uint64_t *kept)
{
    rt_snapshots all;
    rt_numbers programs = {0};
    int status = rt_snapshots_list(job, folder, path, &all);
    *kept = 0;
    if (status == 0)
        status = rt_names_list(job, folder, path, "program", 20, &programs);
    if (status == 0 && all.n > 1) {
        *kept = all.entries[1].seq;
        status = drop_snapshots(job, folder, path, &all, &programs, keep, kept);
        if (status == 0)
            status = drop_programs(job, folder, path, &programs, *kept);
    }
    free(all.entries);
    free(programs.at);
    return status;
}

int rt_retain_nothing(dsc_context *job, int folder, const char *path)
{
    rt_snapshots all;
    rt_numbers programs = {0};
    int status = rt_snapshots_list(job, folder, path, &all);
    if (status == 0)
        status = rt_names_list(job, folder, path, "program", 20, &programs);
    for (size_t i = 0; i < all.n && status == 0; i++)
        status = rt_snapshot_unlink(job, folder, path, &all.entries[i]);
    for (size_t i = 0; i < programs.n && status == 0; i++)
        status = drop_program(job, folder, path, programs.at[i]);
    free(all.entries);
    free(programs.at);
    return status;
}

/* ---- programs --------------------------------------------------------------------------------- */

/* 1, 0 where the file is damaged, or -1 after dsc_fail. */
static int read_program(dsc_context *job, int folder, const char *path, uint64_t seq, rt_buf *text)
{
    char name[NAME], part[4096];
    ssize_t n;
    *text = (rt_buf){0};
    name_of(name, seq);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return failed(job, "read", path, name);
    while ((n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR))
        rt_buf_add(text, part, n > 0 ? (size_t)n : 0);
    int status = n < 0 ? failed(job, "read", path, name) : text->failed ? rt_no_memory(job, text->cap * 2, "the program's text") : 1;
    close(fd);
    rt_reader r = {(const uint8_t *)text->p + 8, (const uint8_t *)text->p + text->n, false};
    if (status > 0 && (text->n < 16 || memcmp(text->p, program_mark, 8) != 0 || rt_get_u64(&r) != rt_stable_hash(text->p + 16, text->n - 16)))
        status = 0;
    if (status <= 0)
        rt_buf_free(text);
    else
        memmove(text->p, text->p + 16, text->n -= 16);
    return status;
}

int rt_program_read(dsc_context *job, int folder, const char *path, uint64_t seq, rt_buf *text)
{
    int status = read_program(job, folder, path, seq, text);
    if (status == 0)
        return dsc_fail(job, "checkpoint: %s/program-%020llu is damaged, so what it ran cannot run again", path, (unsigned long long)seq);
    return status < 0 ? -1 : 0;
}

int rt_program_is_kept(dsc_context *job, int folder, const char *path, dsc_str text)
{
    rt_numbers found;
    rt_buf kept = {0};
    int status = rt_names_list(job, folder, path, "program", 20, &found);
    if (status == 0 && found.n > 0) {
        uint64_t newest = found.at[found.n - 1];
        status = read_program(job, folder, path, newest, &kept);
        if (status == 0)
            dsc_note(job, "checkpoint: %s/program-%020llu is damaged, so `dsc replay` cannot run what it ran", path, (unsigned long long)newest);
        if (status > 0)
            status = kept.n == (size_t)text.n && (text.n == 0 || memcmp(kept.p, text.p, kept.n) == 0);
    } else if (status == 0) {
        status = text.n == 0;
    }
    free(found.at);
    rt_buf_free(&kept);
    return status;
}

int rt_program_keep(dsc_context *job, int folder, const char *path, uint64_t seq, dsc_str text)
{
    char name[NAME];
    rt_buf bytes = {0};
    rt_buf_add(&bytes, program_mark, 8);
    rt_put_u64(&bytes, rt_stable_hash(text.n > 0 ? text.p : "", (size_t)text.n));
    rt_buf_add(&bytes, text.p, (size_t)text.n);
    name_of(name, seq);
    int status = bytes.failed ? rt_no_memory(job, (size_t)text.n, "the program's text") : rt_file_put(job, folder, path, name, &bytes);
    rt_buf_free(&bytes);
    return status;
}
