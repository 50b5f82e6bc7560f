//! Compiles the crate again when a migration is added; it changes nothing.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
