/*
 * Two heaps for all threads, which give back what they do not need.
 *
 * glibc gives each thread a heap of its own, up to eight for each core, and keeps what is freed in the heap that it came
 * from. The server answers on whatever thread is free, so that every one of them would come to hold what an answer about a
 * long plan takes (docs/performance.md, Memory). Allocators cannot be told in safe Rust; this is all there is in C.
 */

#include <malloc.h>
#include <stdlib.h>

__attribute__((constructor)) static void two_heaps(void) {
    /* Who sets the variable knows better. */
    if (getenv("MALLOC_ARENA_MAX") == NULL) {
        mallopt(M_ARENA_MAX, 2);
        /* What is free at the end of a heap goes back from this size on, and what is longer never comes to lie in one: a
           long answer between two things that stay would leave a hole. */
        mallopt(M_TRIM_THRESHOLD, 256 * 1024);
        mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    }
}
