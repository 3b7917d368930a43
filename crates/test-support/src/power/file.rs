//! The bytes of one file: what is durable, and what each page has been since.

use super::Left;
use crate::chance::Chance;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

/// What the kernel writes back at once.
pub(super) const PAGE: usize = 4096;
/// What a disk writes wholly or not at all.
const SECTOR: usize = 512;
/// Forms of a page that are remembered since it was durable. The kernel may have written back any of them; more than
/// these would only cost memory, as the index beside a write-ahead log is never made durable.
const FORMS: usize = 4;

type Page = Arc<[u8; PAGE]>;

/// Pages that nobody wrote are zero.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes {
    durable: BTreeMap<usize, Page>,
    durable_size: usize,
    /// What pages have become since, oldest first; never empty.
    since: BTreeMap<usize, Vec<Page>>,
    /// Sizes since, oldest first.
    sizes: Vec<usize>,
}

impl Bytes {
    pub(super) fn size(&self) -> usize {
        self.sizes.last().copied().unwrap_or(self.durable_size)
    }

    /// At most `count` bytes from `from`; fewer at the end.
    pub(super) fn read(&self, from: usize, count: usize) -> Vec<u8> {
        let end = self.size().min(from.saturating_add(count));
        let mut out = Vec::with_capacity(end.saturating_sub(from));
        for (number, within) in pages(from..end) {
            out.extend_from_slice(&self.page(number)[within]);
        }
        out
    }

    pub(super) fn write(&mut self, from: usize, data: &[u8]) {
        let mut rest = data;
        for (number, within) in pages(from..from + data.len()) {
            let (part, after) = rest.split_at(within.len());
            let mut page = *self.page(number);
            page[within].copy_from_slice(part);
            self.becomes(number, page);
            rest = after;
        }
        if from + data.len() > self.size() {
            self.sizes.push(from + data.len());
        }
    }

    pub(super) fn resize(&mut self, size: usize) {
        if size < self.size() {
            let known: BTreeSet<usize> = self.durable.keys().chain(self.since.keys()).copied().collect();
            for number in known.range(size / PAGE..) {
                let mut page = *self.page(*number);
                page[size.saturating_sub(number * PAGE).min(PAGE)..].fill(0);
                self.becomes(*number, page);
            }
        }
        if size != self.size() {
            self.sizes.push(size);
        }
    }

    /// All of it is durable from now on.
    pub(super) fn sync(&mut self) {
        self.durable_size = self.size();
        self.sizes.clear();
        for (number, mut forms) in std::mem::take(&mut self.since) {
            self.durable.extend(forms.pop().map(|page| (number, page)));
        }
        drop(self.durable.split_off(&self.durable_size.div_ceil(PAGE)));
    }

    /// What a power cut leaves, all of it durable. `torn` are the bytes of the disk's last write, if it was in this file:
    /// of its pages any sectors may be as before.
    pub(super) fn settle(self, torn: Option<Range<usize>>, chance: &mut Chance) -> Self {
        let left = Left::draw(chance);
        let size = match left {
            Left::Nothing => self.durable_size,
            Left::All => self.size(),
            Left::Some => {
                let drawn = chance.below(self.sizes.len() + 1);
                drawn.checked_sub(1).map_or(self.durable_size, |at| self.sizes[at])
            }
        };
        let torn_pages: BTreeSet<usize> = torn.into_iter().flat_map(pages).map(|(number, _)| number).collect();
        let mut durable = self.durable;
        for (number, forms) in self.since {
            let before = durable.get(&number).cloned().unwrap_or_else(zero);
            let drawn = match left {
                Left::Nothing => 0,
                Left::All => forms.len(),
                Left::Some => chance.below(forms.len() + 1),
            };
            let form = |at: usize| at.checked_sub(1).map_or(&before, |at| &forms[at]);
            let mut page = **form(drawn);
            if torn_pages.contains(&number) && left == Left::Some {
                let newest = form(forms.len());
                for sector in (0..PAGE).step_by(SECTOR).map(|from| from..from + SECTOR) {
                    if chance.below(2) == 0 {
                        page[sector.clone()].copy_from_slice(&newest[sector]);
                    }
                }
            }
            durable.insert(number, Arc::new(page));
        }
        drop(durable.split_off(&size.div_ceil(PAGE)));
        if let Some(page) = durable.get_mut(&(size / PAGE)) {
            // What lies behind the end is not seen when the file grows again.
            Arc::make_mut(page)[size % PAGE..].fill(0);
        }
        Self { durable, durable_size: size, ..Self::default() }
    }

    fn page(&self, number: usize) -> Page {
        let newest = self.since.get(&number).and_then(|forms| forms.last());
        newest.or_else(|| self.durable.get(&number)).cloned().unwrap_or_else(zero)
    }

    fn becomes(&mut self, number: usize, page: [u8; PAGE]) {
        let forms = self.since.entry(number).or_default();
        if forms.len() == FORMS {
            forms.remove(0);
        }
        forms.push(Arc::new(page));
    }
}

fn zero() -> Page {
    Arc::new([0; PAGE])
}

/// The pages that bytes lie on: the number of each, and which bytes of it.
fn pages(bytes: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
    let numbers = if bytes.is_empty() { 0..0 } else { bytes.start / PAGE..bytes.end.div_ceil(PAGE) };
    numbers.map(move |number| {
        let start = number * PAGE;
        (number, bytes.start.max(start) - start..bytes.end.min(start + PAGE) - start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &Bytes) -> Vec<u8> {
        bytes.read(0, usize::MAX)
    }

    fn settled(bytes: &Bytes, torn: Option<Range<usize>>) -> Vec<Vec<u8>> {
        (0..400).map(|seed| all(&bytes.clone().settle(torn.clone(), &mut Chance::seeded(seed)))).collect()
    }

    #[test]
    fn what_is_written_is_read_across_pages() {
        let mut bytes = Bytes::default();
        bytes.write(PAGE - 3, b"across");
        assert_eq!((bytes.size(), bytes.read(PAGE - 4, 5)), (PAGE + 3, b"\0acro".to_vec()));
        bytes.resize(PAGE - 1);
        bytes.resize(PAGE + 2);
        assert_eq!(bytes.read(PAGE - 3, 9), b"ac\0\0\0", "what was cut off comes back as zeros");
        assert_eq!(bytes.read(PAGE * 9, 5), b"", "there is nothing behind the end");
    }

    #[test]
    fn what_is_durable_stays_whatever_is_drawn() {
        let mut bytes = Bytes::default();
        bytes.write(0, &[7; 3 * PAGE]);
        bytes.sync();
        assert!(settled(&bytes, Some(0..3 * PAGE)).iter().all(|left| *left == [7; 3 * PAGE]));
    }

    #[test]
    fn any_pages_of_what_is_not_durable_may_be_lost() {
        let mut bytes = Bytes::default();
        bytes.write(0, &[1; 2 * PAGE]);
        bytes.sync();
        bytes.write(0, &[2; 2 * PAGE]);
        bytes.write(0, &[3; PAGE]);
        let firsts: BTreeSet<(u8, u8)> = settled(&bytes, None).iter().map(|left| (left[0], left[PAGE])).collect();
        let every = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)];
        assert_eq!(firsts, BTreeSet::from(every), "each page by itself: as it was, as it was meanwhile, as it is");
    }

    #[test]
    fn a_size_may_be_lost_without_its_bytes_and_the_bytes_without_their_size() {
        let mut bytes = Bytes::default();
        bytes.write(0, &[1; 10]);
        let left: BTreeSet<Vec<u8>> = settled(&bytes, None).into_iter().collect();
        assert_eq!(left, BTreeSet::from([vec![], vec![0; 10], vec![1; 10]]));
        bytes.sync();
        bytes.resize(0);
        bytes.write(0, &[2; 4]);
        let left: BTreeSet<usize> = settled(&bytes, None).iter().map(Vec::len).collect();
        assert_eq!(left, BTreeSet::from([0, 4, 10]));
    }

    #[test]
    fn the_last_write_is_torn_at_sectors_and_nowhere_else() {
        let mut bytes = Bytes::default();
        bytes.write(0, &[1; PAGE]);
        bytes.sync();
        bytes.write(0, &[2; PAGE]);
        let torn = settled(&bytes, Some(0..PAGE));
        assert!(torn.iter().any(|left| left.contains(&1) && left.contains(&2)), "some of them mix old and new");
        for left in &torn {
            assert!(
                left.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])),
                "a sector is whole"
            );
        }
        let whole = settled(&bytes, None);
        assert!(whole.iter().all(|left| left.iter().all(|byte| *byte == left[0])), "no other page is torn");
    }

    #[test]
    fn one_seed_leaves_the_same_again() {
        let mut bytes = Bytes::default();
        bytes.write(0, &[5; 9 * PAGE]);
        assert_eq!(settled(&bytes, Some(0..100)), settled(&bytes, Some(0..100)));
    }
}
