//! Standard output and standard error: the only place through which text reaches a terminal. Control characters are escaped
//! (see [`terminal`]).
//!
//! | to print | use |
//! | --- | --- |
//! | a result as text | [`print`], [`println`]; values from plans first pass through [`terminal::line`] |
//! | a result without styles, also with values from plans | [`plain`] |
//! | a remark next to the result, which `--quiet` hides | [`remark`] |
//! | a JSON report | [`json`] |
//! | a document, byte for byte unless it goes to a terminal | [`document`] |
//! | errors, warnings and notes | [`error`], [`warning`], [`note`] |
//! | details for `--verbose` | [`detail`] |
//!
//! With `--output-file`, results are collected and written at the end. If writing fails, for example because a disk is full,
//! the command still processes all files and then exits with an error.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
};

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{EXIT_FAILURE, terminal};
use crate::{disk, state_cell::StateCell, unsafe_text, versioned::Versioned};

/// Amount of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Results and errors.
    Quiet,
    /// Also summaries, warnings and notes.
    Normal,
    /// Also details about settings and files.
    Verbose,
}

/// The file of `--output-file`, with the text for it.
struct OutputFile {
    path: PathBuf,
    text: String,
}

static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Normal as u8);
static OUTPUT_FILE: StateCell<Option<OutputFile>> = StateCell::new(None);
/// Whether writing to standard output failed. The error is reported once.
static OUTPUT_FAILED: AtomicBool = AtomicBool::new(false);

/// Sets the amount of output, and the file for results.
pub(super) fn configure(verbosity: Verbosity, output_file: Option<&Path>) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
    let file = output_file.map(|path| OutputFile { path: path.to_owned(), text: String::new() });
    OUTPUT_FILE.with(|output| *output = file);
}

fn shows(verbosity: Verbosity) -> bool {
    VERBOSITY.load(Ordering::Relaxed) >= verbosity as u8
}

/// Prints a result, with color if enabled.
pub(super) fn write(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    if !collect(&anstream::adapter::strip_str(&text).to_string()) {
        check(anstream::stdout().write_all(terminal::styled(&text).as_bytes()));
    }
}

/// Prints a result without styles of its own.
pub(super) fn plain(text: &str) {
    write(format_args!("{}", terminal::lines(text)));
}

/// Prints a remark next to the result. `--quiet` hides it.
pub(super) fn remark(text: fmt::Arguments<'_>) {
    if shows(Verbosity::Normal) {
        write(text);
    }
}

/// Prints a document or a patch for other programs. Its bytes are kept, unless they go to a terminal.
pub(super) fn document(text: &str) {
    if collect(text) {
        return;
    }
    let mut stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    check(if is_terminal {
        stdout.write_all(terminal::lines(text).as_bytes())
    } else {
        stdout.write_all(text.as_bytes())
    });
}

/// Prints a change of a file as a patch, with color if enabled.
pub(super) fn diff(name: &str, before: &str, after: &str) {
    let patch = patch(&terminal::line(name), before, after);
    if collect(&patch) {
        return;
    }
    let is_terminal = io::stdout().is_terminal();
    for line in patch.split_inclusive('\n') {
        let style = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => HEADING_STYLE,
            [b'+', ..] => AnsiColor::Green.on_default(),
            [b'-', ..] => AnsiColor::Red.on_default(),
            [b'@', ..] => AnsiColor::Cyan.on_default(),
            _ => Style::new(),
        };
        let (text, ending) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
        let (text, ending) = text.strip_suffix('\r').map_or((text, ending), |text| (text, "\r\n"));
        if is_terminal {
            write(format_args!("{style}{}{style:#}{ending}", terminal::lines(text)));
            continue;
        }
        // `patch` and `git apply` compare a carriage return inside a line with the file.
        let parts: Vec<_> = text.split('\r').map(terminal::lines).collect();
        let line = format!("{style}{}{style:#}{ending}", parts.join("\r"));
        check(anstream::stdout().write_all(line.as_bytes()));
    }
}

/// Returns a patch in the unified format. As in other tools, only a line feed ends a line. Empty without changes.
fn patch(name: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let diff = similar::TextDiff::from_slices(&old, &new);
    let mut patch = String::new();
    for hunk in diff.unified_diff().iter_hunks() {
        if patch.is_empty() {
            patch = format!("--- {name}\n+++ {name}\n");
        }
        patch.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let line = change.value();
            patch.push_str(&format!("{}{line}", change.tag()));
            if !line.ends_with('\n') {
                patch.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    patch
}

/// Prints a report as JSON, with the version of its format as first member. Control characters and bidirectional controls
/// are escaped.
pub(super) fn json(report: &impl Serialize) {
    json_text(&serde_json::to_string_pretty(&Versioned::new(report)).unwrap_or_default());
}

/// Prints JSON in an external format, such as SARIF.
pub(super) fn json_text(json: &str) {
    let text = unsafe_text::escaped_json(json);
    if !collect(&format!("{text}\n")) {
        check(io::stdout().write_all(format!("{text}\n").as_bytes()));
    }
}

/// Appends text to the output file. Returns whether `--output-file` is used.
fn collect(text: &str) -> bool {
    OUTPUT_FILE.with(|output| output.as_mut().map(|file| file.text.push_str(text)).is_some())
}

/// Completes the output: writes the output file, or flushes standard output. A command that fails without a result does not
/// change the output file. Returns `code`, or the code for an error if not
/// all output was written. It is not an error if the reader has closed the pipe.
pub(super) fn finish(code: i32) -> i32 {
    let file = OUTPUT_FILE
        .with(|output| output.as_mut().map(|file| (file.path.clone(), std::mem::take(&mut file.text))));
    if let Some((path, text)) = file {
        if code == EXIT_FAILURE && text.is_empty() {
            return code;
        }
        if let Err(why) = disk::write(&path, &text) {
            error(disk::write_error(&path, &why));
            return EXIT_FAILURE;
        }
    } else {
        check(anstream::stdout().flush());
    }
    if OUTPUT_FAILED.load(Ordering::Relaxed) { EXIT_FAILURE } else { code }
}

/// Prints an error to standard error.
pub(super) fn error(message: impl fmt::Display) {
    print_message("error", AnsiColor::Red, message);
}

/// Prints errors to standard error.
pub(super) fn errors(messages: &[String]) {
    messages.iter().for_each(error);
}

/// Prints a warning to standard error. `--quiet` hides it.
pub(super) fn warning(message: impl fmt::Display) {
    if shows(Verbosity::Normal) {
        print_message("warning", AnsiColor::Yellow, message);
    }
}

/// Prints a note to standard error. `--quiet` hides it.
pub(super) fn note(message: impl fmt::Display) {
    if shows(Verbosity::Normal) {
        print_message("note", AnsiColor::Green, message);
    }
}

/// Prints a detail to standard error with `--verbose`.
pub(super) fn detail(message: impl fmt::Display) {
    if shows(Verbosity::Verbose) {
        print_message("debug", AnsiColor::Blue, message);
    }
}

/// Prints a message to standard error. Messages have no styles of their own.
fn print_message(label: &str, color: AnsiColor, message: impl fmt::Display) {
    let style = color.on_default().bold();
    let message = message.to_string();
    // A closed standard error leaves no place to report the problem.
    drop(writeln!(anstream::stderr(), "{style}{label}{style:#}: {}", terminal::line(&message)));
}

/// Prints text to standard error, for example a report while standard output has the document.
pub(super) fn write_to_stderr(text: &str) {
    drop(anstream::stderr().write_all(terminal::styled(text).as_bytes()));
}

fn check(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        // The reader, for example `head`, has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(why) => {
            if !OUTPUT_FAILED.swap(true, Ordering::Relaxed) {
                error(format_args!("cannot write to standard output: {}", disk::description(&why)));
            }
        }
    }
}

/// Clears the terminal, if standard output is one.
pub(super) fn clear_screen() {
    if io::stdout().is_terminal() {
        check(io::stdout().write_all(b"\x1b[2J\x1b[H"));
    }
}

/// Returns a progress bar on standard error, hidden for short runs, with `--quiet`, and without a terminal.
pub(super) fn progress_bar(files: usize) -> ProgressBar {
    /// Minimum number of files for a visible progress bar.
    const MIN_FILES: usize = 200;
    if files < MIN_FILES || !shows(Verbosity::Normal) {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(files as u64).with_style(style)
}

/// The style of headings in reports.
pub(super) const HEADING_STYLE: Style = Style::new().bold();

/// Like the standard `print!`, for results.
macro_rules! print {
    ($($arg:tt)*) => { $crate::cli::out::write(format_args!($($arg)*)) };
}

/// Like the standard `println!`, for results.
macro_rules! println {
    ($($arg:tt)*) => { $crate::cli::out::write(format_args!("{}\n", format_args!($($arg)*))) };
}

pub(super) use {print, println};

#[cfg(test)]
mod tests {
    use super::patch;

    #[test]
    fn only_line_feeds_end_the_lines_of_a_patch() {
        assert_eq!(
            patch("a.md", "x\ry\nz\r", "x\ry\nw\r"),
            "--- a.md\n+++ a.md\n@@ -1,2 +1,2 @@\n x\ry\n-z\r\n\\ No newline at end of file\n+w\r\n\\ No newline at end of file\n"
        );
        assert_eq!(patch("a.md", "x\n", "x\n"), "");
    }
}
