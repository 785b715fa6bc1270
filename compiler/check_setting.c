/* check_setting.c: `on error` of a program, `onError:` of a source. */
#include "check.h"

#include <string.h>

void on_error_words(Checker *cx, Span at, const char *where)
{
    diag_error(cx->diags, E0506, at, "`%s` does not know this", where);
    diag_label(cx->diags, "not one of its words");
    diag_expected(cx->diags, "stop, skip or deadLetter(\"dir\")");
}

static void dead_letter(Checker *cx, OnError *out, Span at, const Args *args)
{
    const Expr *folder = args->n == 1 ? args->at[0].value : NULL;
    if (!folder || folder->kind != E_STRING || folder->text.n == 0 || args->at[0].name) {
        diag_error(cx->diags, E0506, args->n > 0 ? args->at[0].span : at, "`deadLetter` takes the name of a folder");
        diag_label(cx->diags, args->n > 0 ? "not a folder's name" : "which folder?");
        diag_expected(cx->diags, "deadLetter(\"rejects\")");
        return;
    }
    if (memchr(folder->text.p, '\0', folder->text.n)) {
        diag_error(cx->diags, E0406, folder->span, "no folder has a NUL byte in its name");
        return;
    }
    *out = (OnError){.kind = BAD_LETTER, .folder = arena_strndup(cx->arena, folder->text.p, folder->text.n)};
}

void check_on_error_word(Checker *cx, OnError *out, const char *where, const char *word, Span at, const Args *args)
{
    if (strcmp(word, "deadLetter") == 0) {
        dead_letter(cx, out, at, args);
        return;
    }
    bool skip = strcmp(word, "skip") == 0;
    if (!skip && strcmp(word, "stop") != 0) {
        static const char *const words[] = {"stop", "skip", "deadLetter"};
        diag_error(cx->diags, E0506, at, "`%s` does not know `%s`", where, word);
        diag_label(cx->diags, "not one of its words");
        if (!diag_suggest(cx->diags, word, words, 3))
            diag_expected(cx->diags, "stop, skip or deadLetter(\"dir\")");
        return;
    }
    if (args->n > 0) {
        diag_error(cx->diags, E0401, args->at[0].span, "`%s` takes no arguments", word);
        diag_label(cx->diags, "one too many");
    }
    *out = (OnError){.kind = skip ? BAD_SKIPPED : BAD_STOPS};
}
