/* cmd_check.c: `dsc check FILE [--format json] [--laws] [--state-budget 64M]`: errors and warnings of a
 * program, nothing run. */
#include "cmd.h"
#include "compile.h"
#include "cost.h"
#include "reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "64M", "1G", "500K", bytes without a letter; 0: it is none. */
static int64_t parse_bytes(const char *word)
{
    static const char letters[] = "KMG";
    char *end;
    errno = 0;
    long long n = isdigit((unsigned char)*word) ? strtoll(word, &end, 10) : 0;
    if (n <= 0 || errno != 0)
        return 0;
    const char *letter = *end ? strchr(letters, toupper((unsigned char)*end)) : NULL;
    int shift = letter ? 10 * (int)(letter - letters + 1) : 0;
    bool whole = letter ? end[1] == '\0' || strcmp(end + 1, "B") == 0 : *end == '\0';
    return whole && n <= INT64_MAX >> shift ? n << shift : 0;
}

/* Take `--state-budget 64M` out of the arguments. False: it was wrong. */
static bool take_budget(int *argc, char **argv, const char **word, int64_t *budget)
{
    *word = NULL;
    for (int i = 0; i < *argc; i++) {
        int last = i;
        const char *value = option_value("--state-budget", *argc, argv, &last);
        if (!value)
            continue;
        *word = value;
        *budget = parse_bytes(value);
        memmove(argv + i, argv + last + 1, (size_t)(*argc - last - 1) * sizeof *argv);
        *argc -= last - i + 1;
        if (*budget > 0)
            return true;
        usage_error("check", "--state-budget takes a number of bytes, such as 64M or 2G, and not '%s'", value);
        return false;
    }
    return true;
}

static void print_place(const Plan *plan, const Node *n)
{
    n = n->windows ? n->windows : n;
    printf("%s:%d:%d: %s", plan->files[n->span.file].name, n->span.line, n->span.col, n->op_name);
}

static int unbounded(const Plan *plan, const Node *n, const Cost *cost)
{
    print_place(plan, n);
    printf(" has no bound: it costs %s; %s\n", cost_text(plan->arena, cost), cost->leaves);
    if (cost->add)
        printf("  add one: `%s(.., %s)` stops the program rather than keep more\n", (n->windows ? n->windows : n)->op_name, cost->add);
    if (n->window > 0 && cost->element > 0)
        printf("  it keeps elements: reduceByKeyAndWindow and countByWindow keep what has been combined\n");
    return 1;
}

/* 0 when all that the program keeps is at most `budget`; says why not. */
static int check_budget(const Plan *plan, const char *word, int64_t budget)
{
    int open = 0;
    int64_t all = 0;
    Cost cost;
    for (int i = 0; i < plan->nodes.n; i++) {
        const Node *n = plan->nodes.at[i];
        if (!node_cost(plan->arena, n, &cost))
            continue;
        if (cost.most < 0)
            open += unbounded(plan, n, &cost);
        else
            all = cost.most > INT64_MAX - all ? INT64_MAX : all + cost.most;
    }
    if (open == 0 && all <= budget)
        return 0;
    for (int i = 0; open == 0 && i < plan->nodes.n; i++)
        if (node_cost(plan->arena, plan->nodes.at[i], &cost)) {
            print_place(plan, plan->nodes.at[i]);
            printf(" takes up to %lld bytes\n", (long long)cost.most);
        }
    if (open > 0)
        printf("dsc check --state-budget %s: %d operator%s may keep any number of bytes\n", word, open, open == 1 ? "" : "s");
    else
        printf("dsc check --state-budget %s: what the program keeps may take %lld bytes, and %lld are allowed\n", word,
               (long long)all, (long long)budget);
    return 2;
}

int cmd_check(int argc, char **argv)
{
    ProgramArgs args;
    const char *word;
    int64_t budget = 0;
    bool laws = take_flag("--laws", &argc, argv);
    if (!take_budget(&argc, argv, &word, &budget) || !take_program("check", FORMAT_ONLY, &argc, argv, &args) ||
        !only_program("check", argc, argv, &args))
        return 2;
    if ((laws || word) && args.json)
        return usage_error("check", "%s writes text only", laws ? "--laws" : "--state-budget");
    if (laws && word)
        return usage_error("check", "--laws and --state-budget are asked for one by one");
    Compilation c;
    CompileOptions how = {.goal = word ? GOAL_PLAN : GOAL_CHECK, .text = args.text, .json = args.json ? stdout : NULL};
    int status = compile_file(args.file, &how, &c);
    if (status == 0 && laws)
        status = laws_check(c.plan);
    if (status == 0 && word)
        status = check_budget(c.plan, word, budget);
    compile_free(&c);
    return status;
}
