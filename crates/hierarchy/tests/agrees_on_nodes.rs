//! Where nodes are copied, moved and consolidated, and where arrays are of Zarr v2, `zarrs` and the
//! model agree.

mod playing;

use std::sync::Arc;

use playing::{disagreements, disagreements_of};
use zarr_conform_hierarchy::Zarrs;

#[track_caller]
fn check(plan: &str) {
    assert_eq!(disagreements(plan), "");
}

#[test]
fn nodes_are_copied_and_moved_with_everything_below_them() {
    check(
        r#"
        add_array a/b shape=[3] chunks=[2] dtype=i16 fill=7 attributes={"x":1}
        add_group a/b- attributes={"y":2}
        add_group a/empty
        write_region a/b [0..3] 1..
        set a/foreign.txt "1"
        copy_node a c/d
        list
        read_array c/d/b
        open_node c/d/b
        open_node c/d/b-
        get c/d/foreign.txt
        list_nodes /
        write_chunk a/b [0] 9
        read_array c/d/b
        move_node a/b x
        list
        read_array x
        open_node a/b
        list_children a
        "#,
    );
}

#[test]
fn nodes_are_not_copied_onto_anything_into_themselves_or_below_arrays() {
    check(
        r#"
        add_array a/b shape=[1] chunks=[1]
        add_group g
        set f/foreign.txt ""
        copy_node a/b g
        copy_node a a/c
        copy_node a a
        copy_node / g/x
        copy_node g /
        move_node g a/b/c
        move_node g f
        move_node g __x
        move_node missing y
        set m/zarr.json "{"
        copy_node m z
        move_node g m/z
        list
        "#,
    );
}

#[test]
fn a_consolidated_group_lists_what_was_there() {
    check(
        r#"
        add_group g attributes={"x":1}
        add_array g/a shape=[2] chunks=[1] attributes={"y":1}
        add_group g/b/c
        consolidate g
        list_nodes g
        list_children g
        get_metadata g
        add_group g/d
        delete_node g/a
        list_nodes g
        list_children g
        list_nodes /
        set_attributes g {"x":2}
        open_node g
        copy_node g h
        list_nodes h
        consolidate g
        list_nodes g
        get_metadata g
        consolidate /
        list_nodes /
        consolidate g/a
        consolidate missing
        add_group g overwrite
        list_nodes g
        "#,
    );
}

#[test]
fn arrays_of_zarr_v2_agree() {
    for line in [
        "shape=[5] chunks=[2] format=2",
        "shape=[3, 3] chunks=[2, 2] dtype=i32 fill=7 format=2 keys=v2/",
        "shape=[3, 2] chunks=[2, 2] dtype=f64 fill=nan codecs=[transpose(1 0), zstd] format=2",
        "shape=[3] chunks=[2] dtype=f32 fill=-0 codecs=[gzip] format=2",
        "shape=[3] chunks=[2] dtype=bool codecs=[blosc] format=2 attributes={\"x\":[1]}",
        "shape=[] chunks=[] dtype=i16 format=2",
        "shape=[3] chunks=[2] codecs=[crc32c] format=2",
        "shape=[3] chunks=[2] dtype=string format=2",
        "shape=[3] chunks=[2] format=2 keys=default",
    ] {
        check(&format!(
            "add_array g/a {line}
             list
             open_node g/a
             write_chunk g/a [0] 1..
             read_array g/a
             list
             get_metadata g/a
             list_nodes /
             set_attributes g/a {{\"z\":1}}
             open_node g/a
             get g/a/.zarray
             resize g/a [2]
             resize g/a [4]
             read_array g/a
             erase_chunk g/a [0]
             list
             consolidate /
             list_nodes /
             copy_node g h
             open_node h/a
             delete_node g
             list"
        ));
    }
}

/// `zarrs/src/array/array_sync_readable_writable.rs::store_chunk_subset_opt` leaves chunks to the
/// partial encoder, which does not look whether they are empty; so the library says that it may keep
/// such.
#[test]
fn chunks_written_in_parts_may_stay_when_they_are_empty() {
    let plan = "
        add_array a shape=[2] chunks=[2]
        write_region a [0..1] 1
        write_region a [0..1] 0
        read_array a
        list
        walk /
        list_dir a/
        get_chunk a [0]
        get a/c/0
        exists a/c/0
        erase_chunk a [0]
        list
        ";
    check(plan);
    assert_eq!(disagreements_of(Arc::new(Zarrs::new().with_partial_encoding()), plan), "");
}
