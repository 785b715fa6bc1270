/* jit.c: libtcc with our headers and our symbols only.
 *
 * The unit is relocated into pages of ours, which become read + execute before
 * anything in them runs; generated units have no writable data. tcc itself asks
 * for pages that are writable and executable while it still writes, and exits
 * the process when the system refuses: dsc is linked so that its mprotect comes
 * here (see the Makefile), where such a wish leaves them writable. */
#define _GNU_SOURCE
#include "jit.h"
#include "base.h"
#include "config.h"
#include "dsc_fn.h"
#include "embed.h"

#include <libtcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct JitSymbol {
    const char *name;
    const void *address;
} JitSymbol;

/* ISO C has no conversion from function to object pointers; POSIX has the bytes alike. */
static const void *function_address(void (*function)(void))
{
    const void *address;
    memcpy(&address, &function, sizeof address);
    return address;
}

static void report(void *opaque, const char *message)
{
    (void)opaque;
    fprintf(stderr, "dsc: internal error in generated C: %s\n", message);
}

static void add_function(TCCState *tcc, const char *name, void (*function)(void))
{
    tcc_add_symbol(tcc, name, function_address(function));
}

static void add_data(TCCState *tcc)
{
    const JitSymbol data[] = {
        {"dsc_type_int", &dsc_type_int}, {"dsc_type_float", &dsc_type_float},
        {"dsc_type_bool", &dsc_type_bool}, {"dsc_type_string", &dsc_type_string},
        {"dsc_type_bytes", &dsc_type_bytes}, {"dsc_type_time", &dsc_type_time},
        {"dsc_type_duration", &dsc_type_duration}, {"dsc_type_isum", &dsc_type_isum},
        {"dsc_type_fsum", &dsc_type_fsum},
    };
    for (size_t i = 0; i < sizeof data / sizeof data[0]; i++)
        tcc_add_symbol(tcc, data[i].name, data[i].address);
}

#define ADD(name) add_function(tcc, #name, (void (*)(void))name);
#define ADD_ABI(ret, name, params) ADD(name)
#define ADD_PLAIN(name) ADD(name)
#define ADD_TASK(name) ADD(name)
#define ADD_OPT(name) ADD(name)
#define ADD_OPT_TASK(name) ADD(name)
#define ADD_FAIL(name) ADD(name)
#define ADD_FAIL_TASK(name) ADD(name)
#define ADD_TRY(name) ADD(name)
#define ADD_GENERIC(name) ADD(name)
#define ADD_INLINE(name)
#define F(name, type, convention, ret, c_name, params, doc, example, result) ADD_##convention(c_name)

/* All that generated C can name. */
static void add_symbols(TCCState *tcc)
{
    add_data(tcc);
    DSC_ABI_FUNCTIONS(ADD_ABI)
#include "fn_str.def"
#if DSC_HAVE_PCRE2
#include "fn_regex.def"
#endif
#include "fn_num.def"
#include "fn_time.def"
#include "fn_list.def"
#if DSC_HAVE_PCRE2
    ADD(dsc_regex_use)
#endif
    /* what tcc calls by itself, for copies and comparisons of structs */
    ADD(memcpy)
    ADD(memmove)
    ADD(memset)
    ADD(memcmp)
}

int __real_mprotect(void *address, size_t size, int protection);
int __wrap_mprotect(void *address, size_t size, int protection);

int __wrap_mprotect(void *address, size_t size, int protection)
{
    bool both = (protection & PROT_WRITE) && (protection & PROT_EXEC);
    return both && DSC_TCC_RELOCATE_ARGS == 2 ? 0 : __real_mprotect(address, size, protection);
}

/* Would the system let pages be executed that were written before? */
static bool may_execute(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    bool may = mprotect(page, size, PROT_READ | PROT_EXEC) == 0;
    munmap(page, size);
    return may;
}

#if DSC_TCC_RELOCATE_ARGS == 2
static const dsc_program *relocate(TCCState *tcc)
{
    int size = tcc_relocate(tcc, NULL);
    if (size < 0)
        return NULL;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = ((size_t)size + page - 1) / page * page;
    char *code = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED || tcc_relocate(tcc, code) < 0 ||
        mprotect(code, room, PROT_READ | PROT_EXEC) != 0) {
        fprintf(stderr, "dsc: internal error: cannot place generated code in memory\n");
        return NULL;
    }
    const dsc_program *program = tcc_get_symbol(tcc, "dsc_main_program");
    tcc_delete(tcc);
    return program;
}
#else
/* Newer TinyCC places code itself, without pages that are both; it frees it
 * with its state, which therefore lives as long as the process. */
static const dsc_program *relocate(TCCState *tcc)
{
    return tcc_relocate(tcc) < 0 ? NULL : tcc_get_symbol(tcc, "dsc_main_program");
}
#endif

/* The headers, then the unit with its one #include line blanked. */
static char *whole_text(const char *c_text)
{
    static const char include[] = "#include \"dsc_fn.h\"\n";
    const char *at = strstr(c_text, include);
    if (!at)
        return NULL;
    Text all = {0};
    text_printf(&all, "#line 1 \"dsc_fn.h\"\n");
    text_addn(&all, (const char *)embed_headers, embed_headers_size);
    text_printf(&all, "\n#line 1 \"generated.c\"\n");
    text_addn(&all, c_text, (size_t)(at - c_text));
    text_add(&all, "\n");
    text_add(&all, at + sizeof include - 1);
    return all.p;
}

int jit_compile(const char *c_text, const dsc_program **program)
{
    if (!may_execute())
        return 1;
    char *text = whole_text(c_text);
    TCCState *tcc = text ? tcc_new() : NULL;
    if (!tcc) {
        free(text);
        report(NULL, "cannot start the compiler in memory");
        return -1;
    }
    tcc_set_error_func(tcc, NULL, report);
    tcc_set_options(tcc, "-nostdlib -nostdinc -std=c11");
    tcc_set_output_type(tcc, TCC_OUTPUT_MEMORY);
    *program = NULL;
    if (tcc_compile_string(tcc, text) == 0) {
        add_symbols(tcc);
        *program = relocate(tcc);
    }
    free(text);
    return *program ? 0 : -1;
}
