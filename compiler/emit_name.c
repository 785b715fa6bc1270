/* emit_name.c: names of the unit: of locals, unlike all that can be seen, and at
 * file scope, unlike all others and unlike every local. */
#include "emit_internal.h"

#include <string.h>

static unsigned hash_name(const char *name)
{
    unsigned hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

bool name_set_has(const NameSet *set, const char *name)
{
    if (set->cap == 0)
        return false;
    unsigned mask = (unsigned)set->cap - 1;
    for (unsigned i = hash_name(name) & mask; set->at[i]; i = (i + 1) & mask)
        if (strcmp(set->at[i], name) == 0)
            return true;
    return false;
}

static void set_insert(NameSet *set, const char *name)
{
    unsigned mask = (unsigned)set->cap - 1, i = hash_name(name) & mask;
    while (set->at[i] && strcmp(set->at[i], name) != 0)
        i = (i + 1) & mask;
    set->n += set->at[i] == NULL;
    set->at[i] = name;
}

static void set_add(Arena *arena, NameSet *set, const char *name)
{
    if (set->n * 2 >= set->cap) {
        NameSet larger = {.cap = set->cap ? set->cap * 2 : 256};
        larger.at = NEW_ARRAY(arena, const char *, larger.cap);
        for (int i = 0; i < set->cap; i++)
            if (set->at[i])
                set_insert(&larger, set->at[i]);
        *set = larger;
    }
    set_insert(set, name);
}

void name_set_addn(Arena *arena, NameSet *set, const char *name, size_t n)
{
    char copy[128];
    if (n < sizeof copy) {
        memcpy(copy, name, n);
        copy[n] = '\0';
        if (name_set_has(set, copy))
            return;
    }
    set_add(arena, set, arena_strndup(arena, name, n));
}

/* What means something to C already: keywords, what stdbool.h, stddef.h and
 * stdint.h define, and functions that compilers know without a declaration and
 * whose names they do not want for anything else. */
static const char *const reserved[] = {
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
    "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
    "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm",
    "typeof", "bool", "true", "false", "offsetof", "unix", "linux", "i386", "task", "main",
    "constexpr", "nullptr", "static_assert", "thread_local", "alignas", "alignof",
    "abort", "abs", "calloc", "exit", "free", "imaxabs", "labs", "llabs", "malloc", "realloc", "alloca",
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "carg", "cabs", "cbrt", "ceil", "cimag", "conj",
    "copysign", "cos", "cosh", "cpow", "cproj", "creal", "csin", "csqrt", "ctan", "erf", "erfc", "exp", "exp2",
    "expm1", "fabs", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp", "hypot", "ilogb", "ldexp", "lgamma",
    "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround", "modf", "nan", "nearbyint",
    "nextafter", "nexttoward", "pow", "remainder", "remquo", "rint", "round", "scalbln", "scalbn", "sin", "sinh",
    "sqrt", "tan", "tanh", "tgamma", "trunc", "gamma", "drem", "exp10", "finite", "j0", "j1", "jn", "pow10",
    "scalb", "signbit", "significand", "sincos", "y0", "y1", "yn", "isinf", "isnan", "ffs", "ffsl", "ffsll",
    "cexp", "clog", "cacos", "casin", "catan", "ccos", "ccosh", "csinh", "ctanh", "cacosh", "casinh", "catanh",
    "isalnum", "isalpha", "isascii", "isblank", "iscntrl", "isdigit", "isgraph", "islower", "isprint", "ispunct",
    "isspace", "isupper", "isxdigit", "toascii", "tolower", "toupper", "iswalnum", "iswalpha", "iswblank",
    "iswcntrl", "iswdigit", "iswgraph", "iswlower", "iswprint", "iswpunct", "iswspace", "iswupper", "iswxdigit",
    "towlower", "towupper", "fprintf", "fputc", "fputs", "fwrite", "printf", "putc", "putchar", "puts", "fscanf",
    "scanf", "snprintf", "sprintf", "sscanf", "vfprintf", "vfscanf", "vprintf", "vscanf", "vsnprintf", "vsprintf",
    "vsscanf", "memchr", "memcmp", "memcpy", "memmove", "memset", "mempcpy", "strcat", "strchr", "strcmp", "strcpy",
    "strcspn", "strdup", "strlen", "strncat", "strncmp", "strncpy", "strndup", "strnlen", "strpbrk", "strrchr",
    "strspn", "strstr", "stpcpy", "stpncpy", "strcasecmp", "strncasecmp", "strfmon", "strftime", "bcmp", "bcopy",
    "bzero", "index", "rindex", "execl", "execle", "execlp", "execv", "execve", "execvp", "fork", "gettext",
    "dcgettext", "dgettext", "fputs_unlocked", "posix_memalign", "aligned_alloc", "toupper", "getc", "setjmp", "longjmp",
    "vfork", "sigsetjmp", "objc_msgSend", NULL,
};

bool is_c_word(const char *name)
{
    size_t n = strlen(name);
    if (strncmp(name, "dsc_", 4) == 0 || strncmp(name, "DSC_", 4) == 0)
        return true;
    if (n > 2 && strcmp(name + n - 2, "_t") == 0)
        return true;
    bool capitals = true;
    for (size_t i = 0; i < n; i++)
        capitals &= (name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '_';
    if (capitals && n > 1)
        return true;
    /* also with f or l at the end: the same function for other kinds of float */
    for (int i = 0; reserved[i]; i++) {
        size_t m = strlen(reserved[i]);
        if (strncmp(name, reserved[i], m) == 0 &&
            (n == m || (n == m + 1 && m > 1 && (name[m] == 'f' || name[m] == 'l'))))
            return true;
    }
    return false;
}

/* A C identifier like `hint`. */
static char *identifier(Emit *e, const char *hint)
{
    size_t n = strlen(hint);
    if (n > 60)
        n = 60;
    char *name = arena_strndup(e->arena, hint, n);
    for (char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_'))
            *c = '_';
    if (name[0] == '\0' || name[0] == '_' || (name[0] >= '0' && name[0] <= '9'))
        name = emit_format(e, "x%s", name);
    return name;
}

typedef enum Reach { REACH_BLOCK, REACH_FUNCTION, REACH_FILE } Reach;

/* Is it taken by something other than a local that can be seen? */
static bool is_taken(const Emit *e, const char *name, Reach reach)
{
    if (name_set_has(&e->globals, name))
        return true;
    if (reach == REACH_FILE)
        return name_set_has(&e->locals, name);
    const Fun *fun = e->fun;
    for (int i = 0; i < fun->hoisted.n; i++)
        if (strcmp(fun->hoisted.at[i].name, name) == 0)
            return true;
    return reach == REACH_FUNCTION && name_set_has(&fun->ever, name);
}

/* The number in a name that is `base` with a number: 1 for base itself, 0 for other names. */
static int number_of(const char *name, const char *base, size_t n)
{
    if (strncmp(name, base, n) != 0)
        return 0;
    name += n;
    if (*name == '\0')
        return 1;
    name += *name == '_';
    int number = 0;
    for (; *name >= '0' && *name <= '9' && number < 100000; name++)
        number = number * 10 + (*name - '0');
    return *name == '\0' ? number : 0;
}

/* Which numbers of a base do the locals that can be seen have? Of 0 .. *n - 1. */
static const bool *numbers_seen(Emit *e, const char *base, int *n)
{
    size_t length = strlen(base);
    *n = 0;
    for (int i = 0; i < e->fun->names.n; i++) {
        int number = number_of(e->fun->names.at[i], base, length);
        if (number >= *n && number > 0)
            *n = number + 1;
    }
    bool *seen = NEW_ARRAY(e->arena, bool, *n);
    for (int i = 0; i < e->fun->names.n && *n > 0; i++)
        seen[number_of(e->fun->names.at[i], base, length)] = true;
    return seen;
}

/* Where to begin looking for the number of a name at file scope. */
static int *next_number(Emit *e, const char *base)
{
    for (int i = 0; i < e->numbers.n; i++)
        if (strcmp(e->numbers.at[i].base, base) == 0)
            return &e->numbers.at[i].next;
    vec_push(e->arena, &e->numbers, ((Numbering){.base = base, .next = 2}));
    return &e->numbers.at[e->numbers.n - 1].next;
}

/* `hint`, or with the first number that makes it free. */
static const char *new_name(Emit *e, const char *hint, Reach reach)
{
    const char *base = identifier(e, hint);
    if (is_c_word(base))
        base = emit_format(e, "%s_", base);
    char last = base[strlen(base) - 1];
    const char *format = last >= '0' && last <= '9' ? "%s_%d" : "%s%d", *name = base;
    if (reach == REACH_FILE) {
        for (int *next = NULL; is_taken(e, name, reach); name = emit_format(e, format, base, (*next)++))
            next = next ? next : next_number(e, base);
        set_add(e->arena, &e->globals, name);
        return name;
    }
    int n;
    const bool *seen = numbers_seen(e, base, &n);
    for (int i = 1; (i < n && seen[i]) || is_taken(e, name, reach);) {
        i++;
        name = emit_format(e, format, base, i);
    }
    set_add(e->arena, &e->locals, name);
    set_add(e->arena, &e->fun->ever, name);
    return name;
}

const char *emit_name(Emit *e, const char *hint)
{
    const char *name = new_name(e, hint, REACH_BLOCK);
    vec_push(e->arena, &e->fun->names, name);
    return name;
}

const char *emit_hoisted_name(Emit *e, const char *hint)
{
    return new_name(e, hint, REACH_FUNCTION);
}

const char *emit_global_name(Emit *e, const char *hint)
{
    return new_name(e, hint, REACH_FILE);
}
