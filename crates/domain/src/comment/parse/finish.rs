//! What the items come to, once all of them are said.

use super::Parser;
use crate::comment::bare;
use crate::comment::item::{self, Item, Parsed};
use crate::comment::token::Class;
use crate::comment::{CommentLine, Open};

impl Parser<'_> {
    pub(super) fn finish(mut self) -> Option<Parsed> {
        self.flush();
        let mut items = std::mem::take(&mut self.items);
        self.drop_repeats(&mut items);
        if self.open == Some(Open::Quantity) && !self.readings.is_empty() {
            return Some(Parsed { open: self.open, readings: self.readings, items });
        }
        if let [item] = items.as_slice()
            && let (Some(n), false, None, true) = (item.loose, item.has_options(), item.quantity, item.names.is_empty())
        {
            return self.alone(n);
        }
        for item in &mut items {
            item.number = item.number.or(item.loose);
        }
        if items.is_empty() && (self.all || self.spread) {
            return Some(Parsed { open: Some(Open::Product), ..Parsed::default() });
        }
        if self.all && items.len() < 2 {
            self.open = self.open.or(Some(Open::Product));
        }
        if items.is_empty() {
            items.push(Item::default());
        }
        if self.spread {
            self.share(&mut items);
        }
        if items.iter().any(|item| item.quantity == Some(0) || item.number == Some(0)) {
            return None;
        }
        let open = self.open.or(self.clash.then_some(Open::Product));
        Some(Parsed { items, open, readings: Vec::new() })
    }

    /// A quantity said a second time beside the product: "要两个 4号两个".
    fn drop_repeats(&mut self, items: &mut Vec<Item>) {
        if items.len() < 2 || self.spread {
            return;
        }
        let quantity = items.first().and_then(|item| item.quantity);
        let lone = |item: &Item| !item.has_product() && !item.has_options();
        if items.iter().any(lone) && !items.iter().all(lone) {
            if items.iter().any(|item| lone(item) && item.quantity != quantity && !item.added) {
                self.open = Some(Open::Quantity);
            }
            items.retain(|item| !lone(item) || item.added);
        } else if items.iter().all(lone) && !items.iter().skip(1).any(|item| item.added) {
            if items.iter().any(|item| item.quantity != quantity) {
                self.open = Some(Open::Quantity);
            }
            items.truncate(1);
        }
    }

    fn alone(self, n: u32) -> Option<Parsed> {
        let line =
            |number, quantity| CommentLine { number: Some(number), quantity: Some(quantity), options: Vec::new() };
        if self.open.is_some() {
            return Some(Parsed { open: self.open, ..Parsed::of(vec![Item::product(n)]) });
        }
        match (self.class, self.context.pinned) {
            (Some(Class::Named), Some(pinned)) if n == 1 && pinned != 1 => {
                Some(Parsed::ambiguous(vec![vec![line(pinned, 1)], vec![line(1, 1)]]))
            }
            (Some(Class::Named), _) => (n > 0).then(|| Parsed::of(vec![Item::product(n)])),
            (class, _) => match bare::lone(n, self.context) {
                None if class.is_some() && n > 0 => {
                    Some(Parsed { open: Some(Open::Product), ..Parsed::of(vec![Item::product(n)]) })
                }
                parsed => parsed,
            },
        }
    }

    /// 各: the quantity goes to every item, and so does an option that only one of them has.
    fn share(&self, items: &mut [Item]) {
        let (pieces, pairs) = self.each.unwrap_or((1, 1));
        let all = items.to_vec();
        for item in items.iter_mut() {
            if self.each.is_some() || item.quantity.is_none() {
                (item.quantity, item.pairs) = (Some(pieces), Some(pairs));
            }
            let Some(number) = item::number(item, self.context) else { continue };
            for other in all.iter().filter(|other| item::number(other, self.context) == Some(number)) {
                for word in &other.words {
                    let mut with = item.clone();
                    with.words.push(*word);
                    if !self.context.said(number, &with).1 && !item.words.contains(word) {
                        *item = with;
                    }
                }
            }
        }
    }
}
