//! Keeps what goes wrong over one file or message from ending everything else.

use std::{any::Any, panic::AssertUnwindSafe};

/// What `ask` gives.
///
/// # Errors
/// When it panics: the message of the panic.
pub(crate) fn caught<T>(ask: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(AssertUnwindSafe(ask)).map_err(|panic| said(&*panic).to_owned())
}

/// The message of a panic.
pub(crate) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}
