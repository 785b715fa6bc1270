/* cmd_test_batches.c: reading, comparing and showing what a test's streams gave. */
#define _POSIX_C_SOURCE 200809L
#include "line_diff.h"
#include "test_run.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static TestBatch *batch_numbered(TestBatches *b, int64_t number)
{
    int i = 0;
    while (i < b->n && b->at[i].number < number)
        i++;
    if (i < b->n && b->at[i].number == number)
        return &b->at[i];
    if (b->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 16;
        TestBatch *grown = realloc(b->at, (size_t)b->cap * sizeof *grown);
        if (!grown)
            abort();
        b->at = grown;
    }
    memmove(b->at + i + 1, b->at + i, (size_t)(b->n - i) * sizeof *b->at);
    b->n++;
    b->at[i] = (TestBatch){.number = number};
    text_add(&b->at[i].actual, "");
    text_add(&b->at[i].expected, "");
    return &b->at[i];
}

static bool read_batch(const char *folder, const char *name, Text *out)
{
    Text path = {0};
    text_printf(&path, "%s/%s", folder, name);
    FILE *in = fopen(path.p, "rb");
    char part[1 << 14];
    size_t n;
    while (in && (n = fread(part, 1, sizeof part, in)) > 0)
        text_addn(out, part, n);
    bool whole = in && !ferror(in);
    if (!whole)
        fprintf(stderr, "dsc test: cannot read %s: %s\n", path.p, strerror(errno));
    if (in)
        fclose(in);
    text_free(&path);
    return whole;
}

bool test_batches_read(const char *folder, int k, int64_t batch, TestBatches *out)
{
    *out = (TestBatches){0};
    char actual[32], expected[32];
    size_t n_actual = (size_t)snprintf(actual, sizeof actual, "actual-%d-", k);
    size_t n_expected = (size_t)snprintf(expected, sizeof expected, "expected-%d-", k);
    DIR *dir = opendir(folder);
    if (!dir) {
        fprintf(stderr, "dsc test: cannot read %s: %s\n", folder, strerror(errno));
        return false;
    }
    bool fine = true;
    for (struct dirent *entry; fine && (entry = readdir(dir));) {
        const char *name = entry->d_name;
        bool is_actual = strncmp(name, actual, n_actual) == 0;
        if (!is_actual && strncmp(name, expected, n_expected) != 0)
            continue;
        int64_t time = strtoll(name + (is_actual ? n_actual : n_expected), NULL, 10);
        TestBatch *b = batch_numbered(out, batch > 0 ? time / batch : time);
        fine = read_batch(folder, name, is_actual ? &b->actual : &b->expected);
    }
    closedir(dir);
    return fine;
}

void test_batches_free(TestBatches *b)
{
    for (int i = 0; i < b->n; i++) {
        text_free(&b->at[i].actual);
        text_free(&b->at[i].expected);
    }
    free(b->at);
    *b = (TestBatches){0};
}

static bool same_text(const Text *a, const Text *b)
{
    return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

bool test_batches_equal(const TestBatches *b)
{
    for (int i = 0; i < b->n; i++)
        if (!same_text(&b->at[i].actual, &b->at[i].expected))
            return false;
    return true;
}

void test_batches_print(const TestBatches *batches, const char *stream, bool colour)
{
    for (int i = 0; i < batches->n; i++) {
        const TestBatch *b = &batches->at[i];
        if (same_text(&b->actual, &b->expected))
            continue;
        printf("  `%s`, batch %lld: - expected, + found\n", stream, (long long)b->number);
        lines_diff_print(&b->expected, &b->actual, colour);
    }
}

void test_batches_write(const TestBatches *batches, int64_t n, Text *out)
{
    size_t size = 0;
    for (int i = 0; i < batches->n; i++)
        size += batches->at[i].actual.n;
    bool wide = size > 60 || n > 8;           /* a line for each batch */
    text_add(out, wide ? "[\n" : "[");
    int next = 0;
    for (int i = 0; i < batches->n; i++)
        if (batches->at[i].actual.n > 0 && batches->at[i].number > n)
            n = batches->at[i].number;
    for (int64_t number = 1; number <= n; number++) {
        while (next < batches->n && batches->at[next].number < number)
            next++;
        text_add(out, number == 1 ? "" : wide ? ",\n" : ", ");
        text_add(out, "[");
        if (next < batches->n && batches->at[next].number == number) {
            Lines lines = lines_of(&batches->at[next].actual);
            for (int i = 0; i < lines.n; i++) {
                text_add(out, i ? ", " : "");
                text_addn(out, lines.at[i].p, lines.at[i].n);
            }
            free(lines.at);
        }
        text_add(out, "]");
    }
    text_add(out, wide ? "\n]" : "]");
}
