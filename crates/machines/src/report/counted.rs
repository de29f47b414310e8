//! Numbers of things, as reports and passports write them.

/// A count with what is counted: `1 case`, `2 cases`.
#[must_use]
pub fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{} {what}s", grouped(count)),
    }
}

/// A number with a comma before each three digits.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let comma = |(at, digit): (usize, char)| {
        let is_next = at > 0 && (digits.len() - at).is_multiple_of(3);
        is_next.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(comma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        let check = |count, wanted: &str| assert_eq!(grouped(count), wanted);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
        assert_eq!(counted(1, "case"), "1 case");
        assert_eq!(counted(2000, "case"), "2,000 cases");
    }
}
