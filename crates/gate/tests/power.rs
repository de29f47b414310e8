//! What is left of a store's files after a power cut?

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use zarr_conform_gate::Session;
use zarr_conform_gate::power::{PowerPolicy, Tree};

/// Every file and folder below a directory, with its bytes.
fn contents(root: &Path, name: &str, all: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(root).expect("a listing").flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{name}{}", entry.file_name().display());
        if entry.path().is_dir() {
            all.push(format!("{name}/"));
            contents(&entry.path(), &format!("{name}/"), all);
        } else {
            let bytes = fs::read(entry.path()).expect("it can be read");
            all.push(format!("{name}={}", bytes.escape_ascii()));
        }
    }
}

/// What is left under each policy after all of an operation, and the journal.
fn left(
    before: impl Fn(&Path) -> io::Result<()>,
    operation: impl Fn(&Path) -> io::Result<()>,
) -> ([String; 3], Vec<String>) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    before(folder.path()).expect("it can be set up");
    let start = Tree::read(folder.path()).expect("it can be read");
    let session = Session::new(folder.path()).expect("calls can be seen");
    session.keep_journal();
    let armed = session.arm().expect("not armed before");
    operation(folder.path()).expect("nothing goes wrong");
    drop(armed);
    let journal = session.take_journal();
    let after = start.after(journal.entries()).expect("all names are known");
    let left = [PowerPolicy::Kill, PowerPolicy::Strict, PowerPolicy::MetadataFirst].map(|policy| {
        let target = tempfile::tempdir().expect("a temporary directory");
        after.lay_out(policy, target.path()).expect("it can be laid out");
        let mut all = Vec::new();
        contents(target.path(), "", &mut all);
        all.join(" ")
    });
    let mut all = Vec::new();
    contents(folder.path(), "", &mut all);
    assert_eq!(left[0], all.join(" "), "`kill` leaves what is there: {journal:?}");
    let entries = journal.entries().iter().map(|(call, effect)| format!("{call}: {effect}"));
    (left, entries.collect())
}

#[track_caller]
fn check(operation: impl Fn(&Path) -> io::Result<()>, strict: &str, metadata_first: &str) {
    let old = |root: &Path| fs::write(root.join("old"), "abc");
    let ([_, found_strict, found_metadata], journal) = left(old, operation);
    assert_eq!(found_strict, strict, "strict, after {journal:#?}");
    assert_eq!(found_metadata, metadata_first, "metadata-first, after {journal:#?}");
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[test]
fn a_write_without_a_sync_is_lost() {
    check(|root| fs::write(root.join("new"), "xy"), "old=abc", r"new=\x00\x00 old=abc");
    check(
        |root| OpenOptions::new().append(true).open(root.join("old"))?.write_all(b"de"),
        "old=abc",
        r"old=abc\x00\x00",
    );
    // Cutting a file is of its metadata.
    check(|root| fs::write(root.join("old"), "xy"), "old=abc", r"old=\x00\x00");
}

#[test]
fn a_synced_file_needs_a_synced_name() {
    let write = |root: &Path| {
        let mut file = File::create(root.join("new"))?;
        file.write_all(b"xy")?;
        file.sync_all()
    };
    check(write, "old=abc", "new=xy old=abc");
    check(
        |root| {
            write(root)?;
            sync_folder(root)
        },
        "new=xy old=abc",
        "new=xy old=abc",
    );
}

#[test]
fn a_rename_without_a_sync_may_leave_zeros_under_the_name() {
    check(
        |root| {
            fs::write(root.join("temporary"), "xy")?;
            fs::rename(root.join("temporary"), root.join("old"))
        },
        "old=abc",
        r"old=\x00\x00",
    );
    check(
        |root| {
            fs::write(root.join("temporary"), "xy")?;
            fs::rename(root.join("temporary"), root.join("old"))?;
            sync_folder(root)
        },
        "old=",
        r"old=\x00\x00",
    );
}

#[test]
fn a_synced_file_that_is_renamed_and_its_folder_synced_survives() {
    check(
        |root| {
            let mut file = File::create(root.join("temporary"))?;
            file.write_all(b"x")?;
            file.write_all(b"y")?;
            file.sync_data()?;
            fs::rename(root.join("temporary"), root.join("old"))?;
            sync_folder(root)
        },
        "old=xy",
        "old=xy",
    );
}

#[test]
fn a_rename_between_folders_is_whole() {
    let cross = |root: &Path| {
        fs::create_dir(root.join("folder"))?;
        sync_folder(root)?;
        fs::rename(root.join("old"), root.join("folder/old"))
    };
    check(cross, "folder/ old=abc", "folder/ folder/old=abc");
    for synced in ["", "folder"] {
        check(
            |root| {
                cross(root)?;
                sync_folder(&root.join(synced))
            },
            "folder/ folder/old=abc",
            "folder/ folder/old=abc",
        );
    }
}

#[test]
fn folders_links_and_removals_need_a_sync_of_their_folder() {
    check(|root| fs::create_dir_all(root.join("a/b")), "old=abc", "a/ a/b/ old=abc");
    check(|root| fs::remove_file(root.join("old")), "old=abc", "");
    check(|root| fs::hard_link(root.join("old"), root.join("b")), "old=abc", "b=abc old=abc");
    check(
        |root| {
            fs::remove_file(root.join("old"))?;
            sync_folder(root)
        },
        "",
        "",
    );
}

#[test]
fn bytes_that_are_copied_in_the_kernel_are_in_the_journal() {
    check(
        |root| {
            fs::copy(root.join("old"), root.join("new"))?;
            File::open(root.join("new"))?.sync_all()?;
            sync_folder(root)
        },
        "new=abc old=abc",
        "new=abc old=abc",
    );
}

#[test]
fn the_journal_tells_what_was_done_by_which_call() {
    let (_, journal) = left(
        |_| Ok(()),
        |root| {
            let mut file = File::create(root.join("a"))?;
            file.write_all(b"xyz")?;
            file.set_len(2)?;
            file.write_all(b"!")?;
            fs::rename(root.join("a"), root.join("b"))?;
            file.sync_all()?;
            fs::remove_file(root.join("b"))?;
            // Nobody will find it.
            file.write_all(b"?")
        },
    );
    assert_eq!(
        journal,
        [
            "create#1: create a",
            "write#1: write a 0+3",
            "truncate#1: truncate a 2",
            "write#2: write a 3+1",
            "rename#1: rename a -> b",
            "sync#1: sync b",
            "remove#1: remove b",
        ]
    );
}

#[test]
fn the_power_may_go_after_a_call() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let start = Tree::read(folder.path()).expect("it can be read");
    let session = Session::new(folder.path()).expect("calls can be seen");
    session.keep_journal();
    let armed = session.arm().expect("not armed before");
    let mut file = File::create(folder.path().join("a")).expect("it can be made");
    file.write_all(b"x").expect("it can be written");
    file.write_all(b"y").expect("it can be written");
    drop(armed);
    let journal = session.take_journal();
    let length = journal.length_after("write#1".parse().expect("an address")).expect("it is there");
    let target = folder.path().join("left");
    let after = start.after(&journal.entries()[..length]).expect("all names are known");
    after.lay_out(PowerPolicy::Kill, &target).expect("it can be laid out");
    assert_eq!(fs::read(target.join("a")).expect("it is there"), b"x");
    assert_eq!(journal.length_after("rename#1".parse().expect("an address")), None);
}

#[test]
fn a_journal_of_another_tree_is_told() {
    let (_, journal) = left(|_| Ok(()), |root| fs::create_dir(root.join("a")));
    assert_eq!(journal, ["make_directory#1: make_directory a"]);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let session = Session::new(folder.path()).expect("calls can be seen");
    fs::write(folder.path().join("a"), "x").expect("it can be written");
    session.keep_journal();
    let armed = session.arm().expect("not armed before");
    fs::remove_file(folder.path().join("a")).expect("it can be removed");
    drop(armed);
    let too_late = Tree::read(folder.path()).expect("it can be read");
    let wrong = too_late.after(session.take_journal().entries()).expect_err("it has no such name");
    assert!(wrong.to_string().starts_with("`remove a` is on a name"), "{wrong}");
}

#[test]
fn policies_are_text() {
    for policy in PowerPolicy::ALL {
        assert_eq!(policy.to_string().parse(), Ok(*policy));
    }
    let wrong = "all".parse::<PowerPolicy>().expect_err("there is none");
    assert!(wrong.to_string().contains("metadata-first"), "{wrong}");
}
