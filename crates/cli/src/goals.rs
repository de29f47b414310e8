//! `--require`: the goals that a campaign has to meet, by name.

use zarr_conform_rules::Goal;

/// Goals by name, or none at all.
#[derive(Clone, Debug)]
pub(crate) struct Goals(pub(crate) Vec<Goal>);

/// A name that no goal has.
#[derive(Clone, Debug, thiserror::Error)]
#[error("there is no goal `{name}`: give none, or some of {list}")]
pub(crate) struct UnknownGoal {
    name: String,
    list: String,
}

/// The goals of a list like `R1,key_below_key`, whatever their case, or of `none`.
///
/// # Errors
///
/// Returns an [`UnknownGoal`] that lists what there is.
pub(crate) fn parse(text: &str) -> Result<Goals, UnknownGoal> {
    if text == "none" {
        return Ok(Goals(Vec::new()));
    }
    text.split(',').map(str::trim).map(find).collect::<Result<_, _>>().map(Goals)
}

fn find(name: &str) -> Result<Goal, UnknownGoal> {
    let mut all = Goal::all();
    all.find(|goal| goal.to_string().eq_ignore_ascii_case(name)).ok_or_else(|| UnknownGoal {
        name: name.to_owned(),
        list: Goal::all().map(|goal| goal.to_string()).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_goal_is_found_by_its_name() {
        let names: Vec<String> = Goal::all().map(|goal| goal.to_string()).collect();
        let Goals(found) = parse(&names.join(", ")).expect("they are all there");
        assert_eq!(found, Goal::all().collect::<Vec<_>>());
    }

    #[test]
    fn none_requires_nothing() {
        assert!(parse("none").expect("it is a value").0.is_empty());
    }

    #[test]
    fn an_unknown_goal_gets_the_list() {
        for text in ["R1,nope", "", "R1,"] {
            let message = parse(text).expect_err("it is no list of goals").to_string();
            assert!(message.contains("R1, R2, "), "{message}");
        }
    }
}
