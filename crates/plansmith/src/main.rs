//! The `plansmith` program.

fn main() {
    // Not by returning: a thread may still be waiting for standard input.
    std::process::exit(plansmith::cli::run());
}
