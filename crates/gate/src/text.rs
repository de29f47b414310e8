//! What is said of text that is no address, no fault and no policy?

/// Text that is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct TextError {
    text: String,
    expected: &'static str,
}

impl TextError {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.to_owned(), expected }
    }
}

/// The one of `all` whose name is `text`.
pub(crate) fn parse_word<T: Copy>(
    text: &str,
    expected: &'static str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, TextError> {
    let found = all.iter().copied().find(|value| name(*value) == text);
    found.ok_or_else(|| TextError::new(text, expected))
}
