//! Links `src/malloc_arenas.c` into the program if the system's allocator is glibc's.

fn main() {
    println!("cargo:rerun-if-changed=src/malloc_arenas.c");
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // The code is linked as an object file, because the linker would drop a library without callers.
    for object in cc::Build::new().file("src/malloc_arenas.c").compile_intermediates() {
        println!("cargo:rustc-link-arg-bins={}", object.display());
    }
}
