//! The forms of a report, and which one a file is to have: its ending tells.

use std::path::{Path, PathBuf};

use crate::{Document, html, junit, markdown};

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON, of which the others are made.
    Json,
    /// A page in one file.
    Html,
    /// JUnit XML, for systems that run tests.
    Junit,
    /// Markdown, for an issue.
    Markdown,
}

/// A file whose ending names no form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ending of {} names no form of a report: give it one of {}",
    file.display(),
    Format::endings()
)]
pub struct UnknownFormat {
    file: PathBuf,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Json, Self::Html, Self::Junit, Self::Markdown];

    /// The name, as options take it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// How the name of a file in this form ends, without the dot.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Junit => "xml",
            Self::Markdown => "md",
        }
    }

    /// The form of a file; JSON if its name has no ending, as that of a pipe.
    ///
    /// # Errors
    ///
    /// Returns an [`UnknownFormat`] if the name has another ending.
    pub fn of(file: &Path) -> Result<Self, UnknownFormat> {
        let Some(ending) = file.extension() else { return Ok(Self::Json) };
        let named = Self::ALL.into_iter().find(|format| ending == format.ending());
        named.ok_or_else(|| UnknownFormat { file: file.to_owned() })
    }

    /// The report in this form.
    #[must_use]
    pub fn render(self, report: &Document) -> String {
        match self {
            Self::Json => report.to_json(),
            Self::Html => html(report),
            Self::Junit => junit(report),
            Self::Markdown => markdown(report),
        }
    }

    fn endings() -> String {
        Self::ALL.map(|format| format!(".{}", format.ending())).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_file_names_its_form() {
        for format in Format::ALL {
            let file = format!("out/report.{}", format.ending());
            assert_eq!(Format::of(Path::new(&file)), Ok(format));
        }
        assert_eq!(Format::of(Path::new("/dev/stdout")), Ok(Format::Json));
    }

    #[test]
    fn another_ending_is_told_which_there_are() {
        let error = Format::of(Path::new("report.pdf")).expect_err("nobody writes that");
        let wanted = "the ending of report.pdf names no form of a report: give it one of .json, .html, .xml, .md";
        assert_eq!(error.to_string(), wanted);
    }
}
