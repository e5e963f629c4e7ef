//! The `plansmith` program.

mod allocator;

fn main() {
    // The allocator must be configured before any other thread is started.
    allocator::configure();
    // Exit instead of returning, because a thread may still be blocked on standard input.
    std::process::exit(plansmith::cli::run());
}
