//! Lines of text on a page.

use maud::{Markup, html};

use crate::text::line;

/// A line of text, in which what stands between backticks is code.
pub(crate) fn prose(text: &str) -> Markup {
    let text = line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without another one is itself.
    let is_paired = parts.len() % 2 == 1;
    html! {
        @if is_paired {
            @for (at, part) in parts.iter().enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (text) }
    }
}
