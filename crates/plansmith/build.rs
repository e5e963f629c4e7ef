//! Links `src/heaps.c` into the program where the system's allocator is glibc's.

fn main() {
    println!("cargo:rerun-if-changed=src/heaps.c");
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // As an object: a library's would be left out, since nobody calls what is in it.
    for object in cc::Build::new().file("src/heaps.c").compile_intermediates() {
        println!("cargo:rustc-link-arg-bins={}", object.display());
    }
}
