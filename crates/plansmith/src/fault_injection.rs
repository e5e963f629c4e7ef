//! Faults for tests that cannot be caused from outside: a panic or an endless loop inside a feature, or a different
//! date. Without debug assertions, all functions do nothing.

/// Environment variable with a file that contains today's date, used instead of the clock.
#[cfg(debug_assertions)]
const TODAY: &str = "PLANSMITH_TEST_TODAY";

/// Environment variable with a text that causes a panic wherever it is processed.
#[cfg(debug_assertions)]
const PANIC: &str = "PLANSMITH_TEST_PANIC";

/// Environment variable with a text that causes an endless loop wherever it is processed.
#[cfg(debug_assertions)]
const HANG: &str = "PLANSMITH_TEST_HANG";

/// Returns the date set by a test.
#[cfg(debug_assertions)]
pub(crate) fn today() -> Option<String> {
    let file = std::env::var_os(TODAY)?;
    Some(std::fs::read_to_string(file).ok()?.trim().to_owned())
}

/// Returns `None`, so that the clock is used.
#[cfg(not(debug_assertions))]
pub(crate) fn today() -> Option<String> {
    None
}

/// Panics if `text` contains the text set by a test.
///
/// # Panics
/// On purpose.
#[cfg(debug_assertions)]
pub(crate) fn panic_on(text: impl FnOnce() -> String) {
    if let Ok(words) = std::env::var(PANIC) {
        assert!(!text().contains(&words), "a panic for a test");
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn panic_on(_: impl FnOnce() -> String) {}

/// Never returns if `text` contains the text set by a test.
#[cfg(debug_assertions)]
pub(crate) fn hang_on(text: impl FnOnce() -> String) {
    if let Ok(words) = std::env::var(HANG)
        && text().contains(&words)
    {
        loop {
            std::thread::park();
        }
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn hang_on(_: impl FnOnce() -> String) {}
