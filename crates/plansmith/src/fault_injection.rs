//! Faults that tests inject because they cannot be caused from outside: a panic inside a feature, another date.
//! Compiled to no-ops without debug assertions.

/// Environment variable with a file that contains today's date, used instead of the clock.
#[cfg(debug_assertions)]
const TODAY: &str = "PLANSMITH_TEST_TODAY";

/// Environment variable with a text that causes a panic wherever it is processed.
#[cfg(debug_assertions)]
const PANIC: &str = "PLANSMITH_TEST_PANIC";

/// Returns the date set by a test.
#[cfg(debug_assertions)]
pub(crate) fn today() -> Option<String> {
    let file = std::env::var_os(TODAY)?;
    Some(std::fs::read_to_string(file).ok()?.trim().to_owned())
}

/// Returns `None`: the clock decides.
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
