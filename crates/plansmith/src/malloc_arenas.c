/*
 * Limits glibc's allocator to two arenas for all threads, and returns free memory to the system earlier.
 *
 * By default glibc gives each thread its own arena, up to eight per core, and freed memory stays in the arena it came
 * from. The server answers on any idle thread, so each arena would grow to the size of an answer about a long plan
 * (docs/performance.md, Memory). `mallopt` is not available in safe Rust; this is the only C file.
 */

#include <malloc.h>
#include <stdlib.h>

__attribute__((constructor)) static void limit_arenas(void) {
    /* A value set by the user takes precedence. */
    if (getenv("MALLOC_ARENA_MAX") == NULL) {
        mallopt(M_ARENA_MAX, 2);
        /* Free memory at the end of an arena is returned to the system from this size on. Larger blocks are mapped
           separately: a long answer between two long-lived blocks would leave a hole in the arena. */
        mallopt(M_TRIM_THRESHOLD, 256 * 1024);
        mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    }
}
