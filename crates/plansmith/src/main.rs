//! The `plansmith` program.

fn main() {
    // Exit instead of returning, because a thread may still be blocked on standard input.
    std::process::exit(plansmith::cli::run());
}
