/* buf.c: growing text buffers. */
#define _POSIX_C_SOURCE 200809L
#include "rt.h"
#include <stdio.h>
#include <stdlib.h>

bool rt_buf_reserve(rt_buf *b, size_t more)
{
    if (more <= b->cap - b->n)
        return true;
    size_t need = b->n + more, cap = b->cap < 256 ? 256 : b->cap * 2;
    if (cap < need)
        cap = need;
    char *p = need < more || cap > SIZE_MAX / 2 ? NULL : realloc(b->p, cap);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void rt_buf_free(rt_buf *b)
{
    free(b->p);
    *b = (rt_buf){0};
}

void rt_buf_print(rt_buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !rt_buf_reserve(b, (size_t)n + 1))
        return;
    va_start(args, format);
    vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}
