/* cmd_help.c: `dsc help [NAME]` and `dsc --version`: what the compiler's own
 * tables say of commands, operators, functions, sources, sinks, formats and errors. */
#include "cmd.h"
#include "config.h"
#include "diag.h"
#include "dsc_conn.h"
#include "embed.h"
#include "opdef.h"

#include <stdio.h>
#include <string.h>

typedef struct VerbHelp {
    const char *name, *usage, *doc;
} VerbHelp;

static const VerbHelp verbs[] = {
    {"run", "dsc run FILE [run options] [--NAME=VALUE ..]",
     "Compile a program in memory and run it. FILE may be - for standard input."
     "\nWith --format json its errors and warnings come as JSON lines; see `dsc help check`."
     "\n\nRun options, also those of executables:\n"
     "  --batch D          length of a batch, as 1s or 250ms, in place of the program's\n"
     "  --threads N        worker threads; one a processor unless given\n"
     "  --clock WHICH      real or virtual; virtual where all sources end by themselves\n"
     "  --batches N        stop after N batches\n"
     "  --stop-after-idle D  stop, as by SIGTERM, when batches of so long have had no input\n"
     "  --backpressure     take no more of a source than batches can do in their time; the rest waits\n"
     "  --checkpoint DIR   keep in DIR what it takes to go on after the program has ended, however it did\n"
     "  --keep D           keep there what it takes to run the batches of so long again (`dsc help replay`)\n"
     "  --fresh            remove what is in there, and start anew\n"
     "  --durability WHEN  a batch is on stable storage before it is published (batch), within a second (interval),\n"
     "                     or when the system gets to it (none)\n"
     "  --quiet            no notes on standard error\n"
     "  --verbose          a line on standard error for every batch: records and delays\n"
     "  --metrics FILE     append a line of JSON for every batch: delays, records, keys and bytes of each state\n"
     "  --NAME=VALUE       a value for `param NAME` of the program\n"
     "  --help             the program's own params"},
    {"-e", "dsc -e 'PROGRAM' [run options] [--NAME=VALUE ..]",
     "Run a program written on the command line. Other commands take `-e 'PROGRAM'` in the place of FILE.\n\n"
     "  dsc -e 'source stdin() | filter(_.contains(\"error\")) | sink stdout()' <service.log"},
    {"compile", "dsc compile FILE [-o OUT] [--emit c|plan|exe] [--static] [-g]",
     "Make an executable that needs no dsc (by $CC, with $CFLAGS added)."
     "\n\n"
     "  -o OUT             its name; the program's without .ds unless given\n"
     "  --emit c           the generated C instead, on standard output or in OUT\n"
     "  --emit plan        the plan, as `dsc explain` shows it\n"
     "  --static           no shared libraries\n"
     "  -g                 debuggable; the C stays beside it as OUT.c"},
    {"check", "dsc check FILE [--format text|json] [--laws | --state-budget BYTES]",
     "Show a program's errors and warnings; run nothing."
     "\n\n"
     "  --laws             try the functions that combine (reduce, reduceByKey, windows, merge, inverse) on\n"
     "                     simple and random values: is f(f(a, b), c) the same as f(a, f(b, c)), f(a, b) as\n"
     "                     f(b, a), does an inverse undo f? What is not is shown. Exit status 2 when that has\n"
     "                     to be: in windows f must be associative, and an inverse that is given undo it\n"
     "  --state-budget B   may what the program keeps from batch to batch take more than B bytes (64M, 2G)? Then,\n"
     "                     or where nothing bounds it, that is said with what to add, and the exit status is 2\n"
     "  --format json      on standard output, one JSON object a line, for editors: file, line, column,\n"
     "                     endLine, endColumn, severity, code, message, label, expected, help, and under\n"
     "                     related further places with a message each. Lines and columns count from 1,\n"
     "                     columns in bytes; ends are exclusive; line 0: of no place in the file"},
    {"explain", "dsc explain FILE [--format text|dot|svg|json]",
     "Show the plan: operators, their types, what is held, and the stages they are fused into."},
    {"state", "dsc state ls DIR | get DIR NAME KEY | export DIR NAME [--csv | --json]",
     "What the newest snapshot of a checkpoint holds, also while a job uses its folder."
     "\n\n"
     "  ls                 each operator that keeps something: its name, keys and bytes\n"
     "  get                the value of a key, as JSON; KEY as `print` shows it\n"
     "  export             all keys and values, a line of JSON each, in the order since they live\n"
     "  --csv              as CSV, with a line of names; the fields of records and tuples are columns\n"
     "  --json             `ls`, too, as lines of JSON"},
    {"log", "dsc log DIR",
     "The records of a checkpoint's log, a line of JSON each: batches with their sources and sinks,"
     "\nhow late they were begun and how long they took."},
    {"upgrade", "dsc upgrade DIR FILE [--drop NAME].. [--rename OLD=NEW].. [--default NAME.FIELD=VALUE].. [--dry-run]",
     "Say of each part of a checkpoint what becomes of it in a changed program, which does not run: kept, converted, new"
     "\nor lost. Where nothing is lost, what is to be converted is. Exit status 1: something would be lost, and nothing is changed."
     "\n\n"
     "  --drop NAME        the state of an operator, a source's position, a sink's place, or NAME.FIELD, may go\n"
     "  --rename OLD=NEW   what was called OLD is called NEW\n"
     "  --default N.F=V    field F, which is new in the state of N, is V where it was not\n"
     "  --dry-run          change nothing\n"
     "  --format json      a line of JSON for each part: change, of, name, operator, how\n"
     "  --batch D, --NAME=VALUE ..  as to `dsc run`"},
    {"replay", "dsc replay DIR [PROGRAM] [--from T] [--until T] [--to FOLDER] [--with OTHER [--diff]]",
     "Run batches that a checkpoint keeps again, over the input that they had, from the snapshot before them: to the same\n"
     "bytes, shown as `print` does. No sink of the program is touched, and nothing in DIR; a job may be using it.\n"
     "How far back that goes is what the program says: `checkpoint \"dir\" every 10s keep 7d`, or --keep 7d.\n\n"
     "  PROGRAM            the program, where DIR does not have its text: that of an executable\n"
     "  --from T           the first batch: its time in milliseconds, as `dsc log` shows it, or as 2024-01-31T12:00:00Z; or\n"
     "                     @N, the N-th batch of the job. All that are kept unless given\n"
     "  --until T          the last batch\n"
     "  --to FOLDER        write what each sink was given to a file of its name there, in its format\n"
     "  --with OTHER       run another program over the same input; state that fits it by name and type is there, other\n"
     "                     operators begin empty, which is said\n"
     "  --diff             show in which lines, by batch and sink, its output differs (- as it was, + by OTHER); exit\n"
     "                     status 0: in none, 1: there are some, 2: it could not be found out\n"
     "  --threads N, --NAME=VALUE  as of `dsc run`; params are as they were unless given"},
    {"fmt", "dsc fmt FILE.. [--check]",
     "Bring programs into their one form; comments stay. Files are replaced where something changes;"
     "\nFILE may be -: standard input, formatted, goes to standard output."
     "\n\n"
     "  --check            change nothing: print the names of files that are not in that form; exit\n"
     "                     status 1 if there are any"},
    {"test", "dsc test FILE.. [--bless] [--NAME=VALUE ..]",
     "Run the test blocks of programs, under the virtual clock, and show what differs. Exit status 0: all"
     "\npassed; 1: some failed; 2: a program is wrong, or there are no tests."
     "\n\n"
     "  --bless            write what was found into the files, in the place of what was expected\n"
     "  --NAME=VALUE       a value for `param NAME`, or a run option\n\n"
     "  test \"counts\" {\n"
     "    give lines = [[\"a b\", \"a\"], []]\n"
     "    expect counts = [[(\"a\", 2), (\"b\", 1)], []]\n"
     "    crash everywhere  # and again with a checkpoint, killed wherever that writes, and started again\n"
     "  }"},
    {"repl", "dsc repl [FILE]",
     "Try things out: an expression shows its value and type, a stream its first elements and type;"
     "\ndefinitions stay. FILE: a program whose definitions are there from the start. `:help` says more."
     "\n\nOn a terminal lines can be edited (arrows, Home, End, Ctrl-A E K U W, Tab for names) and are kept in"
     "\n~/.dsc_history or the file that DSC_HISTORY names; \"\" for none."},
    {"help", "dsc help [NAME]",
     "Help on a command, operator, function, source, sink, format, library or error code; without NAME a list of all."},
    {"--version", "dsc --version", "Show the version and what this build has."},
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };


/* A text of several lines, each a little to the right. */
static void print_indented(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        printf("  %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void list_names(const char *title, const char *const *names, int n)
{
    printf("\n%s", title);
    int column = 80;
    for (int i = 0; i < n; i++) {
        if (i > 0 && strcmp(names[i], names[i - 1]) == 0)
            continue;
        int width = (int)strlen(names[i]) + 1;
        if (column + width > 78) {
            printf("\n ");
            column = 1;
        }
        printf(" %s", names[i]);
        column += width;
    }
    printf("\n");
}

static void list_everything(void)
{
    Arena *arena = arena_new("help");
    VEC(const char *) names = {0};
    printf("dsc: stream processing on one machine\n\n");
    for (int i = 0; i < N_VERBS; i++)
        printf("  %s\n", verbs[i].usage);
    for (int i = 0; i < n_all_ops; i++)
        vec_push(arena, &names, all_ops[i]->name);
    list_names("operators", names.at, names.n);
    names.n = 0;
    for (int i = 0; dsc_all_sources[i]; i++)
        vec_push(arena, &names, dsc_all_sources[i]->name);
    list_names("sources", names.at, names.n);
    names.n = 0;
    for (int i = 0; dsc_all_sinks[i]; i++)
        vec_push(arena, &names, dsc_all_sinks[i]->name);
    list_names("sinks", names.at, names.n);
    names.n = 0;
    for (int i = 0; dsc_all_formats[i]; i++)
        vec_push(arena, &names, dsc_all_formats[i]->name);
    list_names("formats", names.at, names.n);
    names.n = 0;
    for (int i = 0; i < n_all_builtins; i++)
        vec_push(arena, &names, all_builtins[i].name);
    list_names("functions", names.at, names.n);
    names.n = 0;
    for (const Library *l = libraries; l->name; l++)
        vec_push(arena, &names, l->name);
    list_names("libraries", names.at, names.n);
    printf("\n`dsc help NAME` says more of any of them.\n");
    arena_free(arena);
}

static bool help_verb(const char *name)
{
    for (int i = 0; i < N_VERBS; i++)
        if (strcmp(name, verbs[i].name) == 0) {
            printf("%s\n\n%s\n", verbs[i].usage, verbs[i].doc);
            return true;
        }
    return false;
}

static bool help_op(const char *name)
{
    const OpDef *op = op_find(name);
    if (!op)
        return false;
    printf("operator %s\n\n  %s\n\n%s\n", name, op->signature, op->doc);
    if (op->example) {
        printf("\nexample\n\n");
        print_indented(op->example);
    }
    if (op->class == OP_HOLD)
        printf("\nIt holds elements until the end of the batch or slide. It also takes name: \"..\",\n"
               "the name its state is kept under.\n");
    return true;
}

static bool help_functions(const char *name)
{
    bool found = false;
    for (int i = 0; i < n_all_builtins; i++) {
        const Builtin *b = &all_builtins[i];
        if (strcmp(b->name, name) != 0)
            continue;
        printf("%sfunction %s%s\n\n%s\n\nexample\n\n  %s   gives   %s\n", found ? "\n" : "", name, b->type, b->doc,
               b->example, b->result);
        found = true;
    }
    return found;
}

static void print_args(const dsc_arg_def *args)
{
    for (; args && args->name; args++)
        printf("  %-10s %s%s%s\n", args->name, args->doc, args->text ? "; default " : "; must be given",
               args->text ? args->text : "");
}

static void print_connector(const char *kind, const char *synopsis, const char *doc, const dsc_arg_def *args,
                            const char *example)
{
    printf("%s %s\n\n%s\n\n", kind, synopsis, doc);
    print_args(args);
    if (example) {
        printf("\nexample\n\n");
        print_indented(example);
    }
}

static bool help_connector(const char *name)
{
    const dsc_source_def *source = dsc_find_source(name);
    const dsc_sink_def *sink = dsc_find_sink(name);
    if (source)
        print_connector("source", source->synopsis, source->doc, source->args, source->example);
    if (source && sink)
        printf("\n");
    if (sink)
        print_connector("sink", sink->synopsis, sink->doc, sink->args, sink->example);
    return source || sink;
}

static bool help_format(const char *name)
{
    const dsc_format_def *format = dsc_find_format(name);
    if (format)
        print_connector("format", format->synopsis, format->doc, format->args, format->example);
    return format != NULL;
}

/* A library is its own help. */
static bool help_library(const char *name)
{
    for (const Library *l = libraries; l->name; l++)
        if (strcmp(l->name, name) == 0) {
            printf("library %s, brought in by `import %s`\n\n%s", name, name, l->text);
            return true;
        }
    return false;
}

static bool help_error(const char *name)
{
    const char *title, *text = diag_explain(name, &title);
    if (text)
        printf("%s: %s\n\n%s\n", name, title, text);
    return text != NULL;
}

/* Keep the nearest name so far. */
static void nearer(const char *wanted, const char *name, const char **best, int *distance)
{
    int d = edit_distance(wanted, name);
    if (d < *distance) {
        *distance = d;
        *best = name;
    }
}

static int unknown(const char *name)
{
    const char *best = NULL;
    int distance = (int)strlen(name) / 3 + 2;
    for (int i = 0; i < n_all_ops; i++)
        nearer(name, all_ops[i]->name, &best, &distance);
    for (int i = 0; i < n_all_builtins; i++)
        nearer(name, all_builtins[i].name, &best, &distance);
    for (int i = 0; dsc_all_sources[i]; i++)
        nearer(name, dsc_all_sources[i]->name, &best, &distance);
    for (int i = 0; dsc_all_sinks[i]; i++)
        nearer(name, dsc_all_sinks[i]->name, &best, &distance);
    for (int i = 0; dsc_all_formats[i]; i++)
        nearer(name, dsc_all_formats[i]->name, &best, &distance);
    for (const Library *l = libraries; l->name; l++)
        nearer(name, l->name, &best, &distance);
    if (best)
        fprintf(stderr, "dsc help: nothing is called %s; did you mean %s?\n", name, best);
    else
        fprintf(stderr, "dsc help: nothing is called %s; `dsc help` lists all names\n", name);
    return 2;
}

int cmd_help(int argc, char **argv)
{
    if (argc == 0) {
        list_everything();
        return 0;
    }
    if (argc > 1)
        return usage_error("help", "one name at a time");
    bool found = help_verb(argv[0]);
    found |= help_op(argv[0]);
    found |= help_functions(argv[0]);
    found |= help_connector(argv[0]);
    if (found && dsc_find_format(argv[0]))
        printf("\n");
    found |= help_format(argv[0]);
    found |= help_library(argv[0]);
    found = found || help_error(argv[0]);
    return found ? 0 : unknown(argv[0]);
}

int cmd_version(int argc, char **argv)
{
    (void)argv;
    if (argc > 0)
        return usage_error(NULL, "--version takes no arguments");
    printf("dsc %s (contract %d; formats:", DSC_VERSION, DSC_ABI_VERSION);
    for (int i = 0; dsc_all_formats[i]; i++)
        printf(" %s", dsc_all_formats[i]->name);
    printf("; C compiler: %s)\n", DSC_CC);
    return 0;
}
