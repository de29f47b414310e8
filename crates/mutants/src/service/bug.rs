//! `ServiceBug`: bugs of stores on services that show when a request goes wrong.

use crate::fault_bugs::fault_bugs;

fault_bugs! {
    /// A bug of a store on a service that shows when a request is refused, gets no reply or half of
    /// one, or arrives twice.
    ServiceBug {
        F24 cut_body_believed
            "A body that ends too soon is taken for the value."
            "set a \"a\"\nrequest#1 cut body: get a\n";
        F25 absent_for_error
            "A value that the service does not give for now is absent."
            "set a \"\"\nrequest#1 503: get a\n";
        F26 lost_reply_conflicts
            "A key that was created by a request whose reply was lost is taken for somebody else's."
            "request#1 lost reply: set_if_absent a \"\"\n";
        F27 asks_without_end
            "A request is made again until it succeeds."
            "request#1.. 503: list\n";
        F28 listing_ends_early
            "A page of a listing that the service does not give is taken for the last one."
            "set a \"\"\nrequest#1 503: list\n";
        F29 erase_many_succeeds
            "Erasing many keys goes on after an error and reports success."
            "set a \"\"\nrequest#1.. 503: erase_many [a]\nget a\n";
        F30 erase_prefix_swallows
            "Erasing a prefix goes on after an error and reports success."
            "set a \"\"\nrequest#3.. 503: clear\nget a\n";
        F31 throttled_for_good
            "A request that was one too many is not made again."
            "request#1 429: list\n";
        F32 cached_before_written
            "A value is in the cache before the service has it."
            "request#1.. 503: set a \"\"\nget a\nlist\n";
        F33 parts_one_by_one
            "Each part of a partial write is a write of its own."
            "request#4.. 503: set_partial_many a [0 \"a\", 1 \"a\"]\nget a\n";
        F34 size_nought_for_error
            "A size that the service does not give for now is nought."
            "request#1 503: size_key a\n";
        F35 half_appended_twice
            "A value is sent in two halves, and the second is appended again when its reply is lost."
            "request#2 lost reply: set a \"a\"\nget a\n";
        F36 broken_for_good
            "After requests went wrong in vain, none is made any more."
            "request#1.. 503: list\nlist\n";
        F37 erase_fails_when_repeated
            "An erase whose reply was lost is made again, and fails since nothing is there."
            "set a \"\"\nrequest#1 lost reply: erase a\n";
        F38 checksum_not_looked_at
            "A body that does not have its checksum is taken for the value."
            "set a \"a\"\nrequest#1 corrupt body: get a\n";
    }
}
