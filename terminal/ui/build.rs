//! Compiles the pages.

fn main() {
    // Debug information is what tests and assistive tools find elements by.
    let settings = slint_build::CompilerConfiguration::new()
        .with_debug_info(true)
        .with_style("fluent-light".into());
    if let Err(error) = slint_build::compile_with_config("app.slint", settings) {
        panic!("the pages do not compile: {error}");
    }
}
