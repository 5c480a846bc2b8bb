//! A day's queue of a decision, and the free beds that people are placed in.

use std::marker::PhantomData;

use enumset::EnumSet;

use crate::choices::options::Options;
use crate::choices::view::OptionRow;
use crate::codes::{Placement, Question};
use crate::ids::{CaseId, UnitId};

/// A day's queue of a decision: about whom, what the law allows, what is on offer. Its answers are of the decision's type.
pub(crate) struct DecisionQueue<Q: Question> {
    rows: QueueRows,
    answers: PhantomData<Q>,
}

/// The rows of a day's queue, whichever the decision.
#[derive(Default)]
pub(super) struct QueueRows {
    pub(super) cases: Vec<CaseId>,
    pub(super) allowed: Vec<Options>,
    /// One row per option and case, or none where the decision looks at no offers.
    offers: Vec<OptionRow>,
}

impl QueueRows {
    /// What is on offer for the k-th case.
    pub(super) fn offers(&self, k: usize) -> &[OptionRow] {
        let each = self.offers.len() / self.cases.len();
        &self.offers[k * each..(k + 1) * each]
    }
}

impl<Q: Question> DecisionQueue<Q> {
    /// An empty queue.
    pub(crate) fn new() -> DecisionQueue<Q> {
        DecisionQueue { rows: QueueRows::default(), answers: PhantomData }
    }

    /// Puts a case on the queue, with the answers that the law allows.
    pub(crate) fn add(&mut self, i: CaseId, allowed: impl Into<EnumSet<Q>>) {
        self.rows.cases.push(i);
        self.rows.allowed.push(Options::from(allowed.into()));
    }

    /// Puts a case on the queue, with what is on offer under each option.
    pub(crate) fn add_with(&mut self, i: CaseId, allowed: EnumSet<Q>, offers: &[OptionRow]) {
        self.add(i, allowed);
        self.rows.offers.extend_from_slice(offers);
    }

    /// The cases, in order.
    pub(crate) fn cases(&self) -> &[CaseId] {
        &self.rows.cases
    }

    /// The rows, without the type of their answers.
    pub(super) fn rows(&self) -> &QueueRows {
        &self.rows
    }

    /// What the law allows the k-th case.
    #[cfg(test)]
    pub(crate) fn allowed(&self, k: usize) -> EnumSet<Q> {
        Q::ANSWERS.iter().copied().filter(|answer| self.rows.allowed[k].contains(answer.code())).collect()
    }
}

/// A free bed, as it is to somebody who waits for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FreeBed {
    /// The unit.
    pub unit: UnitId,
    /// The answer to `placement` that taking it would be.
    pub answer: Placement,
    /// What it is to the one who places.
    pub row: OptionRow,
}

/// Those who wait for a bed, in order of priority, each with the beds that are free for them.
#[derive(Default)]
pub(crate) struct FreeBeds {
    cases: Vec<CaseId>,
    /// Where the beds of each case end.
    ends: Vec<usize>,
    beds: Vec<FreeBed>,
}

impl FreeBeds {
    /// Puts a case at the end of the order.
    pub(crate) fn add(&mut self, i: CaseId, beds: impl IntoIterator<Item = FreeBed>) {
        self.cases.push(i);
        self.beds.extend(beds);
        self.ends.push(self.beds.len());
    }

    /// The cases, in order of priority.
    pub(crate) fn cases(&self) -> &[CaseId] {
        &self.cases
    }

    /// The beds, those of one case after those of another.
    pub(crate) fn beds(&self) -> &[FreeBed] {
        &self.beds
    }

    /// Where the beds of the k-th case stand.
    pub(crate) fn range(&self, k: usize) -> std::ops::Range<usize> {
        k.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[k]
    }

    /// The bed with the greatest of `scores` that the k-th case may still have, if any is better than waiting; of equals
    /// the first.
    pub(crate) fn best(&self, k: usize, scores: &[f64], free: impl Fn(&FreeBed) -> bool) -> Option<FreeBed> {
        let mut best = (0.0, None);
        for at in self.range(k) {
            if scores[at] > best.0 && free(&self.beds[at]) {
                best = (scores[at], Some(self.beds[at]));
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::columns::OptionColumn;
    use crate::codes::{Discharge, Review};

    fn bed(unit: u16) -> FreeBed {
        FreeBed { unit: UnitId(unit), answer: Placement::Own, row: [0.0; OptionColumn::COUNT] }
    }

    fn units(found: Option<FreeBed>) -> Option<u16> {
        found.map(|b| b.unit.0)
    }

    #[test]
    fn the_best_bed_is_taken_unless_it_is_gone_or_waiting_is_better() {
        let mut free = FreeBeds::default();
        free.add(CaseId(10), [bed(1), bed(2), bed(3)]);
        free.add(CaseId(11), [bed(2), bed(4)]);
        let scores = [0.5, 2.0, 2.0, 3.0, -1.0];
        assert_eq!(units(free.best(0, &scores, |_| true)), Some(2));
        assert_eq!(units(free.best(0, &scores, |b| b.unit.0 != 2)), Some(3));
        assert_eq!(units(free.best(1, &scores, |b| b.unit.0 != 2)), None);
    }

    #[test]
    fn each_case_of_a_queue_keeps_its_own_offers() {
        let row = |price: f64| [price; OptionColumn::COUNT];
        let mut queue = DecisionQueue::<Discharge>::new();
        queue.add_with(CaseId(3), EnumSet::only(Discharge::NotYet), &[row(1.0), row(2.0)]);
        queue.add_with(CaseId(5), EnumSet::all(), &[row(3.0), row(4.0)]);
        assert_eq!(queue.cases(), [CaseId(3), CaseId(5)]);
        assert_eq!((queue.rows().offers(0)[1][0], queue.rows().offers(1)[0][0]), (2.0, 3.0));
        let mut none = DecisionQueue::<Review>::new();
        none.add(CaseId(3), Review::Stay);
        assert!(none.rows().offers(0).is_empty());
    }
}
