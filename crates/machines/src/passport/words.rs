//! How passports write plans: whole in data, and cut where somebody reads them.

use zarr_conform_model::Plan;

/// A plan without its first line, which says the version.
pub(super) fn plan_text(plan: &Plan) -> String {
    plan.to_string().lines().skip(1).collect::<Vec<_>>().join("\n")
}

/// Lines that are longer than this are cut in the middle: names of a thousand letters are all alike.
const LINE: usize = 160;

/// A line that somebody reads.
pub(super) fn short(line: &str) -> String {
    let count = line.chars().count();
    if count <= LINE {
        return line.to_owned();
    }
    let start: String = line.chars().take(LINE / 4).collect();
    let end: String = line.chars().skip(count - LINE / 8).collect();
    format!("{start}…({} more)…{end}", count - LINE / 4 - LINE / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_whole_and_lines_are_cut() {
        let text = format!("set {} \"1\"\nlist", "k".repeat(LINE));
        let plan: Plan = text.parse().expect("it is a plan");
        assert_eq!(plan_text(&plan), text);
        let cut = short(&text[..LINE + 4]);
        assert!(cut.starts_with("set kkkk") && cut.contains("…(104 more)…"), "{cut}");
        assert_eq!(short(&text[..LINE]), text[..LINE]);
    }
}
