//! The pages of the console and the hall are built by `./run setup` into
//! `web/dist` and travel inside the binary. A build without them still works:
//! it carries a page that says what to run.

use std::path::Path;
use std::{fs, io};

const PLACEHOLDER: &str = r#"<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>议席 Hemicycle</title>
<body><h1>议席 Hemicycle</h1>
<p>网页尚未构建。请运行 <code>./run setup</code>，然后重新编译。</p>
<p lang="en">The web pages have not been built. Run <code>./run setup</code>, then build again.</p>
</body></html>
"#;

fn main() -> io::Result<()> {
    let dist = Path::new("web/dist");
    fs::create_dir_all(dist)?;
    let index = dist.join("index.html");
    // Only where nothing else is: the real pages bring their own entries.
    if fs::read_dir(dist)?.next().is_none() {
        fs::write(&index, PLACEHOLDER)?;
    }
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=build.rs");
    Ok(())
}
