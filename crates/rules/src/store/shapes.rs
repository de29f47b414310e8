//! The state shapes in which stores break, and how often plans reach them.

use std::fmt;
use std::ops::{AddAssign, Index, IndexMut};

use zarr_conform_model::{Capabilities, Declaration, Dialect, Plan, StoreModel};

use crate::store::states::{
    any_length, any_name, has_affixed_siblings, has_case_twins, has_emptied_directory,
    has_erased_sibling, has_key_below_key, has_key_set_again, has_many_marks, has_outer_white,
    has_own_suffix, has_separator_twins, has_thousand_directories, is_plain, is_zarr_key,
};

/// Defines [`Shape`] with its table in one place.
macro_rules! shapes {
    ($($id:ident $name:literal $sentence:literal, $holds:expr;)*) => {
        /// One way in which a state is risky: stores are known to break in it.
        ///
        /// A state is what the model holds after an operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Shape {
            $(#[doc = $sentence] $id,)*
        }

        impl Shape {
            /// Every shape.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$id => $name,)* }
            }

            /// What a state of this shape holds.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$id => $sentence,)* }
            }

            /// Whether what the model holds has this shape.
            ///
            /// Takes time in proportion to the names of the plan and hardly any memory; only twins
            /// take more, as each name that has a capital, a `:` or a `%2F` is compared with all live
            /// ones.
            #[must_use]
            pub fn holds(self, model: &StoreModel) -> bool {
                let holds: fn(&StoreModel) -> bool = match self { $(Self::$id => $holds,)* };
                holds(model)
            }
        }
    };
}

shapes! {
    NotEmpty "not_empty" "A key is live.",
        |model| model.live_count() > 0;
    FiveKeys "five_keys" "Five keys or more are live.",
        |model| model.live_count() >= 5;
    SeventeenKeys "seventeen_keys" "Seventeen keys or more are live.",
        |model| model.live_count() >= 17;
    ThousandKeys "thousand_keys" "More than a thousand keys are live, the page of many a listing.",
        |model| model.live_count() > 1000;
    ThousandDirectories "thousand_directories"
        "More than a thousand directories of live keys stand side by side.",
        has_thousand_directories;
    KeyBelowKey "key_below_key" "A live key is below a live key: `a`, `a/b`.",
        has_key_below_key;
    AffixedSiblings "affixed_siblings"
        "The name of a live key or of its directory goes on in a sibling: `foo/x`, `foo-bar`.",
        has_affixed_siblings;
    CaseTwins "case_twins" "Only case tells two live keys or their directories apart: `a/x`, `A/y`.",
        has_case_twins;
    ThreeLevels "three_levels" "A live key is two directories deep or more: `a/b/c`.",
        |model| any_name(model, |name| name.bytes().filter(|byte| *byte == b'/').count() >= 2);
    ZarrKeys "zarr_keys" "A live key is called as Zarr does: `zarr.json`, or below `c/`.",
        |model| any_name(model, is_zarr_key);
    EncodedName "encoded_name"
        "A live key has a byte that some store has to encode: none of `A-Za-z0-9._/-`.",
        |model| any_name(model, |name| !name.bytes().all(is_plain));
    SeparatorTwins "separator_twins"
        "A live key has a `:` or `%2F` where another one has another separator: `a:b`, `a/b`.",
        has_separator_twins;
    OwnSuffix "own_suffix"
        "A live key is another one with what stores put behind names of their own: `a`, `a.tmp`.",
        has_own_suffix;
    ReservedName "reserved_name" "A live key is at or below a name that begins with `__`: `a/__x/y`.",
        |model| any_name(model, |name| name.split('/').any(|segment| segment.starts_with("__")));
    OuterWhite "outer_white"
        "A segment of a live key begins or ends with white space other than a space.",
        |model| any_name(model, has_outer_white);
    DeepKey "deep_key" "A live key is nine directories deep or more.",
        |model| any_name(model, |name| name.bytes().filter(|byte| *byte == b'/').count() >= 9);
    KilobyteName "kilobyte_name" "The name of a live key has 512 bytes or more.",
        |model| any_name(model, |name| name.len() >= 512);
    ManyMarks "many_marks"
        "Keys with a value, now or before, have between them more than half of the ASCII characters that show and are no letters or digits.",
        has_many_marks;
    ControlName "control_name" "A live key has a control character.",
        |model| any_name(model, |name| name.bytes().any(|byte| byte.is_ascii_control()));
    NotAscii "not_ascii" "A live key has a character outside ASCII.",
        |model| any_name(model, |name| !name.is_ascii());
    LongName "long_name" "A segment of a live key has 200 bytes or more.",
        |model| any_name(model, |name| name.len() >= 200 && name.split('/').any(|segment| segment.len() >= 200));
    EmptyValue "empty_value" "A live value is empty.",
        |model| any_length(model, |length| length == 0);
    LongValue "long_value" "A live value has 64 bytes or more.",
        |model| any_length(model, |length| length >= 64);
    PageValue "page_value" "A live value has 4,096 bytes or more.",
        |model| any_length(model, |length| length >= 4096);
    ManyPages "many_pages" "A live value has more than 8 KiB.",
        |model| any_length(model, |length| length > 8192);
    LargeValue "large_value" "A live value has more than 16 MiB.",
        |model| any_length(model, |length| length > 16 << 20);
    ErasedSibling "erased_sibling" "A key was erased beside a live one in the same directory.",
        has_erased_sibling;
    SetAgain "set_again" "A live key has the value that it was set to after its erase.",
        has_key_set_again;
    EmptiedDirectory "emptied_directory" "Below a directory, keys were erased and none is left.",
        has_emptied_directory;
}

impl Shape {
    /// Whether a store that declares this can come to hold a state of this shape.
    #[must_use]
    pub fn is_possible(self, declared: &Declaration) -> bool {
        let Capabilities { write, write_partial, erase, .. } = declared.capabilities;
        (write || write_partial)
            && (erase || !self.takes_erasing())
            && self.obstacle(&declared.dialect).is_none()
    }

    /// Whether the shape is about keys that were erased.
    pub(super) const fn takes_erasing(self) -> bool {
        matches!(self, Self::ErasedSibling | Self::SetAgain | Self::EmptiedDirectory)
    }

    /// Whether only plans that are set up for it reach the shape.
    pub(super) const fn takes_scene(self) -> bool {
        matches!(
            self,
            Self::ThousandKeys | Self::ThousandDirectories | Self::ManyMarks | Self::LargeValue
        )
    }

    /// How many operations it takes to reach the shape, at the least.
    pub(super) const fn least_operations(self) -> usize {
        match self {
            Self::NotEmpty
            | Self::ThreeLevels
            | Self::ZarrKeys
            | Self::EncodedName
            | Self::EmptyValue
            | Self::LongValue
            | Self::PageValue
            | Self::ManyPages
            | Self::ReservedName
            | Self::OuterWhite
            | Self::DeepKey
            | Self::KilobyteName
            | Self::ManyMarks
            | Self::ControlName
            | Self::NotAscii
            | Self::LongName
            | Self::LargeValue => 1,
            Self::KeyBelowKey
            | Self::AffixedSiblings
            | Self::CaseTwins
            | Self::SeparatorTwins
            | Self::OwnSuffix
            | Self::EmptiedDirectory => 2,
            Self::ErasedSibling | Self::SetAgain => 3,
            Self::FiveKeys => 5,
            Self::SeventeenKeys => 17,
            Self::ThousandKeys | Self::ThousandDirectories => 1001,
        }
    }

    /// Why the dialect never lets the shape come about, if it does not.
    pub(super) const fn obstacle(self, dialect: &Dialect) -> Option<&'static str> {
        match (self, dialect.max_key_bytes) {
            (Self::KilobyteName, Some(..512))
            | (Self::DeepKey, Some(..19))
            | (Self::LongName, Some(..200)) => return Some("keys are shorter"),
            _ => {}
        }
        if let (Self::LongName, Some(..200)) = (self, dialect.max_name_bytes) {
            return Some("names are shorter");
        }
        match self {
            Self::KeyBelowKey if !dialect.key_below_key => {
                Some("a key and a key below it cannot both have values")
            }
            Self::CaseTwins if !dialect.case_sensitive => {
                Some("keys that differ only in case are one key")
            }
            Self::NotAscii if !dialect.unicode_keys => Some("keys are ASCII"),
            _ => None,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many states of a set of plans have each [`Shape`].
///
/// # Examples
///
/// ```
/// use zarr_conform_model::{Dialect, Plan};
/// use zarr_conform_rules::{Shape, Shapes};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let plan: Plan = "set a \"\"\nset a/b \"\"\nerase a\nset a \"\"".parse()?;
/// let mut shapes = Shapes::default();
/// shapes.count(&plan, Dialect::ZARRS);
/// assert_eq!(shapes.states, 4);
/// assert_eq!(shapes[Shape::KeyBelowKey], 2);
/// assert_eq!(shapes[Shape::SetAgain], 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    /// Plans counted.
    pub plans: u64,
    /// States counted.
    pub states: u64,
    counts: [u64; Shape::ALL.len()],
}

impl Shapes {
    /// Counts a plan and the states after each of its operations.
    pub fn count(&mut self, plan: &Plan, declared: impl Into<Declaration>) {
        let mut model = StoreModel::new(plan.names().clone(), declared);
        self.plans += 1;
        for operation in plan.operations() {
            model.predict(operation);
            self.count_state(&model);
        }
    }

    /// Counts one state; see [`Shape::holds`] for what that takes.
    pub fn count_state(&mut self, model: &StoreModel) {
        self.states += 1;
        for (shape, count) in Shape::ALL.iter().zip(&mut self.counts) {
            *count += u64::from(shape.holds(model));
        }
    }

    /// Every shape, with how many states had it.
    pub fn iter(&self) -> impl Iterator<Item = (Shape, u64)> + '_ {
        Shape::ALL.iter().copied().zip(self.counts)
    }
}

impl Index<Shape> for Shapes {
    type Output = u64;

    fn index(&self, shape: Shape) -> &u64 {
        &self.counts[shape as usize]
    }
}

impl IndexMut<Shape> for Shapes {
    fn index_mut(&mut self, shape: Shape) -> &mut u64 {
        &mut self.counts[shape as usize]
    }
}

impl AddAssign for Shapes {
    fn add_assign(&mut self, other: Self) {
        self.plans += other.plans;
        self.states += other.states;
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::odd_names::MARKS;

    /// The shape holds after the plan, and does not after the plan without its last operation.
    fn check(shape: Shape, text: &str) {
        let plan: Plan = text.replace("; ", "\n").parse().unwrap();
        let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
        let mut held = false;
        for operation in plan.operations() {
            assert!(!held, "{shape} holds too early in {text}");
            model.predict(operation);
            held = shape.holds(&model);
        }
        assert!(held, "{shape} does not hold after {text}");
    }

    fn check_not(shape: Shape, text: &str) {
        let plan: Plan = text.replace("; ", "\n").parse().unwrap();
        let mut model = StoreModel::new(plan.names().clone(), Dialect::ZARRS);
        for operation in plan.operations() {
            model.predict(operation);
            assert!(!shape.holds(&model), "{shape} holds in {text}");
        }
    }

    fn sets(names: &[&str]) -> String {
        names.iter().map(|name| format!("set {name} \"x\"; ")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn counts_of_keys_have_their_boundary_where_they_say() {
        for (shape, least) in [
            (Shape::NotEmpty, 1),
            (Shape::FiveKeys, 5),
            (Shape::SeventeenKeys, 17),
            (Shape::ThousandKeys, 1001),
        ] {
            let names: Vec<String> = (0..least).map(|index| format!("k{index}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            check(shape, &sets(&names));
            assert_eq!(shape.least_operations(), least);
        }
    }

    #[test]
    fn a_key_below_a_key_is_one_by_whole_segments() {
        check(Shape::KeyBelowKey, &sets(&["a-", "a0", "a", "b/c", "a/b/c"]));
        check(Shape::KeyBelowKey, &sets(&["a/b/c", "a-/b", "a/b"]));
        check_not(Shape::KeyBelowKey, &sets(&["a", "a-/b", "a0", "ab/c", "b/a"]));
    }

    #[test]
    fn affixed_siblings_are_in_one_directory() {
        check(Shape::AffixedSiblings, &sets(&["foo", "foo-bar"]));
        check(Shape::AffixedSiblings, &sets(&["foo/x", "foo-bar"]));
        check(Shape::AffixedSiblings, &sets(&["foo0", "foo/x"]));
        check(Shape::AffixedSiblings, &sets(&["x/foo/a", "y", "x/foo-bar/b"]));
        check(Shape::AffixedSiblings, &sets(&["c/1", "c/10"]));
        check_not(Shape::AffixedSiblings, &sets(&["foo", "foo/bar", "bar"]));
        check_not(Shape::AffixedSiblings, &sets(&["a/foo", "b/foo-bar"]));
    }

    #[test]
    fn case_twins_differ_in_nothing_but_case() {
        check(Shape::CaseTwins, &sets(&["b", "A", "c", "a"]));
        check(Shape::CaseTwins, &sets(&["x/ab/1", "x-/ab", "x/aB/2"]));
        check(Shape::CaseTwins, &sets(&["A/x", "a-", "a0", "a/y"]));
        check_not(Shape::CaseTwins, &sets(&["A/x", "B/x", "D/b", "a-/x", "b-/X", "c/b", "C-/a"]));
    }

    #[test]
    fn names_have_the_shapes_that_they_look_like() {
        check(Shape::ThreeLevels, &sets(&["a", "a/b", "a/b/c"]));
        for name in ["zarr.json", "a/zarr.json", "c/0", "a/c/0/0"] {
            check(Shape::ZarrKeys, &sets(&["azarr.json", "ac/0", "c", "a/c", name]));
        }
        for name in ["a%20b", "\"a b\"", "\"é\""] {
            check(Shape::EncodedName, &sets(&["A-Z/a_z.0", name]));
        }
    }

    #[test]
    fn odd_names_have_the_shape_of_their_kind() {
        check(Shape::SeparatorTwins, &sets(&["a.b", "a-b", "a/c", "a:b"]));
        check(Shape::SeparatorTwins, &sets(&["x/a%2Fb", "x/a/b"]));
        check(Shape::OwnSuffix, &sets(&["a", "b.tmp", "x/b", "a~"]));
        check(Shape::ReservedName, &sets(&["a__b", "_", "g/__x/y"]));
        check(Shape::OuterWhite, &sets(&["\"a b\"", "\" a \"", "\"a\\tb\"", "\"a\\t/b\""]));
        check(Shape::DeepKey, &sets(&["a/a/a/a/a/a/a/a/a", "a/a/a/a/a/a/a/a/a/a"]));
        let name = |length: usize| "a".repeat(length);
        check(Shape::KilobyteName, &sets(&[&name(511), &name(512)]));
        let [segments, long] = [format!("{}/{}", name(199), name(199)), format!("b/{}", name(200))];
        check(Shape::LongName, &sets(&[&segments, &long]));
        check(Shape::ControlName, &sets(&["\"a b\"", "\"é\"", "\"a\\tb\""]));
        check(Shape::NotAscii, &sets(&["\"a\\tb\"", "\"é\""]));
    }

    #[test]
    fn marks_are_met_in_any_of_the_names() {
        let quoted = |mark: char| match mark {
            '"' | '\\' => format!("\"\\{mark}\""),
            _ => format!("\"{mark}a\""),
        };
        let more_than_half = MARKS.len() / 2 + 1;
        let names: Vec<String> = MARKS.chars().map(quoted).take(more_than_half).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        check(Shape::ManyMarks, &sets(&names));
    }

    #[test]
    fn directories_side_by_side_are_counted_once_each() {
        let side_by_side: Vec<String> = (0..1001).map(|index| format!("d/{index:04}/x")).collect();
        let twice: Vec<String> = (0..1000)
            .flat_map(|index| ["d", "e"].map(|directory| format!("{directory}/{index}/x/y")))
            .collect();
        let of = |names: &[String]| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            sets(&names)
        };
        check(Shape::ThousandDirectories, &of(&side_by_side));
        check_not(Shape::ThousandDirectories, &of(&twice));
    }

    #[test]
    fn values_have_the_shape_of_their_length() {
        check(Shape::EmptyValue, "set a \"x\"; set a \"\"");
        check(Shape::LongValue, "set a 63*0x00; set_partial a 63 \"x\"");
        check(Shape::PageValue, "set a 4095*#1; set a 4096*#1");
        check(Shape::ManyPages, "set a 8192*#1; set a 8193*#1");
        check(Shape::LargeValue, "set a 16777216*0x61; set_partial a 16777216 \"a\"");
    }

    #[test]
    fn erasing_gives_shapes_of_its_own() {
        check(
            Shape::ErasedSibling,
            "set d/a \"\"; erase d/a; set b \"\"; set d/e/f \"\"; set d/c \"\"",
        );
        check(Shape::SetAgain, "set a \"\"; erase a; set b \"\"; erase_prefix b/; set a \"\"");
        check(Shape::EmptiedDirectory, "set d/a \"\"; set d/e/b \"\"; erase d/a; erase d/e/b");
        check(Shape::EmptiedDirectory, "set d/e/a \"\"; set d/b \"\"; set d-/x \"\"; erase d/e/a");
        check_not(Shape::EmptiedDirectory, "set a \"\"; erase a; list_dir a/");
    }

    #[test]
    fn what_a_dialect_rules_out_is_not_possible() {
        let possible = |shape: Shape, dialect: Dialect| shape.is_possible(&dialect.into());
        let dialect = Dialect { key_below_key: false, case_sensitive: false, ..Dialect::ZARRS };
        for shape in Shape::ALL {
            assert!(possible(*shape, Dialect::ZARRS), "{shape}");
            let ruled_out = matches!(shape, Shape::KeyBelowKey | Shape::CaseTwins);
            assert_eq!(possible(*shape, dialect), !ruled_out, "{shape}");
        }
        let keeps = Capabilities { erase: false, ..Capabilities::ZARRS }.into();
        assert!(Shape::NotEmpty.is_possible(&keeps) && !Shape::SetAgain.is_possible(&keeps));
    }

    #[test]
    fn sums_of_counts_are_the_counts_of_all() {
        let plans = ["set a \"\"", "set a \"\"\nset a/b \"\""].map(|text| text.parse().unwrap());
        let count = |plans: &[Plan]| {
            let mut shapes = Shapes::default();
            for plan in plans {
                shapes.count(plan, Dialect::ZARRS);
            }
            shapes
        };
        let mut sum = count(&plans[..1]);
        sum += count(&plans[1..]);
        assert_eq!(sum, count(&plans));
        assert_eq!((sum.plans, sum.states, sum[Shape::NotEmpty]), (2, 3, 3));
    }
}
