//! Contains panics to the file or message that causes them.

use std::{any::Any, panic::AssertUnwindSafe};

/// Runs `work` and returns its result.
///
/// # Errors
/// Returns an error with the panic message if it panics.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(&*panic).to_owned())
}

/// Returns the message of a panic.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown panic")
}

/// Returns the result of `ask`. If it panics, logs the message and returns `None`, because a failure in one document
/// must not affect other documents.
pub(crate) fn catch_and_log<T>(file: &str, ask: impl FnOnce() -> T) -> Option<T> {
    catch_panic(ask).map_err(|message| tracing::error!("reading `{file}` failed: {message}")).ok()
}
