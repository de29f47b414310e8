//! A failure as a known issue: the block to paste into a file of them.

use std::fmt::Write;

use crate::report::report::{Failure, Report};

/// What stands where a reader is to say why.
const REASON: &str = "say where this is discussed, or why it stays";

impl Failure {
    /// The failure as a known issue, in the TOML form that [`KnownIssue::read`] takes; its reason is
    /// for you to write.
    ///
    /// [`KnownIssue::read`]: crate::KnownIssue::read
    ///
    /// # Examples
    ///
    /// ```
    /// use zarr_conform_machines::mutants::{Mutant, Planted, ReferenceAdapter};
    /// use zarr_conform_machines::model::Dialect;
    /// use zarr_conform_machines::{KnownIssue, Machine};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let reference = std::sync::Arc::new(ReferenceAdapter::new(Dialect::ZARRS));
    /// let machine = Machine::of(Planted::new(reference, Mutant::M05)).cases(16);
    /// let report = machine.clone().run();
    /// let issues = KnownIssue::read(&report.known_issue_blocks())?;
    /// assert!(machine.known_issues(issues).run().failures.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn known_issue_block(&self) -> String {
        self.block(&self.file_name("")[1..].replace(".plan", ""))
    }

    fn block(&self, id: &str) -> String {
        let Self { signature, clause, plan, shrinking, .. } = self;
        let mut block = "[[issue]]\n".to_owned();
        let mut field = |name: &str, value: &str| {
            // JSON's strings are TOML's, and writing to a string cannot fail.
            let _ = writeln!(block, "{name} = {}", serde_json::Value::from(value));
        };
        field("id", id);
        field("signature", signature);
        field("clause", clause.id());
        field("reason", REASON);
        if shrinking.flaky {
            block.push_str("flaky = true\n");
        }
        let plan = plan.to_string();
        // A plan escapes what is odd in names and values; quotes three in a row are in none.
        let _ = writeln!(block, "plan = '''\n{plan}'''");
        block
    }
}

impl Report {
    /// All failures as known issues, one block after the other; see
    /// [`Failure::known_issue_block`].
    #[must_use]
    pub fn known_issue_blocks(&self) -> String {
        let blocks = self.failures.iter().map(Failure::known_issue_block);
        blocks.collect::<Vec<_>>().join("\n")
    }
}
