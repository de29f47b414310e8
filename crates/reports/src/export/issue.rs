//! A plan as the text of an issue.

use std::fmt::Write;

use zarr_conform_model::Plan;

use crate::export::answers::Answers;
use crate::export::asked::Asked;
use crate::markdown::{code, fenced};

/// The plan, and what a correct store answers to its last question.
pub(super) fn issue(plan: &Plan, asked: &[Asked<'_>]) -> String {
    let whole = plan.to_string();
    let lines: Vec<&str> = whole.lines().skip(1).collect();
    let title = match asked.last() {
        None => code("a plan without operations"),
        Some(_) if plan.together().is_some() => "callers at the same time".to_owned(),
        Some(last) => code(&last.line),
    };
    let mut text =
        format!("## A wrong answer to {title}\n\nOf a store that is empty at first:\n\n");
    text += &fenced("", &lines.join("\n"));
    text += "\n\n";
    // What went wrong below the store, or at the same time, leaves more open than one order of it says.
    let is_plain = !plan.has_faults() && plan.together().is_none();
    match asked.last().map(|last| &last.right) {
        Some(Answers::OneOf(answers)) if is_plain => {
            let answers: Vec<String> = answers.iter().map(|answer| code(answer)).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "- Expected: {}", answers.join(" or "));
        }
        _ => text += "- Expected: see the contract, which allows several answers\n",
    }
    text += "- Actual: (paste what your store answers)\n\nTo play it again, save this as `failure.plan`, and run `zarr-conform replay failure.plan --adapter NAME`:\n\n";
    text += &fenced("", whole.trim_end());
    text.push('\n');
    text
}
