//! A plan as the text of an issue.

use std::fmt::Write;

use crate::export::answers::Answers;
use crate::export::asked::{Asked, version};
use crate::markdown::code;

/// The plan, and what a correct store answers to its last question.
pub(super) fn issue(asked: &[Asked<'_>]) -> String {
    let lines: Vec<&str> = asked.iter().map(|asked| asked.line.as_str()).collect();
    let title = lines.last().copied().unwrap_or("a plan without operations");
    let mut text =
        format!("## A wrong answer to {}\n\nOf a store that is empty at first:\n\n", code(title));
    text += &crate::markdown::fenced("", &lines.join("\n"));
    text += "\n\n";
    if let Some(Asked { right: Answers::OneOf(answers), .. }) = asked.last() {
        let answers: Vec<String> = answers.iter().map(|answer| code(answer)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- Expected: {}", answers.join(" or "));
    } else {
        text += "- Expected: see the contract, which allows several answers\n";
    }
    text += "- Actual: (paste what your store answers)\n\nTo play it again, save this as `failure.plan`, and run `zarr-conform replay failure.plan --adapter NAME`:\n\n";
    text += &crate::markdown::fenced("", &format!("{}\n{}", version(), lines.join("\n")));
    text.push('\n');
    text
}
