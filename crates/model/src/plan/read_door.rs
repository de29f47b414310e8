//! `ReadDoor`: the ways in which an array library can be asked for elements.

use std::fmt;

/// A way in which a library reads elements; all of them have to give the same ones.
///
/// A plan names it behind what is read: `read_array a door=chunks`. Without a name it is the plain
/// one, which a library that has no others takes for all of them.
///
/// # Examples
///
/// ```
/// use zarr_conform_model::plan::ReadDoor;
///
/// assert_eq!(ReadDoor::PartialDecoders.to_string(), "partial-decoders");
/// assert!(ReadDoor::DecodedCache.is_cache());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadDoor {
    /// A region at once.
    #[default]
    Plain,
    /// All chunks that a region touches at once, out of which it is cut.
    Chunks,
    /// The part of each chunk that is in a region.
    ChunkSubsets,
    /// The same by a partial decoder for each chunk.
    PartialDecoders,
    /// By the inner chunks of shards.
    Sharded,
    /// Through a cache of decoded chunks.
    DecodedCache,
    /// Through a cache of decoded chunks for each thread.
    DecodedCacheOfThread,
    /// Through a cache of encoded chunks.
    EncodedCache,
    /// Through a cache of encoded chunks for each thread.
    EncodedCacheOfThread,
    /// Through a cache of partial decoders.
    DecoderCache,
}

impl ReadDoor {
    /// Each of them, the plainest first.
    pub const ALL: [Self; 10] = [
        Self::Plain,
        Self::Chunks,
        Self::ChunkSubsets,
        Self::PartialDecoders,
        Self::Sharded,
        Self::DecodedCache,
        Self::DecodedCacheOfThread,
        Self::EncodedCache,
        Self::EncodedCacheOfThread,
        Self::DecoderCache,
    ];

    /// The name in plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Chunks => "chunks",
            Self::ChunkSubsets => "chunk-subsets",
            Self::PartialDecoders => "partial-decoders",
            Self::Sharded => "sharded",
            Self::DecodedCache => "decoded-cache",
            Self::DecodedCacheOfThread => "decoded-cache-of-thread",
            Self::EncodedCache => "encoded-cache",
            Self::EncodedCacheOfThread => "encoded-cache-of-thread",
            Self::DecoderCache => "decoder-cache",
        }
    }

    /// The door with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|door| door.name() == name)
    }

    /// Whether chunks are kept for later reads.
    #[must_use]
    pub const fn is_cache(self) -> bool {
        matches!(
            self,
            Self::DecodedCache
                | Self::DecodedCacheOfThread
                | Self::EncodedCache
                | Self::EncodedCacheOfThread
                | Self::DecoderCache
        )
    }

    /// The doors that are plainer than this one, the plainest first.
    pub fn plainer(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().take_while(move |door| *door != self)
    }
}

impl fmt::Display for ReadDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
