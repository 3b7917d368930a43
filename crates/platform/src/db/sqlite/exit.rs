//! Lets the process end while a database thread is still closing its file.
//!
//! SQLCipher frees its private memory in an exit handler. sqlx closes connections on threads of its own, and one that is
//! still at it then works on freed memory: the program dies with SIGSEGV after its work is done (seen in 3 of 100 exits
//! that did not wait for the pool). Everything acknowledged is on the disk by then, so nothing is left to be done at exit,
//! and the process can go without SQLCipher's handler.

use std::ffi::{c_int, c_void};
use std::sync::Once;

#[allow(unsafe_code)]
mod ffi {
    use super::{c_int, c_void};
    unsafe extern "C" {
        /// Source: on_exit(3), glibc. Handlers run last registered first.
        pub safe fn on_exit(handler: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
        /// Source: _exit(2).
        pub safe fn _exit(status: c_int) -> !;
    }
}

extern "C" fn leave(status: c_int, _: *mut c_void) {
    ffi::_exit(status)
}

/// Call after the first connection: a handler registered after SQLCipher's runs before it.
pub(crate) fn skip_exit_handlers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if ffi::on_exit(leave, std::ptr::null_mut()) != 0 {
            tracing::warn!("the exit handlers of the database library can't be skipped");
        }
    });
}
