//! What a store can be asked at all: whether it does what it declares, and declares what it does.

use zarr_conform_model::{Capabilities, ErrorClass, OperationKind, Outcome};

/// An ability: its name, what asks for it, or why nothing does.
pub(super) struct Ability {
    pub(super) name: &'static str,
    pub(super) question: &'static str,
    pub(super) asked: Result<&'static str, &'static str>,
    pub(super) declared: bool,
}

/// Every ability, with what a store declares of it.
pub(super) fn abilities(declared: Capabilities) -> Vec<Ability> {
    // A new one has to be thought of.
    let Capabilities {
        read,
        write,
        erase,
        create,
        copy,
        rename,
        write_partial,
        list,
        reopen,
        second_handle,
        audit,
        nodes,
        differential,
        traffic,
    } = declared;
    let ability = |name, question, asked, declared| Ability { name, question, asked, declared };
    vec![
        ability("read", "values can be read", Ok("get a"), read),
        ability("write", "keys can be set", Ok("set b \"2\""), write),
        ability("erase", "keys can be erased", Ok("erase a"), erase),
        ability(
            "create",
            "keys can be created if they have no value",
            Ok("set_if_absent b \"2\""),
            create,
        ),
        ability("copy", "values can be copied", Ok("copy a b"), copy),
        ability("rename", "keys can be renamed", Ok("rename a b"), rename),
        ability(
            "write_partial",
            "parts of values can be written",
            Ok("set_partial a 0 \"2\""),
            write_partial,
        ),
        ability("list", "keys can be listed", Ok("list"), list),
        ability("reopen", "the store can be opened again", Ok("reopen"), reopen),
        ability(
            "second_handle",
            "the store can be opened twice at one place",
            Err("callers at the same time ask it"),
            second_handle,
        ),
        ability("audit", "what is around the store can be looked at", Ok("audit"), audit),
        ability("nodes", "groups and arrays", Err("the machine `hierarchy` asks them"), nodes),
        ability(
            "differential",
            "every read is asked in two ways",
            Err("it is how the store is asked"),
            differential,
        ),
        ability("traffic", "requests are counted", Err("it is how the store is asked"), traffic),
    ]
}

/// The first capability that operations of this kind take and that is not declared, if there is one.
pub(super) fn lacking(declared: Capabilities, kind: OperationKind) -> Option<&'static str> {
    const ALL: Capabilities = Capabilities {
        create: true,
        copy: true,
        rename: true,
        reopen: true,
        audit: true,
        nodes: true,
        ..Capabilities::ZARRS
    };
    let all_but = [
        ("read", declared.read, Capabilities { read: false, ..ALL }),
        ("write", declared.write, Capabilities { write: false, ..ALL }),
        ("erase", declared.erase, Capabilities { erase: false, ..ALL }),
        ("create", declared.create, Capabilities { create: false, ..ALL }),
        ("copy", declared.copy, Capabilities { copy: false, ..ALL }),
        ("rename", declared.rename, Capabilities { rename: false, ..ALL }),
        ("write_partial", declared.write_partial, Capabilities { write_partial: false, ..ALL }),
        ("list", declared.list, Capabilities { list: false, ..ALL }),
        ("reopen", declared.reopen, Capabilities { reopen: false, ..ALL }),
        ("audit", declared.audit, Capabilities { audit: false, ..ALL }),
        ("nodes", declared.nodes, Capabilities { nodes: false, ..ALL }),
    ];
    let lacks =
        |(_, is_declared, others): &(_, bool, Capabilities)| !is_declared && !others.allow(kind);
    all_but.into_iter().find(lacks).map(|(name, ..)| name)
}

/// Why what takes a capability is not asked.
pub(super) fn undeclared(capability: &str) -> String {
    format!("the capability `{capability}` is not declared")
}

/// Whether the answer is that there is no such operation.
pub(super) fn is_unsupported(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(refusal) if refusal.class == ErrorClass::Unsupported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_allowed_lacks_a_capability_and_nothing_else_does() {
        for ability in abilities(Capabilities::NONE) {
            let Ok(question) = ability.asked else { continue };
            let plan = crate::passport::question::parse(question);
            let kind = plan.operations().next().expect("it asks something").kind();
            assert_eq!(lacking(Capabilities::NONE, kind), Some(ability.name), "{kind}");
        }
        for kind in OperationKind::ALL.iter().copied() {
            for can in [Capabilities::NONE, Capabilities::ZARRS] {
                assert_eq!(lacking(can, kind).is_none(), can.allow(kind), "{kind}");
            }
        }
    }
}
