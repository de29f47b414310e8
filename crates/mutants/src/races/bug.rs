//! `RaceBug`: bugs that show when callers ask at the same time.

use crate::fault_bugs::fault_bugs;

fault_bugs! {
    /// A bug of a [`RaceStore`](crate::RaceStore) that shows when two callers ask at the same time, or
    /// through two handles on one place, and never when one asks after the other.
    RaceBug {
        C01 torn_set
            "A value is written in two halves, and read in between."
            "together\n1: set a \"aa\"\n2: get a\nend\n";
        C02 erased_first
            "A value is erased before the new one is written, and absent in between."
            "set a \"\"\ntogether\n1: set a \"\"\n2: get a\nend\n";
        C03 size_before_value
            "The size of a value is asked for, and as many bytes are read later."
            "set a \"a\"\ntogether\n1: set a \"\"\n2: get a\nend\n";
        C04 pages_by_position
            "A listing asks for its next page by position, and skips a key when an earlier one is erased."
            "set a \"\"\nset b \"\"\ntogether\n1: erase a\n2: list\nend\n";
        C05 listed_twice
            "A listing looks again when keys came meanwhile, and shows those that it had twice."
            "set a \"\"\ntogether\n1: set b \"\"\n2: list\nend\n";
        C06 temporary_listed
            "A value that is being written is listed by its temporary name."
            "together\n1: set a \"\"\n2: list\nend\n";
        C07 locks_in_any_order
            "The keys to erase are locked in the order in which they are given, so that two callers wait for each other."
            "together\n1: erase_many [a, b]\n2: erase_many [b, a]\nend\n";
        C08 locked_twice
            "A reader takes the lock a second time, and waits for a writer that waits for it."
            "together\n1: set a \"\"\n2: size_prefix /\nend\n";
        C09 directory_made_twice
            "The directory is looked for and then made, which fails if another caller made it meanwhile."
            "together\n1: set a \"\"\n2: set a \"\"\nend\n";
        C10 index_without_lock
            "The index is read and written without a lock, so that it loses a key."
            "together\n1: set a \"\"\n2: set b \"\"\nend\nlist\n";
        C11 erase_many_stops
            "Erasing many keys ends at one that vanished, and leaves the others."
            "set a \"\"\nset b \"\"\ntogether\n1: erase a\n2: erase_many [a, b]\nend\nget b\n";
        C12 vanished_panics
            "A key that vanishes between a listing and a look at its size is a panic."
            "set a \"\"\ntogether\n1: erase a\n2: size\nend\n";
        C13 parts_lost
            "Partial writes read a value and write it back without a lock, so that one of two is lost."
            "set a \"aa\"\ntogether\n1: set_partial a 0 \"b\"\n2: set_partial a 1 \"b\"\nend\nget a\n";
        C14 cache_filled_late
            "A reader fills the cache after a writer emptied it, and serves the old value ever after."
            "set a \"\"\ntogether\n1: erase a\n2: get a\nend\nget a\n";
        C15 created_twice
            "A key is looked for and then created, so that two callers create it."
            "together\n1: set_if_absent a \"\"\n2: set_if_absent a \"\"\nend\n";
        C16 temporary_shared
            "Two callers write one key through one temporary file, which is gone for the second."
            "together\n1: set a \"\"\n2: set a \"\"\nend\n";
        C17 vanished_is_an_error
            "Erasing a key fails if another caller erased it meanwhile."
            "set a \"\"\ntogether\n1: erase a\n2: erase a\nend\n";
        C18 erased_without_lock
            "Erasing a prefix erases what it listed, and then the directory with all that came meanwhile."
            "together\n1: clear\n2: set a \"\"\nend\nget a\n";
        C19 erased_file_served
            "A handle keeps the files open that it has read, and serves one that another handle erased."
            "set a \"\"\ntogether\n1: get a\n2b: erase a\nend\nget a\n";
        C20 index_of_handle
            "A handle reads the index when it is opened and writes it back whole, without what others wrote."
            "together\n1: set a \"\"\n2b: set b \"\"\nend\nreopen\nget a\n";
    }
}

impl RaceBug {
    /// Whether it takes two handles on one place to show.
    #[must_use]
    pub const fn takes_handles(self) -> bool {
        matches!(self, Self::C19 | Self::C20)
    }
}
