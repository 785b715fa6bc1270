/* line_edit.c: one line on a terminal in raw mode. What does not fit beside the
 * prompt is scrolled sideways.
 *
 * Invariant: outside of edit_line the terminal is as it was found. */
#define _GNU_SOURCE
#include "line_edit.h"
#include "utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { HISTORY = 1000, LONGEST = 1 << 20 };

/* Keys beyond characters. */
enum { CTRL_A = 1, CTRL_B, CTRL_C, CTRL_D, CTRL_E, CTRL_F, BACKSPACE = 8, TAB = 9, CTRL_K = 11, CTRL_L, ENTER, CTRL_N,
       CTRL_P = 16, CTRL_U = 21, CTRL_W = 23, ESCAPE = 27, DELETE_BACK = 127,
       UP = 1000, DOWN, LEFT, RIGHT, HOME, END, DELETE, WORD_LEFT, WORD_RIGHT, NOTHING, GONE };

typedef struct Line {
    LineEdit *e;
    const char *prompt;
    Text text;
    size_t at;                    /* the cursor, in bytes */
    int recalled;                 /* line of the history; n_history: the new one */
    char *kept;                   /* the new line while an old one is shown */
} Line;

void edit_open(LineEdit *e)
{
    const char *term = getenv("TERM");
    bool plain = !term || !*term || strcmp(term, "dumb") == 0;
    *e = (LineEdit){.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !plain};
}

void edit_close(LineEdit *e)
{
    for (int i = 0; i < e->n_history; i++)
        free(e->history[i]);
    free(e->history);
    free(e->ahead);
    *e = (LineEdit){0};
}

/* ---- history ----------------------------------------------------------------- */

void edit_remember(LineEdit *e, const char *line)
{
    if (!*line || (e->n_history > 0 && strcmp(e->history[e->n_history - 1], line) == 0))
        return;
    if (e->n_history == HISTORY) {
        free(e->history[0]);
        memmove(e->history, e->history + 1, (HISTORY - 1) * sizeof *e->history);
        e->n_history--;
    }
    if (e->n_history == e->cap_history) {
        int cap = e->cap_history ? 2 * e->cap_history : 64;
        char **grown = realloc(e->history, (size_t)cap * sizeof *grown);
        if (!grown)
            return;
        e->history = grown;
        e->cap_history = cap;
    }
    char *copy = strdup(line);
    if (copy)
        e->history[e->n_history++] = copy;
}

static char *plain_line(FILE *in)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = getline(&line, &cap, in);
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        line[--n] = '\0';
    if (n >= 0)
        return line;
    free(line);
    return NULL;
}

void edit_load(LineEdit *e, const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return;
    for (char *line; (line = plain_line(in)); free(line))
        edit_remember(e, line);
    fclose(in);
}

void edit_save(const LineEdit *e, const char *path)
{
    Text aside = {0};
    text_printf(&aside, "%s.new", path);
    mode_t mask = umask(077);
    FILE *out = fopen(aside.p, "w");
    umask(mask);
    if (out) {
        for (int i = 0; i < e->n_history; i++)
            fprintf(out, "%s\n", e->history[i]);
        bool whole = !ferror(out);
        whole &= fclose(out) == 0;
        if (!whole || rename(aside.p, path) != 0)
            unlink(aside.p);
    }
    text_free(&aside);
}

/* ---- the screen ---------------------------------------------------------------- */

static int screen_columns(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static size_t char_at(const Line *l, size_t at, int *columns)
{
    uint32_t c;
    size_t n = utf8_decode(l->text.p + at, l->text.n - at, &c);
    *columns = utf8_width(c);
    return n;
}

static size_t before(const Line *l, size_t at)
{
    while (at > 0 && ((unsigned char)l->text.p[--at] & 0xc0) == 0x80) { }
    return at;
}

static size_t behind(const Line *l, size_t at)
{
    int columns;
    return at < l->text.n ? at + char_at(l, at, &columns) : at;
}

static void show(const Line *l)
{
    int room = screen_columns() - (int)strlen(l->prompt) - 1, columns = 0, cursor = 0, width;
    size_t from = l->at;
    while (from > 0) {
        size_t earlier = before(l, from);
        char_at(l, earlier, &width);
        if (cursor + width > room)
            break;
        cursor += width;
        from = earlier;
    }
    printf("\r%s", l->prompt);
    for (size_t i = from, n; i < l->text.n; i += n) {
        n = char_at(l, i, &width);
        if (columns + width > room)
            break;
        columns += width;
        unsigned char c = (unsigned char)l->text.p[i];
        if (c < ' ' || c == 127 || (n == 1 && c >= 0x80))
            putchar('?');
        else
            fwrite(l->text.p + i, 1, n, stdout);
    }
    printf("\033[K\r");
    if ((int)strlen(l->prompt) + cursor > 0)
        printf("\033[%dC", (int)strlen(l->prompt) + cursor);
    fflush(stdout);
}

/* ---- keys ------------------------------------------------------------------------ */

static int read_byte(void)
{
    unsigned char c;
    ssize_t n;
    while ((n = read(STDIN_FILENO, &c, 1)) < 0 && errno == EINTR) { }
    return n == 1 ? c : GONE;
}

/* What follows ESC [ or ESC O. */
static int read_sequence(void)
{
    int c = read_byte(), number = 0;
    bool shifted = false;
    while (c != GONE && (isdigit(c) || c == ';')) {
        shifted |= c == ';';
        number = c == ';' ? number : shifted ? number : number * 10 + c - '0';
        if (number > 1000)
            return NOTHING;
        c = read_byte();
    }
    switch (c) {
    case 'A': return UP;
    case 'B': return DOWN;
    case 'C': return shifted ? WORD_RIGHT : RIGHT;
    case 'D': return shifted ? WORD_LEFT : LEFT;
    case 'H': return HOME;
    case 'F': return END;
    case '~': return number == 1 || number == 7 ? HOME : number == 4 || number == 8 ? END : number == 3 ? DELETE : NOTHING;
    case GONE: return GONE;
    default: return NOTHING;
    }
}

static int read_key(void)
{
    int c = read_byte();
    if (c != ESCAPE)
        return c;
    c = read_byte();
    switch (c) {
    case '[': case 'O': return read_sequence();
    case 'b': return WORD_LEFT;
    case 'f': return WORD_RIGHT;
    case GONE: return GONE;
    default: return NOTHING;
    }
}

/* ---- editing ------------------------------------------------------------------------ */

static void cut(Line *l, size_t from, size_t to)
{
    memmove(l->text.p + from, l->text.p + to, l->text.n - to + 1);
    l->text.n -= to - from;
    l->at = from;
}

static void insert(Line *l, const char *p, size_t n)
{
    if (l->text.n + n > LONGEST)
        return;
    text_addn(&l->text, p, n);
    memmove(l->text.p + l->at + n, l->text.p + l->at, l->text.n - n - l->at);
    memcpy(l->text.p + l->at, p, n);
    l->at += n;
}

static void replace(Line *l, const char *text)
{
    l->text.n = l->at = 0;
    insert(l, text, strlen(text));
}

static void recall(Line *l, int i)
{
    LineEdit *e = l->e;
    if (i < 0 || i > e->n_history)
        return;
    if (l->recalled == e->n_history) {
        free(l->kept);
        l->kept = strdup(l->text.p);
    }
    l->recalled = i;
    replace(l, i < e->n_history ? e->history[i] : l->kept ? l->kept : "");
}

static bool in_word(const Line *l, size_t at)
{
    unsigned char c = (unsigned char)l->text.p[at];
    return isalnum(c) || c == '_' || c >= 0x80;
}

static size_t word_left(const Line *l)
{
    size_t at = l->at;
    while (at > 0 && !in_word(l, at - 1))
        at--;
    while (at > 0 && in_word(l, at - 1))
        at--;
    return at;
}

static size_t word_right(const Line *l)
{
    size_t at = l->at;
    while (at < l->text.n && !in_word(l, at))
        at++;
    while (at < l->text.n && in_word(l, at))
        at++;
    return at;
}

/* As much of a name as is certain; where nothing is, the names there are. */
static void complete(Line *l)
{
    size_t from = l->at;
    while (from > 0 && (in_word(l, from - 1) || (from == 1 && l->text.p[0] == ':')))
        from--;
    size_t n = l->at - from, common = 0;
    const char *first = NULL, *name;
    int found = 0;
    for (int i = 0; n > 0 && l->e->names && (name = l->e->names(l->e->names_arg, i)); i++) {
        if (strncmp(name, l->text.p + from, n) != 0 || (first && strcmp(first, name) == 0))
            continue;
        size_t same = 0;
        while (first && same < common && first[same] == name[same])
            same++;
        common = first ? same : strlen(name);
        first = first ? first : name;
        found++;
    }
    if (found == 0)
        return;
    if (common > n) {
        insert(l, first + n, common - n);
        return;
    }
    printf("\r\n");
    const char *last = NULL;
    for (int i = 0; found > 1 && (name = l->e->names(l->e->names_arg, i)); i++) {
        if (strncmp(name, l->text.p + from, n) == 0 && (!last || strcmp(last, name) != 0))
            printf("%s  ", name);
        last = name;
    }
    printf("\r\n");
}

/* Do what a key says. Returns ENTER, CTRL_C or GONE when the line is done. */
static int press(Line *l, int key)
{
    size_t to;
    switch (key) {
    case ENTER: case '\n': return ENTER;
    case CTRL_C: case GONE: return key;
    case CTRL_D:
        if (l->text.n == 0)
            return GONE;
        cut(l, l->at, behind(l, l->at));
        break;
    case DELETE: cut(l, l->at, behind(l, l->at)); break;
    case BACKSPACE: case DELETE_BACK: cut(l, before(l, l->at), l->at); break;
    case LEFT: case CTRL_B: l->at = before(l, l->at); break;
    case RIGHT: case CTRL_F: l->at = behind(l, l->at); break;
    case HOME: case CTRL_A: l->at = 0; break;
    case END: case CTRL_E: l->at = l->text.n; break;
    case UP: case CTRL_P: recall(l, l->recalled - 1); break;
    case DOWN: case CTRL_N: recall(l, l->recalled + 1); break;
    case CTRL_K: cut(l, l->at, l->text.n); break;
    case CTRL_U: cut(l, 0, l->at); break;
    case CTRL_W:
        to = l->at;
        while (l->at > 0 && l->text.p[l->at - 1] == ' ')
            l->at--;
        while (l->at > 0 && l->text.p[l->at - 1] != ' ')
            l->at--;
        cut(l, l->at, to);
        break;
    case WORD_LEFT: l->at = word_left(l); break;
    case WORD_RIGHT: l->at = word_right(l); break;
    case CTRL_L: printf("\033[H\033[2J"); break;
    case TAB: complete(l); break;
    default:
        if (key >= ' ' && key < 256) {
            char c = (char)key;
            insert(l, &c, 1);
        }
    }
    return NOTHING;
}

static char *terminal_line(LineEdit *e, const char *prompt, bool *dropped)
{
    struct termios found, raw;
    if (tcgetattr(STDIN_FILENO, &found) != 0)
        return NULL;
    raw = found;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    Line l = {.e = e, .prompt = prompt, .recalled = e->n_history};
    text_add(&l.text, "");
    int end = NOTHING;
    while (end == NOTHING) {
        show(&l);
        end = press(&l, read_key());
    }
    printf("%s\r\n", end == CTRL_C ? "^C" : "");
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &found);
    free(l.kept);
    if (end == CTRL_C)
        l.text.p[0] = '\0';
    *dropped = end == CTRL_C;
    if (end != GONE)
        return l.text.p;
    text_free(&l.text);
    return NULL;
}

char *edit_line(LineEdit *e, const char *prompt, bool *dropped)
{
    *dropped = false;
    if (e->terminal)
        return terminal_line(e, prompt, dropped);
    char *line = e->ahead ? e->ahead : plain_line(stdin);
    e->ahead = NULL;
    return line;
}

const char *edit_peek(LineEdit *e)
{
    if (!e->terminal && !e->ahead)
        e->ahead = plain_line(stdin);
    return e->ahead;
}
