/* check_rows.c: sinks that keep rows: the names of the table and of its columns, where they are written in the program. What
 * is only known at the start is checked then, by the sink. */
#include "check.h"
#include "dsc_conn.h"

#include <string.h>

static int column_count(const Type *t) { return t->kind == T_RECORD || t->kind == T_TUPLE ? t->n : 1; }

static Type *column_type(Type *t, int i) { return type_of(t->kind == T_RECORD || t->kind == T_TUPLE ? t->args[i] : t); }

static Expr *find(const Node *n, const char *name)
{
    for (int i = 0; i < n->n_args; i++)
        if (n->args[i] && strcmp(n->sink->args[i].name, name) == 0)
            return n->args[i];
    return NULL;
}

static const char *word_of(Checker *cx, const Expr *e, int i)
{
    dsc_str word = dsc_word_of((dsc_str){e->text.p, (int64_t)e->text.n}, i);
    return word.n > 0 ? arena_printf(cx->arena, "%.*s", (int)word.n, word.p) : NULL;
}

static int find_name(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* The names of the columns; NULL where they are known only at the start, or wrong. */
static const char **column_names(Checker *cx, const Node *n, Type *t)
{
    const Expr *columns = find(n, "columns");
    int count = column_count(t), given = 0;
    const char **names = NEW_ARRAY(cx->arena, const char *, count), *word;
    if (columns && columns->kind != E_STRING)
        return NULL;
    for (int i = 0; i < count && !columns; i++)
        names[i] = t->kind == T_RECORD ? t->names[i] : arena_printf(cx->arena, "c%d", i + 1);
    for (; columns && (word = word_of(cx, columns, given)); given++) {
        if (find_name(names, given < count ? given : count, word) >= 0) {
            diag_error(cx->diags, E0423, columns->span, "the column `%s` is named twice", word);
            diag_label(cx->diags, "twice");
            return NULL;
        }
        if (given < count)
            names[given] = word;
    }
    if (columns && given != count) {
        diag_error(cx->diags, E0423, columns->span, "`columns` names %d column%s, and the elements have %d", given, given == 1 ? "" : "s", count);
        diag_label(cx->diags, "%d name%s", given, given == 1 ? "" : "s");
        diag_help(cx->diags, "elements are %s", show(cx, t));
        return NULL;
    }
    return names;
}

static void check_key(Checker *cx, const Expr *key, const char *const *names, Type *t)
{
    int count = column_count(t), i = 0;
    const char *word;
    for (; (word = word_of(cx, key, i)); i++) {
        int at = find_name(names, count, word);
        if (at < 0) {
            diag_error(cx->diags, E0423, key->span, "`key` names the column `%s`, which is not there", word);
            diag_label(cx->diags, "no column `%s`", word);
            for (int k = 0; k < count; k++)
                suggest_word(cx, names[k]);
            if (suggest(cx, word, NULL, NULL))
                return;
            const char *all = names[0];
            for (int k = 1; k < count; k++)
                all = arena_printf(cx->arena, "%s, %s", all, names[k]);
            diag_help(cx->diags, "the columns are: %s", all);
            return;
        }
        if (column_type(t, at)->kind == T_OPTION) {
            diag_error(cx->diags, E0423, key->span, "the column `%s` of the key is %s", word, show_a(cx, column_type(t, at)));
            diag_label(cx->diags, "may be none, which in a database is equal to nothing");
            diag_help(cx->diags, "give it a value before, as in `x ?? 0`");
            return;
        }
    }
    if (i == 0) {
        diag_error(cx->diags, E0423, key->span, "`key` names no column");
        diag_label(cx->diags, "leave it out to add each row");
    }
}

void check_rows(Checker *cx, const Node *n)
{
    Type *t = type_of(n->type);
    const Expr *table = find(n, "table"), *key = find(n, "key");
    if (has_error(t))
        return;
    if (table && table->kind == E_STRING && table->text.n == 0) {
        diag_error(cx->diags, E0423, table->span, "the table needs a name");
        diag_label(cx->diags, "nothing");
    }
    const char **names = column_names(cx, n, t);
    if (names && key && key->kind == E_STRING)
        check_key(cx, key, names, t);
}
