//! The names in one folder: which are durable, and what was done to them since.

use super::{Left, image::NodeId};
use crate::chance::Chance;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

/// Done to names since the folder was durable.
#[derive(Clone, Debug)]
enum Change {
    Put(OsString, NodeId),
    Take(OsString),
    /// In one: never is the new name without a file.
    Move {
        from: OsString,
        to: OsString,
        node: NodeId,
    },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    durable: BTreeMap<OsString, NodeId>,
    /// Oldest first.
    since: Vec<Change>,
    /// What is seen: the durable ones with every change.
    seen: BTreeMap<OsString, NodeId>,
}

impl Names {
    pub(super) fn get(&self, name: &OsStr) -> Option<NodeId> {
        self.seen.get(name).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&OsStr, NodeId)> {
        self.seen.iter().map(|(name, node)| (name.as_os_str(), *node))
    }

    pub(super) fn put(&mut self, name: &OsStr, node: NodeId) {
        self.change(Change::Put(name.to_owned(), node));
    }

    pub(super) fn take(&mut self, name: &OsStr) {
        self.change(Change::Take(name.to_owned()));
    }

    /// Errors: there is no `from` (false).
    pub(super) fn rename(&mut self, from: &OsStr, to: &OsStr) -> bool {
        let Some(node) = self.get(from) else { return false };
        self.change(Change::Move { from: from.to_owned(), to: to.to_owned(), node });
        true
    }

    /// Every name is durable from now on; what lies under it is not by this.
    pub(super) fn sync(&mut self) {
        self.durable = self.seen.clone();
        self.since.clear();
    }

    /// What a power cut leaves, all of it durable. Any of the changes may be lost, and what is left of them happened in
    /// its order: POSIX promises no more.
    pub(super) fn settle(self, chance: &mut Chance) -> Self {
        let left = Left::draw(chance);
        let mut durable = self.durable;
        for change in self.since {
            let happened = match left {
                Left::Nothing => false,
                Left::All => true,
                Left::Some => chance.below(2) == 0,
            };
            if happened {
                apply(&mut durable, &change);
            }
        }
        Self { seen: durable.clone(), durable, since: Vec::new() }
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.since.push(change);
    }
}

fn apply(names: &mut BTreeMap<OsString, NodeId>, change: &Change) {
    match change {
        Change::Put(name, node) => {
            names.insert(name.clone(), *node);
        }
        Change::Take(name) => {
            names.remove(name);
        }
        Change::Move { from, to, node } => {
            names.remove(from);
            names.insert(to.clone(), *node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn settled(names: &Names) -> BTreeSet<Vec<(String, u64)>> {
        let left = (0..200).map(|seed| names.clone().settle(&mut Chance::seeded(seed)));
        left.map(|left| left.iter().map(|(name, node)| (name.to_string_lossy().into_owned(), node.0)).collect())
            .collect()
    }

    fn one(name: &str, node: u64) -> Vec<(String, u64)> {
        vec![(name.to_owned(), node)]
    }

    #[test]
    fn a_file_put_in_place_of_another_is_the_old_or_the_new_and_never_none() {
        let mut names = Names::default();
        names.put("key".as_ref(), NodeId(1));
        names.sync();
        names.put("draft".as_ref(), NodeId(2));
        assert!(names.rename("draft".as_ref(), "key".as_ref()));
        assert!(!names.rename("draft".as_ref(), "key".as_ref()), "it is not there any more");
        let left = settled(&names);
        assert!(left.contains(&one("key", 1)) && left.contains(&one("key", 2)), "{left:?}");
        assert!(left.iter().all(|names| names.iter().any(|(name, _)| name == "key")), "{left:?}");
    }

    #[test]
    fn what_was_done_after_the_folder_was_durable_may_be_undone() {
        let mut names = Names::default();
        names.put("wal".as_ref(), NodeId(1));
        names.sync();
        names.take("wal".as_ref());
        names.put("wal".as_ref(), NodeId(2));
        assert_eq!(settled(&names), BTreeSet::from([vec![], one("wal", 1), one("wal", 2)]));
        names.sync();
        assert_eq!(settled(&names), BTreeSet::from([one("wal", 2)]));
    }
}
