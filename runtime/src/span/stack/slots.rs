//! The memory of the open spans of a thread.

use std::mem;

use super::slot::Slot;

/// Slots, the outermost span first.
///
/// A slot that was left stays where it is, without anything to drop, so that opening and closing a span only writes what
/// differs from span to span.
#[derive(Debug)]
pub(super) struct Slots {
    all: Vec<Slot>,
    /// How many of them are in use.
    depth: usize,
}

/// How many slots are added at a time.
const STEP: usize = 32;

impl Slots {
    pub(super) const fn new() -> Self {
        Self {
            all: Vec::new(),
            depth: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.depth
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    #[inline]
    fn in_use(&self) -> &[Slot] {
        self.all.get(..self.depth).unwrap_or_default()
    }

    #[inline]
    fn in_use_mut(&mut self) -> &mut [Slot] {
        self.all.get_mut(..self.depth).unwrap_or_default()
    }

    #[inline]
    pub(super) fn last(&self) -> Option<&Slot> {
        self.all.get(self.depth.wrapping_sub(1))
    }

    #[inline]
    pub(super) fn last_mut(&mut self) -> Option<&mut Slot> {
        self.all.get_mut(self.depth.wrapping_sub(1))
    }

    pub(super) fn get(&self, index: usize) -> Option<&Slot> {
        self.in_use().get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Slot> {
        self.in_use_mut().get_mut(index)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Slot> + ExactSizeIterator {
        self.in_use().iter()
    }

    #[inline]
    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Slot> {
        self.in_use_mut().iter_mut()
    }

    /// The last slot, and the one that [`add`](Self::add) takes in use, which has nothing to drop. `None` if there is no last
    /// one, or if about `most` are in use.
    #[inline]
    pub(super) fn last_and_next(&mut self, most: usize) -> Option<(&mut Slot, &mut Slot)> {
        let first = self.depth.checked_sub(1)?;
        if self.all.len() == self.depth {
            // Only here, because memory grows by so many that nobody counts the few that exceed the limit.
            if self.depth >= most {
                return None;
            }
            self.grow();
        }
        match self.all.get_mut(first..first + 2) {
            Some([last, next]) => Some((last, next)),
            _ => None,
        }
    }

    /// As [`last_and_next`](Self::last_and_next), if there is memory for the next one.
    #[inline(always)]
    pub(super) fn last_and_ready(&mut self) -> Option<(&mut Slot, &mut Slot)> {
        match self.all.get_mut(self.depth.wrapping_sub(1)..) {
            Some([last, next, ..]) => Some((last, next)),
            _ => None,
        }
    }

    /// The slot that [`add`](Self::add) takes in use, which has nothing to drop.
    #[inline]
    pub(super) fn next(&mut self) -> Option<&mut Slot> {
        if self.all.len() == self.depth {
            self.grow();
        }
        self.all.get_mut(self.depth)
    }

    /// Takes the next slot in use, after it was filled.
    #[inline]
    pub(super) fn add(&mut self) {
        self.depth += 1;
    }

    #[cold]
    fn grow(&mut self) {
        self.all.resize_with(self.depth + STEP, || Slot::VACANT);
    }

    pub(super) fn push(&mut self, slot: Slot) {
        if self.all.len() == self.depth {
            self.grow();
        }
        if let Some(next) = self.all.get_mut(self.depth) {
            *next = slot;
            self.depth += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<Slot> {
        let last = mem::replace(self.last_mut()?, Slot::VACANT);
        self.depth -= 1;
        Some(last)
    }

    /// Removes the last slot, which has nothing to drop.
    #[inline]
    pub(super) fn drop_last(&mut self) {
        debug_assert!(self.last().is_some_and(Slot::is_plain));
        self.depth = self.depth.saturating_sub(1);
    }

    /// Moves a slot from between others to the end.
    pub(super) fn move_to_top(&mut self, index: usize) {
        if let Some(from @ [_, ..]) = self.in_use_mut().get_mut(index..) {
            from.rotate_left(1);
        }
    }

    /// Removes a slot from between others.
    pub(super) fn remove(&mut self, index: usize) -> Option<Slot> {
        self.in_use().get(index)?;
        self.move_to_top(index);
        self.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(number: u64) -> Slot {
        let mut slot = Slot::VACANT;
        slot.span.number = number;
        slot
    }

    fn numbers(slots: &Slots) -> Vec<u64> {
        slots.iter().map(|slot| slot.span.number).collect()
    }

    #[test]
    fn slots_keep_their_order_whichever_is_removed() {
        let mut slots = Slots::new();
        assert!(slots.is_empty() && slots.last_and_next(STEP).is_none() && slots.pop().is_none());
        for number in 1..=3 * STEP as u64 {
            slots.push(slot(number));
        }
        while slots.len() > 4 {
            slots.drop_last();
        }
        assert_eq!(slots.remove(1).map(|slot| slot.span.number), Some(2));
        assert_eq!(numbers(&slots), [1, 3, 4]);
        assert!(slots.remove(3).is_none());
        let (last, next) = slots.last_and_next(STEP).unwrap();
        assert_eq!(last.span.number, 4);
        next.span.number = 9;
        slots.add();
        assert_eq!(numbers(&slots), [1, 3, 4, 9]);
        assert_eq!(slots.pop().map(|slot| slot.span.number), Some(9));
        assert_eq!(slots.last().map(|slot| slot.span.number), Some(4));
    }

    #[test]
    fn the_next_slot_is_there_however_many_are_in_use() {
        let mut slots = Slots::new();
        slots.push(slot(0));
        for number in 1..10 * STEP as u64 {
            let (last, next) = slots.last_and_next(10 * STEP).unwrap();
            assert_eq!(last.span.number, number - 1);
            next.span.number = number;
            slots.add();
        }
        assert_eq!(slots.len(), 10 * STEP);
        assert!(slots.last_and_next(10 * STEP).is_none());
    }
}
