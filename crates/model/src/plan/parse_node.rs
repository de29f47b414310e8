//! Reads node operations: arrays, regions, attributes.

use serde_json::Value as JsonValue;
use zarrs_storage::StorePrefix;

use crate::plan::array_spec::{ArraySpec, ChunkKeys, Codecs, Compressor, Json, ZarrFormat};
use crate::plan::cursor::Cursor;
use crate::plan::data_type::{DataType, Elements, Scalar};
use crate::plan::names::Draft;
use crate::plan::node::{NodeAction, NodeOperation};
use crate::plan::operation_kind::OperationKind;
use crate::plan::plan_error::PlanError;
use crate::plan::read_door::ReadDoor;
use crate::plan::region::{ChunkGrid, Edges, Region};

const ELEMENTS: &str = "elements such as 7, 7.., nan or fill";

impl NodeOperation {
    /// Reads a node and what is done to it.
    pub(super) fn read(
        kind: OperationKind,
        cursor: &mut Cursor<'_>,
        draft: &mut Draft,
    ) -> Result<Self, PlanError> {
        let node = draft.prefix(cursor.node()?);
        Ok(Self { node, action: cursor.action(kind, draft)?.into() })
    }
}

impl Cursor<'_> {
    /// A node as its prefix.
    fn node(&mut self) -> Result<StorePrefix, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let name = self.name("a node, `/` for the root")?;
        let prefix = if name == "/" { String::new() } else { format!("{name}/") };
        StorePrefix::new(prefix)
            .map_err(|_| self.error_at(start, "a node without `/` at its start or end"))
    }

    /// What stands behind a node.
    fn action(&mut self, kind: OperationKind, draft: &mut Draft) -> Result<NodeAction, PlanError> {
        Ok(match kind {
            OperationKind::AddGroup => {
                let overwrite = self.word("overwrite");
                let attributes =
                    if self.word("attributes=") { self.object()? } else { Json::object() };
                NodeAction::AddGroup { attributes, overwrite }
            }
            OperationKind::AddArray => {
                let overwrite = self.word("overwrite");
                NodeAction::AddArray { spec: self.array()?, overwrite }
            }
            OperationKind::WriteChunk => {
                NodeAction::WriteChunk { chunk: self.numbers()?, elements: self.elements()? }
            }
            OperationKind::WriteRegion => {
                NodeAction::WriteRegion { region: self.region()?, elements: self.elements()? }
            }
            OperationKind::ReadChunk => {
                NodeAction::ReadChunk { chunk: self.numbers()?, door: self.door()? }
            }
            OperationKind::ReadRegion => {
                NodeAction::ReadRegion { region: self.region()?, door: self.door()? }
            }
            OperationKind::ReadArray => NodeAction::ReadArray { door: self.door()? },
            OperationKind::GetChunk => NodeAction::GetChunk { chunk: self.numbers()? },
            OperationKind::EraseChunk => NodeAction::EraseChunk { chunk: self.numbers()? },
            OperationKind::Resize => NodeAction::Resize { shape: self.numbers()? },
            OperationKind::SetAttributes => {
                NodeAction::SetAttributes { attributes: self.object()? }
            }
            OperationKind::OpenNode => NodeAction::OpenNode,
            OperationKind::GetMetadata => NodeAction::GetMetadata,
            OperationKind::ListChildren => NodeAction::ListChildren,
            OperationKind::ListNodes => NodeAction::ListNodes,
            OperationKind::Walk => NodeAction::Walk,
            OperationKind::DeleteNode => NodeAction::DeleteNode,
            OperationKind::CopyNode => NodeAction::CopyNode { to: draft.prefix(self.node()?) },
            OperationKind::MoveNode => NodeAction::MoveNode { to: draft.prefix(self.node()?) },
            OperationKind::Consolidate => NodeAction::Consolidate,
            other => return Err(self.error(format!("an operation on nodes, and not `{other}`"))),
        })
    }

    /// Takes `word` if it comes next.
    fn word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        self.eat(word)
    }

    /// What stands behind `word`, which has to come next.
    fn field<T>(
        &mut self,
        word: &str,
        read: impl Fn(&mut Self) -> Result<T, PlanError>,
    ) -> Result<T, PlanError> {
        if self.word(word) { read(self) } else { Err(self.error(format!("`{word}`"))) }
    }

    /// What stands behind `word`, if it comes next.
    fn optional<T>(
        &mut self,
        word: &str,
        read: impl Fn(&mut Self) -> Result<T, PlanError>,
    ) -> Result<Option<T>, PlanError> {
        self.word(word).then(|| read(self)).transpose()
    }

    fn array(&mut self) -> Result<ArraySpec, PlanError> {
        let shape = self.field("shape=", Self::numbers)?;
        let chunks = self.field("chunks=", |cursor| cursor.list(Self::edges))?;
        let plain = ArraySpec::new(shape, ChunkGrid(chunks));
        let plain = ArraySpec {
            data_type: self.optional("dtype=", Self::data_type)?.unwrap_or(plain.data_type),
            fill: self.optional("fill=", Self::scalar)?.unwrap_or(plain.fill),
            codecs: self.optional("codecs=", Self::codecs)?.unwrap_or_default(),
            format: self.optional("format=", Self::format)?.unwrap_or_default(),
            ..plain
        };
        Ok(ArraySpec {
            keys: self.optional("keys=", Self::chunk_keys)?.unwrap_or(plain.plain_keys()),
            dimension_names: self.optional("names=", Self::json)?,
            attributes: self.optional("attributes=", Self::object)?.unwrap_or(plain.attributes),
            ..plain
        })
    }

    /// The door that is named; the plain one, if none is.
    fn door(&mut self) -> Result<ReadDoor, PlanError> {
        let doors = ReadDoor::ALL.into_iter().map(|door| (door, door.name()));
        let named = self.optional("door=", |cursor| cursor.choice(doors.clone(), "a door"))?;
        Ok(named.unwrap_or_default())
    }

    fn format(&mut self) -> Result<ZarrFormat, PlanError> {
        let start = self.position;
        match self.number("the Zarr format, 2 or 3")? {
            2_u8 => Ok(ZarrFormat::V2),
            3 => Ok(ZarrFormat::V3),
            _ => Err(self.error_at(start, "the Zarr format, 2 or 3")),
        }
    }

    fn numbers(&mut self) -> Result<Vec<u64>, PlanError> {
        self.list(|cursor| cursor.number("a number"))
    }

    /// Numbers in parentheses, with blanks between them.
    fn group<T: std::str::FromStr>(&mut self) -> Result<Vec<T>, PlanError> {
        if !self.word("(") {
            return Err(self.error("numbers in `(` and `)`"));
        }
        let mut numbers = Vec::new();
        while !self.word(")") {
            numbers.push(self.number("a number or `)`")?);
        }
        Ok(numbers)
    }

    fn edges(&mut self) -> Result<Edges, PlanError> {
        self.skip_blanks();
        if self.rest().starts_with('(') {
            return Ok(Edges::Each(self.group()?));
        }
        Ok(Edges::Every(self.number("the length of chunks, or their lengths in `(` and `)`")?))
    }

    fn region(&mut self) -> Result<Region, PlanError> {
        let sides = self.list(|cursor| {
            let start: u64 = cursor.number("a slice such as 0..2")?;
            if !cursor.eat("..") {
                return Err(cursor.error("`..`"));
            }
            let end: u64 = cursor.number("the end of a slice")?;
            Ok((start, end))
        })?;
        let (start, end) = sides.into_iter().unzip();
        Ok(Region { start, end })
    }

    /// One of some words.
    fn choice<T: Copy>(
        &mut self,
        choices: impl Iterator<Item = (T, &'static str)>,
        what: &str,
    ) -> Result<T, PlanError> {
        let start = self.position;
        let word =
            self.take(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '/' | '-'));
        let choices: Vec<_> = choices.collect();
        let found = choices.iter().find(|(_, name)| *name == word);
        found.map(|(choice, _)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(_, name)| *name).collect();
            self.error_at(start, format!("{what} ({})", names.join(", ")))
        })
    }

    fn data_type(&mut self) -> Result<DataType, PlanError> {
        self.choice(DataType::ALL.into_iter().map(|dtype| (dtype, dtype.name())), "a data type")
    }

    fn chunk_keys(&mut self) -> Result<ChunkKeys, PlanError> {
        self.choice(
            ChunkKeys::ALL.into_iter().map(|keys| (keys, keys.name())),
            "an encoding of keys",
        )
    }

    fn codecs(&mut self) -> Result<Codecs, PlanError> {
        let mut codecs = Codecs::default();
        let start = self.position;
        let names = self.list(|cursor| {
            cursor.skip_blanks();
            let name = cursor.take(|char| char.is_ascii_alphanumeric());
            let numbers = if cursor.rest().starts_with('(') { cursor.group()? } else { Vec::new() };
            Ok((name, numbers))
        })?;
        for (name, numbers) in names {
            let compressor = Compressor::ALL.into_iter().find(|one| one.name() == name);
            match (name, compressor) {
                (_, Some(compressor)) => codecs.compressor = Some(compressor),
                ("transpose", _) => {
                    let order: Vec<u64> = numbers;
                    codecs.transpose = Some(order.into_iter().map(|at| at as usize).collect());
                }
                ("shard", _) => codecs.shard = Some(numbers),
                ("crc32c", _) => codecs.crc32c = true,
                _ => {
                    let expected = "codecs (transpose(1 0), shard(2 2), gzip, zstd, blosc, crc32c)";
                    return Err(self.error_at(start, expected));
                }
            }
        }
        Ok(codecs)
    }

    fn scalar(&mut self) -> Result<Scalar, PlanError> {
        self.skip_blanks();
        let special = Scalar::SPECIAL.into_iter().find(|(_, text)| self.eat(text));
        match special {
            Some((scalar, _)) => Ok(scalar),
            None => Ok(Scalar::Number(self.number("a number, -0, nan, inf or -inf")?)),
        }
    }

    fn elements(&mut self) -> Result<Elements, PlanError> {
        self.skip_blanks();
        let start = self.position;
        if self.eat("fill") {
            return Ok(Elements::Fill);
        }
        let scalar = self.scalar().map_err(|_| self.error_at(start, ELEMENTS))?;
        match scalar {
            Scalar::Number(first) if self.eat("..") => Ok(Elements::From(first)),
            scalar => Ok(Elements::All(scalar)),
        }
    }

    /// One JSON value.
    fn json(&mut self) -> Result<Json, PlanError> {
        self.skip_blanks();
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<JsonValue>();
        match values.next() {
            Some(Ok(value)) => {
                self.position += values.byte_offset();
                Ok(Json::new(&value))
            }
            _ => Err(self.error("JSON")),
        }
    }

    fn object(&mut self) -> Result<Json, PlanError> {
        self.skip_blanks();
        let start = self.position;
        let json = self.json()?;
        if json.value().is_object() { Ok(json) } else { Err(self.error_at(start, "a JSON object")) }
    }
}

#[cfg(test)]
mod tests {
    use crate::Plan;

    #[test]
    fn operations_on_nodes_survive_their_text() {
        let lines = [
            "add_group / attributes={\"a b\":[1,\"é\"]}",
            "add_group a overwrite",
            "add_array a/b shape=[5, 3] chunks=[2, (1 2)] dtype=f64 fill=nan codecs=[transpose(1 0), shard(1 2), zstd, crc32c] keys=v2/ names=[\"x\",null] attributes={\"k\":{}}",
            "add_array a/c overwrite shape=[] chunks=[] fill=-inf",
            "write_chunk a/b [0, 1] 7..",
            "write_region a/b [0..2, 1..3] -0",
            "write_region a/b [0..2, 1..3] fill",
            "read_chunk a/b [0, 1]",
            "read_region a/b [0..2, 1..3]",
            "read_array a/b",
            "read_chunk a/b [0, 1] door=chunk-subsets",
            "read_region a/b [0..2, 1..3] door=partial-decoders",
            "read_array a/b door=decoded-cache-of-thread",
            "get_chunk a/b [0, 1]",
            "erase_chunk a/b []",
            "resize a/b [0, 9]",
            "set_attributes a {\"x\":null}",
            "open_node /",
            "get_metadata a",
            "walk a",
            "list_children a",
            "list_nodes /",
            "delete_node \"a b\"",
        ];
        let plan: Plan = lines.join("\n").parse().unwrap();
        let text = plan.to_string();
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), lines);
    }

    #[test]
    fn what_is_wrong_with_an_array_is_said() {
        let error = |line: &str| line.parse::<Plan>().unwrap_err().to_string();
        assert_eq!(
            error("add_array a shape=[1]"),
            "1:22: expected `chunks=`, found the end of the line"
        );
        assert_eq!(
            error("add_array a shape=[1] chunks=[1] dtype=u9"),
            "1:40: expected a data type (u8, bool, i16, i32, f32, f64, string), found `u9`"
        );
        assert_eq!(
            error("write_chunk a [0] x"),
            "1:19: expected elements such as 7, 7.., nan or fill, found `x`"
        );
        assert_eq!(
            error("read_array a door=back"),
            "1:19: expected a door (plain, chunks, chunk-subsets, partial-decoders, sharded, decoded-cache, decoded-cache-of-thread, encoded-cache, encoded-cache-of-thread, decoder-cache), found `back`"
        );
        assert_eq!(error("set_attributes a 1"), "1:18: expected a JSON object, found `1`");
        assert!(error("add_array a shape=[1] chunks=[1] codecs=[zip]").contains("crc32c"));
    }
}
