//! `Described`: an adapter as it stands in a list of adapters, with a line that says what it opens.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::port::Adapter;

/// An adapter, its name, and one line that says what its stores are.
///
/// Any [`Adapter`] converts into one that says nothing. Crates of adapters give lists of them, and
/// whoever offers a choice of stores reads those.
///
/// # Examples
///
/// ```
/// use zarr_conform_store::{Adapter, Described};
///
/// fn adapters(plain: impl Adapter + 'static, cached: impl Adapter + 'static) -> Vec<Described> {
///     vec![
///         Described::new(plain, "values in one file each"),
///         Described::new(cached, "the same, with the last ten values in memory"),
///     ]
/// }
/// ```
#[derive(Clone)]
pub struct Described {
    name: String,
    about: String,
    adapter: Option<Arc<dyn Adapter>>,
    on_server: Option<OnServer>,
}

/// Where a user wants the objects of an adapter to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// What is to be kept where, such as `s3://BUCKET/PREFIX`.
    pub url: String,
    /// The server that has it, if the address does not say.
    pub endpoint: Option<String>,
}

/// Why an adapter cannot keep its objects at an address.
pub type AddressError = Box<dyn Error + Send + Sync>;

type AtAddress = dyn Fn(&ServerAddress) -> Result<Arc<dyn Adapter>, AddressError> + Send + Sync;

/// How an adapter is made of an address.
#[derive(Clone)]
struct OnServer {
    /// What an address looks like.
    form: String,
    at: Arc<AtAddress>,
}

impl Described {
    /// The adapter, and what its stores are.
    #[must_use]
    pub fn new(adapter: impl Adapter + 'static, about: impl Into<String>) -> Self {
        let name = adapter.name().to_owned();
        Self { name, about: about.into(), adapter: Some(Arc::new(adapter)), on_server: None }
    }

    /// An adapter that is always on a server of the user's; `form` shows what its address looks
    /// like, such as `az://CONTAINER/PREFIX`.
    #[must_use]
    pub fn on_server<A: Adapter + 'static>(
        name: impl Into<String>,
        about: impl Into<String>,
        form: impl Into<String>,
        at: impl Fn(&ServerAddress) -> Result<A, AddressError> + Send + Sync + 'static,
    ) -> Self {
        let (name, about) = (name.into(), about.into());
        Self { name, about, adapter: None, on_server: None }.or_on_server(form, at)
    }

    /// The adapter, which can be on a server of the user's as well.
    #[must_use]
    pub fn or_on_server<A: Adapter + 'static>(
        mut self,
        form: impl Into<String>,
        at: impl Fn(&ServerAddress) -> Result<A, AddressError> + Send + Sync + 'static,
    ) -> Self {
        let at = move |address: &ServerAddress| {
            at(address).map(|adapter| Arc::new(adapter) as Arc<dyn Adapter>)
        };
        self.on_server = Some(OnServer { form: form.into(), at: Arc::new(at) });
        self
    }

    /// The name in reports and commands, like that of the adapter: `fs` or `fs:sorted`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its stores are, in a line; empty if nobody says.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The adapter; none if it takes the address of a server.
    #[must_use]
    pub fn adapter(&self) -> Option<&Arc<dyn Adapter>> {
        self.adapter.as_ref()
    }

    /// What the address of a server looks like, if the adapter can be on one.
    #[must_use]
    pub fn address_form(&self) -> Option<&str> {
        self.on_server.as_ref().map(|on_server| on_server.form.as_str())
    }

    /// The adapter that keeps its objects there; none if it is on no server.
    ///
    /// Nothing is sent to the server.
    ///
    /// # Errors
    ///
    /// Returns an [`AddressError`] that says what is missing.
    #[must_use]
    pub fn at(&self, address: &ServerAddress) -> Option<Result<Arc<dyn Adapter>, AddressError>> {
        self.on_server.as_ref().map(|on_server| (on_server.at)(address))
    }
}

impl<A: Adapter + 'static> From<A> for Described {
    fn from(adapter: A) -> Self {
        Self::new(adapter, "")
    }
}

impl fmt::Debug for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, about, .. } = self;
        f.debug_struct("Described")
            .field("name", name)
            .field("about", about)
            .field("address_form", &self.address_form())
            .finish_non_exhaustive()
    }
}
