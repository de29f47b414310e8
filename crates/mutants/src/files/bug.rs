//! `FileBug`: bugs of stores on files that show when a call goes wrong.

use crate::fault_bugs::fault_bugs;

fault_bugs! {
    /// A bug of a [`FileStore`](crate::FileStore) that shows when a call to the system fails, when the
    /// process ends, or when the power is cut; one that every tester is measured by, F01, needs no
    /// files and is a [`Mutant`](crate::Mutant).
    FileBug {
        F02 written_in_place
            "A value is written over the old one, so that an error leaves half of it."
            "fail write#1 EIO: set a \"a\"\nget a\n";
        F03 retry_appends
            "What a failed write left is kept, and the next one is appended to it."
            "fail sync#1 EIO: set a \"a\"\nset a \"a\"\nget a\n";
        F04 temporary_listed
            "A temporary file that a failed write left is listed as a key."
            "fail sync#1 EIO: set a \"\"\nget a\nlist\n";
        F05 temporary_blocks
            "A temporary file that a failed write left keeps the next write from making its own."
            "fail sync#1 EIO: set a \"\"\nset a \"\"\n";
        F06 listing_swallows
            "A listing passes over entries that it cannot read."
            "set a \"\"\nfail entry#1 EIO: list\n";
        F07 size_swallows
            "A key whose size cannot be read has none."
            "set a \"\"\nfail stat#1 EIO: size_key a\n";
        F08 get_swallows
            "A value that cannot be read is absent."
            "set a \"\"\nfail open#1 EIO: get a\n";
        F09 erase_prefix_swallows
            "Erasing a prefix goes on after an error and reports success."
            "set a/a \"\"\nfail remove#1 EIO: erase_prefix a/\nget a/a\n";
        F10 erase_many_succeeds
            "Erasing many keys reports success after a failure."
            "set a \"\"\nfail remove#1 EIO: erase_many [a]\nget a\n";
        F11 truncated_first
            "The old value is cut to nothing before the new one is written beside it."
            "fail create#2 EIO: set a \"a\"\nget a\n";
        F12 renamed_without_sync
            "A new value is renamed over the old one before its bytes are on the device."
            "cut power metadata-first after rename#1: set a \"a\"\nget a\n";
        F13 directory_not_synced
            "The directory is not synced, so that an acknowledged value can be lost."
            "set a \"\"\ncut power strict after open#1: get b\nget a\n";
        F14 synced_before_write
            "The file is synced before its bytes are written, and not afterwards."
            "cut power metadata-first after rename#1: set a \"a\"\nget a\n";
        F15 length_before_bytes
            "The file has its length and its name before it has its bytes."
            "fail write#1 EIO: set a \"a\"\nget a\n";
        F16 handle_leaked
            "A file stays open after a write to it failed."
            "fail sync#1 EIO: set a \"\"\nclose\n";
        F17 temporary_left
            "Each failed write leaves a temporary file of its own."
            "fail sync#1 EIO: set a \"\"\nset a \"\"\nclose\n";
        F18 parts_written_in_place
            "Partial writes go into the value itself, one after the other."
            "fail write#2 EIO: set_partial_many a [0 \"a\", 1 \"a\"]\nget a\n";
        F19 short_read_believed
            "One call has to read all of a value; what it does not read is missing."
            "set a \"aa\"\nshort read#1: get a\n";
        F20 short_write_believed
            "One call has to write all of a value; what it does not write is missing."
            "short write#1: set a \"aa\"\nget a\n";
        F21 full_disk_ignored
            "A write that finds no space is taken for a success."
            "fail write#1 ENOSPC: set a \"a\"\nget a\n";
        F22 no_recovery
            "The store does not open where a temporary file was left."
            "crash before rename#1: set a \"\"\n";
        F23 erase_not_synced
            "An acknowledged erase can be undone by a power cut."
            "set a \"\"\nerase a\ncut power strict after open#1: get a\nget a\n";
        F39 error_unwrapped
            "An error of the system panics, at one place for writes and erases."
            "fail open#1 EIO: set a \"\"\n";
    }
}
