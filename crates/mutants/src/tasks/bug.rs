//! `TaskBug`: bugs that show when futures of one store are polled in turns.

use crate::fault_bugs::fault_bugs;

fault_bugs! {
    /// A bug of a [`TaskStore`](crate::TaskStore) that shows when two callers ask at the same time, or
    /// when one is dropped on the way, and never when one asks after the other.
    TaskBug {
        T01 torn_set
            "A value is sent in two halves, and read in between."
            "together\n1: set a \"aa\"\n2: get a\nend\n";
        T02 erased_first
            "A value is erased before the new one is sent, and absent in between."
            "set a \"\"\ntogether\n1: set a \"\"\n2: get a\nend\n";
        T03 locks_in_any_order
            "The keys to erase are locked in the order in which they are given, so that two callers wait for each other."
            "together\n1: erase_many [a, b]\n2: erase_many [b, a]\nend\n";
        T04 waiter_forgotten
            "A lock that is let go wakes one of those that wait, and forgets the others."
            "together\n1: set a \"\"\n2: set a \"\"\n3: set a \"\"\nend\n";
        T05 parts_lost
            "Partial writes fetch a value and send it back without a lock, so that one of two is lost."
            "set a \"aa\"\ntogether\n1: set_partial a 0 \"b\"\n2: set_partial a 1 \"b\"\nend\nget a\n";
        T06 cache_filled_late
            "A reader fills the cache after a writer emptied it, and serves the old value ever after."
            "set a \"\"\ntogether\n1: get a\n2: erase a\nend\nget a\n";
        T07 listed_in_pages
            "A listing awaits its next page, and skips a key when an earlier one is erased."
            "set a \"\"\nset b \"\"\ntogether\n1: list\n2: erase a\nend\n";
        T08 lock_kept_when_dropped
            "A writer lets go of the lock when it is through, and never if it is dropped before."
            "together\n1: set a \"\"\n2: get a\nend\n";
        T09 half_left_when_dropped
            "A value is sent in two halves behind a lock, and the first one stays if the writer is dropped."
            "together\n1: set a \"aa\"\n2: get a\nend\n";
        T10 dropped_waiter_woken
            "A lock that is let go wakes one of those that wait, and nobody if that one is dropped."
            "together\n1: set a \"\"\n2: set a \"\"\n3: set a \"\"\nend\n";
    }
}
