/* test_plan.h: a `test` block as a plan that can be run.
 *
 *     test "counts" { give lines = [["a b"], []]  expect counts = [[("a", 1), ("b", 1)], []] }
 *
 * Compile with CompileOptions.test = i (from 1, in the order of the file) and
 * .test_folder: the plan is the program with each given stream read from
 * `queue(batches)` in place of its source, without the program's own sinks, and
 * with two sinks for expectation k (from 0):
 *
 *     sink files("FOLDER/actual-k")      what the stream gives
 *     sink files("FOLDER/expected-k")    what the test says, from a queue of its own
 *
 * in the format `literal` (one element a line as a program writes it, strings in
 * quotes). So there is one file a batch that has elements, `actual-k-<ms>.txt`,
 * and the test holds when both sets of files are the same. Run it on the virtual
 * clock. It has no checkpoint but what its command line gives; .test_every is how
 * often that is made. A test is checked whenever its program is; a program that has tests but
 * no sink can only be tested. */
#ifndef DSC_TEST_PLAN_H
#define DSC_TEST_PLAN_H

#include "ast.h"

typedef struct TestExpect {
    const char *stream;           /* the name of the stream */
    Span span;                    /* of that name */
    Span value;                   /* of the list of batches, to be replaced by --bless */
    int batches;                  /* lists in it, when it is written as a list; else -1 */
} TestExpect;

typedef struct TestCase {
    const char *name;
    Span span;
    bool crash;                   /* crash everywhere */
    VEC(TestExpect) expects;
} TestCase;

typedef VEC(TestCase) TestCases;

/* The tests of a parsed program, in order. */
TestCases test_cases(Arena *arena, const Program *program);

#endif
