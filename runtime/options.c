/* options.c: the run options and params of a program, from its arguments.
 *
 * `--NAME=VALUE` and `--NAME VALUE` are the same. A run option goes before a
 * param of the same name; `-` and `_` in names are the same. */
#define _GNU_SOURCE
#include "rt.h"
#include "dsc_fn.h"
#include "format/text.h"

#include <stdarg.h>
#include <stdlib.h>

typedef struct Parser {
    const dsc_program *program;
    const char *usage_name;
    rt_options *out;
    int argc, at;                        /* the argument in hand */
    char **argv;
} Parser;

typedef struct Option {
    const char *name;
    const char *value;                   /* what --help calls it; NULL: a flag */
    const char *doc;                     /* NULL: not in --help */
    int (*set)(Parser *p, const char *value);
} Option;

enum { MAX_THREADS = 256, HELP = -1 };

static int wrong(const Parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int wrong(const Parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", p->usage_name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    return 2;
}

static dsc_str str_of(const char *text)
{
    return (dsc_str){text, (int64_t)strlen(text)};
}

static int set_batch(Parser *p, const char *value)
{
    if (!dsc_parse_duration(str_of(value), &p->out->batch) || p->out->batch <= 0)
        return wrong(p, "--batch takes a duration above 0, such as 500ms or 10s, and not '%s'", value);
    return 0;
}

static int set_threads(Parser *p, const char *value)
{
    int64_t n;
    if (!dsc_parse_int(str_of(value), &n) || n < 1 || n > MAX_THREADS)
        return wrong(p, "--threads takes a number from 1 to %d, and not '%s'", MAX_THREADS, value);
    p->out->threads = (int)n;
    return 0;
}

static int set_clock(Parser *p, const char *value)
{
    if (strcmp(value, "real") != 0 && strcmp(value, "virtual") != 0)
        return wrong(p, "--clock takes real or virtual, and not '%s'", value);
    p->out->clock = value[0];
    return 0;
}

static int set_batches(Parser *p, const char *value)
{
    if (!dsc_parse_int(str_of(value), &p->out->batches) || p->out->batches < 0)
        return wrong(p, "--batches takes a number of batches, 0 or more, and not '%s'", value);
    return 0;
}

static int set_quiet(Parser *p, const char *value)
{
    (void)value;
    p->out->quiet = true;
    return 0;
}

static int set_verbose(Parser *p, const char *value)
{
    (void)value;
    p->out->verbose = true;
    return 0;
}

static int set_no_exec(Parser *p, const char *value)
{
    (void)value;
    p->out->no_exec = true;
    return 0;
}

static int set_bytes(Parser *p, const char *name, const char *value, size_t *out)
{
    int64_t n;
    if (!dsc_parse_int(str_of(value), &n) || n < 1)
        return wrong(p, "%s takes a number of bytes above 0, and not '%s'", name, value);
    *out = (size_t)n;
    return 0;
}

static int set_step(Parser *p, const char *value)
{
    return set_bytes(p, "--step", value, &p->out->step);
}

static int set_morsel(Parser *p, const char *value)
{
    return set_bytes(p, "--morsel", value, &p->out->morsel);
}

static int set_stop_after_idle(Parser *p, const char *value)
{
    if (!dsc_parse_duration(str_of(value), &p->out->stop_after_idle) || p->out->stop_after_idle <= 0)
        return wrong(p, "--stop-after-idle takes a duration above 0, such as 30s or 10m, and not '%s'", value);
    return 0;
}

static int set_backpressure(Parser *p, const char *value)
{
    (void)value;
    p->out->backpressure = true;
    return 0;
}

static int set_metrics(Parser *p, const char *value)
{
    if (*value == '\0')
        return wrong(p, "--metrics takes the name of a file");
    p->out->metrics = value;
    return 0;
}

static int set_checkpoint(Parser *p, const char *value)
{
    if (*value == '\0')
        return wrong(p, "--checkpoint takes the name of a folder");
    p->out->checkpoint = value;
    return 0;
}

static int set_keep(Parser *p, const char *value)
{
    if (!dsc_parse_duration(str_of(value), &p->out->keep) || p->out->keep <= 0)
        return wrong(p, "--keep takes a duration above 0, such as 2h or 7d, and not '%s'", value);
    return 0;
}

static int set_fresh(Parser *p, const char *value)
{
    (void)value;
    p->out->fresh = true;
    return 0;
}

static int set_durability(Parser *p, const char *value)
{
    static const char *const words[] = {"batch", "interval", "none"};
    for (int i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            p->out->durability = i;
            return 0;
        }
    return wrong(p, "--durability takes batch, interval or none, and not '%s'", value);
}

static int set_help(Parser *p, const char *value)
{
    (void)value;
    rt_print_help(p->program, p->usage_name, stdout);
    return HELP;
}

static const Option options[] = {
    {"batch", "D", "length of a batch: 500ms, 1s, 1m ..", set_batch},
    {"threads", "N", "worker threads (default: one per processor)", set_threads},
    {"clock", "real|virtual", "run batches by the clock or as fast as the input comes\n"
     "(default: virtual if all input ends, else real)", set_clock},
    {"batches", "N", "stop after N batches", set_batches},
    {"stop-after-idle", "D", "stop, as by SIGTERM, when batches of so long have had no input", set_stop_after_idle},
    {"backpressure", NULL, "take no more of a source than batches can do in their time; the rest waits", set_backpressure},
    {"checkpoint", "DIR", "keep in DIR what it takes to go on after the program has ended, however it did", set_checkpoint},
    {"keep", "D", "keep there what it takes to run the batches of so long again (dsc replay)", set_keep},
    {"fresh", NULL, "remove what is in the checkpoint's folder, and start anew", set_fresh},
    {"durability", "batch|interval|none", "when a batch is on stable storage: before it is published (default);\n"
     "within a second of it; when the system gets to it. The last two outlive kill -9, not a loss of power", set_durability},
    {"quiet", NULL, "no messages but errors", set_quiet},
    {"verbose", NULL, "a line on standard error for each batch", set_verbose},
    {"metrics", "FILE", "append a line of JSON for each batch: delays, records, keys and bytes of state", set_metrics},
    {"no-exec", NULL, "refuse sources and sinks that start programs", set_no_exec},
    {"help", NULL, "this text", set_help},
    {"step", "BYTES", NULL, set_step},
    {"morsel", "BYTES", NULL, set_morsel},
};
enum { N_OPTIONS = sizeof options / sizeof options[0] };

/* ---- names --------------------------------------------------------------- */

static char plain(char c)
{
    return c == '-' ? '_' : c;
}

static bool same_name(const char *name, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (plain(name[i]) != plain(text[i]))
            return false;
    return name[n] == 0;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* The number of letters to add, drop, change or swap with the next. */
static int distance(const char *a, const char *b, size_t nb)
{
    enum { MAX = 48 };
    int rows[3][MAX + 1];
    size_t na = strlen(a);
    if (na > MAX || nb > MAX)
        return MAX;
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        int *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            bool differ = plain(a[i - 1]) != plain(b[j - 1]);
            row[j] = least(up[j - 1] + differ, least(up[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], up2[j - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

static int unknown_name(const Parser *p, const char *name, size_t n)
{
    const char *best = NULL;
    int nearest = 3;
    for (int i = 0; i < N_OPTIONS + p->program->n_params; i++) {
        const char *known = i < N_OPTIONS ? options[i].name : p->program->params[i - N_OPTIONS].name;
        if (i < N_OPTIONS && !options[i].doc)
            continue;
        int d = distance(known, name, n);
        if (d < nearest && (size_t)d < strlen(known)) {
            nearest = d;
            best = known;
        }
    }
    if (best)
        return wrong(p, "there is no option --%.*s: did you mean --%s?", (int)n, name, best);
    return wrong(p, "there is no option --%.*s: `%s --help` shows all", (int)n, name, p->usage_name);
}

/* ---- params --------------------------------------------------------------- */

static const char *kind_word(dsc_kind kind)
{
    switch ((int)kind) {
    case DSC_INT: return "INT";
    case DSC_FLOAT: return "FLOAT";
    case DSC_BOOL: return "true|false";
    case DSC_TIME: return "TIME";
    case DSC_DURATION: return "DURATION";
    }
    return "TEXT";
}

static bool parse_param(dsc_kind kind, const char *text, struct rt_param_value *out)
{
    dsc_str s = str_of(text);
    switch ((int)kind) {
    case DSC_INT:
        return dsc_parse_int(s, &out->i);
    case DSC_FLOAT:
        return dsc_parse_float(s, &out->f);
    case DSC_BOOL:
        out->i = strcmp(text, "true") == 0;
        return out->i || strcmp(text, "false") == 0;
    case DSC_TIME:
        return dsc_parse_time(s, &out->i);
    case DSC_DURATION:
        return dsc_parse_duration(s, &out->i);
    }
    out->s = s;
    return true;
}

static int set_param(Parser *p, int index, const char *value)
{
    static const char *const expected[] = {
        [DSC_INT] = "an int, such as 42",
        [DSC_FLOAT] = "a float, such as 0.5",
        [DSC_BOOL] = "true or false",
        [DSC_TIME] = "a time, such as 2024-01-31T12:00:00Z",
        [DSC_DURATION] = "a duration, such as 1h30m or 250ms",
    };
    const dsc_param *param = &p->program->params[index];
    p->out->params[index].set = true;
    p->out->params[index].text = value;
    if (parse_param(param->kind, value, &p->out->params[index]))
        return 0;
    return wrong(p, "--%s takes %s, and not '%s'", param->name, expected[param->kind], value);
}

static int check_params(const Parser *p)
{
    int status = 0;
    for (int i = 0; i < p->program->n_params; i++) {
        const dsc_param *param = &p->program->params[i];
        if (!param->text && !p->out->params[i].set)
            status = wrong(p, "--%s=%s must be given: param %s has no default", param->name,
                           kind_word(param->kind), param->name);
    }
    return status;
}

/* ---- arguments ------------------------------------------------------------- */

/* The value of the option in hand, `--name` of n letters; NULL after saying that it has none. */
static const char *value_of(Parser *p, size_t n, const char *word)
{
    const char *arg = p->argv[p->at];
    if (arg[2 + n] == '=')
        return arg + 3 + n;
    if (p->at + 1 < p->argc)
        return p->argv[++p->at];
    wrong(p, "%s needs a value: %.*s=%s", arg, (int)(2 + n), arg, word);
    return NULL;
}

static int parse_option(Parser *p, const char *name, size_t n)
{
    for (int i = 0; i < N_OPTIONS; i++) {
        const Option *option = &options[i];
        if (!same_name(option->name, name, n))
            continue;
        if (!option->value && name[n] == '=')
            return wrong(p, "--%s takes no value", option->name);
        const char *value = option->value ? value_of(p, n, option->value) : "";
        return value ? option->set(p, value) : 2;
    }
    for (int i = 0; i < p->program->n_params; i++) {
        const dsc_param *param = &p->program->params[i];
        if (!same_name(param->name, name, n))
            continue;
        bool flag = param->kind == DSC_BOOL && name[n] != '=';
        const char *value = flag ? "true" : value_of(p, n, kind_word(param->kind));
        return value ? set_param(p, i, value) : 2;
    }
    return unknown_name(p, name, n);
}

static int parse_all(Parser *p)
{
    for (p->at = 1; p->at < p->argc; p->at++) {
        const char *arg = p->argv[p->at];
        int status;
        if (strcmp(arg, "-h") == 0)
            status = set_help(p, "");
        else if (strncmp(arg, "--", 2) == 0 && arg[2] != 0)
            status = parse_option(p, arg + 2, strcspn(arg + 2, "="));
        else
            status = wrong(p, "'%s' is no option: the program takes --NAME=VALUE only", arg);
        if (status != 0)
            return status;
    }
    return check_params(p);
}

int rt_parse_options(const dsc_program *program, int argc, char **argv, const char *usage_name, rt_options *out)
{
    Parser p = {.program = program, .usage_name = usage_name, .out = out, .argc = argc, .argv = argv};
    *out = (rt_options){.batches = -1};
    out->params = calloc((size_t)program->n_params + 1, sizeof *out->params);
    int status = out->params ? parse_all(&p) : wrong(&p, "out of memory");
    if (status != 0)
        rt_free_options(out);
    return status;
}

void rt_free_options(rt_options *out)
{
    free(out->params);
    out->params = NULL;
}

/* ---- help ------------------------------------------------------------------- */

/* "  --name=VALUE   text", the lines of the text below each other. */
static void print_row(FILE *out, const char *left, const char *text)
{
    enum { COLUMN = 24 };
    fprintf(out, "  %-*s", COLUMN, left);
    if (strlen(left) >= COLUMN)
        fprintf(out, "\n  %*s", COLUMN, "");
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        fprintf(out, "%.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
        if (*line)
            fprintf(out, "  %*s", COLUMN, "");
    }
}

static void print_connectors(FILE *out, const dsc_program *program, dsc_node_kind kind, const char *title)
{
    fprintf(out, "%s\n", title);
    for (int i = 0; i < program->n_nodes; i++) {
        const dsc_node *node = &program->nodes[i];
        if (node->kind != kind)
            continue;
        char left[128], where[128];
        snprintf(left, sizeof left, "%s%s%s", node->op, node->format ? " as " : "", node->format ? node->format : "");
        snprintf(where, sizeof where, "%s:%d", program->file, (int)node->line);
        print_row(out, left, where);
    }
}

void rt_print_help(const dsc_program *program, const char *usage_name, FILE *out)
{
    char batch[RT_TEXT_MAX];
    rt_duration_text(program->batch, batch);
    fprintf(out, "Usage: %s [OPTION]..\nRuns %s, a batch every %s.\n\n", usage_name, program->file, batch);
    print_connectors(out, program, DSC_SOURCE, "Reads");
    print_connectors(out, program, DSC_SINK, "Writes");

    if (program->n_params > 0)
        fprintf(out, "\nParams\n");
    for (int i = 0; i < program->n_params; i++) {
        const dsc_param *param = &program->params[i];
        char left[128], text[256];
        snprintf(left, sizeof left, "--%s=%s", param->name, kind_word(param->kind));
        snprintf(text, sizeof text, "default %s", param->text ? param->text : "");
        print_row(out, left, param->text ? text : "must be given");
    }

    fprintf(out, "\nOptions\n");
    for (int i = 0; i < N_OPTIONS; i++) {
        char left[64];
        const Option *option = &options[i];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->value ? "=" : "", option->value ? option->value : "");
        if (option->doc)
            print_row(out, left, option->doc);
    }
    fprintf(out, "\nExit status: 0 done, 1 failed while running, 2 wrong arguments.\n");
}
