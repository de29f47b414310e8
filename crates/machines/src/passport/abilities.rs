//! What a store can be asked at all: whether it does what it declares, and declares what it does.

use zarr_conform_model::{Capabilities, ErrorClass, Outcome};

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
        ability("nodes", "groups and arrays", Err("they are another machine's"), nodes),
        ability(
            "differential",
            "every read is asked in two ways",
            Err("it is how the store is asked"),
            differential,
        ),
        ability("traffic", "requests are counted", Err("it is how the store is asked"), traffic),
    ]
}

/// Whether the answer is that there is no such operation.
pub(super) fn is_unsupported(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused(refusal) if refusal.class == ErrorClass::Unsupported)
}
