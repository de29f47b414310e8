//! Adapters that a program could have and was built without.

/// An adapter that this program could have and has not, such as one behind a feature.
///
/// It is listed, and who asks for it is told why it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) why: String,
}

impl Lacking {
    /// The name of the adapter, what its stores are, and why it is not there, to be read after "it":
    /// "takes the feature `opendal`".
    #[must_use]
    pub fn new(name: impl Into<String>, about: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), about: about.into(), why: why.into() }
    }
}
