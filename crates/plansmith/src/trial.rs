//! What tests let go wrong inside the program because nothing from outside can bring it about: a panic in the middle of a
//! feature, one that hangs, a clock that is set. A build without debug assertions has none of it.

/// A file that holds the day, in place of the clock's.
#[cfg(debug_assertions)]
const DAY: &str = "PLANSMITH_TRIAL_DAY";

/// Words that make whatever reads them panic.
#[cfg(debug_assertions)]
const PANIC: &str = "PLANSMITH_TRIAL_PANIC";

/// Words that make whatever reads them hang.
#[cfg(debug_assertions)]
const HANG: &str = "PLANSMITH_TRIAL_HANG";

/// The day that a test has set.
#[cfg(debug_assertions)]
pub(crate) fn day() -> Option<String> {
    let file = std::env::var_os(DAY)?;
    Some(std::fs::read_to_string(file).ok()?.trim().to_owned())
}

/// No day: the clock tells it.
#[cfg(not(debug_assertions))]
pub(crate) fn day() -> Option<String> {
    None
}

/// Panics over a text that has the words of a test in it.
///
/// # Panics
/// That is what it is for.
#[cfg(debug_assertions)]
pub(crate) fn panic_over(text: impl FnOnce() -> String) {
    if let Ok(words) = std::env::var(PANIC) {
        assert!(!text().contains(&words), "a panic for a test");
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn panic_over(_: impl FnOnce() -> String) {}

/// Never returns over a text that has the words of a test in it.
#[cfg(debug_assertions)]
pub(crate) fn hang_over(text: impl FnOnce() -> String) {
    if let Ok(words) = std::env::var(HANG)
        && text().contains(&words)
    {
        loop {
            std::thread::park();
        }
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn hang_over(_: impl FnOnce() -> String) {}
