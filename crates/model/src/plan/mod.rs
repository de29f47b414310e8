//! Plans: operations over one table of names, as data and as text.

pub(crate) mod array_spec;
pub(crate) mod cursor;
pub(crate) mod data_type;
pub(crate) mod key_part;
pub(crate) mod names;
pub(crate) mod node;
pub(crate) mod node_kind;
pub(crate) mod operand;
pub(crate) mod operation;
pub(crate) mod operation_kind;
pub(crate) mod parse;
pub(crate) mod parse_node;
pub(crate) mod patch;
pub(crate) mod plan;
pub(crate) mod plan_error;
pub(crate) mod range;
pub(crate) mod region;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod value;

pub use array_spec::{ArraySpec, ChunkKeys, Codecs, Compressor, Json, ZarrFormat};
pub use data_type::{DataType, Elements, Scalar};
pub use key_part::KeyPart;
pub use names::{KeyId, Names, PrefixId, climb};
pub use node::{NodeAction, NodeOperation};
pub use node_kind::NodeKind;
pub use operand::{Operand, OperandMut};
pub use operation::{Operation, OperationText};
pub use operation_kind::{Effect, OperationKind};
pub use patch::Patch;
pub use plan::{PLAN_VERSION, Plan};
pub use plan_error::PlanError;
pub use range::Range;
pub use region::{ChunkGrid, Edges, Region, fitted, offset_in};
pub use value::Value;
