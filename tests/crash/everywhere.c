/* everywhere.c: a job that goes wrong at any place, and is started again, leaves what one leaves that never did.
 *
 *   everywhere [--kinds K,..] [--points N] [--seed S] [--stdin FILE | --pipe FILE:N] [--again NAME] FOLDER COMMAND ARG ..
 *
 * The command runs in FOLDER.run, a fresh copy of FOLDER. The first run counts its calls (fault.c). Then for each kind of
 * fault, and N places of each (0: all), it runs with the fault, at times once more with another, and then in peace; all it left but
 * the folder `ck` must be what the first left. A run with a fault may be killed, or end with 0, or with 1 and a message.
 *
 * Standard output, and the file NAME, which commands append to, may repeat the last batch of a run that was broken off.
 * --stdin: comes from a file. --pipe: from a pipe, of which the first run gets all and the next nothing; so what is left must be what
 * a run leaves that was stopped in peace behind some number of batches, of N lines each, and gone on without input.
 * It prints "KIND PLACES TRIED DEATHS" for each kind. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TREES = 64, MAX_PIECES = 4, SECONDS = 60 };

typedef struct Bytes {
    char *p;
    size_t n;
} Bytes;

/* A tree is one text: of each file its name and what is in it. */
typedef struct Left {
    Bytes tree, out, again;
} Left;

typedef struct Run {
    int status;                   /* as waitpid gives it */
    bool hung;
    Bytes out, said;
} Run;

static char folder[PATH_MAX], work[PATH_MAX], fault_so[PATH_MAX], again_name[256];
static char **command;
static int command_n;
static const char *input, *piped;
static long piped_lines, stop_after;
static unsigned seed = 1;

/* Of SQLite's library, where it is. */
static struct {
    int (*open)(const char *path, void **db);
    int (*exec)(void *db, const char *sql, int (*row)(void *to, int n, char **values, char **names), void *to, char **why);
    int (*close)(void *db);
} sqlite;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "everywhere: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void add(Bytes *b, const void *p, size_t n)
{
    b->p = realloc(b->p, b->n + n + 1);
    if (!b->p)
        die("memory");
    memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

static void add_text(Bytes *b, const char *text) { add(b, text, strlen(text)); }

static void empty(Bytes *b)
{
    free(b->p);
    *b = (Bytes){0};
}

static Bytes read_file(const char *path)
{
    Bytes b = {0};
    char part[1 << 14];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;
    add(&b, "", 0);
    while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0)
        add(&b, part, (size_t)n);
    if (fd >= 0)
        close(fd);
    return b;
}

static void write_file(const char *path, const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n)
        die(path);
    close(fd);
}

static void join(char path[PATH_MAX], const char *dir, const char *name)
{
    if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
        die("a name is too long");
}

/* FOLDER.what */
static void beside(char path[PATH_MAX], const char *what)
{
    size_t n = strlen(folder);
    if (n + strlen(what) + 2 > PATH_MAX)
        die("a name is too long");
    memcpy(path, folder, n);
    path[n] = '.';
    strcpy(path + n + 1, what);
}

/* ---- trees --------------------------------------------------------------------------- */

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void remove_tree(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, NULL);
    for (int i = 0; i < n; i++) {
        char inner[PATH_MAX];
        join(inner, path, names[i]->d_name);
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0 && unlink(inner) < 0)
            remove_tree(inner);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    rmdir(path);
}

/* Names and times are kept: both mean something to `dir`. */
static void copy_tree(const char *from, const char *to)
{
    struct dirent **names;
    int n = scandir(from, &names, NULL, by_name);
    if (n < 0 || mkdir(to, 0777) < 0)
        die(to);
    for (int i = 0; i < n; i++) {
        char a[PATH_MAX], b[PATH_MAX];
        struct stat st;
        join(a, from, names[i]->d_name);
        join(b, to, names[i]->d_name);
        if (strcmp(names[i]->d_name, ".") == 0 || strcmp(names[i]->d_name, "..") == 0 || stat(a, &st) < 0) {
        } else if (S_ISDIR(st.st_mode)) {
            copy_tree(a, b);
        } else {
            Bytes bytes = read_file(a);
            write_file(b, bytes.p, bytes.n);
            utimensat(AT_FDCWD, b, (struct timespec[]){st.st_atim, st.st_mtim}, 0);
            empty(&bytes);
        }
        free(names[i]);
    }
    free(names);
}

static void load_sqlite(void)
{
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW);
    if (library) {
        *(void **)&sqlite.open = dlsym(library, "sqlite3_open");
        *(void **)&sqlite.exec = dlsym(library, "sqlite3_exec");
        *(void **)&sqlite.close = dlsym(library, "sqlite3_close");
    }
}

static int add_row(void *to, int n, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < n; i++) {
        add_text(to, i ? "|" : "");
        add_text(to, values[i] ? values[i] : "NULL");
    }
    add_text(to, "\n");
    return 0;
}

/* The rows of the table `rows`: a database's bytes are its own affair. */
static void add_database(Bytes *b, const char *path)
{
    void *db = NULL;
    char *why = NULL;
    if (!sqlite.close)
        die("libsqlite3.so.0");
    if (sqlite.open(path, &db) != 0)
        add_text(b, "cannot be opened\n");
    else if (sqlite.exec(db, "SELECT * FROM rows ORDER BY rowid", add_row, b, &why) != 0)
        add_text(b, why ? why : "cannot be read\n");
    sqlite.close(db);
}

static void add_tree(Bytes *b, const char *path, const char *shown)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        char inner[PATH_MAX], label[PATH_MAX];
        struct stat st;
        join(inner, path, name);
        join(label, shown, name);
        size_t length = strlen(name);
        bool database = length > 3 && strcmp(name + length - 3, ".db") == 0;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "ck") == 0 || strcmp(name, again_name) == 0 ||
            (piped && strcmp(name, piped) == 0) ||
            strstr(name, ".db-") || stat(inner, &st) < 0) {
        } else if (S_ISDIR(st.st_mode)) {
            add_tree(b, inner, label);
        } else {
            Bytes bytes = database ? (Bytes){0} : read_file(inner);
            if (database)
                add_database(&bytes, inner);
            add_text(b, "== ");
            add_text(b, label + 2);
            add_text(b, "\n");
            add(b, bytes.p ? bytes.p : "", bytes.n);
            empty(&bytes);
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

/* ---- running ---------------------------------------------------------------------------- */

static _Noreturn void run_here(const char *fault, bool counting, int threads, int in, int out, int said)
{
    char side[PATH_MAX], boot[PATH_MAX], counts[PATH_MAX], number[16], batches[24];
    char **args = calloc((size_t)command_n + 5, sizeof *args);
    beside(side, "side");
    beside(boot, "boot");
    beside(counts, "counts");
    snprintf(number, sizeof number, "%d", threads);
    if (!args || chdir(work) < 0)
        die(work);
    memcpy(args, command, (size_t)command_n * sizeof *args);
    char option[] = "--threads", stop[] = "--batches";
    args[command_n] = option;
    args[command_n + 1] = number;
    snprintf(batches, sizeof batches, "%ld", stop_after);
    args[command_n + 2] = stop_after ? stop : NULL;
    args[command_n + 3] = stop_after ? batches : NULL;
    dup2(in, 0);
    dup2(out, 1);
    dup2(said, 2);
    setenv("LD_PRELOAD", fault_so, 1);
    setenv("DSC_FAULT_BOOT", boot, 1);
    setenv("DSC_FAULT_SIDE", side, 1);
    if (fault)
        setenv("DSC_FAULT", fault, 1);
    if (counting)
        setenv("DSC_FAULT_COUNT", counts, 1);
    execvp(args[0], args);
    die(args[0]);
}

/* Feeds a pipe; ends by itself when nobody reads. */
static int feed(const Bytes *bytes)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        die("pipe");
    if (fork() == 0) {
        close(ends[0]);
        for (size_t done = 0; done < bytes->n;) {
            ssize_t n = write(ends[1], bytes->p + done, bytes->n - done);
            if (n < 0)
                break;
            done += (size_t)n;
        }
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

static Run run(const char *fault, bool counting, int threads, const Bytes *pipe_text)
{
    Run r = {0};
    int alive[2];                 /* held by the program */
    char out[PATH_MAX], said[PATH_MAX], from[PATH_MAX];
    beside(out, "out");
    beside(said, "said");
    int to = open(out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), messages = open(said, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (input)
        join(from, work, input);
    int in = pipe_text ? feed(pipe_text) : open(input ? from : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (to < 0 || messages < 0 || in < 0 || pipe(alive) < 0)
        die(out);
    pid_t child = fork();
    if (child == 0) {
        close(alive[0]);
        run_here(fault, counting, threads, in, to, messages);
    }
    close(alive[1]);
    close(in);
    struct pollfd end = {.fd = alive[0], .events = POLLIN};
    if (poll(&end, 1, SECONDS * 1000) == 0) {
        r.hung = true;
        kill(child, SIGKILL);
    }
    waitpid(child, &r.status, 0);
    while (waitpid(-1, NULL, 0) > 0) { }    /* and what it started */
    close(alive[0]);
    close(to);
    close(messages);
    r.out = read_file(out);
    r.said = read_file(said);
    return r;
}

static void begin(void)
{
    char path[PATH_MAX];
    remove_tree(work);
    copy_tree(folder, work);
    beside(path, "side");
    remove_tree(path);
    mkdir(path, 0777);
    beside(path, "boot");
    write_file(path, "one\n", 4);
}

static void check_fine(const Run *r)
{
    if (!r->hung && WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
        return;
    fprintf(stderr, "%s: undisturbed: status %d: %s\n", folder, r->status, r->said.p);
    exit(2);
}

static void look(Left *left)
{
    char path[PATH_MAX];
    add_tree(&left->tree, work, ".");
    join(path, work, again_name);
    left->again = *again_name ? read_file(path) : (Bytes){0};
}

static Left undisturbed(const Bytes *pipe_text)
{
    Left left = {0};
    begin();
    Run r = run(NULL, true, 1, pipe_text);
    check_fine(&r);
    look(&left);
    left.out = r.out;
    empty(&r.said);
    return left;
}

/* A command may take its input from the file and remove it, so it is not compared. */
static void remove_input(void)
{
    char path[PATH_MAX];
    join(path, work, piped);
    unlink(path);
}

/* ---- what may come twice ------------------------------------------------------------------ */

/* Where the batch begins that the byte at `at` is of: batches begin with a line of ---, or are lines that are the same up to a comma. */
static size_t batch_of(const Bytes *b, size_t at)
{
    if (b->n == 0)
        return 0;
    if (at > 0 && (at == b->n || b->p[at - 1] == '\n'))
        at--;
    while (at > 0 && b->p[at - 1] != '\n')
        at--;
    if (memmem(b->p, b->n, "---", 3)) {
        while (at > 0 && !(strncmp(b->p + at, "---", 3) == 0 && strchr(b->p + at, '\n') && strncmp(strchr(b->p + at, '\n'), "\nTime", 5) == 0))
            for (at--; at > 0 && b->p[at - 1] != '\n'; at--) { }
        return at;
    }
    size_t n = strcspn(b->p + at, ",\n") + 1;
    while (at > 0) {
        size_t above = at - 1;
        while (above > 0 && b->p[above - 1] != '\n')
            above--;
        if (strncmp(b->p + above, b->p + at, n) != 0)
            break;
        at = above;
    }
    return at;
}

/* Pieces of `whole`, one for each run: the first from its beginning, each other one from where the one before ended, or from the beginning of
 * the batch that it ended in; the last one to its end. */
static bool pieces_fit(const Bytes *whole, const Bytes *piece, int n)
{
    size_t end = 0;
    for (int i = 0; i < n; i++) {
        if (piece[i].n == 0)
            continue;
        if (piece[i].n > whole->n)
            return false;
        size_t from = end, back = batch_of(whole, end);
        bool goes_on = piece[i].n <= whole->n - from && memcmp(whole->p + from, piece[i].p, piece[i].n) == 0 &&
                       (from == 0 || whole->p[from - 1] == '\n');
        if (!goes_on && !(piece[i].n <= whole->n - back && memcmp(whole->p + back, piece[i].p, piece[i].n) == 0))
            return false;
        end = (goes_on ? from : back) + piece[i].n;
    }
    return end == whole->n;
}

/* ---- the places ------------------------------------------------------------------------------ */

typedef struct Trial {
    Bytes out[MAX_PIECES], again[MAX_PIECES];
    size_t again_n;
    int n;
} Trial;

static void note_run(Trial *t, Run *r)
{
    char path[PATH_MAX];
    t->out[t->n] = r->out;
    join(path, work, again_name);
    if (*again_name) {
        Bytes all = read_file(path);
        size_t had = t->again_n < all.n ? t->again_n : all.n;
        add(&t->again[t->n], all.p + had, all.n - had);
        t->again_n = all.n;
        empty(&all);
    }
    t->n++;
}

static void show_difference(const Bytes *expected, const Bytes *found)
{
    size_t i = 0, line = 0;
    while (i < expected->n && i < found->n && expected->p[i] == found->p[i])
        i++;
    for (line = i; line > 0 && i - line < 120 && expected->p[line - 1] != '='; line--) { }
    fprintf(stderr, "  expected: ..%.300s\n  found: ..%.300s\n", expected->p + line, found->p + line);
}

static int failures;

static void failed(const char *fault, const char *what, const Run *r)
{
    fprintf(stderr, "%s: %s: %s (status %d): %s", folder, fault, what, r->status, r->said.p && *r->said.p ? r->said.p : "no message\n");
    if (++failures >= 8)
        exit(1);
}

/* 1: the run with the fault was killed by it. */
static int try_place(const char *fault, bool power, unsigned number, const Left *wanted, int n_wanted, const Bytes *pipe_text)
{
    Trial t = {0};
    int killed = 0;
    begin();
    Run r = run(fault, false, number % 2 ? 1 : 3, pipe_text);
    killed = WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL;
    bool ended = WIFEXITED(r.status) && (WEXITSTATUS(r.status) == 0 || (WEXITSTATUS(r.status) <= 2 && r.said.n > 0));
    if (r.hung || (!killed && !ended))
        failed(fault, r.hung ? "hangs" : "ends badly", &r);
    note_run(&t, &r);
    char path[PATH_MAX];
    beside(path, "boot");
    if (power)
        write_file(path, "two\n", 4);
    empty(&r.said);
    if (number % 3 == 0) {
        char second[64];
        snprintf(second, sizeof second, "%s:%u:%u", number % 2 ? "power" : "kill", number % 50 + 1, number);
        r = run(second, false, 1, NULL);
        note_run(&t, &r);
        if (number % 2)
            write_file(path, "three\n", 6);
        empty(&r.said);
    }
    r = run(NULL, false, number % 2 ? 3 : 1, NULL);
    note_run(&t, &r);
    if (r.hung || !WIFEXITED(r.status) || WEXITSTATUS(r.status) != 0) {
        failed(fault, "does not start again", &r);
    } else {
        Left left = {0};
        bool same = false;
        add_tree(&left.tree, work, ".");
        for (int i = 0; i < n_wanted && !same; i++)
            same = left.tree.n == wanted[i].tree.n && memcmp(left.tree.p, wanted[i].tree.p, left.tree.n) == 0 &&
                   pieces_fit(&wanted[i].out, t.out, t.n) && pieces_fit(&wanted[i].again, t.again, t.n);
        if (!same) {
            failed(fault, "leaves something else", &r);
            const Left *most = &wanted[n_wanted - 1];
            show_difference(&most->tree, &left.tree);
            for (int i = 0; i < t.n && most->out.n; i++)
                fprintf(stderr, "  standard output of run %d: %.600s\n", i + 1, t.out[i].p);
            for (int i = 0; i < t.n && *again_name; i++)
                fprintf(stderr, "  %s of run %d: %.600s\n", again_name, i + 1, t.again[i].p ? t.again[i].p : "");
        }
        empty(&left.tree);
    }
    for (int i = 0; i < t.n; i++) {
        empty(&t.out[i]);
        empty(&t.again[i]);
    }
    empty(&r.said);
    return killed;
}

static long count_of(const char *kind)
{
    char path[PATH_MAX], name[32];
    long n = 0, found = 0;
    beside(path, "counts");
    FILE *in = fopen(path, "r");
    while (in && fscanf(in, "%31s %ld", name, &n) == 2)
        if (strcmp(name, kind) == 0)
            found = n;
    if (in)
        fclose(in);
    return found;
}

static void try_kind(const char *kind, long points, const Left *wanted, int n_wanted, const Bytes *pipe_text)
{
    long n = count_of(kind), tried = 0, deaths = 0;
    bool power = strcmp(kind, "power") == 0 || strcmp(kind, "parts") == 0;
    double by = points == 0 || points > n ? 1 : (double)n / (double)points;
    for (double place = by > 1 ? (double)(rand_r(&seed) % 1000) / 1000 * by : 0; place < (double)n; place += by) {
        char fault[64];
        unsigned number = (unsigned)rand_r(&seed) % 100000 + 1;
        snprintf(fault, sizeof fault, "%s:%ld:%u", kind, (long)place + 1, number);
        deaths += try_place(fault, power, number, wanted, n_wanted, pipe_text);
        tried++;
    }
    printf("%s %ld %ld %ld\n", kind, n, tried, deaths);
    fflush(stdout);
}

/* What comes of a run that is stopped behind i batches, and of one that then finds no input, for all i. */
static int prefixes(const Bytes *all, long lines, Left *wanted)
{
    long n = 1;
    for (size_t i = 0; i < all->n; i++)
        n += all->p[i] == '\n';
    n = n / lines + 1;
    for (long i = 0; i <= n && i < MAX_TREES; i++) {
        begin();
        if (i == 0)
            remove_input();
        for (int part = i == 0; part < 2; part++) {
            stop_after = part == 0 ? i : 0;
            Run r = run(NULL, false, 1, part == 0 ? all : NULL);
            check_fine(&r);
            add(&wanted[i].out, r.out.p, r.out.n);
            empty(&r.out);
            empty(&r.said);
        }
        look(&wanted[i]);
    }
    return (int)n + 1;
}

int main(int argc, char **argv)
{
    char all[] = "kill,torn,power,parts,full,short,sync,lost,name,open,alloc", *list = all;
    long points = 0;
    int i = 1;
    for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
        char *value = argv[i + 1];
        if (strcmp(argv[i], "--kinds") == 0)
            list = value;
        else if (strcmp(argv[i], "--points") == 0)
            points = strtol(value, NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = (unsigned)strtoul(value, NULL, 10);
        else if (strcmp(argv[i], "--stdin") == 0)
            input = value;
        else if (strcmp(argv[i], "--again") == 0)
            snprintf(again_name, sizeof again_name, "%s", value);
        else if (strcmp(argv[i], "--pipe") == 0 && strchr(value, ':')) {
            piped_lines = strtol(strchr(value, ':') + 1, NULL, 10);
            *strchr(value, ':') = '\0';
            piped = value;
        } else {
            fprintf(stderr, "everywhere: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    if (i + 1 >= argc || !realpath(argv[i], folder)) {
        fprintf(stderr, "usage: everywhere [options] FOLDER COMMAND ARG ..\n");
        return 2;
    }
    command = argv + i + 1;
    command_n = argc - i - 1;
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    beside(work, "run");
    if (readlink("/proc/self/exe", fault_so, sizeof fault_so - 16) < 0)
        die("/proc/self/exe");
    strcpy(strrchr(fault_so, '/'), "/fault.so");
    load_sqlite();
    static Left wanted[MAX_TREES];
    Bytes text = {0};
    int n_wanted = 1;
    if (piped) {
        char path[PATH_MAX];
        join(path, folder, piped);
        text = read_file(path);
        n_wanted = prefixes(&text, piped_lines, wanted);
        undisturbed(&text);
    } else {
        wanted[0] = undisturbed(NULL);
    }
    for (char *kind = strtok(list, ","); kind; kind = strtok(NULL, ","))
        try_kind(kind, points, wanted, n_wanted, piped ? &text : NULL);
    return failures > 0;
}
