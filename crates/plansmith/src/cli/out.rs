//! Standard output, which may be full: a redirected report on a full disk is no reason to stop half-way through the files, nor
//! to end as if all were well.

use std::{
    fmt,
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Something was to be printed and could not be. It is said once.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Prints, with the colours that were chosen.
pub(super) fn write(text: fmt::Arguments<'_>) {
    note(anstream::stdout().write_fmt(text));
}

/// Writes out what is still on its way. Tells whether all that was printed has arrived, or is wanted by nobody.
pub(super) fn finish() -> bool {
    note(anstream::stdout().flush());
    !FAILED.load(Ordering::Relaxed)
}

fn note(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        // Whoever read has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => {
            if !FAILED.swap(true, Ordering::Relaxed) {
                let remedy = crate::disk::remedy(&error);
                anstream::eprintln!("plansmith: standard output cannot be written: {error}; {remedy}");
            }
        }
    }
}

/// `print!`, for standard output that may be full.
macro_rules! print {
    ($($arg:tt)*) => { $crate::cli::out::write(format_args!($($arg)*)) };
}

/// `println!`, for standard output that may be full.
macro_rules! println {
    ($($arg:tt)*) => { $crate::cli::out::write(format_args!("{}\n", format_args!($($arg)*))) };
}

pub(super) use {print, println};
