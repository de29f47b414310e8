//! The test suite of the crate `object_store`, as its authors run it against AWS.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use object_store::aws::{AmazonS3, Checksum};
use object_store::integration as suite;
use object_store::integration::MarkerHttpConnector;

use crate::support::{run, with_client, with_place};

macro_rules! suite {
    ($($name:ident: $call:expr;)*) => {
        $(
            #[test]
            fn $name() {
                with_client(async |store| $call(&store).await);
            }
        )*
    };
}

suite! {
    values_are_written_read_listed_and_deleted: suite::put_get_delete_list;
    listings_go_on_behind_an_offset: suite::list_with_offset_exclusivity;
    reads_have_conditions: suite::get_opts;
    listings_know_directories: suite::list_uses_directories_correctly;
    listings_stop_at_a_delimiter: suite::list_with_delimiter;
    values_are_renamed_and_copied: suite::rename_and_copy;
    what_is_not_there_is_neither_copied_nor_renamed: suite::copy_rename_nonexistent_object;
    copies_may_demand_that_there_is_nothing: suite::copy_if_not_exists;
    values_are_streamed: suite::stream_get;
    values_are_uploaded_in_parts: async |store: &AmazonS3| suite::multipart(store, store).await;
    uploads_have_options: async |store: &AmazonS3| suite::multipart_with_opts(store, store).await;
    parts_may_come_with_gaps: async |store: &AmazonS3| {
        suite::multipart_put_part_out_of_order(store, store).await;
    };
    the_last_upload_to_be_completed_wins: async |store: &AmazonS3| {
        suite::multipart_race_condition(store, true).await;
    };
    parts_may_come_in_any_order: suite::multipart_out_of_order;
    attributes_come_back: suite::put_get_attributes;
    listings_come_in_pages: async |store: &AmazonS3| suite::list_paginated(store, store).await;
    writes_have_conditions: async |store: &AmazonS3| suite::put_opts(store, true).await;
}

#[test]
fn payloads_may_be_unsigned() {
    with_place(async |place| {
        let store = place.builder().with_unsigned_payload(true).build().unwrap();
        suite::put_get_delete_list(&store).await;
    });
}

#[test]
fn payloads_may_come_with_checksums() {
    for checksum in [Checksum::SHA256, Checksum::CRC64NVME] {
        with_place(async |place| {
            let store = place.builder().with_checksum_algorithm(checksum).build().unwrap();
            suite::put_get_delete_list(&store).await;
        });
    }
}

#[test]
fn answers_come_with_what_the_client_adds() {
    with_place(async |place| {
        let connector = MarkerHttpConnector::default();
        let store = place.builder().with_http_connector(connector).build().unwrap();
        suite::response_extensions(&store, true).await;
    });
}

#[test]
fn nothing_is_there_that_was_not_written() {
    let service = zarr_conform_s3_service::S3Service::start().unwrap();
    let store = support::Place::of(&service).client();
    let error = run(suite::get_nonexistent_object(&store, None)).unwrap_err();
    assert!(matches!(error, object_store::Error::NotFound { .. }), "{error}");
}
