//! The items in their order, with what belongs to each. Removed items keep
//! their place, so that they can come back to it.

use hemicycle_protocol::ids::{ItemId, PaperId, VoteId};
use hemicycle_protocol::topic::{ItemKind, ItemState};
use std::collections::BTreeMap;

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub id: ItemId,
    pub rev: u32,
    pub title: String,
    pub short: String,
    pub kind: ItemKind,
    pub state: ItemState,
    pub removed: bool,
    /// In order, removed ones included.
    pub papers: Vec<PaperId>,
    pub votes: Vec<VoteId>,
}

impl Item {
    /// As it is added.
    pub fn new(id: ItemId, title: String, short: String, kind: ItemKind) -> Self {
        let (papers, votes) = (vec![], vec![]);
        let state = ItemState::Waiting;
        Self { id, rev: 1, title, short, kind, state, removed: false, papers, votes }
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agenda {
    items: BTreeMap<ItemId, Item>,
    order: Vec<ItemId>,
    pub current: Option<ItemId>,
}

impl Agenda {
    /// An item that is not removed.
    pub fn get(&self, item: ItemId) -> Option<&Item> {
        self.items.get(&item).filter(|i| !i.removed)
    }

    /// An item, removed or not.
    pub fn any(&self, item: ItemId) -> Option<&Item> {
        self.items.get(&item)
    }

    /// For changes.
    pub fn get_mut(&mut self, item: ItemId) -> Option<&mut Item> {
        self.items.get_mut(&item)
    }

    /// Those that are not removed, in order.
    pub fn visible(&self) -> impl Iterator<Item = &Item> {
        self.order.iter().filter_map(|id| self.get(*id))
    }

    /// How many there are, removed ones included.
    pub fn total(&self) -> usize {
        self.order.len()
    }

    /// The id of the next item.
    pub fn next_id(&self) -> ItemId {
        ItemId(self.items.last_key_value().map_or(0, |(id, _)| id.0) + 1)
    }

    /// Adds at the end.
    pub fn add(&mut self, item: Item) {
        self.order.push(item.id);
        self.items.insert(item.id, item);
    }

    /// Moves an item to a place among the visible ones.
    pub fn shift(&mut self, item: ItemId, to: u32) {
        let items = &self.items;
        place(&mut self.order, item, to, |id| items.get(&id).is_some_and(|i| !i.removed));
    }

    /// Makes an item current; the one before it is done.
    pub fn start(&mut self, item: ItemId) {
        if let Some(old) = self.current.take() {
            self.finish(old);
        }
        if let Some(i) = self.items.get_mut(&item) {
            i.state = ItemState::Current;
            self.current = Some(item);
        }
    }

    /// An item is done.
    pub fn finish(&mut self, item: ItemId) {
        if let Some(i) = self.items.get_mut(&item) {
            i.state = ItemState::Done;
        }
        if self.current == Some(item) {
            self.current = None;
        }
    }
}

/// Puts `id` so that it is the `to`-th of the visible ones; the hidden ones
/// keep their neighbours.
pub fn place<T: Copy + PartialEq>(order: &mut Vec<T>, id: T, to: u32, visible: impl Fn(T) -> bool) {
    order.retain(|x| *x != id);
    let to = usize::try_from(to).unwrap_or(usize::MAX);
    let at = order
        .iter()
        .enumerate()
        .filter(|(_, x)| visible(**x))
        .nth(to)
        .map_or(order.len(), |(at, _)| at);
    order.insert(at, id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_the_visible_ones_only() {
        let check = |id, to, want: &[i32]| {
            let mut order = vec![1, -2, 3, 4, -5];
            place(&mut order, id, to, |x| x > 0);
            assert_eq!(order, want, "{id} to {to}");
        };
        check(4, 0, &[4, 1, -2, 3, -5]);
        check(4, 1, &[1, -2, 4, 3, -5]);
        check(1, 1, &[-2, 3, 1, 4, -5]);
        check(1, 9, &[-2, 3, 4, -5, 1]);
        check(3, 1, &[1, -2, 3, 4, -5]);
    }
}
