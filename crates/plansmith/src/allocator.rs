//! Settings of glibc's allocator.
//!
//! By default, glibc gives each thread its own arena, up to eight per core, and keeps freed memory in that arena. Any
//! idle thread of the server can compute a response, so each arena would grow to the size of a response for a long plan
//! (docs/performance.md, Memory).

/// Size in bytes from which free memory at the end of an arena is returned to the system, and from which blocks are
/// mapped separately. Otherwise a long response between two long-lived blocks would leave a gap in the arena.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BLOCK_BYTES: libc::c_int = 256 * 1024;

/// Limits glibc's allocator to two arenas for all threads, and returns free memory to the system earlier.
///
/// `MALLOC_ARENA_MAX` in the environment takes precedence. Has no effect with other allocators.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "`mallopt` has no safe interface")]
pub fn configure() {
    if std::env::var_os("MALLOC_ARENA_MAX").is_some() {
        return;
    }
    // SAFETY: `mallopt` takes two integers, and accesses no memory of its caller. It is called before any other thread is
    // started. A parameter that the allocator rejects changes nothing, so the results are not needed.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE_BLOCK_BYTES);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
    }
}

/// Does nothing: the system's allocator is not glibc's.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn configure() {}
