/* emit_sweep.c: takes declarations of locals out that nothing uses.
 *
 * A declaration that may go is a line that begins with \1 NAME \2 (emit_declare).
 * One walk over the tokens of a function's body finds for each use of such a
 * name the declaration that is meant (no local hides another, so the newest in
 * an open block) and the one it stands in, if any; from the last to the first,
 * a declaration without uses goes and its own uses of others with it. Where a
 * local is assigned but never read, the assignments stay and (void) says that
 * this is known: what can fail around them may not go. */
#include "emit_internal.h"

#include <string.h>

typedef struct Decl {
    const char *name;
    size_t name_n;
    const char *from, *line, *end; /* mark, text, past its newline */
    int uses, assigned;
    int first_use, n_uses;        /* of others, in its own line: in Sweep.inner */
} Decl;

typedef struct Sweep {
    Arena *arena;
    VEC(Decl) decls;
    VEC(int) visible;             /* declarations, by block */
    VEC(int) blocks;              /* how many were visible where each open block began */
    VEC(int) inner;
} Sweep;

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static const char *skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p && *p != quote)
        p += *p == '\\' && p[1] ? 2 : 1;
    return *p ? p + 1 : p;
}

static const char *word_end(const char *p)
{
    while (is_word(*p))
        p++;
    return p;
}

/* Is the word at p a field: behind . or ->? */
static bool is_field(const char *text, const char *p)
{
    return p > text && (p[-1] == '.' || (p[-1] == '>' && p - 1 > text && p[-2] == '-'));
}

/* Is the word a whole statement's target: "    name = .."? */
static bool is_target(const char *text, const char *p, size_t n)
{
    if (strncmp(p + n, " = ", 3) != 0)
        return false;
    while (p > text && p[-1] == ' ')
        p--;
    return p == text || p[-1] == '\n';
}

static void note_use(Sweep *s, const char *text, const char *p, size_t n, int current)
{
    for (int i = s->visible.n - 1; i >= 0; i--) {
        int d = s->visible.at[i];
        Decl *decl = &s->decls.at[d];
        if (decl->name_n != n || memcmp(decl->name, p, n) != 0)
            continue;
        if (d == current)
            return;
        if (is_target(text, p, n)) {
            decl->assigned++;
            return;
        }
        decl->uses++;
        if (current >= 0) {
            vec_push(s->arena, &s->inner, d);
            s->decls.at[current].n_uses++;
        }
        return;
    }
}

static const char *begin_decl(Sweep *s, const char *p)
{
    const char *name = p + 1, *line = strchr(name, 2) + 1, *end = strchr(line, '\n') + 1;
    vec_push(s->arena, &s->visible, s->decls.n);
    vec_push(s->arena, &s->decls, ((Decl){.name = name, .name_n = (size_t)(line - 1 - name), .from = p,
                                          .line = line, .end = end, .first_use = s->inner.n}));
    return line;
}

static void find_uses(Sweep *s, const char *text)
{
    int current = -1;
    for (const char *p = text; *p;) {
        if (current >= 0 && p >= s->decls.at[current].end)
            current = -1;
        if (*p == 1) {
            current = s->decls.n;
            p = begin_decl(s, p);
        } else if (*p == '"' || *p == '\'') {
            p = skip_quoted(p);
        } else if (*p == '{') {
            vec_push(s->arena, &s->blocks, s->visible.n);
            p++;
        } else if (*p == '}') {
            if (s->blocks.n > 0)
                s->visible.n = s->blocks.at[--s->blocks.n];
            p++;
        } else if (is_word(*p)) {
            const char *end = word_end(p);
            if (!(*p >= '0' && *p <= '9') && !is_field(text, p))
                note_use(s, text, p, (size_t)(end - p), current);
            p = end;
        } else {
            p++;
        }
    }
}

static void drop_unused(Sweep *s)
{
    for (int i = s->decls.n - 1; i >= 0; i--) {
        Decl *decl = &s->decls.at[i];
        if (decl->uses > 0 || decl->assigned > 0)
            continue;
        for (int j = 0; j < decl->n_uses; j++)
            s->decls.at[s->inner.at[decl->first_use + j]].uses--;
    }
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = text; *p;) {
        if (*p == '"' || *p == '\'') {
            p = skip_quoted(p);
        } else if (is_word(*p)) {
            const char *end = word_end(p);
            if ((size_t)(end - p) == n && memcmp(p, word, n) == 0 && !is_field(text, p))
                return true;
            p = end;
        } else {
            p++;
        }
    }
    return false;
}

char *fun_end(Emit *e, Fun *fun, int n, const char *const *names, bool *used)
{
    Text all = {0};
    text_addn(&all, fun->head.p, fun->head.n);
    text_addn(&all, fun->body.p, fun->body.n);
    Sweep s = {.arena = e->arena};
    find_uses(&s, all.p);
    drop_unused(&s);
    Text kept = {0};
    const char *p = all.p;
    for (int i = 0; i < s.decls.n; i++) {
        const Decl *decl = &s.decls.at[i];
        text_addn(&kept, p, (size_t)(decl->from - p));
        p = decl->uses > 0 || decl->assigned > 0 ? decl->line : decl->end;
        if (decl->uses == 0 && decl->assigned > 0) {
            text_addn(&kept, decl->line, (size_t)(decl->end - decl->line));
            text_printf(&kept, "%.*s(void)%.*s;\n", (int)strspn(decl->line, " "), decl->line, (int)decl->name_n, decl->name);
            p = decl->end;
        }
    }
    text_add(&kept, p);
    char *text = arena_strndup(e->arena, kept.p, kept.n);
    text_free(&all);
    text_free(&kept);
    text_free(&fun->head);
    text_free(&fun->body);
    e->fun = fun->outer;
    for (int i = 0; i < n; i++)
        used[i] = has_word(text, names[i]);
    return text;
}

/* ---- definitions at file scope -------------------------------------------------- */
void emit_item(Emit *e, Section section, const char *name, const char *text)
{
    vec_push(e->arena, &e->items[section], ((Item){.name = name, .text = arena_strdup(e->arena, text)}));
}

bool has_item(const Emit *e, Section section, const char *name)
{
    for (int i = 0; i < e->items[section].n; i++)
        if (strcmp(e->items[section].at[i].name, name) == 0)
            return true;
    return false;
}

/* The words of a text, but for those in comments and strings. */
static void add_words(Emit *e, NameSet *words, const char *text)
{
    for (const char *p = text; *p;) {
        if (p[0] == '/' && p[1] == '*') {
            const char *end = strstr(p, "*/");
            p = end ? end + 2 : p + 2;
        } else if (*p == '"' || *p == '\'') {
            p = skip_quoted(p);
        } else if (is_word(*p)) {
            const char *end = word_end(p);
            name_set_addn(e->arena, words, p, (size_t)(end - p));
            p = end;
        } else {
            p++;
        }
    }
}

void items_write(Emit *e, const char *roots, Text *out)
{
    NameSet words = {0};
    bool *kept[SECTIONS];
    add_words(e, &words, roots);
    for (int s = SECTIONS - 1; s >= 0; s--) {
        kept[s] = NEW_ARRAY(e->arena, bool, e->items[s].n + 1);
        for (int i = e->items[s].n - 1; i >= 0; i--) {
            const Item *item = &e->items[s].at[i];
            kept[s][i] = name_set_has(&words, item->name);
            if (kept[s][i])
                add_words(e, &words, item->text);
        }
    }
    for (int s = 0; s < SECTIONS; s++) {
        bool any = false;
        for (int i = 0; i < e->items[s].n; i++) {
            if (kept[s][i])
                text_printf(out, "%s%s", e->items[s].at[i].text, s == SECTION_DATA ? "" : "\n");
            any |= kept[s][i];
        }
        if (any && s == SECTION_DATA)
            text_add(out, "\n");
    }
}
