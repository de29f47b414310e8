//! What listings have to give.

use crate::contract::clause::Clause;
use crate::contract::expected::{Expected, Want};
use crate::contract::reply::Reply;
use crate::contract::signature::Facts;
use crate::model::Model;
use crate::plan::names::PrefixId;
use crate::store_model::semantics::missing;
use crate::store_model::store_model::StoreModel;
use crate::store_model::world::World;

impl StoreModel {
    pub(super) fn expect_directory<'a>(
        &'a self,
        world: &'a World,
        prefix: PrefixId,
    ) -> Expected<'a> {
        let name = self.names().prefix(prefix).as_str();
        // In byte order, the keys below one child prefix stand together.
        let child = |key: &'a str| {
            let slash = key[name.len()..].find('/')?;
            Some(&key[..=name.len() + slash])
        };
        let (mut keys, mut prefixes) = (Vec::new(), Vec::<&str>::new());
        for key in world.below(self.names(), prefix) {
            let key = self.names().key(key);
            match child(key.as_str()) {
                None => keys.push(key),
                Some(child) if prefixes.last() == Some(&child) => {}
                Some(child) => prefixes.push(child),
            }
        }
        let mut optional = Vec::new();
        if self.dialect().phantom_dirs {
            let below = self.names().below_prefix(prefix);
            let erased = below.filter(|at| world.history_at(*at).contains(Facts::ERASED));
            let names = erased.map(|at| self.names().key(self.names().key_at(at)).as_str());
            optional = names.filter_map(child).filter(|child| !prefixes.contains(child)).collect();
            optional.dedup();
        }
        let empty = keys.is_empty() && prefixes.is_empty();
        let clause = self.listing_clause(world, prefix, empty, Clause::L4);
        self.listing(clause, empty, Want::Directory { keys, prefixes, optional })
    }

    /// The clause of a listing: a more precise one for prefixes that cover nothing.
    pub(super) fn listing_clause(
        &self,
        world: &World,
        prefix: PrefixId,
        empty: bool,
        otherwise: Clause,
    ) -> Clause {
        if !empty {
            return otherwise;
        }
        let name = self.names().prefix(prefix).as_str();
        let key = self.names().find_key(name.trim_end_matches('/'));
        if key.is_some_and(|key| world.value(key).is_some()) {
            return Clause::L7;
        }
        let mut below = self.names().below_prefix(prefix);
        if below.any(|at| world.history_at(at).contains(Facts::ERASED)) {
            return Clause::L5;
        }
        otherwise
    }

    /// Allows an error for a listing of nothing, where the dialect does.
    pub(super) fn listing<'a>(&self, clause: Clause, empty: bool, want: Want<'a>) -> Expected<'a> {
        let reply = if empty { self.dialect().list_missing_prefix } else { Reply::Answer };
        missing(clause, want, reply)
    }
}
