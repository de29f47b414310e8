//! What is in memory and what is on the device, as changes are made?

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::address::CallAddress;
use crate::journal::Effect;

/// The files below a root, as programs see them and as they are on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The first is the root. A file that has no name any more stays: it may be on the device.
    pub(super) nodes: Vec<Node>,
    /// Renames from directory to directory that neither has been synced since.
    crossings: Vec<Crossing>,
}

/// A change of a name that the tree does not have: the journal is not one of this tree, or a
/// symbolic link led there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{effect}` is on a name that the tree does not have: was the tree read before the journal began?"
)]
pub struct UnknownName {
    effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    File(File),
    Directory(Directory),
    Symlink(PathBuf),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    /// As programs see it.
    pub(super) now: Vec<u8>,
    /// As it was when it was last synced.
    pub(super) synced: Vec<u8>,
    /// The synced bytes that are still part of the file, wherever a cut did not end them.
    pub(super) in_place: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) now: BTreeMap<OsString, usize>,
    pub(super) synced: BTreeMap<OsString, usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Crossing {
    from: Place,
    to: Place,
    node: usize,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    directory: usize,
    name: OsString,
}

impl File {
    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let start = offset as usize;
        let end = start + bytes.len();
        if self.now.len() < end {
            self.now.resize(end, 0);
        }
        self.now[start..end].copy_from_slice(bytes);
    }

    fn set_length(&mut self, length: u64) {
        self.now.resize(length as usize, 0);
        self.in_place.truncate(length as usize);
    }

    pub(super) fn sync(&mut self) {
        self.synced.clone_from(&self.now);
        self.in_place.clone_from(&self.now);
    }
}

impl Tree {
    pub(super) fn empty() -> Self {
        Self { nodes: vec![Node::Directory(Directory::default())], crossings: Vec::new() }
    }

    /// This tree after some changes.
    ///
    /// # Errors
    ///
    /// Returns [`UnknownName`] if a change is on a name that is not there.
    pub fn after(&self, changes: &[(CallAddress, Effect)]) -> Result<Self, UnknownName> {
        let mut tree = self.clone();
        changes.iter().try_for_each(|(_, effect)| tree.apply(effect))?;
        Ok(tree)
    }

    /// Makes a change.
    ///
    /// A file that comes from outside of the root is one without bytes, as nobody knows them.
    ///
    /// # Errors
    ///
    /// Returns [`UnknownName`] if it is on a name that is not there. The tree is as before then.
    pub fn apply(&mut self, effect: &Effect) -> Result<(), UnknownName> {
        self.try_apply(effect).ok_or_else(|| UnknownName { effect: effect.clone() })
    }

    fn try_apply(&mut self, effect: &Effect) -> Option<()> {
        match effect {
            Effect::Create { path } => self.add(path, Node::File(File::default()))?,
            Effect::MakeDirectory { path } => {
                self.add(path, Node::Directory(Directory::default()))?;
            }
            Effect::Symlink { target, path } => self.add(path, Node::Symlink(target.clone()))?,
            Effect::Write { path, offset, bytes } => self.file(path)?.write(*offset, bytes),
            Effect::Truncate { path, length } => self.file(path)?.set_length(*length),
            Effect::Remove { path } | Effect::RemoveDirectory { path } => {
                let place = self.place(path)?;
                self.directory(place.directory)?.now.remove(&place.name)?;
            }
            Effect::Rename { from, to, exchange } => self.rename(from, to, *exchange)?,
            Effect::Link { from, .. } if from.is_absolute() => {}
            Effect::Link { from, to } => {
                let node = self.find(from)?;
                self.name(to, node)?;
            }
            Effect::Sync { path } => {
                let node = self.find(path)?;
                self.sync(node);
            }
            Effect::SyncAll => (0..self.nodes.len()).for_each(|node| self.sync(node)),
        }
        Some(())
    }

    fn rename(&mut self, from: &Path, to: &Path, exchange: bool) -> Option<()> {
        match (from.is_absolute(), to.is_absolute()) {
            (true, _) => return self.add(to, Node::File(File::default())),
            (_, true) => {
                let place = self.place(from)?;
                return self.directory(place.directory)?.now.remove(&place.name).map(|_| ());
            }
            _ => {}
        }
        let (source, target) = (self.place(from)?, self.place(to)?);
        let node = self.find(from)?;
        let replaced = self.find(to);
        // Two names of one file: POSIX lets both stay.
        if replaced == Some(node) {
            return Some(());
        }
        self.directory(source.directory)?.now.remove(&source.name);
        self.directory(target.directory)?.now.insert(target.name.clone(), node);
        if exchange {
            let other = replaced?;
            self.directory(source.directory)?.now.insert(source.name.clone(), other);
            self.cross(&target, &source, other);
        }
        self.cross(&source, &target, node);
        Some(())
    }

    fn cross(&mut self, from: &Place, to: &Place, node: usize) {
        if from.directory != to.directory {
            self.crossings.push(Crossing { from: from.clone(), to: to.clone(), node });
        }
    }

    fn sync(&mut self, node: usize) {
        match self.nodes.get_mut(node) {
            Some(Node::File(file)) => file.sync(),
            Some(Node::Directory(directory)) => {
                directory.synced.clone_from(&directory.now);
                self.sync_crossings(node);
            }
            Some(Node::Symlink(_)) | None => {}
        }
    }

    /// A rename out of a directory or into it is on the device with the directory, and so is
    /// whatever was renamed further.
    fn sync_crossings(&mut self, directory: usize) {
        let mut carried = BTreeSet::new();
        for crossing in std::mem::take(&mut self.crossings) {
            let Crossing { from, to, node } = &crossing;
            let is_here = from.directory == directory || to.directory == directory;
            if !is_here && !carried.contains(node) {
                self.crossings.push(crossing);
                continue;
            }
            carried.insert(*node);
            if from.directory != directory
                && let Some(source) = self.directory(from.directory)
                && source.synced.get(&from.name) == Some(node)
            {
                source.synced.remove(&from.name);
            }
            if to.directory != directory
                && let Some(target) = self.directory(to.directory)
            {
                target.synced.insert(to.name.clone(), *node);
            }
        }
    }

    pub(super) fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn add(&mut self, path: &Path, node: Node) -> Option<()> {
        // A name that is not there must not leave a node behind.
        self.place(path)?;
        let node = self.push(node);
        self.name(path, node)
    }

    pub(super) fn name(&mut self, path: &Path, node: usize) -> Option<()> {
        let place = self.place(path)?;
        self.directory(place.directory)?.now.insert(place.name, node);
        Some(())
    }

    fn place(&self, path: &Path) -> Option<Place> {
        let directory = self.find(path.parent()?)?;
        matches!(self.nodes[directory], Node::Directory(_))
            .then_some(Place { directory, name: path.file_name()?.to_owned() })
    }

    fn find(&self, path: &Path) -> Option<usize> {
        path.iter().try_fold(0, |node, name: &OsStr| match &self.nodes[node] {
            Node::Directory(directory) => directory.now.get(name).copied(),
            Node::File(_) | Node::Symlink(_) => None,
        })
    }

    fn file(&mut self, path: &Path) -> Option<&mut File> {
        let node = self.find(path)?;
        match &mut self.nodes[node] {
            Node::File(file) => Some(file),
            Node::Directory(_) | Node::Symlink(_) => None,
        }
    }

    fn directory(&mut self, node: usize) -> Option<&mut Directory> {
        match self.nodes.get_mut(node)? {
            Node::Directory(directory) => Some(directory),
            Node::File(_) | Node::Symlink(_) => None,
        }
    }
}
