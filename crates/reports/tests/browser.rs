//! The page in a real browser: `browser.sh` beside this file finds or installs one, and runs this.
//!
//! Ignored without it, so that a machine without a browser never counts as one that passed.

use std::process::Command;

use zarr_conform_machines::Machine;
use zarr_conform_memory::MemoryAdapter;
use zarr_conform_reports::{Format, html_with_passport};

mod hostile;

/// What a reader would see, told by the page itself after a search.
const PROBE: &str = r#"<script>
addEventListener("error", (event) => { document.body.dataset.error = event.message; });
const root = document.documentElement;
const all = [...document.querySelectorAll("[data-search]")];
const shown = () => all.filter((item) => item.offsetParent !== null).length;
const before = shown();
const field = document.getElementById("search");
field.value = "suffix panic";
field.dispatchEvent(new Event("input"));
const probe = document.createElement("pre");
probe.id = "probe";
probe.textContent = [
  `width ${root.scrollWidth <= innerWidth}`,
  `dark ${matchMedia("(prefers-color-scheme: dark)").matches}`,
  `paper ${getComputedStyle(document.body).backgroundColor}`,
  `before ${before === all.length}`,
  `after ${shown() > 0 && shown() < before}`,
  `title ${document.title === "taken" ? "taken" : "own"}`,
  `error ${document.body.dataset.error ?? "none"}`,
].join("\n");
document.body.append(probe);
</script></body>"#;

/// What the page says of itself, at a width and in a scheme: 0 is dark, and 1 light.
fn look(page: &str, width: u32, scheme: u8) -> Vec<String> {
    let browser = std::env::var_os("ZARR_CONFORM_BROWSER").expect("browser.sh names a browser");
    let folder = tempfile::tempdir().expect("a folder for the page");
    let file = folder.path().join("page.html");
    // The page forbids scripts that are not its own; this is one, in the page.
    std::fs::write(&file, page.replacen("</body>", PROBE, 1)).expect("the page can be written");
    let output = Command::new(browser)
        .args(["--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--window-size={width},900"))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("the browser starts");
    let dom = String::from_utf8_lossy(&output.stdout);
    let (_, probe) = dom.split_once("<pre id=\"probe\">").expect("the probe ran");
    let (probe, _) = probe.split_once("</pre>").expect("it ends");
    probe.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "takes a browser: crates/reports/tests/browser.sh finds one"]
fn the_page_fits_is_searched_and_follows_the_scheme() {
    let report = Machine::of(MemoryAdapter::synchronous()).cases(40).known_issues([]).run();
    let passport = Machine::of(MemoryAdapter::synchronous()).passport();
    let page = html_with_passport(&report.document(), &passport);
    for (width, scheme, dark, paper) in [
        (1280, 1, "false", "rgb(255, 255, 255)"),
        (1280, 0, "true", "rgb(20, 24, 28)"),
        (400, 1, "false", "rgb(255, 255, 255)"),
        (400, 0, "true", "rgb(20, 24, 28)"),
    ] {
        let wanted = [
            "width true".to_owned(),
            format!("dark {dark}"),
            format!("paper {paper}"),
            "before true".to_owned(),
            "after true".to_owned(),
            "title own".to_owned(),
            "error none".to_owned(),
        ];
        assert_eq!(look(&page, width, scheme), wanted, "{width} pixels");
    }
}

#[test]
#[ignore = "takes a browser: crates/reports/tests/browser.sh finds one"]
fn nothing_that_a_store_says_is_run_or_breaks_the_page() {
    let page = Format::Html.render(&hostile::report());
    for width in [1280, 400] {
        let seen = look(&page, width, 1);
        for line in ["width true", "title own", "error none", "before true"] {
            assert!(seen.iter().any(|seen| seen == line), "{width} pixels: {seen:?}");
        }
    }
}
