//! A badge: what a passport comes to, as a picture and as what badge services read.

use serde_json::json;

use crate::passport::passport::Passport;
use crate::report::counted::counted;

/// What stands at the left.
const LABEL: &str = "zarr-conform";

/// How wide a letter is in the picture, about, and what is around a word.
const LETTER: usize = 7;
const AROUND: usize = 10;

impl Passport {
    /// What the badge says, and in which colour, as six hexadecimal digits.
    fn badge(&self) -> (String, &'static str) {
        if !self.holds() {
            return ("not as declared".to_owned(), "c0392b");
        }
        match self.known_issues().len() as u64 {
            0 => ("kept as declared".to_owned(), "2e7d32"),
            issues => (format!("kept, {}", counted(issues, "known issue")), "b7791f"),
        }
    }

    /// The badge in the JSON of shields.io's endpoints.
    ///
    /// See <https://shields.io/badges/endpoint-badge> for how an address that serves it becomes a picture.
    #[must_use]
    pub fn badge_json(&self) -> String {
        let (message, color) = self.badge();
        let json = json!({
            "schemaVersion": 1,
            "label": LABEL,
            "message": message,
            "color": color,
        });
        format!("{json:#}\n")
    }

    /// The badge as a picture.
    #[must_use]
    pub fn badge_svg(&self) -> String {
        let (message, color) = self.badge();
        let width = |text: &str| text.chars().count() * LETTER + 2 * AROUND;
        let (left, right) = (width(LABEL), width(&message));
        let all = left + right;
        let (middle, other) = (left / 2, left + right / 2);
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="{LABEL}: {message}">
  <title>{LABEL}: {message}</title>
  <rect width="{left}" height="20" fill="#444"/>
  <rect x="{left}" width="{right}" height="20" fill="#{color}"/>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{middle}" y="14">{LABEL}</text>
    <text x="{other}" y="14">{message}</text>
  </g>
</svg>
"##
        )
    }
}
