//! Compiles the crate again when a migration is added; it changes nothing.

#[expect(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
