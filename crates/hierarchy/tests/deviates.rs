//! Where `zarrs` 0.23.14 answers something else than the model says: each with the shortest plan
//! that shows it, and with its cause.
//!
//! A test here that fails is good news, unless the answer is yet another one.

mod playing;

use playing::disagreements;

#[track_caller]
fn check(plan: &str, deviations: &[&str]) {
    let found = disagreements(plan);
    assert_eq!(found.lines().collect::<Vec<_>>(), deviations);
}

/// Data is lost: `zarrs_codec/src/array_bytes.rs::ArrayBytes::is_fill_value` looks at the texts
/// without their ends, so that `""` and `"1"` count as one fill value `"1"`, and
/// `zarrs/src/array/array_sync_writable.rs::store_chunk_opt` erases the chunk in place of writing it.
#[test]
fn texts_that_join_to_the_fill_value_are_lost() {
    check(
        "add_array a shape=[2] chunks=[2] dtype=string fill=1
         write_region a [0..1] 0
         read_array a",
        &["read_array a: want elements [0x0, 0x1] got elements [0x1, 0x1]"],
    );
    check(
        "add_array a shape=[2] chunks=[2] dtype=string fill=11
         write_chunk a [0] 1
         list
         read_array a",
        &[
            "list: want [a/c/0, a/zarr.json, zarr.json] got [a/zarr.json, zarr.json]",
            "read_array a: want elements [0x1, 0x1] got elements [0xb, 0xb]",
        ],
    );
}

/// The same for the inner chunks of a shard.
#[test]
fn texts_that_join_to_the_fill_value_are_lost_in_shards() {
    check(
        "add_array a shape=[4] chunks=[4] dtype=string fill=1 codecs=[shard(2)]
         write_region a [0..4] 0..
         read_array a",
        &["read_array a: want elements [0x0, 0x1, 0x2, 0x3] got elements [0x1, 0x1, 0x2, 0x3]"],
    );
}

/// `zarrs/src/array/codec/array_to_bytes/codec_chain.rs::partial_decoder` keeps what stands before a
/// codec that turns arrays into arrays in a cache, in the shape that stands behind it. Texts have no
/// decoder of parts, and get such a cache; chunks that are as long as they are wide have one shape.
#[test]
fn parts_of_transposed_chunks_of_texts_cannot_be_read() {
    check(
        "add_array a shape=[2, 3] chunks=[2, 3] dtype=string codecs=[transpose(1 0)]
         write_chunk a [0, 0] 1..
         read_array a
         read_region a [0..1]",
        &[
            "read_region a [0..1]: want elements [0x1, 0x2, 0x3] got error Other (indexer references \
           array indices [2, 3] which are out-of-bounds of array shape [3, 2])",
        ],
    );
    check(
        "add_array a shape=[2, 2] chunks=[2, 2] dtype=string codecs=[transpose(1 0)]
         write_chunk a [0, 0] 1..
         read_region a [0..1]",
        &[],
    );
}

/// `zarrs/src/node/node_sync.rs::get_child_nodes_opt` gives up at the first child that it cannot
/// read; one without metadata it leaves out.
#[test]
fn one_malformed_child_makes_the_whole_listing_fail() {
    check(
        r#"add_group a
           set b/zarr.json "{"
           list_children /
           list_nodes a
           list_nodes /"#,
        &[
            "list_children /: want [a (group)] got error Other (error parsing metadata for \
             b/zarr.json: EOF while parsing an object at line 1 column 1)",
            "list_nodes /: want [a (group)] got error Other (error parsing metadata for \
             b/zarr.json: EOF while parsing an object at line 1 column 1)",
        ],
    );
    check(
        r#"add_group a
           set b/.zarray "{"
           list_children /"#,
        &["list_children /: want [a (group)] got error Other (error parsing metadata for \
           b/.zarray: EOF while parsing an object at line 1 column 1)"],
    );
}

/// The same function, for a prefix that is no path of a node.
#[test]
fn one_odd_name_makes_the_whole_listing_fail() {
    check(
        r#"add_group a
           set .../x "1"
           list_children /"#,
        &["list_children /: want [a (group)] got error Other (invalid node path /...)"],
    );
}

/// `zarrs_storage/src/storage_sync.rs::discover_children` leaves out prefixes that begin with `__`,
/// but looks at the whole of each prefix, and so only at those below the root.
#[test]
fn reserved_names_are_left_out_below_the_root_only() {
    check(
        r#"add_group a
           set __b/x "1"
           list_nodes /
           set a/__b/x "1"
           list_nodes /"#,
        &["list_nodes /: want [a (group)] got error Other (invalid node path /a/__b)"],
    );
}

/// `zarrs/src/array/builder.rs::build` and `Array::open` do not hold codecs against the grid: what
/// cannot be is found when the first chunk is encoded.
#[test]
fn codecs_that_do_not_fit_are_found_when_chunks_are_written() {
    for codecs in ["transpose(1 0)", "shard(3)", "shard(8)", "shard(2 2)"] {
        let add = format!("add_array a shape=[4] chunks=[4] codecs=[{codecs}]");
        let found = disagreements(&format!("{add}\nwrite_chunk a [0] 1.."));
        let (added, written) = found.split_once('\n').expect("two deviations");
        assert_eq!(added, format!("{add}: want an error got done"));
        assert!(written.contains("got error Other"), "{written}");
    }
}

/// `zarrs_metadata_ext/src/codec/registered/transpose.rs::validate_permutation` has no permutation
/// of no dimensions, which is the empty one.
#[test]
fn nothing_cannot_be_transposed() {
    check(
        "add_array a shape=[] chunks=[] codecs=[transpose()]",
        &["add_array a shape=[] chunks=[] codecs=[transpose()]: want done got error Other \
           (permutation order [] is invalid. It must be an array of integers specifying a \
           permutation of 0, 1, …, n-1, where n is t…)"],
    );
}

/// `zarrs/src/array/chunk_grid/rectilinear.rs::RectilinearChunkGrid::new` asks for the last chunk of
/// a dimension, which one without length need not have.
#[test]
fn a_dimension_without_length_needs_a_chunk() {
    check(
        "add_array a shape=[0] chunks=[()]",
        &["add_array a shape=[0] chunks=[()]: want done got error Other (rectilinear chunk grid \
           configuration: [Varying([])] not compatible with array shape [0])"],
    );
}

/// `zarrs/src/array/array_sync_writable.rs::store_metadata_opt` writes the `.zattrs` of an array of
/// Zarr v2 only if there are attributes, and never removes one.
#[test]
fn attributes_of_zarr_v2_come_back_after_they_were_taken_away() {
    let plan = "add_array a shape=[1] chunks=[1] format=2 attributes={\"x\":1}
                set_attributes a {}
                open_node a";
    let found = disagreements(plan);
    assert!(found.starts_with("open_node a: want ") && found.contains("got "), "{found}");
    assert!(found.ends_with("\"attributes\":{\"x\":1}}\n"), "{found}");
}
