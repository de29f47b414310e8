//! `Node`: a group or an array, as [`HierarchyModel`](crate::HierarchyModel) holds it.

use bytes::Bytes;
use serde_json::Value as JsonValue;

use crate::hierarchy_model::array::ArrayModel;
use crate::hierarchy_model::metadata::{self, ZARR_JSON, ZARRAY, ZATTRS};
use crate::hierarchy_model::snapshot::Snapshot;
use crate::plan::array_spec::{Json, ZarrFormat};
use crate::plan::node_kind::NodeKind;

/// A group or an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A group.
    Group(GroupModel),
    /// An array.
    Array(ArrayModel),
}

/// What a group holds.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupModel {
    /// User attributes, a JSON object.
    pub attributes: Json,
    /// The nodes that were below it when its metadata was last consolidated, by their paths below
    /// it; none if that was never done.
    pub snapshot: Option<Snapshot>,
}

impl GroupModel {
    /// A group with user attributes and no consolidated metadata.
    #[must_use]
    pub const fn new(attributes: Json) -> Self {
        Self { attributes, snapshot: None }
    }
}

impl Node {
    /// A group without attributes.
    #[must_use]
    pub fn plain_group() -> Self {
        Self::Group(GroupModel::new(Json::object()))
    }

    /// What a library must say that its metadata is, user attributes included.
    #[must_use]
    pub fn metadata(&self) -> JsonValue {
        match self {
            Self::Group(GroupModel { attributes, snapshot }) => {
                metadata::of_group(attributes, snapshot.as_ref())
            }
            Self::Array(array) => metadata::of_array(array.spec()),
        }
    }

    /// What the document that makes it a node must say: its metadata, which in Zarr v2 has no user
    /// attributes.
    #[must_use]
    pub fn document(&self) -> JsonValue {
        let mut document = self.metadata();
        if let (ZarrFormat::V2, Some(document)) = (self.format(), document.as_object_mut()) {
            document.remove("attributes");
        }
        document
    }

    /// The name of the document that makes it a node.
    #[must_use]
    pub fn document_name(&self) -> &'static str {
        match self.format() {
            ZarrFormat::V3 => ZARR_JSON,
            ZarrFormat::V2 => ZARRAY,
        }
    }

    /// The names of the documents that must be there: in Zarr v2, user attributes have one of their
    /// own, if there are some.
    pub(super) fn document_names(&self) -> impl Iterator<Item = &'static str> {
        let attributes = self.may_have_attributes() && !self.attributes().is_empty();
        [self.document_name()].into_iter().chain(attributes.then_some(ZATTRS))
    }

    /// Whether user attributes are a document of their own, be it that there are none.
    pub(super) fn may_have_attributes(&self) -> bool {
        self.format() == ZarrFormat::V2
    }

    fn format(&self) -> ZarrFormat {
        match self {
            Self::Group(_) => ZarrFormat::V3,
            Self::Array(array) => array.spec().format,
        }
    }

    /// The user attributes, a JSON object.
    #[must_use]
    pub fn attributes(&self) -> &Json {
        match self {
            Self::Group(group) => &group.attributes,
            Self::Array(array) => &array.spec().attributes,
        }
    }

    pub(super) fn set_attributes(&mut self, attributes: Json) {
        match self {
            Self::Group(group) => group.attributes = attributes,
            Self::Array(array) => array.spec_mut().attributes = attributes,
        }
    }

    /// Which kind of node it is.
    #[must_use]
    pub const fn kind(&self) -> NodeKind {
        match self {
            Self::Group(_) => NodeKind::Group,
            Self::Array(_) => NodeKind::Array,
        }
    }
}

/// What a key holds.
pub(super) enum Content<'a> {
    Nothing,
    /// An object that belongs to no node.
    Object(&'a Bytes),
    /// The metadata of a node.
    Document(&'a Node),
    /// A chunk whose bytes are known.
    Chunk(Vec<u8>),
    /// Something whose bytes are up to the library: a chunk with codecs, a document.
    Encoded,
    /// What a library may keep or leave out, with its bytes if they are known.
    Perhaps(Option<Vec<u8>>),
}
