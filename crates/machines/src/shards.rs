//! A machine's campaign in shards.

use crate::environment;
use crate::machine::Machine;
use crate::play::midst::Midst;
use crate::report::report::Report;
use crate::run::shards;

pub use crate::campaign::part::{Campaign, Part, PartError};
pub use crate::run::shards::{MergeError, ShardError};

impl Machine {
    /// Plays one shard of the campaign: of as many as there are, counted from 1, the same share of the
    /// cases.
    ///
    /// Nothing is made small and nothing is judged: [`merge`](Self::merge) does that, with the parts of
    /// all shards. Known issues, regression plans, goals and a planted bug are the merge's, too.
    ///
    /// # Errors
    ///
    /// Returns a [`ShardError`] if there is no such shard, or if the campaign cannot be played.
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_machines::shards::Part;
    /// use zarr_conform_machines::store_machine;
    /// use zarrs_storage::store::MemoryStore;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let machine = store_machine(|| MemoryStore::new()).cases(32);
    /// // Each on a machine of its own, which leaves its part as a file.
    /// let parts: Result<Vec<String>, _> =
    ///     (1..=4).map(|shard| Ok::<_, zarr_conform_machines::shards::ShardError>(machine.shard(shard, 4)?.to_json())).collect();
    /// let parts: Result<Vec<Part>, _> = parts?.iter().map(|part| Part::read(part)).collect();
    /// let merged = machine.merge(parts?)?;
    /// assert_eq!(merged.operations, machine.run().operations);
    /// # Ok(())
    /// # }
    /// ```
    pub fn shard(&self, shard: u64, of: u64) -> Result<Part, ShardError> {
        let options = &environment::heed(&self.options, |name| std::env::var(name).ok())?;
        let _midst = Midst::begin();
        shards::shard(options, shard, of)
    }

    /// What the whole campaign comes to, whose cases were played as shards: the same report as that of
    /// [`run`](Self::run), but for times.
    ///
    /// Everything but the cases is done here, on stores of this machine: the plans of known issues,
    /// goals that all cases missed, a planted bug, and making failures small. What depends on time in
    /// a whole campaign does so here as well: what a budget of time leaves out, and hangs.
    ///
    /// # Errors
    ///
    /// Returns a [`MergeError`] if a shard is missing, or the parts are not of this campaign.
    pub fn merge(&self, parts: impl IntoIterator<Item = Part>) -> Result<Report, MergeError> {
        let options = &environment::heed(&self.options, |name| std::env::var(name).ok())?;
        let _midst = Midst::begin();
        shards::merge(options, parts.into_iter().collect())
    }
}
