//! Links within the repository lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All pages below a folder, but for what is built.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The anchors of a page: its headings in small letters, with hyphens, and those that are written.
fn anchors(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.map(|char| if char == ' ' { '-' } else { char }).collect()
    };
    let written = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    headings.map(slug).chain(written.map(|(anchor, _)| anchor.to_owned())).collect()
}

/// What is wrong with a link on a page, if something is.
fn wrong(page: &Path, target: &str) -> Option<&'static str> {
    if target.contains("://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path =
        if file.is_empty() { page.to_owned() } else { page.parent().unwrap_or(page).join(file) };
    if !path.exists() {
        return Some("no such file");
    }
    let is_there = anchor.is_empty() || anchors(&path).iter().any(|found| found == anchor);
    (!is_there).then_some("no such heading")
}

#[test]
fn links_lead_somewhere() {
    let mut found = Vec::new();
    pages(&root(), &mut found);
    assert!(found.len() > 20, "{found:?}");
    let mut broken = Vec::new();
    for page in found {
        let text = fs::read_to_string(&page).expect("a page can be read");
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        broken.extend(targets.filter_map(|(target, _)| {
            Some(format!("{}: {target}: {}", page.display(), wrong(&page, target)?))
        }));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_readme_and_the_map_are_short() {
    let bytes = |page: &str| fs::read(root().join(page)).expect("the page is there").len();
    assert!(bytes("README.md") <= 8 * 1024);
    assert!(bytes("ARCHITECTURE.md") <= 10 * 1024);
}
