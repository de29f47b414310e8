//! Slices: the last operation of a plan with ever more of what may bear on it.

use std::collections::BTreeSet;

use zarr_conform_model::plan::NodeOperation;
use zarr_conform_model::{Names, Operation, Plan, Step};

/// Parts of a plan that end with its last operation, the shortest first: no other operation; the
/// one, two, four … last writes of the same keys, those of keys above or below them, and both with
/// any others; at last all that is about the same keys, and all writes.
///
/// A long plan of which few operations matter is found by one of the first, at the price of a few
/// calls to the store and not of as many as the plan has.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::Plan;
/// use zarr_conform_rules::slices;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a/b \"\"\nset c \"\"\nset d \"\"\nget a".parse()?;
/// let slices: Vec<String> = slices(&plan).iter().map(Plan::to_string).collect();
/// assert_eq!(slices[0], "zarr-conform plan 1\nget a\n");
/// assert_eq!(slices[1], "zarr-conform plan 1\nset a/b \"\"\nget a\n");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn slices(plan: &Plan) -> Vec<Plan> {
    let Some((Step { operation: question, .. }, before)) = plan.steps().split_last() else {
        return Vec::new();
    };
    let names = plan.names();
    let last = before.len();
    let alone = plan.keep(|at, _| at == last).compact();
    let bearing = |at: usize| Bearing::of(&before[at].operation, question, names);
    let writes: Vec<usize> = (0..last).rev().filter(|at| changes(&before[*at].operation)).collect();
    let of = |wanted: Bearing| -> Vec<usize> {
        writes.iter().copied().filter(|at| bearing(*at) == wanted).collect()
    };
    let classes = [of(Bearing::Same), of(Bearing::Related), of(Bearing::Other)];
    let longest = classes.iter().map(Vec::len).max().unwrap_or_default();
    let counts = std::iter::successors(Some(1), |count| Some(count * 2));
    let grown = counts.take_while(|count| *count < longest * 2).flat_map(|count| {
        let first = |class: usize| &classes[class][..count.min(classes[class].len())];
        [first(0).to_vec(), first(1).to_vec(), [first(0), first(1), first(2)].concat()]
    });
    let mut slices = vec![alone];
    let mut seen = BTreeSet::new();
    for kept in grown {
        let mut kept: BTreeSet<usize> = kept.into_iter().collect();
        kept.insert(last);
        if kept.len() > 1 && seen.insert(kept.clone()) {
            slices.push(plan.keep(|at, _| kept.contains(&at)).compact());
        }
    }
    let same = |operation: &Operation| Bearing::of(operation, question, names) == Bearing::Same;
    slices.push(plan.keep(|at, operation| at == last || same(operation)).compact());
    slices.push(plan.keep(|at, operation| at == last || changes(operation)).compact());
    slices
}

fn changes(operation: &Operation) -> bool {
    operation.is_write() || *operation == Operation::Reopen
}

/// How an operation bears on a question, the likeliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bearing {
    /// It is about the same key or node, or one that is to be listed.
    Same,
    /// One of the names is a directory of the other.
    Related,
    /// Nothing is known to connect them.
    Other,
}

impl Bearing {
    fn of(operation: &Operation, question: &Operation, names: &Names) -> Self {
        let keys = |operation: &Operation| -> Vec<&str> {
            operation.keys().map(|key| names.key(key).as_str()).collect()
        };
        let prefix = |operation: &Operation| match operation {
            Operation::Reopen => None,
            _ if operation.keys().next().is_none() => {
                Some(operation.prefix().map_or("", |prefix| names.prefix(prefix).as_str()))
            }
            _ => None,
        };
        if let Operation::Node(NodeOperation { node, .. }) = operation
            && is_asked(names.prefix(*node).as_str(), question, names)
        {
            return Self::Same;
        }
        let (own, asked) = (keys(operation), keys(question));
        let (covers, lists) = (prefix(operation), prefix(question));
        let in_listing = |key: &&str| lists.is_some_and(|prefix| key.starts_with(prefix));
        let is_erased = |key: &&str| covers.is_some_and(|prefix| key.starts_with(prefix));
        if own.iter().any(|key| asked.contains(key))
            || own.iter().any(in_listing)
            || asked.iter().any(is_erased)
        {
            return Self::Same;
        }
        let own = own.into_iter().chain(covers);
        let related = |name: &str| {
            asked
                .iter()
                .copied()
                .chain(lists)
                .any(|other| is_above(name, other) || is_above(other, name))
        };
        if own.into_iter().any(related) { Self::Related } else { Self::Other }
    }
}

/// Whether a question is about a node: about what is done to it, a key in it, or a listing that has
/// it.
fn is_asked(node: &str, question: &Operation, names: &Names) -> bool {
    let key = question.key().map(|key| names.key(key).as_str());
    match (question, question.prefix().map(|prefix| names.prefix(prefix).as_str())) {
        (Operation::Node(_), asked) => asked == Some(node),
        (_, Some(listed)) => node.starts_with(listed),
        (_, None) => {
            key.is_none_or(|key| key.strip_prefix(node).is_some_and(|name| !name.contains('/')))
        }
    }
}

/// Whether `name` is `directory`, or below it.
fn is_above(directory: &str, name: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    let rest = name.strip_prefix(directory);
    rest.is_some_and(|rest| directory.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(plan: &str, slice: usize) -> String {
        let plan: Plan = plan.replace("; ", "\n").parse().unwrap();
        let text = slices(&plan)[slice].to_string();
        text.lines().skip(1).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn what_is_likeliest_to_matter_is_tried_first() {
        let reads = "set a \"\"; set b \"\"; set a/a \"\"; list; get a";
        assert_eq!(lines(reads, 1), "set a \"\"; get a");
        assert_eq!(lines(reads, 2), "set a/a \"\"; get a");
        let listing = "set a/a \"\"; set b \"\"; erase_prefix c/; list_dir a/";
        assert_eq!(lines(listing, 1), "set a/a \"\"; list_dir a/");
        let erased = "set b \"\"; erase_prefix a/; set c \"\"; exists a/b";
        assert_eq!(lines(erased, 1), "erase_prefix a/; exists a/b");
        let nodes = "add_group a; add_group ab; add_group a/b; add_group b; open_node a";
        assert_eq!(lines(nodes, 1), "add_group a; open_node a");
        assert_eq!(lines(nodes, 2), "add_group a/b; open_node a");
        let listing = "add_group a/b; add_group ab; list_prefix a/";
        assert_eq!(lines(listing, 1), "add_group a/b; list_prefix a/");
        let document = "add_group a/b; add_group a; add_group c; get a/zarr.json";
        assert_eq!(lines(document, 1), "add_group a; get a/zarr.json");
    }

    #[test]
    fn slices_grow_to_all_writes() {
        let sets = (0..100).map(|at| format!("set k{at} \"\"\n"));
        let plan: Plan = format!("{}list", sets.collect::<String>()).parse().unwrap();
        let lengths: Vec<_> = slices(&plan).iter().map(Plan::len).collect();
        assert_eq!(lengths, [1, 2, 3, 5, 9, 17, 33, 65, 101, 101, 101]);
    }
}
