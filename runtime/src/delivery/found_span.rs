//! A finished span in its batch, with what is shown of it.

use super::batch::Batch;
use super::chain::NONE;
use super::entries::Entries;
use super::entry::{Entry, EntryKind, is_same};
use super::record::FinishedRecord;
use crate::util::tick::Tick;

/// Set in the index of a tag of the sampler's decision.
pub(super) const OF_DECISION: u32 = 1 << 31;

/// A span that was found, with the indices of its entries in the order in which they are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundSpan {
    pub(super) end: Tick,
    pub(super) batch: u32,
    pub(super) record: u32,
    /// Where its tags begin, its log records begin and end.
    pub(super) tags: u32,
    pub(super) logs: u32,
    pub(super) over: u32,
    pub(super) name: u32,
}

/// Adds the indices of a span's entries. A key keeps its first place and its last value; the tags of the sampler come
/// first, and give way.
pub(super) fn show(shown: &mut Vec<u32>, span: &mut FoundSpan, batch: &Batch, record: &FinishedRecord) {
    let (entries, first) = (&batch.entries, shown.len());
    for (index, entry) in entries.back_from(record.last) {
        match entry.kind {
            EntryKind::Tag => shown.push(index),
            EntryKind::Name if span.name == NONE => span.name = index,
            EntryKind::Name | EntryKind::Record { .. } | EntryKind::Field | EntryKind::Dead => {}
        }
    }
    shown.get_mut(first..).unwrap_or_default().reverse();
    if !record.has_own_keys {
        keep_last_values(shown, first, entries);
    }
    put_decision_first(shown, first, batch, record);
    span.logs = shown.len() as u32;
    let logs = shown.len();
    let records = entries.back_from(record.last);
    let records = records.filter(|(_, entry)| matches!(entry.kind, EntryKind::Record { .. }));
    shown.extend(records.map(|(index, _)| index));
    shown.get_mut(logs..).unwrap_or_default().reverse();
    span.over = shown.len() as u32;
}

fn key<'a>(entries: &'a Entries, index: u32) -> &'a str {
    let entry: Option<&'a Entry> = entries.get(index);
    entry.map_or("", |entry| entry.key.get(&entries.text))
}

/// For the few tags of a span without details of its own.
fn keep_last_values(shown: &mut Vec<u32>, first: usize, entries: &Entries) {
    let mut kept = first;
    for read in first..shown.len() {
        let Some(&index) = shown.get(read) else { break };
        let known = shown.get_mut(first..kept).unwrap_or_default();
        let same = known
            .iter_mut()
            .find(|known| is_same(key(entries, **known), key(entries, index)));
        match same {
            Some(known) => *known = index,
            None => {
                shown.swap(kept, read);
                kept += 1;
            }
        }
    }
    shown.truncate(kept);
}

fn put_decision_first(shown: &mut Vec<u32>, first: usize, batch: &Batch, record: &FinishedRecord) {
    let decision = batch.decision_of(record).as_slice();
    if decision.is_empty() {
        return;
    }
    let own = shown.len();
    for (place, tag) in decision.iter().enumerate() {
        let in_own = |index: &u32| *index != NONE && is_same(key(&batch.entries, *index), &tag.key);
        let same = shown.get_mut(first..own).unwrap_or_default();
        let same = same.iter_mut().find(|index| in_own(index));
        let index = same.map_or(OF_DECISION | place as u32, |index| std::mem::replace(index, NONE));
        shown.push(index);
    }
    let shown_here = shown.get_mut(first..).unwrap_or_default();
    shown_here.rotate_right(decision.len());
    let mut kept = first;
    for read in first..shown.len() {
        if shown.get(read).is_some_and(|index| *index != NONE) {
            shown.swap(kept, read);
            kept += 1;
        }
    }
    shown.truncate(kept);
}
