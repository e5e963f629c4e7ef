//! The `plansmith` program.

fn main() {
    // Exits instead of returning: a thread may still be blocked on standard input.
    std::process::exit(plansmith::cli::run());
}
