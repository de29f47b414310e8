//! Servers of the user's: where the objects of an adapter are to be kept.

use zarr_conform_store::ServerAddress;

/// Options about a server of yours, for adapters that keep objects on one.
///
/// All is written below a fresh prefix, and removed at the end.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Server {
    /// Where to keep objects, below a fresh prefix: `s3://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` or
    /// `http://HOST:PORT/PATH`; credentials are taken from the environment, by their usual variables
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The server of a bucket or container [default: that of `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL", requires = "url")]
    endpoint: Option<String>,
}

impl Server {
    /// The names of the options.
    pub(crate) const OPTIONS: [&str; 2] = ["url", "endpoint"];

    /// Where the user wants objects to be kept, if that was said.
    pub(crate) fn address(&self) -> Option<ServerAddress> {
        let endpoint = self.endpoint.clone();
        self.url.clone().map(|url| ServerAddress { url, endpoint })
    }

    /// The options as words of a command.
    pub(crate) fn words(&self) -> String {
        let word = |name: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(" --{name} {value}"))
        };
        word("url", &self.url) + &word("endpoint", &self.endpoint)
    }
}
