/* gen_program.c: prints a random program that is right, the same for the same seed: gen_program SEED.
 *
 * Its streams are queues of literals and the lines of the program's own file, p.ds. Every operator
 * stands on a line of its own, so that a program can be made smaller by leaving out lines. An
 * expression is written by its type, `depth` levels deep at most, from what the names in scope give.
 * Bad elements are common, and are skipped. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum Kind { INT, FLOAT, STRING, BOOL, DURATION, OPTION, LIST, PAIR } Kind;

typedef struct Type {
    Kind kind;
    const struct Type *a, *b;     /* of what: OPTION, LIST; both of PAIR */
} Type;

typedef struct Name {
    char text[12];
    const Type *type;
} Name;

typedef struct Stream {
    const Type *type;
    int slide;                    /* seconds; operators with windows take streams of 1 only */
    bool timed;                   /* has event time */
} Stream;

enum { MAX_NAMES = 64, MAX_STREAMS = 16 };
static Name names[MAX_NAMES];
static Stream streams[MAX_STREAMS];
static int n_names, n_streams, n_made, late[MAX_STREAMS], n_late;
static uint64_t state;

static const Type t_int = {INT, 0, 0}, t_float = {FLOAT, 0, 0}, t_string = {STRING, 0, 0}, t_bool = {BOOL, 0, 0},
                  t_duration = {DURATION, 0, 0};

static unsigned below(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

static bool chance(unsigned percent) { return below(100) < percent; }

#define PICK(...) pick((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
static const char *pick(const char *const *of, size_t n) { return of[below((unsigned)n)]; }

static const Type *make(Kind kind, const Type *a, const Type *b)
{
    Type *t = malloc(sizeof *t);  /* lives as long as the process */
    if (!t)
        exit(1);
    *t = (Type){kind, a, b};
    return t;
}

static const Type *simple(void)
{
    const Type *const all[] = {&t_int, &t_int, &t_string, &t_string, &t_float, &t_bool, &t_duration};
    return all[below(7)];
}

static const Type *any_type(int depth)
{
    unsigned r = depth == 0 ? 0 : below(100);
    if (r < 50)
        return simple();
    if (r < 62)
        return make(OPTION, simple(), NULL);
    if (r < 75)
        return make(LIST, any_type(depth - 1), NULL);
    return make(PAIR, any_type(depth - 1), any_type(depth - 1));
}

static bool equal(const Type *a, const Type *b)
{
    return a == b || (a && b && a->kind == b->kind && equal(a->a, b->a) && equal(a->b, b->b));
}

static bool contains(const Type *t, Kind kind)
{
    return t && (t->kind == kind || contains(t->a, kind) || contains(t->b, kind));
}

static void put_type(const Type *t)
{
    static const char *const simple_names[] = {"int", "float", "string", "bool", "duration"};
    switch (t->kind) {
    case OPTION: put_type(t->a); printf("?"); return;
    case LIST: printf("["); put_type(t->a); printf("]"); return;
    case PAIR: printf("("); put_type(t->a); printf(", "); put_type(t->b); printf(")"); return;
    default: printf("%s", simple_names[t->kind]);
    }
}

static void put_literal(const Type *t)
{
    switch (t->kind) {
    case INT: printf("%s", PICK("0", "1", "2", "3", "7", "-1", "-5", "100", "9223372036854775807")); return;
    case FLOAT: printf("%s", PICK("0.0", "1.5", "-2.25", "1e10", "0.1", "3.0")); return;
    case STRING: printf("%s", PICK("\"\"", "\"a\"", "\"b c\"", "\"12\"", "\"-3.5\"", "\"x,y,,z\"", "\"\\u{e9}t\"", "\"a\\tb\"")); return;
    case BOOL: printf("%s", PICK("true", "false")); return;
    case DURATION: printf("%s", PICK("1s", "250ms", "0s", "1h")); return;
    case OPTION:
        if (chance(40)) {
            printf("none");
            return;
        }
        printf("some(");
        put_literal(t->a);
        printf(")");
        return;
    case LIST:
        printf("([");
        for (unsigned n = below(4), i = 0; i < n; i++) {
            printf(i ? ", " : "");
            put_literal(t->a);
        }
        printf("] : ");
        put_type(t);
        printf(")");
        return;
    case PAIR:
        printf("(");
        put_literal(t->a);
        printf(", ");
        put_literal(t->b);
        printf(")");
    }
}

/* ---- expressions ------------------------------------------------------------ */

static const Name *bind(const Type *t)
{
    Name *n = &names[n_names++];
    snprintf(n->text, sizeof n->text, "%s%d", PICK("x", "word", "key", "acc", "i"), n_made++);
    n->type = t;
    return n;
}

static void put(const char *form, const Type *const *types, int depth);
#define PUT(depth, form, ...) put(form, (const Type *const[]){__VA_ARGS__}, depth)

/* Of its type also where it alone would be of several, such as `none`. */
static void put_expr(const Type *t, int depth);

/* apart: a function of the two of the pair. */
static void put_lambda(const Type *from, bool apart, const Type *to, int depth)
{
    int mark = n_names;
    if (from->kind == PAIR && (apart || chance(50))) {
        const Name *a = bind(from->a), *b = bind(from->b);
        printf("(%s, %s) => ", a->text, b->text);
    } else {
        printf("%s => ", bind(from)->text);
    }
    put_expr(to, depth);
    n_names = mark;
}

/* A form with an @ for each expression, whose types follow. */
static void put(const char *form, const Type *const *types, int depth)
{
    for (; *form; form++) {
        if (*form != '@')
            putchar(*form);
        else
            put_expr(*types++, depth);
    }
}

static void put_simple(const Type *t, int depth)
{
    const Type *of = any_type(1), *list = make(LIST, &t_int, NULL);
    switch (t->kind) {
    case INT:
        switch (below(7)) {
        case 0: PUT(depth, "@.length()", &t_string); return;
        case 1: PUT(depth, "@.size()", make(LIST, of, NULL)); return;
        case 2: PUT(depth, PICK("max(@, @)", "min(@, @)"), t, t); return;
        case 3: PUT(depth, PICK("int(@)", "round(@)"), &t_float); return;
        case 4: PUT(depth, "@.sum()", list); return;
        case 5: PUT(depth, "hash(@)", &t_string); return;
        default: PUT(depth, PICK("(@ + @)", "(@ - @)", "(@ * @)", "(@ / @)", "(@ % @)"), t, t); return;
        }
    case FLOAT:
        switch (below(3)) {
        case 0: PUT(depth, "float(@)", &t_int); return;
        case 1: PUT(depth, PICK("(@ + @)", "(@ * @)"), &t_int, t); return;
        default: PUT(depth, PICK("(@ + @)", "(@ - @)", "(@ * @)", "(@ / @)"), t, t); return;
        }
    case STRING:
        switch (below(6)) {
        case 0: PUT(depth, "format(\"{}-{}\", @, @)", of, &t_int); return;
        case 1: PUT(depth, "string(@)", of); return;
        case 2: PUT(depth, "@.substring(@, @)", t, &t_int, &t_int); return;
        case 3: PUT(depth, "@.join(\"+\")", make(LIST, t, NULL)); return;
        case 4: PUT(depth, PICK("@.lower()", "@.trim()", "@.padLeft(3, \"0\")"), t); return;
        default: PUT(depth, "(@ + @)", t, t); return;
        }
    case BOOL:
        switch (below(5)) {
        case 0: PUT(depth, PICK("(@ and @)", "(@ or @)", "(@ and not @)"), t, t); return;
        case 1: PUT(depth, "(@ is none)", make(OPTION, simple(), NULL)); return;
        case 2: PUT(depth, "@.contains(@)", list, &t_int); return;
        default: PUT(depth, contains(of, OPTION) ? PICK("(@ == @)", "(@ != @)") : PICK("(@ == @)", "(@ < @)", "(@ >= @)"), of, of); return;
        }
    default:
        if (chance(50))
            PUT(depth, "(@ * @)", t, &t_int);
        else
            PUT(depth, PICK("(@ + @)", "(@ - @)"), t, t);
    }
}

static void put_inner(const Type *t, int depth)
{
    int same[MAX_NAMES], n = 0, mark = n_names;
    for (int i = 0; i < n_names; i++)
        if (equal(names[i].type, t))
            same[n++] = i;
    if (n && chance(depth <= 0 ? 90 : 20)) {
        printf("%s", names[same[below((unsigned)n)]].text);
        return;
    }
    if (depth-- <= 0) {
        put_literal(t);
        return;
    }
    const Type *other = any_type(1), *list = make(LIST, t, NULL);
    unsigned r = below(100);
    if (r < 9) {
        PUT(depth, "(if @ then @ else @)", &t_bool, t, t);
    } else if (r < 14) {
        /* The name is not yet in scope in its own value. */
        int number = n_made++;
        printf("{ let v%d = ", number);
        put_expr(other, depth);
        printf("; ");
        Name *let = &names[n_names++];
        snprintf(let->text, sizeof let->text, "v%d", number);
        let->type = other;
        put_expr(t, depth);
        printf(" }");
    } else if (r < 18 && t->kind != OPTION) {
        PUT(depth, PICK("(@ ?? @)", "(@ ?? @)"), make(OPTION, t, NULL), t);
    } else if (r < 20 && t->kind != OPTION) {
        PUT(depth, "@!", make(OPTION, t, NULL));
    } else if (r < 23) {
        PUT(depth, "@[@ + limit]", list, &t_int);
    } else if (r < 27) {
        PUT(depth, "@.0", make(PAIR, t, other));
    } else if (r < 31) {
        PUT(depth, "@.fold(@, ", make(LIST, other, NULL), t);
        put_lambda(make(PAIR, t, other), true, t, depth);
        printf(")");
    } else if (t->kind < OPTION) {
        put_simple(t, depth);
    } else if (t->kind == OPTION) {
        if (t->a->kind == INT && chance(40))
            PUT(depth, "parseInt(@)", &t_string);
        else if (chance(50))
            PUT(depth, PICK("@.head()", "@.last()"), make(LIST, t->a, NULL));
        else
            PUT(depth, "some(@)", t->a);
    } else if (t->kind == PAIR) {
        PUT(depth, "(@, @)", t->a, t->b);
    } else {
        switch (below(t->a->kind == STRING ? 6 : 5)) {
        case 0: PUT(depth, "@.map(", make(LIST, other, NULL)); put_lambda(other, false, t->a, depth); printf(")"); break;
        case 1: PUT(depth, "@.filter(", t); put_lambda(t->a, false, &t_bool, depth); printf(")"); break;
        case 2: PUT(depth, "(@ + @)", t, t); break;
        case 3: PUT(depth, PICK("@.take(2)", "@.drop(1)", "@.reverse()"), t); break;
        case 4: PUT(depth, "[@, @]", t->a, t->a); break;
        default: PUT(depth, PICK("@.split(\",\")", "@.words()"), &t_string);
        }
    }
    n_names = mark;
}

static void put_expr(const Type *t, int depth)
{
    printf("(");
    put_inner(t, depth);
    printf(" : ");
    put_type(t);
    printf(")");
}

/* ---- streams ---------------------------------------------------------------- */

/* What combines values of a type, whatever the grouping. */
static const char *combine(const Type *t)
{
    switch (t->kind) {
    case INT: return PICK("_ + _", "max(_, _)", "min(_, _)", "(a, b) => if a > b then a else b");
    case FLOAT: case DURATION: return PICK("_ + _", "max(_, _)");
    case STRING: return PICK("_ + _", "min(_, _)");
    case BOOL: return PICK("_ and _", "_ or _");
    default: return PICK("(a, b) => a", "(a, b) => b");
    }
}

/* An operator that takes elements of a kind: in `form` a sign stands for an argument.
 *
 *   >  a function of the element (KEYED: of the value) that makes a T    ?  a bool    *  a list of T
 *   &  what combines elements (KEYED: values)
 *   /  a function of a list of elements that makes a list of T
 *   =  a T      %  a function that takes the element (KEYED: the value) into a T
 *   <  a function of the element that makes something simple            !  something that can be a key
 *   `U  the function of updateStateByKey, whose state is a T   `M  that of mapWithState, which makes a T   `O  its onTimeout
 *   `J  another stream of pairs (K, T)   `T  a table of such
 *   `W  such a stream with event time   `S  a function of T that makes a time
 *   ;  a function of the element that makes a pair, which are the elements from there on
 *   ~  | map(..) of a window's elements
 *   ^  a function of the element that makes a time
 *   @  window, slide and name          #  a name, and what becomes of late elements
 *
 * makes: a  the same   t  T   i  int   f  float   l  a list of them   c  (them, int)
 *        k  (K, T)   g  (K, [V])   n  (K, int)   e  ((K, duration), V)   E  that of the pair of ;   j  (K, (V, T)); 1: V?, 2: T?, 3: both
 *        o  (K, ([V], [T]))   s  (K, state of M) */
typedef enum Takes { ANY, KEYED, KEYABLE, NUMBER, TIMED } Takes;
typedef struct Operator {
    const char *form;
    Takes takes;
    char makes;
    unsigned often;
} Operator;

#define START "time(\"2024-01-01T00:00:00Z\")"
static const Operator operators[] = {
    {"map(>)", ANY, 't', 8}, {"filter(?)", ANY, 'a', 5}, {"flatMap(*)", ANY, 't', 5},
    {"mapValues(>)", KEYED, 'k', 3}, {"flatMapValues(*)", KEYED, 'k', 3},
    {"count()", ANY, 'i', 2}, {"countByValue()", KEYABLE, 'c', 2}, {"distinct()", KEYABLE, 'a', 1}, {"mean()", NUMBER, 'f', 2},
    {"reduce(&)", ANY, 'a', 2}, {"reduceByKey(&)", KEYED, 'a', 6}, {"groupByKey()", KEYED, 'g', 3}, {"glom()", ANY, 'l', 1},
    {"combineByKey(>, %)", KEYED, 'k', 2}, {"aggregateByKey(=, %)", KEYED, 'k', 2},
    {"mapPartitions(/)", ANY, 't', 1}, {"repartition(3) | mapPartitions(/)", ANY, 't', 1}, {"repartition(2) | glom()", ANY, 'l', 1},
    {"window(@)", ANY, 'a', 2}, {"countByWindow(@)", ANY, 'i', 1}, {"reduceByWindow(&, @)", ANY, 'a', 1},
    {"reduceByKeyAndWindow(&, @)", KEYED, 'a', 6}, {"groupByKeyAndWindow(@)", KEYED, 'g', 1},
    {"countByKeyAndWindow(@)", KEYED, 'n', 1}, {"countByValueAndWindow(@)", KEYABLE, 'c', 1},
    {"updateStateByKey(`U, name: \"u$\")", KEYED, 'k', 3}, {"mapWithState(`M, name: \"m$\")", KEYED, 't', 2},
    {"mapWithState(`M, timeout: 1s, onTimeout: `O, name: \"m$\")", KEYED, 't', 2},
    {"mapWithState(`M, timeout: 2s, name: \"m$\") | stateSnapshots()", KEYED, 's', 2},
    {"join(`J)", KEYED, 'j', 1}, {"leftOuterJoin(`J)", KEYED, '2', 1}, {"rightOuterJoin(`J)", KEYED, '1', 1},
    {"fullOuterJoin(`J)", KEYED, '3', 1}, {"cogroup(`J)", KEYED, 'o', 1}, {"join(`T)", KEYED, 'j', 1}, {"leftOuterJoin(`T)", KEYED, '2', 1},
    {"rightOuterJoin(`T)", KEYED, '1', 1}, {"fullOuterJoin(`T)", KEYED, '3', 1},
    {"asofJoin(`T, time: ^, since: `S)", KEYED, '2', 2}, {"join(`W, within: 2s, name: \"j$\")", TIMED, 'j', 8},
    {"sortBy(<)", ANY, 'a', 1}, {"sortBy(<, descending: true)", ANY, 'a', 1}, {"top(3, by: <)", ANY, 'a', 1}, {"limit(2)", ANY, 'a', 1},
    {"dropDuplicates(!, within: 2s, name: \"d$\")", ANY, 'A', 2}, {"eventTime(^)", ANY, 'T', 1}, {"eventTime(^, lateness: 1h)", ANY, 'T', 1},
    {"tumbling(1s#)~", TIMED, 'e', 3}, {"sliding(3s, 1s#)~", TIMED, 'e', 3}, {"session(1s#)~", TIMED, 'e', 3},
    {"tumbling(2s#) | reduceByKey(&)~", TIMED, 'e', 3}, {"session(1s#) | reduceByKey(&)~", TIMED, 'e', 3},
    {"eventTime(^, lateness: 1s) | map(;) | tumbling(2s#)~", ANY, 'E', 1},
    {"eventTime(^, lateness: 2s, idle: 2s) | filter(?) | map(;) | tumbling(1s#) | reduceByKey(&)~", ANY, 'E', 1},
    {"eventTime(^) | map(;) | session(2s#)~", ANY, 'E', 1}, {"eventTime(^, idle: 1s) | map(;) | sliding(2s, 500ms#)~", ANY, 'E', 1},
};
enum { N_OPERATORS = sizeof operators / sizeof operators[0] };

static bool takes(const Operator *op, const Stream *s)
{
    const Type *t = s->type;
    if (strchr(op->form, '@') && s->slide != 1)
        return false;
    int same = 0;
    for (int i = 0; i < n_streams; i++)
        same += streams[i].slide == s->slide;
    if ((strstr(op->form, "`J") || strstr(op->form, "`W")) && same == 0)
        return false;
    switch (op->takes) {
    case TIMED: return s->timed && t->kind == PAIR && !contains(t->a, FLOAT);
    case KEYED: return t->kind == PAIR && !contains(t->a, FLOAT);
    case KEYABLE: return !contains(t, FLOAT);
    case NUMBER: return t->kind == FLOAT || t->kind == INT;
    default: return true;
    }
}

static const Operator *any_operator(const Stream *s)
{
    unsigned sum = 0;
    for (int i = 0; i < N_OPERATORS; i++)
        sum += takes(&operators[i], s) ? operators[i].often : 0;
    unsigned r = below(sum);
    for (int i = 0;; i++) {
        unsigned often = takes(&operators[i], s) ? operators[i].often : 0;
        if (r < often)
            return &operators[i];
        r -= often;
    }
}

static const Type *option(const Type *t) { return make(OPTION, t, NULL); }

static const Type *joined(const Type *t, const Type *a, const Type *b) { return make(PAIR, t->a, make(PAIR, a, b)); }

static const Type *made(char makes, const Type *t, const Type *to, const Type *kept)
{
    switch (makes) {
    case 'j': return joined(t, t->b, to);
    case '1': return joined(t, option(t->b), to);
    case '2': return joined(t, t->b, option(to));
    case '3': return joined(t, option(t->b), option(to));
    case 'o': return joined(t, make(LIST, t->b, NULL), make(LIST, to, NULL));
    case 's': return make(PAIR, t->a, kept);
    case 't': return to;
    case 'i': return &t_int;
    case 'f': return &t_float;
    case 'l': return make(LIST, t, NULL);
    case 'c': return make(PAIR, t, &t_int);
    case 'k': return make(PAIR, t->a, to);
    case 'g': return make(PAIR, t->a, make(LIST, t->b, NULL));
    case 'n': return make(PAIR, t->a, &t_int);
    case 'e': return make(PAIR, make(PAIR, t->a, &t_duration), t->b);
    case 'E': return make(PAIR, make(PAIR, to->a, &t_duration), to->b);
    default: return t;
    }
}

static void put_time(const Type *of)
{
    int mark = n_names;
    printf("%s => " START " + ", bind(of)->text);
    put_expr(&t_duration, 2);
    n_names = mark;
}

/* A function of several parameters, the last with its type. */
static void put_function(const Type *const *params, int n, const Type *to)
{
    int mark = n_names;
    printf("(");
    for (int i = 0; i < n; i++)
        printf(i ? ", %s" : "%s", bind(params[i])->text);
    printf(": ");
    put_type(params[n - 1]);
    printf(") => ");
    put_expr(to, 2);
    n_names = mark;
}
#define FUNCTION(to, ...) put_function((const Type *const[]){__VA_ARGS__}, sizeof((const Type *const[]){__VA_ARGS__}) / sizeof(Type *), to)

static void put_other_stream(const Stream *s, const Type *pair, bool timed)
{
    int i = (int)below((unsigned)n_streams);
    while (streams[i].slide != s->slide)
        i = (i + 1) % n_streams;
    printf(timed ? "s%d | eventTime(" : "s%d | limit(4) | map(", i);
    if (timed) {
        put_time(streams[i].type);
        printf(") | map(");
    }
    put_lambda(streams[i].type, false, pair, 2);
    printf(")");
}

static void put_table(const Type *pair)
{
    printf("table queue(([[");
    for (unsigned n = 1 + below(4), i = 0; i < n; i++) {
        printf(i ? ", " : "");
        put_literal(pair);
    }
    printf("]] : [[");
    put_type(pair);
    printf("]]))");
}

static void put_operator(Stream *s)
{
    const Operator *op = any_operator(s);
    bool narrow = strncmp(op->form, "map(", 4) == 0 || strncmp(op->form, "mapValues", 9) == 0 || strncmp(op->form, "f", 1) == 0;
    bool by_key = op->takes == KEYED || op->takes == TIMED;
    const Type *of = by_key ? s->type->b : s->type, *to = any_type(2), *kept = any_type(1);
    if (strstr(op->form, "WithState") || strstr(op->form, "updateState") || strstr(op->form, "oin")) {
        to = to->kind == OPTION ? to->a : to;   /* they make options of these */
        kept = kept->kind == OPTION ? kept->a : kept;
    }
    if (strcmp(op->form, "map(>)") == 0 && chance(60))
        to = make(PAIR, chance(50) ? &t_int : &t_string, any_type(1));
    printf("\n  | ");
    for (const char *c = op->form; *c; c++) {
        switch (*c) {
        case '>': put_lambda(of, false, to, 3); break;
        case '?': put_lambda(of, false, &t_bool, 3); break;
        case '*': put_lambda(of, false, make(LIST, to, NULL), 3); break;
        case '/': put_lambda(make(LIST, of, NULL), false, make(LIST, to, NULL), 3); break;
        case '=': put_expr(to, 1); break;
        case '%': put_lambda(make(PAIR, to, of), true, to, 2); break;
        case '&': printf("%s", combine(of)); break;
        case '`':
            switch (*++c) {
            case 'U': FUNCTION(option(to), make(LIST, of, NULL), option(to)); break;
            case 'M': FUNCTION(make(PAIR, option(to), option(kept)), s->type->a, of, option(kept)); break;
            case 'O': FUNCTION(option(to), s->type->a, kept); break;
            case 'J': case 'W': put_other_stream(s, make(PAIR, s->type->a, to), c[0] == 'W'); break;
            case 'S': put_time(to); break;
            case 'T': put_table(make(PAIR, s->type->a, to)); break;
            }
            break;
        case '<': put_lambda(of, false, simple(), 2); break;
        case '!': put_lambda(of, false, chance(50) ? &t_int : &t_string, 2); break;
        case '^': put_time(of); break;
        case ';':
            to = make(PAIR, chance(50) ? &t_int : &t_string, any_type(1));
            put_lambda(of, false, to, 2);
            of = to->b;
            break;
        case '~': printf(" | map(((key, w), x) => ((key, w.start - " START "), x))"); break;
        case '$': printf("%d", n_made++); break;
        case '#':
            printf(", name: \"w%d\"", n_made++);
            if (chance(30)) {
                printf(", late: update, keep: %s", PICK("1s", "3s", "1h"));
            } else if (chance(40) && n_late < MAX_STREAMS) {
                late[n_late] = n_made++;
                printf(", late: side(late%d)", late[n_late++]);
            }
            break;
        case '@': {
            const char *window = PICK("2s", "3s", "3s, 2s", "4s, 2s", "2s, 3s");
            printf("%s, name: \"w%d\"", window, n_made++);
            s->slide = !strchr(window, ',') ? 1 : strstr(window, ", 3s") ? 3 : 2;
            break;
        }
        default: putchar(*c);
        }
    }
    s->type = made(op->makes, s->type, to, kept);
    if (op->makes == 'T')
        s->timed = true;
    else if (op->makes != 'A' && !narrow)
        s->timed = false;
}

static void put_source(Stream *s)
{
    *s = (Stream){chance(30) ? &t_string : any_type(2), 1, false};
    if (s->type == &t_string && chance(60)) {
        printf("source file(\"p.ds\", perBatch: %u)", 5 + below(20));
        return;
    }
    printf("source queue(([");
    for (unsigned batches = 1 + below(4), i = 0; i < batches; i++) {
        printf(i ? ", [" : "[");
        for (unsigned n = chance(10) ? 150 : below(7), k = 0; k < n; k++) {
            printf(k ? ", " : "");
            put_literal(s->type);
        }
        printf("]");
    }
    printf("] : [[");
    put_type(s->type);
    printf("]]))");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: gen_program SEED\n");
        return 2;
    }
    state = strtoull(argv[1], NULL, 10) * 2654435761u + 1;
    below(2);
    printf("on error skip\nbatch 1s\nparam limit: int = %u\n", below(5));
    snprintf(names[0].text, sizeof names[0].text, "limit");
    names[n_names++].type = &t_int;
    int n_sources = 1 + (int)below(2), n = n_sources + 1 + (int)below(4);
    for (; n_streams < n; n_streams++) {
        Stream *s = &streams[n_streams];
        printf("let s%d = ", n_streams);
        if (n_streams < n_sources) {
            put_source(s);
        } else {
            int from = (int)below((unsigned)n_streams);
            *s = streams[from];
            printf("s%d", from);
            for (unsigned ops = 1 + below(3); ops > 0; ops--)
                put_operator(s);
            for (int i = 0; i < n_streams; i++)
                if (equal(streams[i].type, s->type) && streams[i].slide == s->slide && chance(40)) {
                    printf("\n  | union(s%d)", i);
                    s->timed &= streams[i].timed;
                    break;
                }
        }
        printf("\n");
    }
    for (int i = 0; i < n; i++)
        if (i >= n_sources || chance(30))
            printf("s%d | sink stdout()\n", i);
    for (int i = 0; i < n_late; i++)
        printf("late%d | sink stdout()\n", late[i]);
    return 0;
}
