//! What a campaign came to, as data, text and files.

pub(crate) mod known_issue;
pub(crate) mod plan_files;
pub(crate) mod report;
pub(crate) mod text;
