//! How a store meets a request that the specification leaves open.

/// How a store meets a request that the specification does not settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// It answers with what is there, or does what can be done.
    Answer,
    /// It returns an error.
    Refuse,
    /// Its documentation does not say, so both are right.
    Either,
}

impl Reply {
    /// Every reply, the one that helps most first.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Refuse, Self::Either];
}
