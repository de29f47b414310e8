//! Errors: what class they are of, told from their words.
//!
//! `zarrs_opendal` 0.14 hands errors of `opendal` on as their text alone, in
//! [`StorageError::Other`] (`handle_result` in its `lib.rs`). That text begins with the kind of the
//! error (`Display` of `Error` in `opendal-core`, `types/error.rs`), and says whether asking again
//! may help.

use zarr_conform_model::ErrorClass;
use zarr_conform_store::classify;
use zarrs_storage::StorageError;

/// Kinds of errors, by the word that the text begins with.
const KINDS: &[(&str, ErrorClass)] = &[
    ("NotFound", ErrorClass::NotFound),
    ("AlreadyExists", ErrorClass::AlreadyExists),
    ("ConditionNotMatch", ErrorClass::Precondition),
    ("RangeNotSatisfied", ErrorClass::InvalidRange),
    ("PermissionDenied", ErrorClass::ReadOnly),
    ("Unsupported", ErrorClass::Unsupported),
    ("RateLimited", ErrorClass::Transient),
];

/// The class of an error of `zarrs_opendal`.
#[must_use]
pub fn classify_opendal(error: &StorageError) -> ErrorClass {
    match error {
        StorageError::Other(words) => of_words(words),
        _ => classify(error),
    }
}

/// What the operating system says of names, and will say of them whenever it is asked.
///
/// `opendal` calls every error of it temporary for which it has no kind of its own
/// (`new_std_io_error` in `opendal-core`), these too; who believes it asks again in vain.
const SYSTEM: &[(&str, ErrorClass)] = &[
    ("(os error 36)", ErrorClass::InvalidKey),
    ("unexpected NUL byte", ErrorClass::InvalidKey),
    ("Not a directory (os error 20)", ErrorClass::Other),
    ("Is a directory (os error 21)", ErrorClass::Other),
    ("Directory not empty (os error 39)", ErrorClass::Other),
];

fn of_words(words: &str) -> ErrorClass {
    if let Some((_, class)) = SYSTEM.iter().find(|(sentence, _)| words.contains(sentence)) {
        return *class;
    }
    let status = words.split(" at ").next().unwrap_or(words);
    if status.ends_with("(temporary)") {
        return ErrorClass::Transient;
    }
    let kind = KINDS.iter().find(|(kind, _)| words.starts_with(kind));
    kind.map_or(ErrorClass::Other, |(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use opendal::{Error, ErrorKind};

    use super::*;

    #[test]
    fn errors_are_classed_by_the_kind_that_their_text_begins_with() {
        let check =
            |error: Error, class| assert_eq!(of_words(&error.to_string()), class, "{error}");
        let at = |kind| Error::new(kind, "words at the end").with_operation("read");
        check(at(ErrorKind::RangeNotSatisfied), ErrorClass::InvalidRange);
        check(at(ErrorKind::Unsupported), ErrorClass::Unsupported);
        check(at(ErrorKind::NotFound), ErrorClass::NotFound);
        check(at(ErrorKind::Unexpected), ErrorClass::Other);
        check(at(ErrorKind::Unexpected).set_temporary(), ErrorClass::Transient);
        check(at(ErrorKind::RateLimited), ErrorClass::Transient);
        let system = "File name too long (os error 36)";
        let long = Error::new(ErrorKind::Unexpected, system).set_temporary();
        check(long, ErrorClass::InvalidKey);
    }

    #[test]
    fn errors_that_kept_their_kind_are_classed_by_it() {
        assert_eq!(classify_opendal(&StorageError::ReadOnly), ErrorClass::ReadOnly);
    }
}
