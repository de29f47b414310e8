//! Makes tests of the code in README.md and in the guides.
//!
//! Documentation tests would compile it, too, but never what is under `#[test]`. So each block of
//! Rust becomes a module of `tests/guides.rs`, and each block of TOML is a file beside the modules,
//! for `include_str!("known_issues.toml")`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let root = here.parent().ok_or("the guides are in a folder of the workspace")?;
    let mut pages = vec![root.join("README.md")];
    for entry in fs::read_dir(&here)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    println!("cargo:rerun-if-changed={}", here.display());
    println!("cargo:rerun-if-changed=build.rs");
    let mut modules = String::new();
    for page in pages {
        println!("cargo:rerun-if-changed={}", page.display());
        write_blocks(&page, &out, &mut modules)?;
    }
    fs::write(out.join("guides.rs"), modules)?;
    Ok(())
}

/// Writes the blocks of a page, and a line for each that has tests.
fn write_blocks(page: &Path, out: &Path, modules: &mut String) -> Result<(), Box<dyn Error>> {
    let stem = page.file_stem().and_then(|stem| stem.to_str()).ok_or("a page has a name")?;
    let stem = stem.to_lowercase().replace('-', "_");
    let text = fs::read_to_string(page)?;
    for (number, block) in text.split("\n```").skip(1).step_by(2).enumerate() {
        let (language, code) = block.split_once('\n').unwrap_or((block, ""));
        match language {
            "rust" => {
                if !code.contains("#[test]") {
                    return Err(format!("{}: block {number} has no test", page.display()).into());
                }
                let file = format!("{stem}_{number}");
                fs::write(out.join(&file).with_extension("rs"), code)?;
                let path = format!(r#"concat!(env!("OUT_DIR"), "/{file}.rs")"#);
                writeln!(modules, "mod {file} {{\n    include!({path});\n}}")?;
            }
            "toml" if code.contains("[[issue]]") => {
                fs::write(out.join("known_issues.toml"), code)?;
            }
            _ => {}
        }
    }
    Ok(())
}
