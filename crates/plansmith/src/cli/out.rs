//! Standard output and standard error. If writing to standard output fails, for example because a disk is full, the command
//! still processes all files and then exits with an error.

use std::{
    fmt,
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether writing to standard output failed. The error is reported once.
static OUTPUT_FAILED: AtomicBool = AtomicBool::new(false);

/// Prints to standard output, with color if enabled.
pub(super) fn write(text: fmt::Arguments<'_>) {
    check(anstream::stdout().write_fmt(text));
}

/// Flushes standard output. Returns whether all output was written. Also returns true if the reader has closed the
/// pipe.
pub(super) fn finish() -> bool {
    check(anstream::stdout().flush());
    !OUTPUT_FAILED.load(Ordering::Relaxed)
}

/// Prints an error to standard error.
pub(super) fn error(message: impl fmt::Display) {
    anstream::eprintln!("error: {message}");
}

/// Prints errors to standard error.
pub(super) fn errors(messages: &[String]) {
    messages.iter().for_each(error);
}

/// Prints a warning to standard error.
pub(super) fn warning(message: impl fmt::Display) {
    anstream::eprintln!("warning: {message}");
}

/// Prints a note to standard error.
pub(super) fn note(message: impl fmt::Display) {
    anstream::eprintln!("note: {message}");
}

fn check(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        // The reader, for example `head`, has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(why) => {
            if !OUTPUT_FAILED.swap(true, Ordering::Relaxed) {
                error(format_args!("cannot write to standard output: {}", crate::disk::description(&why)));
            }
        }
    }
}

/// Like the standard `print!`, with handling of write errors.
macro_rules! print {
    ($($arg:tt)*) => { $crate::cli::out::write(format_args!($($arg)*)) };
}

/// Like the standard `println!`, with handling of write errors.
macro_rules! println {
    ($($arg:tt)*) => { $crate::cli::out::write(format_args!("{}\n", format_args!($($arg)*))) };
}

pub(super) use {print, println};
