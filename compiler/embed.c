/* embed.c: a tool of the build: a file as a C array, to lie inside the dsc binary.
 *
 *     embed [--inline] NAME FILE > embed_NAME.c
 *
 * defines embed_NAME and embed_NAME_size (see embed.h). With --inline FILE is C
 * text, and each line `#include "x"` in it is replaced by the file x that lies
 * beside it, at every place where it stands. */
#include "embed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Writer {
    size_t size;                  /* bytes of the embedded text so far */
    bool after_octal;             /* a digit would join the escape before it */
} Writer;

static void fail(const char *path)
{
    fprintf(stderr, "embed: %s: %s\n", path, strerror(errno));
    exit(1);
}

static void put_byte(Writer *w, unsigned char c)
{
    if (w->size % 64 == 0)
        fputs(w->size ? "\"\n    \"" : "\n    \"", stdout);
    bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
    if (plain && !(w->after_octal && c >= '0' && c <= '9'))
        putchar(c);
    else
        printf("\\%o", c);
    w->after_octal = !plain || (w->after_octal && c >= '0' && c <= '9');
    w->size++;
}

static void put_file(Writer *w, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        fail(path);
    int c;
    while ((c = getc(in)) != EOF)
        put_byte(w, (unsigned char)c);
    if (ferror(in))
        fail(path);
    fclose(in);
}

static void put_inlined(Writer *w, const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        fail(path);
    char line[4096], name[256];
    while (fgets(line, sizeof line, in)) {
        if (sscanf(line, " # include \"%255[^\"]\"", name) != 1) {
            for (const char *p = line; *p; p++)
                put_byte(w, (unsigned char)*p);
            continue;
        }
        const char *slash = strrchr(path, '/');
        int folder = slash ? (int)(slash - path) + 1 : 0;
        char other[4096];
        snprintf(other, sizeof other, "%.*s%s", folder, path, name);
        put_inlined(w, other);
    }
    if (ferror(in))
        fail(path);
    fclose(in);
}

int main(int argc, char **argv)
{
    bool inlined = argc == 4 && strcmp(argv[1], "--inline") == 0;
    if (argc != 3 + inlined) {
        fprintf(stderr, "usage: embed [--inline] NAME FILE\n");
        return 2;
    }
    const char *name = argv[1 + inlined], *path = argv[2 + inlined];
    printf("/* Made from %s. */\n#include \"embed.h\"\n\nconst unsigned char embed_%s[] =", path, name);
    Writer w = {0};
    if (inlined)
        put_inlined(&w, path);
    else
        put_file(&w, path);
    printf("%s;\nconst size_t embed_%s_size = %zu;\n", w.size ? "\"" : " \"\"", name, w.size);
    if (fflush(stdout) || ferror(stdout))
        fail("standard output");
    return 0;
}
