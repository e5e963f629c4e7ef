//! Plansmith.
fn main() {}
