//! What failures have in common if one mistake made them all.
//!
//! Minima with one cause are one failure. The cause is the smallest plan itself, or the kind of
//! name that is easily lost: a store that takes `..` for the directory above gets listings, sizes,
//! reads and erases wrong, each with smallest plans of its own, and all of that is mended at one
//! place. Panics, hangs and audits are left out of this, since what a store does to its process or
//! to what is around it is worth a failure of its own. Of panics, the place is the cause: one with a
//! length in its words is reached with many lengths, and is mended once.
//!
//! Names and lists are like that, too. Shrinking gives a plan plain short names, and asks in one call
//! what it takes: a capital letter, an escape such as `%41` or a long name that is left in a smallest
//! plan is what the store gets wrong, and so are several parts in one call that are right each alone.
//!
//! What comes back in place of a part tells more than which part was asked for: a store that gives the
//! whole value for any range gets each kind of range wrong, be it with too many bytes or with an
//! answer where an error was due. So the cause is what came, for ranges of one form; and if the whole
//! value came for every form, it is one cause for all of them.
//!
//! A plan of many operations that ends with a question to a key has others beside it that only have
//! to be there: what a cache pushes out does not depend on what was asked in between. There the cause
//! is what was done to the key itself.
//!
//! Arrays have many smallest plans that show one bug, since no step leads from one shape to
//! another. What does not matter to a failure is not in its smallest plan; so if two features of an
//! array are left in it, they are the cause, together with the harm. With one feature or none,
//! plans are compared as before.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use zarr_conform_model::contract::{MismatchKind, NameHazard, clamp};
use zarr_conform_model::plan::{Fault, NodeAction, PowerPolicy, RequestFault};
use zarr_conform_model::{
    Clause, Dialect, Model, Names, Operation, OperationKind, Plan, Signature, StoreModel,
};
use zarrs_storage::byte_range::ByteRange;

use crate::finding::finding::{Came, Finding};
use crate::finding::likeness::{Harm, family, is_violent, is_wrong_value, may_come_of_contents};
use crate::triage::odd_name::odd_name;

/// The clause that is really broken: what takes opening the store again to show is a matter of that,
/// and a value that is wrong when it is read right after its write was written wrongly.
pub(super) fn broken_by(plan: &Plan, signature: Signature, clause: Clause) -> Clause {
    if plan.has_faults() || plan.has_second_handle() {
        return clause;
    }
    let operations: Vec<&Operation> = plan.operations().collect();
    let Some((last, before)) = operations.split_last() else { return clause };
    if before.iter().any(|operation| matches!(operation, Operation::Reopen)) {
        return Clause::O1;
    }
    match (before.split_last(), last) {
        (Some((Operation::Set { key, .. }, earlier)), Operation::Get { key: read })
            if clause == Clause::R1 && key == read && is_wrong_value(signature) =>
        {
            let is_over = |write: &&Operation| write.is_write() && write.key() == Some(*key);
            if earlier.iter().any(is_over) { Clause::W2 } else { Clause::W1 }
        }
        _ => clause,
    }
}

/// What makes two failures one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// Their smallest plans are the same, but for how long the values are that take pages.
    Plan(String),
    /// They panic at one place; with the same words but for numbers, where no place is known.
    Panic(String),
    /// Their smallest plans need a name that the store need not hold, or that is often lost. There is
    /// no end to what goes wrong with a name that a store neither refuses nor keeps apart from others.
    NameHazard(NameHazard),
    /// They take a fault of this kind on the way of operations of this kind, and what is wrong then is
    /// of one family. A store that tears values does so at every call at which it can be interrupted,
    /// and one that passes over errors as it lists does so in every listing.
    Fault(FaultFamily, Struck, MismatchKind),
    /// They take a fault, and panic at this place: it is reached from each kind of operation.
    FaultPanic(String),
    /// They take callers at the same time that ask operations of these kinds, and what is wrong then is
    /// of one family.
    Overlap(Struck, Option<Struck>, MismatchKind),
    /// Their smallest plans are long, and do the same harm: it takes a number of operations, of writes
    /// to one key or of keys, and there is no one smallest plan of so many.
    Many(Harm),
    /// Their smallest plans need names that are not plain ones.
    Names(OddNames),
    /// Their smallest plans need a call with several parts, and give too few or too many answers or
    /// wrong ones.
    Together(OperationKind, bool),
    /// Their smallest plans are of few operations and need a name with this mark between or beside
    /// letters, and the store seems to hold something else than it should.
    Marked(char),
    /// The same came in place of a part, for ranges of one form; for any, if none is named.
    Part(PartCame, Option<RangeForm>),
    /// Their smallest plans are long, do the same to the key of their last question, and the same harm.
    Around(String, Harm),
    /// Their smallest plans need arrays with these features, two at the least, in any shape, and do
    /// the same harm. What does not matter to a failure is not in its smallest plan, so what takes
    /// the same few things together has one reason.
    Features(Vec<String>, Harm),
    /// Their plans could not be made as small as they get, and they do the same harm: nothing else
    /// can be told of them.
    Unfinished(Harm),
}

impl Cause {
    /// The signature of its failure, and the clause that is broken.
    pub(crate) fn signature(&self, shown: &Finding) -> (String, Clause) {
        let Finding { plan, signature, clause, .. } = shown;
        let (smallest, clause) = (*signature, *clause);
        let interrupted = |family: FaultFamily, struck: Struck, mismatch| {
            (format!("{struck} {family}: {}", how(mismatch)), clause)
        };
        match self {
            Self::NameHazard(hazard) => (format!("{hazard}: {}", hazard.failing()), Clause::W9),
            Self::Names(names) => (format!("{names}: not held like others"), clause),
            Self::Fault(family, struck, mismatch) => interrupted(*family, *struck, *mismatch),
            Self::FaultPanic(_) => {
                let (family, struck) = struck(plan)
                    .map_or((FaultFamily::Interrupted, Struck::Any), |(fault, operation)| {
                        (FaultFamily::of(fault), Struck::of(operation))
                    });
                interrupted(family, struck, MismatchKind::Panicked)
            }
            Self::Overlap(asked, beside, mismatch) => {
                let beside = beside.map_or(String::new(), |beside| format!(" beside {beside}"));
                (format!("{asked}{beside}: {}", how(*mismatch)), clause)
            }
            Self::Features(features, harm) => {
                let features = features.join(" and ");
                (format!("arrays with {features}: {}", harm.text()), Clause::H5)
            }
            Self::Plan(_)
            | Self::Panic(_)
            | Self::Many(_)
            | Self::Together(..)
            | Self::Part(..)
            | Self::Marked(..)
            | Self::Around(..)
            | Self::Unfinished(_) => (smallest.to_string(), clause),
        }
    }

    pub(crate) fn of(smallest: &Finding, dialect: &Dialect) -> Self {
        let Finding { plan, signature, panic_site, .. } = smallest;
        let panicked = signature.mismatch == MismatchKind::Panicked;
        // What a store does to itself, or to what is around it, is worth a failure of its own.
        let violent = is_violent(signature.mismatch) || signature.operation == OperationKind::Audit;
        let features = features(plan);
        if let Some((fault, operation)) = struck(plan) {
            if let Some(site) = panic_site.as_ref().filter(|_| panicked) {
                return Self::FaultPanic(site.clone());
            }
            let (of, struck) = (FaultFamily::of(fault), Struck::of(operation));
            return match of {
                // What a power cut leaves is the same after any operation.
                FaultFamily::PowerCut => Self::Fault(of, Struck::Any, family(signature.mismatch)),
                // A client does not ask again, or asks without end, whatever it asks for.
                FaultFamily::Request if signature.mismatch == MismatchKind::StillAsking => {
                    Self::Fault(of, Struck::Any, signature.mismatch)
                }
                FaultFamily::Request if signature.mismatch == MismatchKind::ErrorForAnswer => {
                    Self::Fault(FaultFamily::asked_once(fault), Struck::Any, signature.mismatch)
                }
                _ => Self::Fault(of, struck, struck.harm(signature.mismatch)),
            };
        }
        if plan.together().is_some() && smallest.panic_site.is_none() {
            let (asked, beside, harm) = overlap(*signature);
            return Self::Overlap(asked, beside, harm);
        }
        if violent {
            return match panic_site.as_ref().filter(|_| panicked) {
                Some(site) => Self::Panic(site.clone()),
                None => Self::Plan(plan.to_string()),
            };
        }
        if let Some(hazard) = odd_name(plan, dialect) {
            return Self::NameHazard(hazard);
        }
        if features.len() > 1 {
            return Self::Features(features, Harm::of(signature.mismatch));
        }
        if plan.len() >= MANY || is_counted(plan) {
            return Self::Many(Harm::of(signature.mismatch));
        }
        if let Some(names) = OddNames::of(plan.names()) {
            return Self::Names(names);
        }
        if let Some(kind) = together(plan) {
            return Self::Together(kind, signature.mismatch == MismatchKind::PartCount);
        }
        if let Some((came, form)) = part_came(smallest, dialect) {
            return Self::Part(came, form);
        }
        if let Some(essence) = essence(plan) {
            return Self::Around(essence, Harm::of(signature.mismatch));
        }
        if let Some(mark) = mark(plan).filter(|_| may_come_of_contents(signature.mismatch)) {
            return Self::Marked(mark);
        }
        let text = without_long_lengths(&plan.to_string());
        Self::Plan(if plan.len() < FEW { without_noise(&text) } else { text })
    }

    /// What can be told from a plan that is not as small as it gets.
    pub(super) fn of_unfinished(smallest: &Finding) -> Self {
        let Finding { plan, signature, .. } = smallest;
        let is_violent = is_violent(signature.mismatch);
        if plan.len() >= MANY && !is_violent {
            return Self::Many(Harm::of(signature.mismatch));
        }
        Self::Unfinished(Harm::of(signature.mismatch))
    }

    /// Whether there is no one smallest plan of it.
    pub(super) const fn has_many_plans(&self) -> bool {
        matches!(
            self,
            Self::NameHazard(_)
                | Self::Fault(..)
                | Self::FaultPanic(_)
                | Self::Overlap(..)
                | Self::Many(_)
                | Self::Names(_)
                | Self::Features(..)
                | Self::Marked(..)
                | Self::Around(..)
        )
    }
}

/// The fault of a plan, and the operation that it strikes.
fn struck(plan: &Plan) -> Option<(Fault, &Operation)> {
    plan.steps().iter().find_map(|step| Some((step.fault?, &step.operation)))
}

/// In which way answers of one family miss.
const fn how(mismatch: MismatchKind) -> &'static str {
    match mismatch {
        MismatchKind::WrongShape => "not what is there",
        other => other.name(),
    }
}

/// Kinds of faults after which one mistake shows in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultFamily {
    /// An error, or the end of the process.
    Interrupted,
    /// A power cut.
    PowerCut,
    /// A request to a service.
    Request,
    /// The same, of a client that gave up for this reason.
    AskedOnce(RequestFault),
}

impl FaultFamily {
    const fn of(fault: Fault) -> Self {
        match fault {
            Fault::PowerCut {
                policy: PowerPolicy::Strict | PowerPolicy::MetadataFirst, ..
            } => Self::PowerCut,
            Fault::Fail { .. }
            | Fault::Short { .. }
            | Fault::Crash { .. }
            | Fault::PowerCut { policy: PowerPolicy::Kill, .. } => Self::Interrupted,
            Fault::Request { .. } => Self::Request,
        }
    }

    /// What a client gave up for.
    const fn asked_once(fault: Fault) -> Self {
        match fault {
            Fault::Request { fault, .. } => Self::AskedOnce(fault),
            _ => Self::of(fault),
        }
    }
}

/// Questions about many keys that they do not name.
const LISTINGS: [OperationKind; 6] = [
    OperationKind::List,
    OperationKind::ListPrefix,
    OperationKind::ListDir,
    OperationKind::IsEmpty,
    OperationKind::SizePrefix,
    OperationKind::Size,
];

/// Kinds of operations that are interrupted at the same calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Struck {
    /// Questions about a key.
    Reads,
    /// Questions about many keys.
    Listings,
    /// Writes of values.
    Writes,
    /// Erases.
    Erases,
    /// Whatever was asked.
    Any,
}

impl Struck {
    fn of(operation: &Operation) -> Self {
        match () {
            () if operation.is_erase() => Self::Erases,
            () if operation.is_write() => Self::Writes,
            () if operation.keys().next().is_some() => Self::Reads,
            () => Self::Listings,
        }
    }

    /// The same by the kind of operation alone.
    pub(super) fn of_kind(kind: OperationKind) -> Self {
        match () {
            () if kind.is_erase() => Self::Erases,
            () if kind.is_write() => Self::Writes,
            () if LISTINGS.contains(&kind) => Self::Listings,
            () => Self::Reads,
        }
    }

    /// What stands for all that is wrong alike: of a question, that the answer is not what is there.
    pub(super) fn harm(self, mismatch: MismatchKind) -> MismatchKind {
        let is_question = matches!(self, Self::Reads | Self::Listings);
        if is_question && may_come_of_contents(mismatch) {
            MismatchKind::WrongShape
        } else {
            family(mismatch)
        }
    }
}

impl fmt::Display for Struck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reads => "reads",
            Self::Listings => "listings",
            Self::Writes => "writes",
            Self::Erases => "erases",
            Self::Any => "all",
        })
    }
}

impl fmt::Display for FaultFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::PowerCut => f.write_str("after a power cut"),
            Self::Request => f.write_str("with a failing request"),
            Self::AskedOnce(fault) => write!(f, "with a failing request ({fault})"),
        }
    }
}

/// What failures of callers at the same time have in common if they are one.
pub(super) fn overlap(signature: Signature) -> (Struck, Option<Struck>, MismatchKind) {
    // Callers that wait for each other do so whatever each was asked.
    if signature.mismatch == MismatchKind::TimedOut {
        return (Struck::Any, None, signature.mismatch);
    }
    let asked = Struck::of_kind(signature.operation);
    let beside = signature.situation.beside.map(Struck::of_kind);
    (asked, beside, asked.harm(signature.mismatch))
}

/// What came in place of a part of a value that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PartCame {
    /// The whole value, which no reading of the range gives.
    Whole,
    /// The whole value, which is what is there of the range.
    AllThereIs,
    /// The answer that there is no value.
    Absent,
    /// Other bytes, pages away from the value's start.
    Far,
}

/// How a range is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RangeForm {
    /// `2..4`.
    Bounded,
    /// `2..`.
    Open,
    /// `-2..`.
    Suffix,
}

impl RangeForm {
    const ALL: [Self; 3] = [Self::Bounded, Self::Open, Self::Suffix];

    const fn of(range: ByteRange) -> Self {
        match range {
            ByteRange::FromStart(_, Some(_)) => Self::Bounded,
            ByteRange::FromStart(_, None) => Self::Open,
            ByteRange::Suffix(_) => Self::Suffix,
        }
    }
}

/// What came in place of a part, if something did that hardly depends on the range.
fn part_came(smallest: &Finding, dialect: &Dialect) -> Option<(PartCame, Option<RangeForm>)> {
    let (last, before) = smallest.plan.steps().split_last()?;
    let Operation::GetPartial { key, range } = &last.operation else { return None };
    let form = Some(RangeForm::of(range.0));
    let mut model = StoreModel::new(Arc::clone(smallest.plan.names()), *dialect);
    for step in before {
        model.predict(&step.operation);
    }
    let value = model.value(*key)?;
    if clamp(range.0, value.len()).start as u64 > PAGES {
        return Some((PartCame::Far, None));
    }
    match smallest.came.as_ref()? {
        Came::Absent => Some((PartCame::Absent, form)),
        // Of no bytes, nothing can be told.
        Came::Bytes(bytes) if value.is_empty() || bytes != value => None,
        Came::Bytes(_) if clamp(range.0, value.len()).len() == value.len() => {
            Some((PartCame::AllThereIs, form))
        }
        Came::Bytes(_) => Some((PartCame::Whole, form)),
    }
}

/// One cause for the whole value in place of parts of every form, if there are failures of every form.
pub(super) fn joined<T>(mut causes: BTreeMap<Cause, Vec<T>>) -> BTreeMap<Cause, Vec<T>> {
    let whole = |form: RangeForm| Cause::Part(PartCame::Whole, Some(form));
    if !RangeForm::ALL.iter().all(|form| causes.contains_key(&whole(*form))) {
        return causes;
    }
    let all_there_is = |form: RangeForm| Cause::Part(PartCame::AllThereIs, Some(form));
    let of_all = RangeForm::ALL.into_iter().flat_map(|form| [whole(form), all_there_is(form)]);
    let of_all: Vec<T> = of_all.filter_map(|cause| causes.remove(&cause)).flatten().collect();
    causes.insert(Cause::Part(PartCame::Whole, None), of_all);
    causes
}

/// Plans of so many operations have some in between that only have to be there. A guess.
const LONGISH: usize = 8;

/// What a longish plan does to the key of its last question, and that it does more.
fn essence(plan: &Plan) -> Option<String> {
    let key = plan.last().and_then(Operation::key).filter(|_| plan.len() >= LONGISH)?;
    let own = plan.operations().filter(|operation| operation.keys().any(|other| other == key));
    let own: Vec<String> = own.map(|own| own.display(plan.names()).to_string()).collect();
    (own.len() + LONGISH / 2 <= plan.len()).then(|| own.join("\n"))
}

/// What is not plain about names that every store has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OddNames {
    /// One has what looks like an escape, `%` and two hex digits.
    Percent,
    /// One has a capital letter.
    Case,
    /// One is long.
    Long,
    /// A segment begins or ends with white space, other than a space.
    OuterWhite,
}

/// So many operations in a smallest plan are many. A guess: a bug with a page of sixteen keys has
/// one smallest plan.
const MANY: usize = 48;

/// A segment of so many bytes is a long one. A guess: shrinking tries ones of one letter and halves.
const LONG: usize = 32;

impl OddNames {
    fn of(names: &Names) -> Option<Self> {
        let keys = names.keys().map(|key| names.key(key).as_str());
        let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
        keys.chain(prefixes).filter_map(Self::of_name).min()
    }

    fn of_name(name: &str) -> Option<Self> {
        let is_escape = |rest: &str| {
            rest.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        match () {
            () if name.bytes().any(|byte| byte.is_ascii_uppercase()) && !name.contains('%') => {
                Some(Self::Case)
            }
            () if name.split('%').skip(1).any(is_escape) => Some(Self::Percent),
            () if name.split('/').any(|segment| segment.len() >= LONG) => Some(Self::Long),
            () if name.split('/').any(|segment| segment.trim() != segment.trim_matches(' ')) => {
                Some(Self::OuterWhite)
            }
            () => None,
        }
    }
}

impl fmt::Display for OddNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Case => "names with capital letters",
            Self::Percent => "names with escapes such as `%41`",
            Self::Long => "long names",
            Self::OuterWhite => "names with outer white space",
        })
    }
}

/// The kind of call that a plan makes with several parts, if it makes one: shrinking asks for single
/// ones in its place, and stand-ins do.
fn together(plan: &Plan) -> Option<OperationKind> {
    let has_several = |operation: &&Operation| match operation {
        Operation::GetPartialMany { ranges, .. } => ranges.len() > 1,
        Operation::GetMany { parts } => parts.len() > 1,
        Operation::SetPartialMany { patches, .. } => patches.len() > 1,
        Operation::EraseMany { keys } => keys.len() > 1,
        _ => false,
    };
    plan.operations().rfind(has_several).map(Operation::kind)
}

/// The marks that names may have between their letters: what stores split names at, or take for
/// another one.
const MARKS: [char; 5] = [':', ';', '_', '.', '-'];

/// Plans of so many operations show what one name does, or two. A guess.
const FEW: usize = 3;

/// The mark that the names of a plan of few operations need, if they need one: shrinking gives letters
/// for it.
fn mark(plan: &Plan) -> Option<char> {
    let names = plan.names();
    let keys = names.keys().map(|key| names.key(key).as_str());
    let prefixes = names.prefixes().map(|prefix| names.prefix(prefix).as_str());
    let all: Vec<&str> = keys.chain(prefixes).collect();
    let is_needed = |mark: &char| all.iter().any(|name| name.contains(*mark));
    MARKS.into_iter().find(is_needed).filter(|_| plan.len() <= FEW)
}

/// Whether a plan writes to a key or two over and over: which of them is written how often in
/// between does not matter, as where every so many writes go wrong.
fn is_counted(plan: &Plan) -> bool {
    let sets = plan.operations().filter(|operation| matches!(operation, Operation::Set { .. }));
    plan.len() >= LONGISH && sets.count() + FEW >= plan.len() && plan.names().key_count() < FEW
}

/// Lengths above this are long ones. A guess: a page or two.
const PAGES: u64 = 8192;

/// A plan without the lengths of values that take pages: no step leads from one to every other.
fn without_long_lengths(plan: &str) -> String {
    let words = plan.split_inclusive([' ', '\n']).map(|word| match word.split_once('*') {
        Some((length, rest)) if length.parse().is_ok_and(|length: u64| length > PAGES) => {
            format!("long*{rest}")
        }
        _ => word.to_owned(),
    });
    words.collect()
}

/// A plan without the odd values that are left in it: where plain letters do not do, which bytes do
/// is chance.
fn without_noise(plan: &str) -> String {
    let words = plan.split_inclusive([' ', '\n']).map(|word| match word.split_once('*') {
        Some((_, rest))
            if rest.starts_with('#') || rest.starts_with("0x") && rest.trim() != "0x61" =>
        {
            "odd\n".to_owned()
        }
        _ => word.to_owned(),
    });
    words.collect()
}

/// What is special about the arrays of a plan.
fn features(plan: &Plan) -> Vec<String> {
    let actions = plan.operations().filter_map(|operation| match operation {
        Operation::Node(operation) => Some(&*operation.action),
        _ => None,
    });
    let features = actions.flat_map(|action| match action {
        NodeAction::AddArray { spec, .. } => spec.features(),
        _ => Vec::new(),
    });
    let features: BTreeSet<String> = features.collect();
    features.into_iter().collect()
}
