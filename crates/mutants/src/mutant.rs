//! `Mutant`: the planted bugs, in one table.

use std::fmt;
use std::sync::LazyLock;

use zarr_conform_store::StoreUnderTest;

use crate::host::{Bug, Bugged};
use crate::{
    aliases, caches, chunks, directories, documents, erases, faults, library, listings, ranges,
    read_doors, reads, refusals, sizes, writes,
};

/// Defines [`Mutant`] with its table in one place; the bug named `sizes::size_stale` is what the
/// function of that name makes.
macro_rules! mutants {
    ($($id:ident $module:ident::$name:ident $bug:literal $minimum:expr;)*) => {
        /// A bug that can be planted in a store.
        ///
        /// Those with an M, C or F are the public ones that every tester of Zarr stores is
        /// measured by; the others are this workspace's own: those with an N, those with an H that
        /// show in what an array library makes of the store, and those with an L that are in an
        /// array library.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutant {
            $(#[doc = concat!("`", stringify!($name), "`: ", $bug)] $id,)*
        }

        impl Mutant {
            /// Every mutant, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$id),*];

            /// The id: `M01`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$id => stringify!($id),)* }
            }

            /// The name: `set_truncates_large`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$id => stringify!($name),)* }
            }

            /// What goes wrong, in one sentence.
            #[must_use]
            pub const fn bug(self) -> &'static str {
                match self { $(Self::$id => $bug,)* }
            }

            /// The shortest plan that shows the bug, in its last answer; without the plan's first
            /// line.
            ///
            /// That of [`C01`](Self::C01) needs two callers who ask it at once, and that of
            /// [`F01`](Self::F01) a tester who takes the injected error for none of the store's
            /// doing.
            #[must_use]
            pub fn minimum(self) -> &'static str {
                match self { $(Self::$id => $minimum,)* }
            }

            /// Plants the bug in a store.
            ///
            /// Whatever the bug has no part in passes through; what the store refuses stays
            /// refused. A bug asks the store more than it is asked itself, through the same
            /// operations.
            #[must_use]
            pub fn plant(self, store: Box<dyn StoreUnderTest>) -> Box<dyn StoreUnderTest> {
                let make: fn() -> Bug = match self { $(Self::$id => $module::$name,)* };
                Box::new(Bugged::new(store, make))
            }
        }
    };
}

/// The text of a plan, from its lines.
macro_rules! plan {
    ($($line:literal),*) => { concat!($($line, "\n"),*) };
}

mutants! {
    M01 writes::set_truncates_large
        "Values of 64 bytes or more are stored without their last byte."
        plan![r#"set a 64*0x00"#, "get a"];
    M02 writes::set_drops_empty
        "Setting an empty value does not create the key, and removes one that is there."
        plan![r#"set a """#, "get a"];
    M03 writes::overwrite_keeps_tail
        "Overwriting with a shorter value keeps the old value's tail."
        plan![r#"set a "a""#, r#"set a """#, "get a"];
    M05 reads::get_missing_empty
        "Getting a missing key gives an empty value."
        plan!["get a"];
    M06 ranges::range_end_off_by_one
        "A bounded range that ends exactly at the value's end gives one byte fewer."
        plan![r#"set a "a""#, "get_partial a 0..1"];
    M07 ranges::suffix_as_offset
        "A suffix of a length within the value is read as an offset from its start."
        plan![r#"set a "a""#, "get_partial a -0.."];
    M10 listings::erase_leaves_listing
        "An erased key stays in list and list_prefix until it is set again."
        plan![r#"set a """#, "erase a", "list"];
    M11 erases::erase_missing_errors
        "Erasing a missing key is an error."
        plan!["erase a"];
    M12 erases::erase_prefix_string
        "Erasing the prefix a/ erases every key that starts with a."
        plan![r#"set a """#, "erase_prefix a/", "get a"];
    M14 listings::list_prefix_string
        "Listing the prefix a/ lists every key that starts with a."
        plan![r#"set a """#, "list_prefix a/"];
    M15 listings::list_dir_deep
        "A directory lists the keys of all levels below it as its keys."
        plan![r#"set a/a """#, "list_dir /"];
    M17 aliases::case_fold
        "Keys are folded to lower case, so that those which differ in ASCII case alone are one."
        plan![r#"set A """#, "list"];
    M18 listings::list_page_16
        "The answers to list and list_prefix are cut at 16 keys."
        &PAGE_OF_16;
    M19 reads::stale_read_cache
        "A key that has been read keeps its value of that time after an overwrite."
        plan![r#"set a """#, "get a", r#"set a "a""#, "get a"];
    M21 sizes::size_stale
        "The size of a key is that of the first value it was ever set to."
        plan![r#"set a """#, r#"set a "a""#, "size_key a"];
    M22 sizes::size_prefix_string
        "The size of the prefix a/ counts every key that starts with a."
        plan![r#"set a "a""#, "size_prefix a/"];
    M24 erases::erase_many_stops
        "Erasing many keys stops at the first one that is missing."
        plan![r#"set a """#, "erase_many [b, a]", "get a"];
    M25 writes::set_partial_gap
        "A partial write beyond the end fills the gap with 0xFF and not with zeros."
        plan![r#"set_partial a 1 "a""#, "get a"];
    M26 writes::set_partial_truncates
        "A partial write drops what stood behind it."
        plan![r#"set_partial_many a [0 "a", 0 ""]"#, "get a"];
    M29 writes::resurrect
        "Setting a key again after its erase brings the erased value back."
        plan![r#"set a """#, "erase a", r#"set a "a""#, "get a"];
    M30 sizes::empty_not_exists
        "A key with an empty value does not exist and has no size."
        plan![r#"set a """#, "exists a"];
    M32 listings::prefix_sibling_hidden
        "Listing the prefix a/ stops at the first key behind a that is not below it, such as a-."
        plan![r#"set a- """#, r#"set a/a """#, "list_prefix a/"];
    M36 ranges::offset_at_end_none
        "Reading from an offset that is the value's length says that the key is missing."
        plan![r#"set a """#, "get_partial a 0.."];
    M37 listings::list_duplicates
        "A key that was overwritten is listed twice."
        plan![r#"set a """#, r#"set a """#, "list"];
    C01 writes::torn_set
        "Setting a key erases it, lets other threads go first, and then writes the value."
        plan![r#"set a """#, r#"set a """#, "get a"];
    F01 faults::error_partial_write
        "Every fourth set meets an I/O error that leaves half of its value, and a retry appends."
        plan![r#"set a """#, r#"set a """#, r#"set a """#, r#"set b """#, "get b"];
    N01 reads::get_missing_cached
        "A key that was read while it was missing stays missing after it is set."
        plan!["get a", r#"set a """#, "get a"];
    N02 erases::erase_prefix_shallow
        "Erasing a prefix erases only the keys directly below it."
        plan![r#"set a/a """#, "erase_prefix /", "get a/a"];
    N03 erases::erase_prefix_takes_key
        "Erasing the prefix a/ erases the key a too."
        plan![r#"set a """#, "erase_prefix a/", "get a"];
    N04 listings::list_prefix_gives_key
        "Listing the prefix a/ lists the key a too."
        plan![r#"set a """#, "list_prefix a/"];
    N05 listings::list_dir_repeats
        "A directory lists a child prefix once for each key below it."
        plan![r#"set a/a """#, r#"set a/b """#, "list_dir /"];
    N06 listings::list_dir_key_hides_prefix
        "A directory that lists the key a does not list the prefix a/."
        plan![r#"set a """#, r#"set a/a """#, "list_dir /"];
    N07 ranges::parts_sorted
        "Several ranges are answered in the order of their starts."
        plan![r#"set a "a""#, "get_partial_many a [1.., 0..]"];
    N08 ranges::parts_deduplicated
        "Several ranges are answered once each, however often they were asked for."
        plan![r#"set a """#, "get_partial_many a [0.., 0..]"];
    N09 ranges::range_past_end_clamped
        "A bounded range over the value's end is cut instead of refused, or refused instead of cut."
        plan![r#"set a """#, "get_partial a 0..1"];
    N10 ranges::suffix_over_clamped
        "A suffix longer than the value is cut instead of refused, or refused instead of cut."
        plan![r#"set a """#, "get_partial a -1.."];
    N11 aliases::percent_decoded
        "Percent signs are decoded in keys, so that a%20b and a b are one."
        plan![r#"set %20 """#, "list"];
    N12 erases::erase_many_three
        "Erasing many keys erases the first three."
        plan![r#"set a """#, "erase_many [b, b, b, a]", "get a"];
    N13 erases::erase_many_repeated_errors
        "Erasing many keys of which one is repeated is an error."
        plan!["erase_many [a, a]"];
    N14 writes::same_length_lost
        "Overwriting with a value of the same length does nothing."
        plan![r#"set a "a""#, r#"set a "b""#, "get a"];
    N15 listings::page_1000
        "The answer to list is cut at 1000 keys."
        &PAGE_OF_1000;
    N16 ranges::page_of_4096
        "Bytes are read as zeros from offset 4096 on."
        plan!["set a 4097*0x01", "get a"];
    N17 sizes::size_counts_erased
        "The sizes of a prefix and of the store still count erased values."
        plan![r#"set a "a""#, "erase a", "size"];
    N18 reads::directory_exists
        "A name that is only a directory of keys exists, with a size of 0."
        plan![r#"set a/a """#, "exists a"];
    N19 reads::directory_reads_empty
        "Getting a name that is only a directory of keys gives an empty value."
        plan![r#"set a/a """#, "get a"];
    N20 writes::second_patch_lost
        "Of several partial writes only the first is applied."
        plan![r#"set_partial_many a [0 "a", 1 "a"]"#, "get a"];
    N21 aliases::long_keys_truncated
        "Keys are cut at 64 bytes, so that longer ones with the same beginning are one."
        plan![r#"set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa """#, "list"];
    N22 ranges::no_ranges_panics
        "Reading no ranges at all of a key that has a value panics."
        plan![r#"set a """#, "get_partial_many a []"];
    N23 writes::hundredth_write_lost
        "Every hundredth set is reported as done and lost."
        &HUNDRED_SETS;
    N24 listings::directory_lingers
        "A directory still lists a prefix whose last key was erased."
        plan![r#"set a/a """#, "erase a/a", "list_dir /"];
    N25 listings::dot_names_hidden
        "Listings leave out keys whose last name begins with a dot."
        plan![r#"set .a """#, "list"];
    N26 erases::clear_leaves_nested
        "Clearing the store leaves keys of three and more levels."
        plan![r#"set a/a/a """#, "clear", "list"];
    N27 writes::swapped_values
        "Setting a key right after another one to an equally long value stores the other's value."
        plan![r#"set a "a""#, r#"set b "b""#, "get b"];
    N28 writes::reopen_loses_last
        "The key that was written last is gone after the store is opened again."
        plan![r#"set a """#, "reopen", "get a"];
    N29 writes::created_over
        "Creating a key only if it has no value replaces the value that it has."
        plan![r#"set a """#, r#"set_if_absent a """#];
    N30 ranges::many_without_absent
        "Of several keys that are read in one call, those without a value are left out of the answer."
        plan!["get_many [a]"];
    N31 ranges::many_of_first_key
        "Of several keys that are read in one call, the first is read in the place of each."
        plan![r#"set a """#, "get_many [a, b]"];
    N32 writes::copy_takes_source
        "Copying a key takes the value from the one that is copied."
        plan![r#"set a """#, "copy a b", "get a"];
    N33 writes::rename_keeps_source
        "A renamed key keeps its old name, too."
        plan![r#"set a """#, "rename a b", "get a"];
    N34 writes::lone_part_lost
        "A value is sent in parts of 4 KiB, ten at a time, and a last part that is alone is lost."
        plan!["set a 40961*0x61", "get a"];
    N35 erases::erase_prefix_1000_refused
        "Erasing a prefix with more than 1000 keys below it is refused."
        &PREFIX_OF_1001;
    N36 ranges::files_given_whole
        "Of values of 64 bytes or more, any part is the whole."
        plan!["set a 64*0x61", "get_partial a 0..0"];
    N37 caches::patch_pushed_out
        "A partial write of what a cache of eight values holds is lost when others push it out."
        &PUSHED_OUT_OF_8;
    N38 reads::present_if_alone
        "A key is there if exactly one name begins with its name."
        plan![r#"set aa """#, "exists a"];
    N39 ranges::open_range_absent
        "Reading from an offset to the end says that the key is missing."
        plan![r#"set a """#, "get_partial a 0.."];
    N40 ranges::suffix_ignored
        "A suffix of a value is the whole value."
        plan![r#"set a "a""#, "get_partial a -0.."];
    N41 aliases::dots_are_slashes
        "Dots are taken for slashes, so that a.b and a/b are one."
        plan![r#"set a.a """#, "list"];
    N42 aliases::dashes_are_underscores
        "Dashes are taken for underscores, so that a-b and a_b are one."
        plan![r#"set - """#, "list"];
    N43 aliases::colons_are_slashes
        "Colons are taken for slashes, so that a:b and a/b are one."
        plan![r#"set a:a """#, "list"];
    N44 writes::temporary_name
        "Setting a key erases the one with the same name and .tmp behind it."
        plan![r#"set a.tmp """#, r#"set a """#, "list"];
    N45 aliases::outer_white_space_trimmed
        "White space at the ends of segments is cut off."
        plan!["set \"a\\t\" \"\"", "list"];
    N46 aliases::doubled_slashes_collapsed
        "Two slashes in a prefix are taken for one."
        plan![r#"set a/a """#, "list_prefix a//"];
    N47 ranges::offset_of_32_bits
        "Offsets are cut to 32 bits."
        plan![r#"set a """#, "get_partial a 4294967296.."];
    N48 writes::reserved_names_lost
        "Setting a key below a name that begins with __ is reported as done and lost."
        plan![r#"set __ """#, "list"];
    N49 writes::parts_swapped
        "Values of 192 KiB or more have their second and third 64 KiB swapped."
        plan!["set a 196608*#0", "get a"];
    N50 writes::kilobyte_names_lost
        "Setting a key of more than 1000 bytes is reported as done and lost."
        &NAME_OF_1001;
    N51 writes::ten_levels_lost
        "Setting a key of ten or more levels is reported as done and lost."
        plan![r#"set a/a/a/a/a/a/a/a/a/a """#, "list"];
    N52 caches::overwrite_pushed_out
        "An overwrite that a cache of 100 values holds is lost when others push it out."
        &PUSHED_OUT_OF_100;
    N53 erases::erase_many_1000
        "Erasing many keys erases the first 1000."
        &ERASE_OF_1001;
    N54 erases::clear_1000
        "Clearing the store erases the first 1000 keys."
        &CLEAR_OF_1001;
    N55 writes::many_patches_cut
        "Of several partial writes the first 16 are applied."
        &PATCHES_OF_17;
    N56 ranges::many_ranges_cut
        "Of several ranges the first 64 are answered."
        &RANGES_OF_65;
    N57 ranges::far_offset_of_buffer
        "Parts that start behind offset 100000 are read from one byte before."
        plan!["set a 100002*#0", "get_partial a 100001.."];
    N58 aliases::versions_cut
        "A semicolon and a number at a name's end are cut off."
        plan![r#"set "a;0" """#, "list"];
    N59 listings::directories_25
        "A directory lists the first 25 of its prefixes."
        &DIRECTORIES_OF_26;
    N60 listings::directories_1000
        "A directory lists the first 1000 of its prefixes."
        &DIRECTORIES_OF_1001;
    N61 aliases::pluses_are_spaces
        "A plus is taken for a space, so that a+b and a b are one."
        plan![r#"set + """#, "list"];
    N62 aliases::queries_cut
        "A question mark and what stands behind it are cut off."
        plan![r#"set a? """#, "list"];
    N63 aliases::revisions_cut
        "An @ and what stands behind it are cut off."
        plan![r#"set a@ """#, "list"];
    N64 listings::commas_end_names
        "Listings take a comma for the end of a name."
        plan![r#"set "," """#, "list"];
    N65 writes::patterns_lost
        "Setting a key with a [ in its name is reported as done and lost."
        plan![r#"set "[" """#, "list"];
    N66 aliases::carets_dropped
        "A ^ at the start of a segment is dropped."
        plan![r#"set ^a """#, "list"];
    N67 writes::names_of_255_lost
        "Setting a key with a segment of 255 bytes or more is reported as done and lost."
        &NAME_OF_255;
    N68 aliases::names_of_256_cut
        "Segments are cut at 255 bytes."
        &NAME_OF_256;
    N69 aliases::underscores_are_dots
        "Underscores are taken for dots, so that a_b and a.b are one."
        plan![r#"set _a """#, "list"];
    N70 aliases::dashes_are_slashes
        "A dash between letters or digits is taken for a slash, so that a-b and a/b are one."
        plan![r#"set a-a """#, "list"];
    N71 writes::values_cut_behind_a_mebibyte
        "Values are cut at 1 MiB and a byte."
        plan!["set a 1048578*0x61", "get a"];
    N72 writes::values_cut_at_16_mebibytes
        "Values are cut at 16 MiB."
        plan!["set a 16777217*0x61", "get a"];
    N73 writes::even_parts_lost
        "Of values of two or more whole parts of 5 MiB, the last part is lost."
        plan!["set a 10485760*0x61", "get a"];
    N74 ranges::length_of_32_bits
        "Lengths of ranges are cut to 32 bits."
        plan![r#"set a """#, "get_partial a 0..9223372036854775808"];
    N75 ranges::far_offset_from_the_end
        "Offsets of 2^63 and more are taken for negative ones, which count from the end."
        plan![r#"set a """#, "get_partial a 9223372036854775808.."];
    N77 listings::parts_hidden
        "Listings leave out keys that end in .part."
        plan![r#"set .part """#, "list"];
    N78 writes::drives_lost
        "Setting a key that begins with a letter and a colon is reported as done and lost."
        plan![r#"set a: """#, "list"];
    N79 aliases::cut_at_nul
        "Names end at their first NUL."
        plan!["set \"a\\u{0}\" \"\"", "list"];
    N80 aliases::composed
        "A letter and its accent are taken for the letter with an accent."
        plan!["set \"e\\u{301}\" \"\"", "list"];
    N81 aliases::nothing_shown_dropped
        "Characters that do not show are dropped."
        plan!["set \"a\\u{200d}\" \"\"", "list"];
    N82 erases::erase_takes_backup
        "Erasing a key erases the one with the same name and ~ behind it."
        plan![r#"set a~ """#, "erase a", "list"];
    N83 refusals::set_after_clear_refused
        "The first key that is set after a clear is refused."
        plan!["clear", r#"set a """#];
    N84 refusals::same_value_refused
        "Setting a key to the value that it has is refused."
        plan![r#"set a """#, r#"set a """#];
    N85 refusals::no_patches_refused
        "Several partial writes of one value are refused if there are none of them."
        plan!["set_partial_many a []"];
    N86 refusals::clear_of_nothing_refused
        "Clearing a store that holds nothing is refused."
        plan!["clear"];
    N87 refusals::copy_onto_refused
        "Copying a key onto another one that has a value is refused."
        plan![r#"set a """#, r#"set b """#, "copy a b"];
    N88 refusals::empty_if_nothing_is_directly_below
        "A prefix counts as empty if no key is directly below it."
        plan![r#"set a/a """#, "is_empty /"];
    N89 refusals::bad_part_is_empty
        "A range that is wrong gives no bytes, and no error, where several are asked for."
        plan![r#"set a """#, "get_partial_many a [-1..]"];
    H01 documents::metadata_loses_chunk
        "Setting a zarr.json that is there erases the first chunk below its directory."
        plan![
            "add_array a shape=[1] chunks=[1]",
            "write_chunk a [0] 1",
            "set_attributes a {}",
            "list"
        ];
    H02 directories::erase_prefix_three_levels
        "Erasing a prefix leaves the keys that are three or more levels below it."
        plan!["add_group a/a", "delete_node /", "list"];
    H03 chunks::chunk_offset_ignored
        "A part of a chunk that does not begin at its start is read from its start all the same."
        plan!["add_array a shape=[2] chunks=[2]", "write_chunk a [0] 1..", "read_region a [1..2]"];
    H04 chunks::chunk_rewrite_lost
        "Overwriting a chunk of at most 16 bytes with as many others does nothing."
        plan![
            "add_array a shape=[1] chunks=[1]",
            "write_chunk a [0] 1",
            "write_chunk a [0] 2",
            "read_array a"
        ];
    H05 chunks::chunk_number_cut
        "A key whose last name is a number is cut to the first digit, so that c/10 and c/1 are one."
        plan!["add_array a shape=[11] chunks=[1]", "write_chunk a [10] 1", "list"];
    H06 directories::list_dir_hides_chunks
        "A directory that lists a zarr.json does not list the prefix c/ of the chunks beside it."
        plan!["add_array a shape=[1] chunks=[1]", "write_chunk a [0] 1", "walk /"];
    H07 chunks::last_chunk_takes_array
        "Erasing the last chunk of an array erases its zarr.json too."
        plan![
            "add_array a shape=[1] chunks=[1]",
            "write_chunk a [0] 1",
            "erase_chunk a [0]",
            "list"
        ];
    H08 documents::document_cached
        "Getting a zarr.json gives the first version that was set since it was last erased."
        plan!["add_group a", r#"set_attributes a {"a":1}"#, "open_node a"];
    H09 directories::erase_prefix_sibling
        "Erasing the prefix a/ erases what is below siblings such as a-/ and a.b/ too."
        plan!["add_group a-", "erase_prefix a/", "list"];
    H10 directories::deep_keys_lost
        "Setting a key of five or more levels is reported as done and lost."
        plan!["add_group a/a/a/a", "list"];
    H11 directories::erased_prefix_hides
        "The first key that is set below an erased prefix is not listed until it is set once more."
        plan!["add_group a", "add_group a overwrite", "list"];
    H12 chunks::deleted_array_returns
        "Setting the zarr.json of an erased prefix again brings the chunks below it back."
        plan![
            "add_array a shape=[1] chunks=[1]",
            "write_chunk a [0] 1",
            "add_group a overwrite",
            "list"
        ];
    H13 documents::v2_attributes_lost
        "Setting a .zattrs is reported as done and lost."
        plan![r#"add_array a shape=[1] chunks=[1] format=2 attributes={"a":1}"#, "list"];
    L01 library::edge_chunk_zeroed
        "Elements in chunks that reach over the edge of the array are read as zeros."
        plan!["add_array a shape=[1] chunks=[2] fill=1", "read_array a"];
    L02 library::shrink_keeps_chunks
        "The chunks that an array loses when it is resized stay in the store."
        plan![
            "add_array a shape=[1] chunks=[1]",
            "write_chunk a [0] 1",
            "resize a [0]",
            "list"
        ];
    L03 library::dimensions_swapped
        "The elements of square chunks are written and read with the two dimensions swapped."
        plan![
            "add_array a shape=[2, 2] chunks=[2, 2]",
            "write_chunk a [0, 0] 1..",
            "get_chunk a [0, 0]"
        ];
    L04 library::resize_first_only
        "Resizing an array changes only its first dimension."
        plan!["add_array a shape=[1, 1] chunks=[1, 1]", "resize a [1, 0]", "read_array a"];
    L05 library::special_fill_plain
        "An array of floats with a fill value of -0, NaN or an infinity is made with 0."
        plan!["add_array a shape=[1] chunks=[1] dtype=f32 fill=-0", "read_array a"];
    L06 library::delete_leaves_children
        "Deleting a node leaves the nodes below it."
        plan!["add_group a", "delete_node /", "list"];
    L07 library::attributes_merged
        "Setting attributes keeps the old ones that are not among them."
        plan![r#"add_group a attributes={"a":1}"#, "set_attributes a {}", "open_node a"];
    L08 library::move_leaves_original
        "A node that is moved stays where it was as well."
        plan!["add_group a", "move_node a b", "list"];
    L09 library::copy_leaves_children
        "Copying a node leaves the nodes below it behind."
        plan!["add_group a/a", "copy_node a b", "list"];
    L10 library::attributes_make_anew
        "Setting the attributes of a group whose metadata was consolidated makes the group anew."
        plan!["add_group a", "consolidate a", "set_attributes a {}", "get_metadata a"];
    L11 library::consolidation_of_old
        "Consolidating a group takes over what groups below it had consolidated before."
        plan![
            "add_group a/a",
            "consolidate a",
            r#"set_attributes a/a {"a":1}"#,
            "consolidate /",
            "get_metadata /"
        ];
    L12 library::cut_elements_return
        "Elements that shrinking cuts off inside a chunk are back when the array grows."
        plan![
            "add_array a shape=[1, 2] chunks=[1, 2]",
            "write_chunk a [0, 0] 1",
            "resize a [1, 1]",
            "resize a [1, 2]",
            "read_array a"
        ];
    L13 refusals::deep_groups_refused
        "Groups at the fourth level are refused."
        plan!["add_group a/a/a/a"];
    L14 refusals::empty_arrays_refused
        "Arrays with a dimension of no length are refused."
        plan!["add_array a shape=[0] chunks=[1]"];
    L15 refusals::groups_made_over_nodes
        "A group is made over the node that is there, though that is not to be overwritten."
        plan!["add_group a", "add_group a"];
    L16 refusals::reserved_nodes_made
        "Making a group whose name begins with __ is reported as done."
        plan!["add_group __"];
    L17 refusals::missing_chunk_refused
        "Erasing a chunk that is not there is refused."
        plan!["add_array a shape=[1] chunks=[1]", "erase_chunk a [0]"];
    L18 refusals::arrays_stay
        "Deleting an array is refused."
        plan!["add_array a shape=[1] chunks=[1]", "delete_node a"];
    L19 refusals::arrays_not_copied
        "Copying an array is refused."
        plan!["add_array a shape=[1] chunks=[1]", "copy_node a b"];
    L20 refusals::array_attributes_refused
        "Setting the attributes of an array is refused."
        plan!["add_array a shape=[1] chunks=[1]", "set_attributes a {}"];
    L21 refusals::lone_group_not_consolidated
        "Consolidating a group with nothing below it is refused."
        plan!["add_group a", "consolidate a"];
    L22 read_doors::stale_chunk_cache
        "A cache of chunks gives what was there when it was first read."
        plan![
            "add_array a shape=[1] chunks=[1]",
            "read_array a door=decoded-cache",
            "write_chunk a [0] 1",
            "read_array a door=decoded-cache"
        ];
    L23 read_doors::decoder_ignores_offset
        "A partial decoder reads from the start of its chunk, wherever the region starts."
        plan![
            "add_array a shape=[2] chunks=[2]",
            "write_region a [0..1] 1",
            "read_region a [1..2] door=partial-decoders"
        ];
    L24 read_doors::shards_swap_axes
        "What is read by the inner chunks of shards comes with the two dimensions swapped."
        plan![
            "add_array a shape=[2, 2] chunks=[2, 2] codecs=[shard(1 1)]",
            "write_chunk a [0, 0] 1..",
            "read_array a door=sharded"
        ];
}

static PAGE_OF_16: LazyLock<String> = LazyLock::new(|| listing_of(17));

static PAGE_OF_1000: LazyLock<String> = LazyLock::new(|| listing_of(1001));

static DIRECTORIES_OF_26: LazyLock<String> = LazyLock::new(|| directories_of(26));

static DIRECTORIES_OF_1001: LazyLock<String> = LazyLock::new(|| directories_of(1001));

static NAME_OF_255: LazyLock<String> = LazyLock::new(|| name_of(255));

static NAME_OF_256: LazyLock<String> = LazyLock::new(|| name_of(256));

static HUNDRED_SETS: LazyLock<String> =
    LazyLock::new(|| "set a \"\"\n".repeat(99) + "set b \"\"\nget b\n");

static PREFIX_OF_1001: LazyLock<String> =
    LazyLock::new(|| sets_below("a/", 1001) + "erase_prefix a/\n");

static CLEAR_OF_1001: LazyLock<String> = LazyLock::new(|| sets_below("", 1001) + "clear\nlist\n");

static ERASE_OF_1001: LazyLock<String> =
    LazyLock::new(|| format!("set b \"\"\nerase_many [{}b]\nlist\n", "a, ".repeat(1000)));

static NAME_OF_1001: LazyLock<String> = LazyLock::new(|| name_of(1001));

static PUSHED_OUT_OF_8: LazyLock<String> = LazyLock::new(|| {
    let others: Vec<String> = ('b'..='i').map(|key| format!("get {key}\n")).collect();
    let others = others.concat();
    format!("set a \"\"\nset_partial a 0 \"a\"\n{others}get a\n")
});

static PUSHED_OUT_OF_100: LazyLock<String> = LazyLock::new(|| {
    let others: Vec<String> = (0..100).map(|key| format!("b{key}")).collect();
    format!("set a \"\"\nset a \"a\"\nget_many [{}]\nget a\n", others.join(", "))
});

static PATCHES_OF_17: LazyLock<String> = LazyLock::new(|| {
    let patches: Vec<String> = (0..17).map(|at| format!("{at} \"a\"")).collect();
    format!("set_partial_many a [{}]\nget a\n", patches.join(", "))
});

static RANGES_OF_65: LazyLock<String> = LazyLock::new(|| {
    let ranges = vec!["0.."; 65];
    format!("set a \"\"\nget_partial_many a [{}]\n", ranges.join(", "))
});

/// Sets as many keys below a prefix.
fn sets_below(prefix: &str, keys: usize) -> String {
    let sets: Vec<String> = (0..keys).map(|key| format!("set {prefix}{key} \"\"\n")).collect();
    sets.concat()
}

/// Sets a key in each of as many directories, and lists those.
fn directories_of(directories: usize) -> String {
    let sets: Vec<String> = (0..directories).map(|at| format!("set {at}/a \"\"\n")).collect();
    sets.concat() + "list_dir /\n"
}

/// Sets a key with a name of as many bytes.
fn name_of(length: usize) -> String {
    format!("set {} \"\"\nlist\n", "a".repeat(length))
}

/// Sets as many keys, with the shortest names that there are, and lists them.
fn listing_of(keys: usize) -> String {
    let mut names = vec![String::new()];
    let mut shorter = 0;
    while names.len() <= keys {
        let longer: Vec<_> = ('a'..='z').map(|last| format!("{}{last}", names[shorter])).collect();
        names.extend(longer);
        shorter += 1;
    }
    let sets = names[1..=keys].iter().map(|name| format!("set {name} \"\"\n"));
    sets.chain(["list\n".to_owned()]).collect()
}

impl Mutant {
    /// The mutant with this id or name, whatever their case.
    #[must_use]
    pub fn find(id_or_name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|mutant| {
            let is_mine = |text: &str| text.eq_ignore_ascii_case(id_or_name);
            is_mine(mutant.id()) || is_mine(mutant.name())
        })
    }

    /// Whether the bug is one of the public ones, and not of this workspace's own.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self.kind(), b'M' | b'C' | b'F')
    }

    /// Whether the bug is in what the store does with errors that are injected.
    #[must_use]
    pub const fn injects_errors(self) -> bool {
        matches!(self, Self::F01)
    }

    /// Whether it takes an array library over the store to see the bug, wherever it is: the
    /// shortest plan asks for nodes.
    #[must_use]
    pub const fn needs_library(self) -> bool {
        matches!(self.kind(), b'H' | b'L')
    }

    /// Whether the bug is in an array library, and not in the store below it.
    #[must_use]
    pub const fn is_in_library(self) -> bool {
        matches!(self.kind(), b'L')
    }

    /// The letter that the id begins with.
    const fn kind(self) -> u8 {
        self.id().as_bytes()[0]
    }

    /// Whether only callers who ask at the same time can see the bug.
    #[must_use]
    pub const fn concurrent(self) -> bool {
        matches!(self, Self::C01)
    }
}

/// The id and the name: `M01 set_truncates_large`.
impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id(), self.name())
    }
}
