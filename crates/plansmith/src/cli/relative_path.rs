//! Paths as the output shows them.

use std::sync::LazyLock;

use plan_ide::workspace::path;

use crate::files;

/// Returns a path, by its key, relative to the working directory. Paths that have only the root in common stay absolute.
pub(super) fn relative_path(key: &str) -> String {
    static WORKING_DIRECTORY: LazyLock<String> =
        LazyLock::new(|| std::env::current_dir().map(|here| files::key_of_path(&here)).unwrap_or_default());
    let first = |path: &str| path.split('/').find(|part| !part.is_empty()).map(str::to_owned);
    if key == *WORKING_DIRECTORY {
        ".".to_owned()
    } else if first(key) == first(&WORKING_DIRECTORY) || path::is_in(key, &WORKING_DIRECTORY) {
        path::relative(&WORKING_DIRECTORY, key)
    } else {
        key.to_owned()
    }
}
