//! How does a tree come from a directory, and what is left of it go to one?

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::policy::PowerPolicy;
use super::tree::{Directory, File, Node, Tree};

impl Tree {
    /// What is below a directory, all of it taken for synced.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system if something cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::empty();
        let mut known = BTreeMap::new();
        tree.read_folder(root, Path::new(""), &mut known)?;
        for node in 0..tree.nodes.len() {
            match &mut tree.nodes[node] {
                Node::File(file) => file.sync(),
                Node::Directory(directory) => directory.synced.clone_from(&directory.now),
                Node::Symlink(_) => {}
            }
        }
        Ok(tree)
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        name: &Path,
        known: &mut BTreeMap<(u64, u64), usize>,
    ) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let metadata = entry.metadata()?;
            let (path, name) = (entry.path(), name.join(entry.file_name()));
            let identity = identity(&metadata);
            let node = match identity.and_then(|identity| known.get(&identity)) {
                Some(node) => *node,
                None => self.push(read_node(&path, &metadata)?),
            };
            self.name(&name, node).ok_or(io::ErrorKind::NotFound)?;
            if metadata.is_dir() {
                self.read_folder(&path, &name, known)?;
            } else if let Some(identity) = identity {
                known.insert(identity, node);
            }
        }
        Ok(())
    }

    /// Makes what a power cut leaves, in a directory, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system, such as that a name is taken.
    pub fn lay_out(&self, policy: PowerPolicy, target: &Path) -> io::Result<()> {
        fs::create_dir_all(target)?;
        self.lay_out_node(0, policy, target, &mut BTreeMap::new())
    }

    fn lay_out_node(
        &self,
        node: usize,
        policy: PowerPolicy,
        path: &Path,
        made: &mut BTreeMap<usize, PathBuf>,
    ) -> io::Result<()> {
        match &self.nodes[node] {
            Node::File(_) if made.contains_key(&node) => fs::hard_link(&made[&node], path),
            Node::File(file) => {
                made.insert(node, path.to_owned());
                fs::File::create_new(path)?;
                fs::write(path, left(file, policy))
            }
            Node::Symlink(target) => symlink(target, path),
            Node::Directory(directory) => {
                let names = match policy {
                    PowerPolicy::Kill | PowerPolicy::MetadataFirst => &directory.now,
                    PowerPolicy::Strict => &directory.synced,
                };
                for (name, node) in names {
                    let path = path.join(name);
                    if let Node::Directory(_) = &self.nodes[*node] {
                        fs::create_dir(&path)?;
                    }
                    self.lay_out_node(*node, policy, &path, made)?;
                }
                Ok(())
            }
        }
    }
}

fn left(file: &File, policy: PowerPolicy) -> Vec<u8> {
    match policy {
        PowerPolicy::Kill => file.now.clone(),
        PowerPolicy::Strict => file.synced.clone(),
        PowerPolicy::MetadataFirst => {
            let mut bytes = file.in_place.clone();
            bytes.resize(file.now.len(), 0);
            bytes
        }
    }
}

fn read_node(path: &Path, metadata: &Metadata) -> io::Result<Node> {
    Ok(if metadata.is_dir() {
        Node::Directory(Directory::default())
    } else if metadata.is_symlink() {
        Node::Symlink(fs::read_link(path)?)
    } else {
        Node::File(File { now: fs::read(path)?, ..File::default() })
    })
}

/// What two names of one file have in common, if it may have two.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (metadata.is_file() && metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
