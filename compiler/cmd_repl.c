/* cmd_repl.c: `dsc repl`: entries and commands, from a person or a pipe. */
#define _GNU_SOURCE
#include "cmd.h"
#include "dsc_conn.h"
#include "line_edit.h"
#include "opdef.h"
#include "repl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const commands[] = {":help", ":type", ":show", ":load", ":quit"};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    printf("An expression shows its value and type. A stream shows its first elements, batch by batch, and\n"
           "its type; a line that starts with | goes on with the one before. Definitions (let, fn, type,\n"
           "pipe, param, batch ..) stay; a new one of the same name takes the old one's place.\n"
           "A pipeline that ends in a sink runs. Ctrl-C stops what runs.\n\n"
           "  :type EXPRESSION   its type alone\n"
           "  :show              the definitions so far\n"
           "  :load FILE         the definitions of a program\n"
           "  :help [NAME]       this, or what `dsc help NAME` says\n"
           "  :quit              or Ctrl-D\n");
}

/* For Tab: commands, then all that the tables have, then what was defined. */
static const char *name_at(void *arg, int i)
{
    static const char *const words[] = {"batch", "else", "false", "import", "let", "none", "not", "param", "pipe", "sink", "some",
                                        "source", "table", "then", "true", "type"};
    enum { N_WORDS = sizeof words / sizeof *words };
    const Repl *r = arg;
    if (i < N_COMMANDS)
        return commands[i];
    i -= N_COMMANDS;
    if (i < N_WORDS)
        return words[i];
    i -= N_WORDS;
    if (i < n_all_ops)
        return all_ops[i]->name;
    i -= n_all_ops;
    if (i < n_all_builtins)
        return all_builtins[i].name;
    i -= n_all_builtins;
    for (int s = 0; dsc_all_sources[s]; s++)
        if (i-- == 0)
            return dsc_all_sources[s]->name;
    for (int s = 0; dsc_all_sinks[s]; s++)
        if (i-- == 0)
            return dsc_all_sinks[s]->name;
    return i < r->definitions.n ? r->definitions.at[i].name : NULL;
}

/* A line `:word rest`. False: the session ends. */
static bool command(Repl *r, const char *line)
{
    size_t n = strcspn(line, " \t");
    char *rest = arena_strdup(r->arena, line + n + strspn(line + n, " \t"));
    for (size_t end = strlen(rest); end > 0 && strchr(" \t", rest[end - 1]); end--)
        rest[end - 1] = '\0';
    const char *found = NULL;
    for (int i = 0; i < N_COMMANDS; i++)
        if (n >= 2 && strncmp(commands[i], line, n) == 0)
            found = commands[i];
    if (!found)
        fprintf(stderr, "dsc repl: there is no command %.*s; `:help` lists them\n", (int)n, line);
    else if (strcmp(found, ":quit") == 0)
        return false;
    else if (strcmp(found, ":show") == 0)
        repl_show(r);
    else if (strcmp(found, ":help") == 0 && *rest)
        cmd_help(1, &rest);
    else if (strcmp(found, ":help") == 0)
        print_help();
    else if (!*rest)
        fprintf(stderr, "dsc repl: %s needs %s behind it\n", found, found[1] == 't' ? "an expression" : "a file");
    else if (found[1] == 't')
        repl_type(r, rest);
    else
        repl_load(r, rest);
    return true;
}

/* Does the next line, if it is known, belong to this entry? */
static bool continued(LineEdit *edit)
{
    const char *next = edit_peek(edit);
    if (!next)
        return false;
    next += strspn(next, " \t");
    return *next == '|' || *next == '.' || strncmp(next, "then ", 5) == 0 || strncmp(next, "else ", 5) == 0;
}

/* The lines of one entry; NULL at the end of the input. Free with text_free. */
static Text read_entry(LineEdit *edit)
{
    Text entry = {0};
    bool dropped = false;
    for (char *line; (line = edit_line(edit, entry.p ? "...> " : "dsc> ", &dropped)); free(line)) {
        bool blank = line[strspn(line, " \t")] == '\0';
        edit_remember(edit, line);
        if (dropped) {
            text_free(&entry);
            continue;
        }
        if (entry.p)
            text_add(&entry, "\n");
        text_add(&entry, line);
        if ((blank || line[0] == ':' || !repl_goes_on(entry.p)) && !continued(edit)) {
            free(line);
            return entry;
        }
    }
    return entry;
}

static char *history_path(Arena *arena)
{
    const char *path = getenv("DSC_HISTORY"), *home = getenv("HOME");
    if (path)
        return *path ? arena_strdup(arena, path) : NULL;
    return home ? arena_printf(arena, "%s/.dsc_history", home) : NULL;
}

int cmd_repl(int argc, char **argv)
{
    if (argc > 1 || (argc == 1 && argv[0][0] == '-'))
        return usage_error("repl", argc > 1 ? "one program at a time" : "unknown option %s", argv[0]);
    Repl r = {.arena = arena_new("repl")};
    LineEdit edit;
    edit_open(&edit);
    edit.names = name_at;
    edit.names_arg = &r;
    const char *history = edit.terminal ? history_path(r.arena) : NULL;
    if (history)
        edit_load(&edit, history);
    if (edit.terminal)
        printf("dsc: type an expression, a pipeline, or :help\n");
    if (argc == 1)
        repl_load(&r, argv[0]);
    for (;;) {
        Text entry = read_entry(&edit);
        bool ends = !entry.p || (entry.p[0] == ':' && !command(&r, entry.p));
        if (!ends && entry.p[0] != ':')
            repl_enter(&r, entry.p);
        text_free(&entry);
        if (ends)
            break;
        fflush(stdout);
    }
    if (history)
        edit_save(&edit, history);
    edit_close(&edit);
    arena_free(r.arena);
    return 0;
}
