/* guard.c: mapped files that are cut short by others while we read them.
 *
 * The handler of SIGBUS looks the address up among the guarded ranges, maps a
 * page of zeros there, and remembers the name; the engine asks for it before it
 * believes what a step computed. Any other SIGBUS takes its old course. Slots
 * are claimed under a lock, and read by the handler as atomics: `from` is
 * written last and cleared first. */
#define _GNU_SOURCE
#include "core.h"
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 4096 };

typedef struct Slot {
    atomic_uintptr_t from, to;    /* from == 0: free */
    _Atomic(const char *) name;
} Slot;

static Slot slots[SLOTS];
static atomic_size_t used;        /* slots below have been in use */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool handling;
static struct sigaction before;
static atomic_size_t page;
static _Atomic(const char *) torn;

static void on_bus(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    int saved = errno;
    uintptr_t at = (uintptr_t)info->si_addr;
    size_t n = atomic_load(&used), size = atomic_load(&page);
    for (size_t i = 0; i < n; i++) {
        uintptr_t from = atomic_load(&slots[i].from);
        if (from == 0 || at < from || at >= atomic_load(&slots[i].to))
            continue;
        void *start = (char *)info->si_addr - at % size;
        if (mmap(start, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            break;
        atomic_store(&torn, atomic_load(&slots[i].name));
        errno = saved;
        return;
    }
    sigaction(SIGBUS, &before, NULL);     /* the fault comes again, for whom it concerns */
    errno = saved;
}

int rt_guard_map(dsc_context *job, const void *p, size_t n, const char *name)
{
    int status = -1;
    pthread_mutex_lock(&lock);
    if (!handling) {
        struct sigaction action = {.sa_flags = SA_SIGINFO};
        sigemptyset(&action.sa_mask);
        action.sa_sigaction = on_bus;
        atomic_store(&page, (size_t)sysconf(_SC_PAGESIZE));
        handling = sigaction(SIGBUS, &action, &before) == 0;
    }
    for (size_t i = 0; handling && status < 0 && i < SLOTS; i++)
        if (atomic_load(&slots[i].from) == 0) {
            /* the last page is guarded as a whole */
            uintptr_t from = (uintptr_t)p, size = atomic_load(&page), to = (from + n + size - 1) / size * size;
            atomic_store(&slots[i].name, name);
            atomic_store(&slots[i].to, to);
            atomic_store(&slots[i].from, from);
            if (i >= atomic_load(&used))
                atomic_store(&used, i + 1);
            status = 0;
        }
    pthread_mutex_unlock(&lock);
    return status == 0 ? 0 : dsc_fail(job, "cannot map %s: more than %d files are mapped at once", name, SLOTS);
}

void rt_unguard_map(const void *p)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < atomic_load(&used); i++)
        if (atomic_load(&slots[i].from) == (uintptr_t)p) {
            atomic_store(&slots[i].from, 0);
            break;
        }
    pthread_mutex_unlock(&lock);
}

int rt_guard_check(dsc_context *job)
{
    const char *name = atomic_load(&torn);
    if (!name)
        return 0;
    atomic_store(&torn, NULL);
    return dsc_fail(job, "%s was cut short while it was being read; nothing of this step is kept", name);
}
