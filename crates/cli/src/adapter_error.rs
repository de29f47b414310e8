//! `AdapterError`: why a name leads to no adapter.

use zarr_conform_store::AddressError;

/// A name that does not lead to an adapter.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdapterError {
    /// No name was given.
    #[error("no adapter was named: give --adapter NAME, with one of\n\n{list}")]
    Missing { list: String },
    /// There are no adapters of that name, whatever the variant.
    #[error("there is no adapter `{name}`: give --adapter NAME, with one of\n\n{list}")]
    UnknownAdapter { name: String, list: String },
    /// The adapter has no variant of that name.
    #[error(
        "the adapter `{family}` has no variant `{variant}`: give --adapter NAME, with one of\n\n{list}"
    )]
    UnknownVariant { family: String, variant: String, list: String },
    /// The program could have the adapter, and was built without it.
    #[error("`{name}` is not in this program: it {why}")]
    Lacking { name: String, why: String },
    /// The adapter is one on a server of the user's, and none was named.
    #[error("`{name}` is on a server of yours: give --url {wanted}")]
    NoUrl { name: String, wanted: String },
    /// The adapter is on no server.
    #[error("`{name}` is on no server, so --url means nothing to it")]
    NoServer { name: String },
    /// The server that was named cannot be reached by what was given.
    #[error("{0}")]
    Server(AddressError),
    /// The program was built without any.
    #[error(
        "this program has no adapters, so it can test nothing: hand one to `zarr_conform_cli::main`"
    )]
    Empty,
    /// A name leads to several.
    #[error("this program has two adapters with the name `{name}`: give one of them another")]
    Twice { name: String },
}
