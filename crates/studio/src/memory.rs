//! How the C library's allocator keeps what is freed.

/// Holds a 4K picture (12.4 MB); what is larger goes back to the system when it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: i32 = 13_000_000;
/// As much of what was freed stays for the next picture: glibc's own ratio, which it gives up (for 128 kB) where the other
/// is set.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: i32 = 2 * LARGE_BYTES;

/// Lets large memory return to the system when it is freed. To be called once, before any thread is started.
///
/// glibc raises the size from which it does that up to 32 MB, each time something larger than before is freed. What the models
/// borrow while they load then stays in the arenas of their threads: of a show in 1080p with recognition, 45 MB of 480. Other
/// systems' allocators do not need it. Source: `mallopt(3)`, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
pub fn return_large_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (what, bytes) in [(libc::M_MMAP_THRESHOLD, LARGE_BYTES), (libc::M_TRIM_THRESHOLD, KEPT_BYTES)] {
        #[expect(unsafe_code, reason = "the C library's allocator has no other way in")]
        // SAFETY: mallopt only stores a number, under the allocator's own lock; both arguments are valid for it.
        let done = unsafe { libc::mallopt(what, bytes) } == 1;
        debug_assert!(done, "glibc takes sizes up to 32 MB");
    }
}
