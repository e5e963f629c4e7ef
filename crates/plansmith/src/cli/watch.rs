//! `--watch`: repeats a command whenever a file changes.

use std::{
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use notify::{Event, RecursiveMode, Watcher};

use super::{EXIT_FAILURE, out};
use crate::{
    disk,
    files::{SETTINGS_FILE_NAME, is_markdown},
    workspace::project_root,
};

/// Time without further changes before the command runs again. Editors write a file in several steps.
const DEBOUNCE_TIME: Duration = Duration::from_millis(100);

/// Runs a command, and again after each change of a Markdown or settings file in the projects that contain `paths`.
/// Returns only if the files cannot be watched.
pub(super) fn run(paths: &[PathBuf], command: impl Fn() -> i32) -> i32 {
    match watch(paths, command) {
        Ok(code) => code,
        Err(error) => {
            out::error(error);
            EXIT_FAILURE
        }
    }
}

fn watch(paths: &[PathBuf], command: impl Fn() -> i32) -> Result<i32, String> {
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err("cannot watch standard input; pass files or directories".to_owned());
    }
    let (sender, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error means that events were lost, which may have been changes.
        if event.as_ref().map_or(true, is_change) {
            // Sending cannot fail, because the receiver lives as long as the watcher.
            let _ = sender.send(());
        }
    })
    .map_err(|error| format!("cannot watch files: {error}"))?;
    for path in paths {
        let root = project_root(path).or_else(|| path.parent().map(Path::to_owned));
        let root = root.filter(|root| !root.as_os_str().is_empty()).unwrap_or_else(|| PathBuf::from("."));
        watcher
            .watch(&root, RecursiveMode::Recursive)
            .map_err(|error| format!("cannot watch {}: {}", root.display(), reason(&error)))?;
    }
    loop {
        out::clear_screen();
        let code = out::finish(command());
        out::note("waiting for changes; stop with Ctrl+C");
        if changes.recv().is_err() {
            return Ok(code);
        }
        while changes.recv_timeout(DEBOUNCE_TIME).is_ok() {}
    }
}

fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::Io(error) => disk::description(error),
        _ => error.to_string(),
    }
}

/// Returns whether an event can change the result of the command.
fn is_change(event: &Event) -> bool {
    let is_read =
        |path: &PathBuf| is_markdown(path) || path.file_name().is_some_and(|name| name == SETTINGS_FILE_NAME);
    !event.kind.is_access() && (event.need_rescan() || event.paths.iter().any(is_read))
}
