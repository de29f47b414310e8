//! Places on servers: what is wrong with one that was named.

/// A place on a server that cannot be made out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// The URL is none of this kind.
    #[error("`{url}` is no place of this adapter: give --url {wanted}")]
    Url {
        /// What was given.
        url: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// There is no default for the server.
    #[error("no server was named: give --endpoint http://HOST:PORT, or set {variable}")]
    Endpoint {
        /// The variable that can name it.
        variable: &'static str,
    },
    /// Credentials are given, and never looked for on the network.
    #[error("{variable} is not set: set it to the credentials for {endpoint}")]
    Credentials {
        /// The variable that is missing.
        variable: &'static str,
        /// The server.
        endpoint: String,
    },
}
