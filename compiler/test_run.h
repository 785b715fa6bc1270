/* test_run.h: what the streams of one test gave and what was expected of them.
 * Private to cmd_test*.c. */
#ifndef DSC_TEST_RUN_H
#define DSC_TEST_RUN_H

#include "base.h"
#include "compile.h"

/* A run of a test, in a process of its own. */
typedef struct TestRun {
    const Compilation *c;
    int n_args;
    char **args;                  /* of the command line of `dsc test`: params, options */
    const char *checkpoint;       /* its folder, or NULL */
    long crash_at;                /* the place at which it is killed; 0: counts them; -1: no matter */
} TestRun;

/* Its exit status, or 128 and the number of the signal that ended it. What it says on standard error is added to `messages`. */
int test_run(const TestRun *run, Text *messages);
/* The files of a folder, and of those in it. */
void test_folder_clear(const char *folder);

/* What one stream put out in one batch: the elements as a program writes them, one a line. */
typedef struct TestBatch {
    int64_t number;               /* from 1 */
    Text actual, expected;
} TestBatch;

typedef struct TestBatches {
    TestBatch *at;
    int n, cap;                   /* those with elements on one side at least, in order */
} TestBatches;

/* Read the files of expectation k. batch: its length in milliseconds. False after saying why. */
bool test_batches_read(const char *folder, int k, int64_t batch, TestBatches *out);
void test_batches_free(TestBatches *batches);
bool test_batches_equal(const TestBatches *batches);
/* Where they differ: `- expected`, `+ found`. */
void test_batches_print(const TestBatches *batches, const char *stream, bool colour);
/* What was found, as the program would have to write it: a list with a list a batch, at least n. */
void test_batches_write(const TestBatches *batches, int64_t n, Text *out);

#endif
