//! Every adapter that `--adapter` can name.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use zarr_conform_store::{Adapter, Described, ServerAddress};

use crate::adapter_error::AdapterError;
use crate::lacking::Lacking;

/// The adapters of a program, each variant by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapters {
    pub(crate) described: Vec<Described>,
    pub(crate) lacking: Vec<Lacking>,
}

impl Adapters {
    /// The adapter that is meant if none is named: the one that there is.
    pub(crate) fn only(&self) -> Option<&Described> {
        match self.described.as_slice() {
            [described] if self.lacking.is_empty() => Some(described),
            _ => None,
        }
    }

    /// What an adapter's stores are.
    pub(crate) fn words_about(&self, name: &str) -> Option<String> {
        let family = split(name).0;
        let mut siblings =
            self.described.iter().filter(|described| split(described.name()).0 == family);
        let described = self.described.iter().find(|described| described.name() == name);
        let about = described.map(Described::about).filter(|about| !about.is_empty());
        // In a list, it says what differs from those before.
        let first = siblings.next().map(Described::about).unwrap_or_default();
        let about = about.map(|about| match about.strip_prefix("the same") {
            Some(rest) => format!("As {first}; but{}", rest.trim_start_matches(',')),
            None => about.to_owned(),
        });
        about.map(|about| format!("{about}."))
    }

    /// Whether one of them can be on a server of the user's, as far as is known.
    pub(crate) fn may_be_on_servers(&self) -> bool {
        let on_server = |described: &Described| described.address_form().is_some();
        !self.lacking.is_empty() || self.described.iter().any(on_server)
    }

    /// The adapters and what they are, one on each line.
    ///
    /// # Errors
    ///
    /// Returns [`AdapterError::Empty`] if there are none, and [`AdapterError::Twice`] if two have one name.
    pub(crate) fn list(&self) -> Result<String, AdapterError> {
        if self.described.is_empty() {
            return Err(AdapterError::Empty);
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.described.iter().find(|described| !names.insert(described.name()))
        {
            return Err(AdapterError::Twice { name: twice.name().to_owned() });
        }
        Ok(self.lines(|_| true))
    }

    /// The adapter that `name` means, written `NAME` or `NAME:VARIANT`, with its objects at the
    /// address, if there is one.
    ///
    /// # Errors
    ///
    /// Returns an [`AdapterError`] that lists what there is.
    pub(crate) fn find(
        &self,
        name: Option<&str>,
        address: Option<&ServerAddress>,
    ) -> Result<Arc<dyn Adapter>, AdapterError> {
        let list = self.list()?;
        let Some(name) = name else {
            return Err(AdapterError::Missing { list });
        };
        let described = self.described.iter().find(|described| described.name() == name);
        if let Some(address) = address {
            let at = described.and_then(|described| described.at(address));
            let Some(adapter) = at else {
                return Err(AdapterError::NoServer { name: name.to_owned() });
            };
            return adapter.map_err(AdapterError::Server);
        }
        if let Some(described) = described {
            let wanted = described.address_form().unwrap_or("URL").to_owned();
            let no_url = || AdapterError::NoUrl { name: name.to_owned(), wanted };
            return described.adapter().cloned().ok_or_else(no_url);
        }
        if let Some(lacking) = self.lacking.iter().find(|lacking| lacking.name == name) {
            let Lacking { name, why, .. } = lacking.clone();
            return Err(AdapterError::Lacking { name, why });
        }
        let (family, variant) = split(name);
        let siblings = self.lines(|name| split(name).0 == family);
        Err(match variant {
            Some(variant) if !siblings.is_empty() => AdapterError::UnknownVariant {
                family: family.to_owned(),
                variant: variant.to_owned(),
                list: siblings,
            },
            _ => AdapterError::UnknownAdapter { name: name.to_owned(), list },
        })
    }

    /// A line for each adapter with a wanted name; those that cannot be opened as they are come
    /// last.
    fn lines(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        let mut line = |name: &str, about: &str, note: &str| {
            if wanted(name) {
                let line = format!("  {name:<25}{about}{note}");
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{}", line.trim_end());
            }
        };
        let (ready, on_servers): (Vec<_>, Vec<_>) =
            self.described.iter().partition(|described| described.adapter().is_some());
        for described in ready {
            line(described.name(), described.about(), "");
        }
        for described in on_servers {
            line(described.name(), described.about(), " (give --url)");
        }
        for Lacking { name, about, why } in &self.lacking {
            line(name, about, &format!(" ({why})"));
        }
        text.truncate(text.trim_end().len());
        text
    }
}

fn split(name: &str) -> (&str, Option<&str>) {
    name.split_once(':').map_or((name, None), |(family, variant)| (family, Some(variant)))
}

#[cfg(test)]
mod tests {
    use zarr_conform_memory::MemoryAdapter;

    use super::*;

    fn adapters() -> Adapters {
        let on_server =
            Described::on_server("cloud:far", "far away", "far://BUCKET", |address| match address
                .url
                .strip_prefix("far://")
            {
                Some(_) => Ok(MemoryAdapter::asynchronous()),
                None => Err("give --url far://BUCKET".into()),
            });
        let mut described = zarr_conform_memory::adapters();
        described.push(on_server);
        let lacking = vec![Lacking::new("heavy:one", "a heavy one", "takes the feature `heavy`")];
        Adapters { described, lacking }
    }

    fn error(adapters: &Adapters, name: Option<&str>, url: Option<&str>) -> String {
        let address = url.map(|url| ServerAddress { url: url.to_owned(), endpoint: None });
        let found = adapters.find(name, address.as_ref());
        found.err().expect("the name leads nowhere").to_string()
    }

    #[test]
    fn names_lead_to_adapters_of_that_name() {
        for described in zarr_conform_memory::adapters() {
            let found = adapters().find(Some(described.name()), None).expect("it is listed");
            assert_eq!(found.name(), described.name());
        }
    }

    #[test]
    fn a_name_that_leads_to_two_adapters_is_an_error() {
        let mut twice = adapters();
        twice.described.extend(zarr_conform_memory::adapters());
        let words = error(&twice, Some("memory"), None);
        assert_eq!(
            words,
            "this program has two adapters with the name `memory`: give one of them another"
        );
    }

    #[test]
    fn no_adapters_are_an_error_whatever_is_asked() {
        let none = Adapters::default();
        for name in [None, Some("memory")] {
            assert!(error(&none, name, None).contains("no adapters"));
        }
        assert!(matches!(none.list(), Err(AdapterError::Empty)));
    }

    #[test]
    fn an_unknown_variant_gets_the_variants_of_its_adapter() {
        for name in ["memory:nope", "memory:"] {
            let message = error(&adapters(), Some(name), None);
            assert!(message.contains("memory:async"), "{message}");
            assert!(!message.contains("cloud:far"), "{message}");
        }
    }

    #[test]
    fn an_unknown_adapter_gets_all_of_them() {
        for name in [Some("nope"), Some("nope:async"), Some(""), None] {
            let message = error(&adapters(), name, None);
            assert!(message.contains("memory:async"), "{message}");
            let far = "  cloud:far                far away (give --url)\n";
            assert!(message.contains(far), "{message}");
            let lacking = "  heavy:one                a heavy one (takes the feature `heavy`)";
            assert!(message.ends_with(lacking), "{message}");
        }
    }

    #[test]
    fn adapters_on_servers_are_told_what_address_they_take() {
        let far = |url| error(&adapters(), Some("cloud:far"), url);
        assert!(far(None).contains("give --url far://BUCKET"));
        assert!(far(Some("near://b")).contains("give --url far://BUCKET"));
        let far = ServerAddress { url: "far://b".to_owned(), endpoint: None };
        assert!(adapters().find(Some("cloud:far"), Some(&far)).is_ok());
        assert!(error(&adapters(), Some("memory"), Some("far://b")).contains("on no server"));
    }

    #[test]
    fn what_a_program_lacks_is_told_with_the_reason() {
        let message = error(&adapters(), Some("heavy:one"), None);
        assert_eq!(message, "`heavy:one` is not in this program: it takes the feature `heavy`");
    }

    #[test]
    fn one_adapter_is_meant_without_a_name_and_several_are_not() {
        assert!(adapters().only().is_none());
        let described = vec![MemoryAdapter::metrics().into()];
        let one = Adapters { described, ..Adapters::default() };
        assert_eq!(one.only().map(Described::name), Some("memory:metrics"));
    }
}
