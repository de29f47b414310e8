//! Simpler forms of a part where callers ask at the same time: fewer of them, and plainer questions.

use zarr_conform_model::plan::{Handle, KeyPart};
use zarr_conform_model::{Operation, Plan, Step};

/// How far what callers ask is from the plainest questions: to get, to list, to set and to erase; a second
/// handle is further than any of them.
pub(super) fn weight_of_callers(plan: &Plan) -> usize {
    let of_callers = plan.steps().iter().filter(|step| step.caller.is_some());
    of_callers
        .map(|step| weight(&step.operation) + 4 * usize::from(step.handle == Handle::Second))
        .sum()
}

fn weight(operation: &Operation) -> usize {
    match operation {
        Operation::Get { .. }
        | Operation::List
        | Operation::Set { .. }
        | Operation::Erase { .. } => 0,
        Operation::GetMany { .. }
        | Operation::GetPartialMany { .. }
        | Operation::SetPartialMany { .. }
        | Operation::EraseMany { .. } => 2,
        _ => 1,
    }
}

/// The plan with one operation of a caller asked before the others or after them, or in a plainer
/// form.
pub(super) fn simpler_together(plan: &Plan) -> Vec<Plan> {
    let Some(block) = plan.together() else { return Vec::new() };
    let steps = plan.steps();
    let moved = |at: usize, to: usize| {
        let mut steps = steps.to_vec();
        let alone = Step { caller: None, ..steps.remove(at) };
        steps.insert(to, alone);
        plan.with_steps(steps).compact()
    };
    let plainer = |at: usize| {
        let forms = plainer(plan, &steps[at].operation).into_iter();
        forms.map(move |operation| {
            let mut steps = steps.to_vec();
            steps[at] = steps[at].with(operation);
            plan.with_steps(steps).compact()
        })
    };
    let places = block.clone().flat_map(|at| [moved(at, block.start), moved(at, block.end - 1)]);
    let of_first = |at: usize| {
        let mut steps = steps.to_vec();
        steps[at].handle = Handle::First;
        plan.with_steps(steps)
    };
    let of_second = block.clone().filter(|at| steps[*at].handle == Handle::Second);
    let one_handle = plan.has_second_handle().then(|| plan.of_one_handle());
    let handles = one_handle.into_iter().chain(of_second.map(of_first));
    handles.chain(places).chain(block.clone().flat_map(plainer)).collect()
}

/// Plainer operations on the same names.
fn plainer(plan: &Plan, operation: &Operation) -> Vec<Operation> {
    let names = plan.names();
    let below = |prefix: &str| {
        names.below(prefix).map(|at| Operation::Erase { key: names.key_at(at) }).collect()
    };
    match operation {
        Operation::GetPartial { key, .. }
        | Operation::GetPartialMany { key, .. }
        | Operation::SizeKey { key }
        | Operation::Exists { key } => vec![Operation::Get { key: *key }],
        Operation::GetMany { parts } => {
            parts.iter().map(|KeyPart { key, .. }| Operation::Get { key: *key }).collect()
        }
        Operation::ListPrefix { .. }
        | Operation::ListDir { .. }
        | Operation::IsEmpty { .. }
        | Operation::SizePrefix { .. }
        | Operation::Size => vec![Operation::List],
        Operation::SetIfAbsent { key, value } => {
            vec![Operation::Set { key: *key, value: value.clone() }]
        }
        Operation::SetPartial { key, patch } => {
            vec![Operation::Set { key: *key, value: patch.value.clone() }]
        }
        Operation::EraseMany { keys } => {
            keys.iter().map(|key| Operation::Erase { key: *key }).collect()
        }
        Operation::ErasePrefix { prefix } => below(names.prefix(*prefix).as_str()),
        Operation::Clear => below(""),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_go_elsewhere_and_ask_plainer_questions() {
        let plan: Plan = "together; 1: set a \"\"; 2: size; 3: get a; end".parse().unwrap();
        let forms = simpler_together(&plan);
        let has = |text: &str| forms.contains(&text.parse::<Plan>().unwrap());
        assert!(has("set a \"\"; together; 1: size; 2: get a; end"), "{forms:?}");
        assert!(has("together; 1: set a \"\"; 2: size; end; get a"), "{forms:?}");
        assert!(has("together; 1: set a \"\"; 2: list; 3: get a; end"), "{forms:?}");
    }
}
