//! Every way to read elements agrees with the model, and one that does not is found by its name.

mod playing;

use std::sync::Arc;

use playing::{disagreements, disagreements_of};
use zarr_conform_hierarchy::{ArrayLibrary, Zarrs};
use zarr_conform_model::plan::{NodeAction, NodeOperation, ReadDoor};
use zarr_conform_model::{Names, Operation, Outcome, Plan, Refusal};
use zarr_conform_store::Shim;

/// Grids that end beyond the array, chunks of many lengths, shards, texts, and no dimension.
const PLANS: [&str; 5] = [
    "add_array a shape=[5, 3] chunks=[2, 2] dtype=i16 fill=7 codecs=[transpose(1 0), zstd]
     write_region a [1..4, 1..3] 1..
     read_array a
     read_region a [1..4, 0..2]
     read_region a [2..2, 0..3]
     read_chunk a [1, 0]
     read_chunk a [2, 1]
     erase_chunk a [0, 0]
     read_array a",
    "add_array a shape=[6] chunks=[(1 3 2)] dtype=i32
     write_region a [0..5] 1..
     read_region a [2..6]
     read_chunk a [1]",
    "add_array a shape=[7, 4] chunks=[4, 4] dtype=f64 codecs=[shard(2 2), crc32c]
     write_region a [1..6, 0..3] 1..
     read_array a
     read_region a [3..7, 1..3]
     read_chunk a [1, 0]",
    "add_array a shape=[4] chunks=[2] dtype=string codecs=[gzip]
     write_region a [0..3] 1..
     read_array a
     read_region a [2..3]",
    "add_array a shape=[] chunks=[] dtype=u8
     write_chunk a [] 5
     read_array a
     read_chunk a []",
];

/// A plan with everything read through a door.
fn through(door: ReadDoor, plan: &str) -> String {
    let plan: Plan = plan.parse().expect("a plan");
    let plan = plan.map(|operation| match operation {
        Operation::Node(NodeOperation { node, action }) => {
            let action = action.through(door).map_or_else(|| Arc::clone(action), Arc::new);
            Operation::Node(NodeOperation { node: *node, action })
        }
        other => other.clone(),
    });
    plan.to_string()
}

/// What goes wrong through any of the doors, with the name of each.
fn wrong_doors(library: &Arc<dyn ArrayLibrary>) -> Vec<String> {
    let wrong = |door: &ReadDoor| {
        let of_plan = |plan: &&str| disagreements_of(Arc::clone(library), &through(*door, plan));
        let found: String = PLANS.iter().map(of_plan).collect();
        (!found.is_empty()).then(|| format!("{door}: {found}"))
    };
    ReadDoor::ALL.iter().filter_map(wrong).collect()
}

#[test]
fn every_door_gives_what_the_model_has() {
    let wrong = wrong_doors(&(Arc::new(Zarrs::new()) as Arc<dyn ArrayLibrary>));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Loses the first element of what is read through one door.
struct Lossy(Zarrs, ReadDoor);

impl ArrayLibrary for Lossy {
    fn act(
        &self,
        store: &Arc<Shim>,
        names: &Names,
        operation: &NodeOperation,
    ) -> Result<Outcome, Refusal> {
        let mut outcome = self.0.act(store, names, operation)?;
        if let (NodeAction::ReadRegion { door, .. }, Outcome::Elements(bits)) =
            (&*operation.action, &mut outcome)
            && *door == self.1
            && let Some(first) = bits.first_mut()
        {
            *first = 0x55;
        }
        Ok(outcome)
    }
}

#[test]
fn a_wrong_door_is_the_only_one_that_is_named() {
    for planted in ReadDoor::ALL {
        let library: Arc<dyn ArrayLibrary> = Arc::new(Lossy(Zarrs::new(), planted));
        let wrong = wrong_doors(&library);
        let [wrong] = &wrong[..] else { panic!("one door for {planted}: {wrong:?}") };
        assert!(wrong.starts_with(&format!("{planted}: read_region")), "{wrong}");
    }
}

/// The plain door reads such a chunk whole, and is right: the others show what is wrong below.
#[test]
fn a_part_shows_what_a_whole_chunk_does_not() {
    let plan = "add_array a shape=[2, 3] chunks=[3, 4] dtype=string codecs=[transpose(1 0)]
                write_chunk a [0, 0] 1..
                read_chunk a [0, 0]";
    assert_eq!(disagreements(plan), "");
    for door in [ReadDoor::ChunkSubsets, ReadDoor::PartialDecoders] {
        let found = disagreements(&through(door, plan));
        assert!(found.contains("out-of-bounds"), "{door}: {found}");
    }
}

/// `zarrs/src/array/chunk_cache.rs::retrieve_multi_chunk_variable_impl` puts whole chunks where they
/// are in the array, and not what a region has of them where it is in the region.
#[test]
fn caches_cannot_read_texts_of_parts_of_several_chunks() {
    let plan = "add_array a shape=[5] chunks=[2] dtype=string
                write_region a [0..5] 1..
                read_array a";
    for door in ReadDoor::ALL {
        let found = disagreements(&through(door, plan));
        let want = if door.is_cache() { "OutOfBounds([6], [5])" } else { "" };
        assert!(found.contains(want) && found.is_empty() != door.is_cache(), "{door}: {found}");
    }
}
