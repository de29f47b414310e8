//! Errors: what class they are of, told from their words.
//!
//! `zarrs_object_store` 0.7 hands errors of `object_store` on as their text alone, in
//! [`StorageError::Other`] (`handle_result` and `handle_result_notfound` in its `lib.rs`). What is
//! left to go by are the sentences of `object_store` 0.14, each with the place it comes from.

use zarr_conform_model::ErrorClass;
use zarr_conform_store::classify;
use zarrs_storage::StorageError;

/// Sentences, each with what it says whatever stands around it; the first that is found counts.
const SENTENCES: &[(&str, ErrorClass)] = &[
    // `InvalidGetRange` in `util.rs`.
    ("Wanted range starting at ", ErrorClass::InvalidRange),
    ("Range started at ", ErrorClass::InvalidRange),
    ("is larger than system memory limit", ErrorClass::InvalidRange),
    // `local.rs`: a range that the file does not have.
    ("Out of range of file ", ErrorClass::InvalidRange),
    ("Requested range was invalid", ErrorClass::InvalidRange),
    // `zarrs_object_store` itself, of a range that ends beyond the value: the store behind it cut
    // the range, and zarrs_object_store refuses the part for its length.
    ("Unexpected length of bytes returned", ErrorClass::InvalidRange),
    // The status and the code that S3 has for it.
    ("416 Range Not Satisfiable", ErrorClass::InvalidRange),
    ("<Code>InvalidRange</Code>", ErrorClass::InvalidRange),
    // `Error::InvalidPath` in `lib.rs`, and what `local.rs` says of names that files cannot have.
    ("Encountered object with invalid path", ErrorClass::InvalidKey),
    ("Filenames containing trailing '/#", ErrorClass::InvalidKey),
    ("(os error 36)", ErrorClass::InvalidKey),
    ("file name contained an unexpected NUL byte", ErrorClass::InvalidKey),
    ("<Code>KeyTooLongError</Code>", ErrorClass::InvalidKey),
    // Other variants of `Error` in `lib.rs`.
    ("Operation not supported: ", ErrorClass::Unsupported),
    (" not yet implemented by ", ErrorClass::Unsupported),
    ("Request precondition failure for path ", ErrorClass::Precondition),
    ("The operation lacked the necessary privileges ", ErrorClass::ReadOnly),
    // `client/retry.rs`: what the HTTP client says of a connection that is not there, breaks or
    // takes too long, and servers that say to ask again.
    ("HTTP error: ", ErrorClass::Transient),
    ("error sending request", ErrorClass::Transient),
    ("error decoding response body", ErrorClass::Transient),
    ("connection closed before message completed", ErrorClass::Transient),
    ("Connection refused", ErrorClass::Transient),
    ("Connection reset by peer", ErrorClass::Transient),
    ("operation timed out", ErrorClass::Transient),
    ("429 Too Many Requests", ErrorClass::Transient),
    ("500 Internal Server Error", ErrorClass::Transient),
    ("502 Bad Gateway", ErrorClass::Transient),
    ("503 Service Unavailable", ErrorClass::Transient),
    ("504 Gateway Timeout", ErrorClass::Transient),
    ("<Code>SlowDown</Code>", ErrorClass::Transient),
];

/// The class of an error of `zarrs_object_store`.
#[must_use]
pub fn classify_object_store(error: &StorageError) -> ErrorClass {
    match error {
        StorageError::Other(words) => of_words(words),
        _ => classify(error),
    }
}

fn of_words(words: &str) -> ErrorClass {
    let said = SENTENCES.iter().find(|(sentence, _)| words.contains(sentence));
    said.map_or(ErrorClass::Other, |(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ranges_names_and_broken_connections_have_their_class() {
        let check = |words: &str, class| assert_eq!(of_words(words), class, "{words}");
        check(
            "Generic InMemory error: Wanted range starting at 9, but object was only 5 bytes long",
            ErrorClass::InvalidRange,
        );
        check("Unexpected length of bytes returned, expected 9, got 5", ErrorClass::InvalidRange);
        check(
            "Generic LocalFileSystem error: Unable to open file /a: File name too long (os error 36)",
            ErrorClass::InvalidKey,
        );
        check(
            "Generic S3 error: Error performing GET / in 1ms, after 2 retries, max_retries: 2, retry_timeout: 2s  - HTTP error: error sending request",
            ErrorClass::Transient,
        );
        check("Generic S3 error: nobody knows", ErrorClass::Other);
    }

    #[test]
    fn errors_that_kept_their_kind_are_classed_by_it() {
        assert_eq!(classify_object_store(&StorageError::ReadOnly), ErrorClass::ReadOnly);
    }
}
