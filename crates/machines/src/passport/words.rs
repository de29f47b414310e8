//! Numbers of things, as passports have them.

/// A number of things.
pub(super) fn count(number: usize, thing: &str) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("{} {thing}{}", groups.join(","), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_have_a_plural() {
        assert_eq!(count(1, "plan"), "1 plan");
        assert_eq!(count(24_641, "operation"), "24,641 operations");
        assert_eq!(count(1_000_000, "asking"), "1,000,000 askings");
    }
}
