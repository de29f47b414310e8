//! Words: what an error of a store says, formatted where the store is asked.
//!
//! Whoever logs an error formats it and walks its sources, so both are part of what a store answers:
//! where they panic, the answer is a panic, and where they have no end, there is no answer.

use std::error::Error;
use std::fmt::{self, Write as _};

/// More words than this nobody reads. A guess: some pages.
const MOST_WORDS: usize = 1 << 16;

/// More sources than this no error has that knows its own. A guess: ten layers, and then some.
const MOST_SOURCES: usize = 64;

/// What an error says, or the beginning of it; its sources are asked what they say, too.
///
/// # Panics
///
/// Panics if the error does, if one of its sources does, or if there is no end to its sources.
pub(crate) fn words_of(error: &dyn Error) -> String {
    let said = said(error);
    let mut source = error.source();
    for _ in 0..MOST_SOURCES {
        let Some(error) = source else { return said };
        let _ = self::said(error);
        source = error.source();
    }
    panic!("the sources of an error have no end: {MOST_SOURCES} of them, and one more");
}

/// What one error says, without its sources.
fn said(error: &dyn Error) -> String {
    let mut words = Words::default();
    let written = write!(words, "{error}");
    match written {
        // One that fails by itself panics here, and the panic is the store's.
        Err(_) if !words.is_full => error.to_string(),
        _ => words.text,
    }
}

/// A text that takes no more than [`MOST_WORDS`] bytes.
#[derive(Default)]
struct Words {
    text: String,
    is_full: bool,
}

impl fmt::Write for Words {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let end = more.floor_char_boundary(MOST_WORDS.saturating_sub(self.text.len()));
        self.text.push_str(&more[..end]);
        self.is_full |= end < more.len();
        if self.is_full { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error with so many sources, each with a word of its own.
    #[derive(Debug)]
    struct Layers(usize, Option<Box<Layers>>);

    impl Layers {
        fn of(sources: usize) -> Self {
            (1..=sources).fold(Self(0, None), |below, at| Self(at, Some(Box::new(below))))
        }
    }

    impl fmt::Display for Layers {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "layer {}", self.0)
        }
    }

    impl Error for Layers {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|below| below as _)
        }
    }

    #[test]
    fn an_error_says_what_it_says_without_its_sources() {
        assert_eq!(words_of(&Layers::of(0)), "layer 0");
        assert_eq!(words_of(&Layers::of(MOST_SOURCES - 1)), "layer 63");
    }

    #[test]
    #[should_panic(expected = "the sources of an error have no end")]
    fn sources_without_an_end_are_a_panic() {
        let _ = words_of(&Layers::of(MOST_SOURCES));
    }

    #[test]
    fn of_many_words_the_beginning_is_kept() {
        /// Says the same for ever.
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("and so on, ")?;
                }
            }
        }
        impl Error for Endless {}
        assert_eq!(words_of(&Endless).len(), MOST_WORDS);
    }
}
