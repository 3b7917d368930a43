//! Everything on the disk: files, folders, what of them is durable. Pure; what the FUSE glue asks is answered here.

use super::{file::Bytes, folder::Names};
use crate::chance::Chance;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    ops::Range,
};

/// A file or a folder, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub u64);

impl NodeId {
    pub const ROOT: Self = Self(1);
}

/// Why the disk does not do what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The power is off.
    Off,
    NotFound,
    Exists,
    NotEmpty,
    IsFolder,
    NotFolder,
    /// Files are renamed within their folder alone: elsewhere two folders would have to change in one.
    OtherFolder,
}

#[derive(Clone, Debug)]
enum Content {
    File(Bytes),
    Folder(Names),
}

#[derive(Clone, Debug)]
struct Node {
    content: Content,
    /// Rights; durable at once, since nothing here depends on them.
    mode: u16,
}

/// What a file system would tell of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    pub id: NodeId,
    pub is_folder: bool,
    pub size: usize,
    pub mode: u16,
}

/// A disk. Nodes without a name stay: an open file may be theirs, and a cut may bring the name back.
#[derive(Clone, Debug)]
pub struct Image {
    nodes: BTreeMap<NodeId, Node>,
    next: u64,
    last_write: Option<(NodeId, Range<usize>)>,
}

impl Default for Image {
    fn default() -> Self {
        let root = Node { content: Content::Folder(Names::default()), mode: 0o755 };
        Self { nodes: BTreeMap::from([(NodeId::ROOT, root)]), next: NodeId::ROOT.0 + 1, last_write: None }
    }
}

impl Image {
    pub fn describe(&self, id: NodeId) -> Result<Described, Refusal> {
        let node = self.nodes.get(&id).ok_or(Refusal::NotFound)?;
        let (is_folder, size) = match &node.content {
            Content::File(bytes) => (false, bytes.size()),
            Content::Folder(_) => (true, 0),
        };
        Ok(Described { id, is_folder, size, mode: node.mode })
    }

    pub fn find(&self, folder: NodeId, name: &OsStr) -> Result<NodeId, Refusal> {
        self.names(folder)?.get(name).ok_or(Refusal::NotFound)
    }

    /// The names in a folder, in their order.
    pub fn list(&self, folder: NodeId) -> Result<Vec<(OsString, NodeId)>, Refusal> {
        Ok(self.names(folder)?.iter().map(|(name, node)| (name.to_owned(), node)).collect())
    }

    pub fn create_file(&mut self, folder: NodeId, name: &OsStr, mode: u16) -> Result<NodeId, Refusal> {
        self.create(folder, name, Node { content: Content::File(Bytes::default()), mode })
    }

    pub fn create_folder(&mut self, folder: NodeId, name: &OsStr, mode: u16) -> Result<NodeId, Refusal> {
        self.create(folder, name, Node { content: Content::Folder(Names::default()), mode })
    }

    pub fn remove_file(&mut self, folder: NodeId, name: &OsStr) -> Result<(), Refusal> {
        self.bytes(self.find(folder, name)?)?;
        self.names_mut(folder)?.take(name);
        Ok(())
    }

    pub fn remove_folder(&mut self, folder: NodeId, name: &OsStr) -> Result<(), Refusal> {
        if self.names(self.find(folder, name)?)?.iter().next().is_some() {
            return Err(Refusal::NotEmpty);
        }
        self.names_mut(folder)?.take(name);
        Ok(())
    }

    /// Gives a file another name in its folder, in place of what had it.
    pub fn rename(&mut self, folder: NodeId, from: &OsStr, to: &OsStr) -> Result<(), Refusal> {
        if self.names_mut(folder)?.rename(from, to) { Ok(()) } else { Err(Refusal::NotFound) }
    }

    pub fn read(&self, file: NodeId, from: usize, count: usize) -> Result<Vec<u8>, Refusal> {
        Ok(self.bytes(file)?.read(from, count))
    }

    pub fn write(&mut self, file: NodeId, from: usize, data: &[u8]) -> Result<(), Refusal> {
        self.bytes_mut(file)?.write(from, data);
        self.last_write = Some((file, from..from + data.len()));
        Ok(())
    }

    pub fn resize(&mut self, file: NodeId, size: usize) -> Result<(), Refusal> {
        self.bytes_mut(file)?.resize(size);
        Ok(())
    }

    pub fn set_mode(&mut self, id: NodeId, mode: u16) -> Result<(), Refusal> {
        self.nodes.get_mut(&id).ok_or(Refusal::NotFound)?.mode = mode;
        Ok(())
    }

    /// Makes a file's bytes and size durable, or a folder's names. A file's name belongs to its folder.
    pub fn sync(&mut self, id: NodeId) -> Result<(), Refusal> {
        match &mut self.nodes.get_mut(&id).ok_or(Refusal::NotFound)?.content {
            Content::File(bytes) => bytes.sync(),
            Content::Folder(names) => names.sync(),
        }
        Ok(())
    }

    /// What a power cut leaves; the same `seed` leaves the same.
    pub fn settle(self, seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let torn = self.last_write;
        let settled = self.nodes.into_iter().map(|(id, node)| {
            let content = match node.content {
                Content::File(bytes) => {
                    let torn = torn.clone().filter(|(file, _)| *file == id).map(|(_, bytes)| bytes);
                    Content::File(bytes.settle(torn, &mut chance))
                }
                Content::Folder(names) => Content::Folder(names.settle(&mut chance)),
            };
            (id, Node { content, ..node })
        });
        let nodes = settled.collect();
        Self { nodes, next: self.next, last_write: None }.without_the_nameless()
    }

    fn without_the_nameless(mut self) -> Self {
        let mut named = vec![NodeId::ROOT];
        let mut at = 0;
        while let Some(id) = named.get(at) {
            let names = self.names(*id).map(|names| names.iter().map(|(_, node)| node).collect::<Vec<_>>());
            named.extend(names.unwrap_or_default());
            at += 1;
        }
        self.nodes.retain(|id, _| named.contains(id));
        self
    }

    fn create(&mut self, folder: NodeId, name: &OsStr, node: Node) -> Result<NodeId, Refusal> {
        let id = NodeId(self.next);
        let names = self.names_mut(folder)?;
        if names.get(name).is_some() {
            return Err(Refusal::Exists);
        }
        names.put(name, id);
        self.nodes.insert(id, node);
        self.next += 1;
        Ok(id)
    }

    fn names(&self, folder: NodeId) -> Result<&Names, Refusal> {
        match &self.nodes.get(&folder).ok_or(Refusal::NotFound)?.content {
            Content::Folder(names) => Ok(names),
            Content::File(_) => Err(Refusal::NotFolder),
        }
    }

    fn names_mut(&mut self, folder: NodeId) -> Result<&mut Names, Refusal> {
        match &mut self.nodes.get_mut(&folder).ok_or(Refusal::NotFound)?.content {
            Content::Folder(names) => Ok(names),
            Content::File(_) => Err(Refusal::NotFolder),
        }
    }

    fn bytes(&self, file: NodeId) -> Result<&Bytes, Refusal> {
        match &self.nodes.get(&file).ok_or(Refusal::NotFound)?.content {
            Content::File(bytes) => Ok(bytes),
            Content::Folder(_) => Err(Refusal::IsFolder),
        }
    }

    fn bytes_mut(&mut self, file: NodeId) -> Result<&mut Bytes, Refusal> {
        match &mut self.nodes.get_mut(&file).ok_or(Refusal::NotFound)?.content {
            Content::File(bytes) => Ok(bytes),
            Content::Folder(_) => Err(Refusal::IsFolder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds() -> std::ops::Range<u64> {
        0..200
    }

    #[test]
    fn a_durable_file_in_a_folder_that_is_not_may_be_gone() {
        let mut image = Image::default();
        let file = image.create_file(NodeId::ROOT, "a".as_ref(), 0o600).unwrap();
        image.write(file, 0, b"words").unwrap();
        image.sync(file).unwrap();
        let found = |image: &Image, seed| image.clone().settle(seed).find(NodeId::ROOT, "a".as_ref());
        assert!(seeds().any(|seed| found(&image, seed) == Err(Refusal::NotFound)), "its name was never made durable");
        image.sync(NodeId::ROOT).unwrap();
        for seed in seeds() {
            let left = image.clone().settle(seed);
            assert_eq!(left.read(left.find(NodeId::ROOT, "a".as_ref()).unwrap(), 0, 9).unwrap(), b"words");
        }
    }

    #[test]
    fn a_durable_name_may_stand_for_an_empty_file() {
        let mut image = Image::default();
        let file = image.create_file(NodeId::ROOT, "a".as_ref(), 0o600).unwrap();
        image.write(file, 0, b"words").unwrap();
        image.sync(NodeId::ROOT).unwrap();
        assert!(seeds().any(|seed| image.clone().settle(seed).describe(file).unwrap().size == 0));
    }

    #[test]
    fn a_file_whose_removal_was_lost_is_whole() {
        let mut image = Image::default();
        let file = image.create_file(NodeId::ROOT, "wal".as_ref(), 0o600).unwrap();
        image.write(file, 0, b"frames").unwrap();
        image.sync(file).unwrap();
        image.sync(NodeId::ROOT).unwrap();
        image.remove_file(NodeId::ROOT, "wal".as_ref()).unwrap();
        assert_eq!(image.read(file, 0, 9).unwrap(), b"frames", "who holds it open reads on");
        let back: Vec<bool> = seeds().map(|seed| image.clone().settle(seed).describe(file).is_ok()).collect();
        assert!(back.contains(&true) && back.contains(&false));
    }

    #[test]
    fn what_can_t_be_done_is_refused() {
        let mut image = Image::default();
        let folder = image.create_folder(NodeId::ROOT, "f".as_ref(), 0o700).unwrap();
        let file = image.create_file(folder, "a".as_ref(), 0o600).unwrap();
        let (root, name) = (NodeId::ROOT, OsStr::new("f"));
        assert_eq!(image.create_file(root, name, 0), Err(Refusal::Exists));
        assert_eq!(image.remove_folder(root, name), Err(Refusal::NotEmpty));
        assert_eq!(image.remove_file(root, name), Err(Refusal::IsFolder));
        assert_eq!(image.remove_folder(folder, "a".as_ref()), Err(Refusal::NotFolder));
        assert_eq!(image.rename(folder, "b".as_ref(), name), Err(Refusal::NotFound));
        assert_eq!((image.read(folder, 0, 1), image.list(file)), (Err(Refusal::IsFolder), Err(Refusal::NotFolder)));
        image.remove_file(folder, "a".as_ref()).unwrap();
        image.remove_folder(root, name).unwrap();
        assert_eq!(image.list(root).unwrap(), []);
    }
}
