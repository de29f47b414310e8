//! Azure: a container of the user's, or of an emulator.

use std::fmt;
use std::sync::Arc;

use object_store::azure::{MicrosoftAzure, MicrosoftAzureBuilder};
use zarr_conform_store::{OpenError, TokioRuntime};

use crate::place::PlaceError;
use crate::remote::{BACKOFF, Client, client_options, retry};

/// A container, and how it is reached: always at an explicit endpoint, and with a key that is given.
#[derive(Clone, PartialEq, Eq)]
pub struct AzureConfig {
    /// The container.
    pub container: String,
    /// What all keys are below; may be empty.
    pub prefix: String,
    /// The server with the account, as `http://127.0.0.1:10000/devstoreaccount1`.
    pub endpoint: String,
    /// The account.
    pub account: String,
    /// The key of the account.
    pub key: String,
}

impl fmt::Debug for AzureConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("AzureConfig");
        text.field("container", &self.container).field("prefix", &self.prefix);
        text.field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl AzureConfig {
    /// A container by its URL, at an endpoint that is given or in `AZURE_STORAGE_ENDPOINT`, with the
    /// account in `AZURE_STORAGE_ACCOUNT_NAME` and its key in `AZURE_STORAGE_ACCOUNT_KEY`;
    /// `variable` looks these up. Nothing else is looked at, and nobody is asked.
    ///
    /// # Errors
    ///
    /// Returns a [`PlaceError`] that says what is missing.
    pub fn from_url(
        url: &str,
        endpoint: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, PlaceError> {
        let wrong = || PlaceError::Url { url: url.to_owned(), wanted: "az://CONTAINER/PREFIX" };
        let place = url.strip_prefix("az://").ok_or_else(wrong)?;
        let (container, prefix) = place.split_once('/').unwrap_or((place, ""));
        if container.is_empty() {
            return Err(wrong());
        }
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let endpoint = endpoint.map(str::to_owned).or_else(|| given("AZURE_STORAGE_ENDPOINT"));
        let endpoint =
            endpoint.ok_or(PlaceError::Endpoint { variable: "AZURE_STORAGE_ENDPOINT" })?;
        let credential = |variable| {
            let endpoint = endpoint.clone();
            given(variable).ok_or(PlaceError::Credentials { variable, endpoint })
        };
        Ok(Self {
            container: container.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            account: credential("AZURE_STORAGE_ACCOUNT_NAME")?,
            key: credential("AZURE_STORAGE_ACCOUNT_KEY")?,
            endpoint,
        })
    }

    /// A client with this key and no other credentials.
    pub(crate) fn build(&self) -> object_store::Result<MicrosoftAzure> {
        MicrosoftAzureBuilder::new()
            .with_container_name(&self.container)
            .with_endpoint(self.endpoint.clone())
            .with_account(&self.account)
            .with_access_key(&self.key)
            .with_client_options(client_options())
            .with_retry(retry(BACKOFF))
            .build()
    }

    pub(crate) fn client(&self, runtime: TokioRuntime) -> Result<Client, OpenError> {
        let Self { container, endpoint, .. } = self;
        Ok(Client {
            objects: Arc::new(self.build().map_err(OpenError::from_error)?),
            own: None,
            can_create: false,
            runtime,
            endpoint: endpoint.clone(),
            place: format!("the container `{container}` at {endpoint}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use object_store::azure::AzureCredential;

    use super::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "AZURE_STORAGE_ACCOUNT_NAME" => "account",
            "AZURE_STORAGE_ACCOUNT_KEY" => "a2V5",
            "AZURE_STORAGE_ENDPOINT" => "http://127.0.0.1:1/account",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn credentials_are_those_that_were_given_and_nobody_is_asked_for_others() {
        let config = AzureConfig::from_url("az://container/a", None, environment).unwrap();
        assert_eq!((&*config.container, &*config.prefix), ("container", "a"));
        let store = config.build().unwrap();
        // There is no runtime here, so what asked an address would panic.
        let credential = futures::executor::block_on(store.credentials().get_credential());
        assert!(matches!(*credential.unwrap(), AzureCredential::AccessKey(_)));
    }

    #[test]
    fn what_is_missing_is_said_before_anybody_is_asked() {
        for missing in ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"] {
            let variable = |name: &str| environment(name).filter(|_| name != missing);
            let error = AzureConfig::from_url("az://container", None, variable).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{missing} is not set")), "{error}");
        }
    }
}
