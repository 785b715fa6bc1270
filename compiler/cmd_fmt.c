/* cmd_fmt.c: `dsc fmt FILE.. [--check]`: programs in their one form. A file is
 * replaced whole, and only where something changes. */
#define _GNU_SOURCE
#include "cmd.h"
#include "compile.h"
#include "fmt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot_write(const char *path, int error)
{
    fprintf(stderr, "dsc: cannot write %s: %s\n", path, strerror(error));
    return 1;
}

static bool write_all(int fd, const Text *text)
{
    for (size_t done = 0; done < text->n;) {
        ssize_t n = write(fd, text->p + done, text->n - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

int replace_file(const char *path, const Text *text)
{
    char *real = realpath(path, NULL);        /* what a link means, not the link */
    struct stat old;
    if (!real || stat(real, &old) != 0 || access(real, W_OK) != 0) {
        int error = errno;
        free(real);
        return cannot_write(path, error);
    }
    Text name = {0};
    text_printf(&name, "%s.XXXXXX", real);
    int fd = mkostemp(name.p, O_CLOEXEC);
    bool whole = fd >= 0 && write_all(fd, text) && fchmod(fd, old.st_mode & 07777) == 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0 && close(fd) != 0 && whole) {
        error = errno;
        whole = false;
    }
    if (whole && rename(name.p, real) != 0) {
        error = errno;
        whole = false;
    }
    if (!whole && fd >= 0)
        unlink(name.p);
    text_free(&name);
    free(real);
    return whole ? 0 : cannot_write(path, error);
}

static int format_file(const char *path, bool check, bool *differs)
{
    Arena *arena = arena_new("format");
    size_t size;
    char *text = read_source(arena, path, &size);
    Diags *diags = text ? diags_new(arena, path, text, size) : NULL;
    Text out = {0};
    int status = 2;
    if (text && format_program(arena, diags, path, text, size, &out)) {
        bool same = out.n == size && memcmp(out.p, text, size) == 0;
        status = 0;
        if (check && !same) {
            printf("%s\n", path);
            *differs = true;
        } else if (!check && strcmp(path, "-") == 0) {
            status = write_text(NULL, &out);
        } else if (!check && !same) {
            status = replace_file(path, &out);
        }
    } else if (text) {
        diags_print(diags, stderr, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
    }
    text_free(&out);
    arena_free(arena);
    return status;
}

int cmd_fmt(int argc, char **argv)
{
    bool check = false, differs = false;
    int files = 0, status = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            check = true;
        else if (argv[i][0] == '-' && argv[i][1])
            return usage_error("fmt", "unknown option %s", argv[i]);
        else
            files++;
    }
    if (files == 0)
        return usage_error("fmt", "no program given");
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            continue;
        int one = format_file(argv[i], check, &differs);
        status = one > status ? one : status;
    }
    return status ? status : differs;
}
