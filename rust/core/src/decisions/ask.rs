//! The seam where agents are asked: a phase gathers its day's queue of a decision, has it answered at once, and only then acts.
//!
//! So everyone is judged at the state of the phase's start, whoever answers: the declared choice, evaluated here, or a rule.

use std::sync::{Arc, PoisonError};

use crate::agents::Kind;
use crate::calendar::Day;
use crate::choices::batch::Batch;
use crate::choices::choice::{Answer, Choice};
use crate::choices::columns::{CaseColumn, OptionColumn};
use crate::choices::deciders::Asked;
use crate::choices::options::Options;
use crate::choices::view::{OptionRow, View};
use crate::codes::{Decision, Event, Label};
use crate::draw::Purpose;
use crate::world::{Trace, World};

/// A day's queue of a decision: about whom, what the law allows, what is on offer.
pub(crate) struct Docket {
    decision: Decision,
    cases: Vec<u32>,
    masks: Vec<u32>,
    /// One row per option and case, or none where the decision looks at no offers.
    offers: Vec<OptionRow>,
}

impl Docket {
    /// An empty queue of a decision.
    pub fn new(decision: Decision) -> Docket {
        Docket { decision, cases: Vec::new(), masks: Vec::new(), offers: Vec::new() }
    }

    /// Puts a case on the queue, with the options that the law allows (bit k for option k).
    pub fn add(&mut self, i: u32, mask: u32) {
        self.cases.push(i);
        self.masks.push(mask);
    }

    /// Puts a case on the queue, with what is on offer under each option.
    pub fn add_with(&mut self, i: u32, mask: u32, offers: &[OptionRow]) {
        self.add(i, mask);
        self.offers.extend_from_slice(offers);
    }

    /// The cases, in order.
    pub fn cases(&self) -> &[u32] {
        &self.cases
    }

    /// What is on offer for the k-th case.
    fn offers(&self, k: usize) -> &[OptionRow] {
        let each = self.offers.len() / self.cases.len();
        &self.offers[k * each..(k + 1) * each]
    }
}

/// A free bed, as it is to somebody who waits for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FreeBed {
    /// The unit.
    pub unit: u16,
    /// The answer to `placement` that taking it would be.
    pub answer: u8,
    /// What it is to the one who places.
    pub row: OptionRow,
}

/// Those who wait for a bed, in order of priority, each with the beds that are free for them.
#[derive(Default)]
pub(crate) struct FreeBeds {
    cases: Vec<u32>,
    /// Where the beds of each case end.
    ends: Vec<usize>,
    beds: Vec<FreeBed>,
}

impl FreeBeds {
    /// Puts a case at the end of the order.
    pub fn add(&mut self, i: u32, beds: impl IntoIterator<Item = FreeBed>) {
        self.cases.push(i);
        self.beds.extend(beds);
        self.ends.push(self.beds.len());
    }

    /// The cases, in order of priority.
    pub fn cases(&self) -> &[u32] {
        &self.cases
    }

    /// Where the beds of the k-th case stand.
    fn range(&self, k: usize) -> std::ops::Range<usize> {
        k.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[k]
    }

    /// The bed with the greatest of `scores` that the k-th case may still have, if any is better than waiting; of equals
    /// the first.
    pub fn best(&self, k: usize, scores: &[f64], free: impl Fn(&FreeBed) -> bool) -> Option<FreeBed> {
        let mut best = (0.0, None);
        for at in self.range(k) {
            if scores[at] > best.0 && free(&self.beds[at]) {
                best = (scores[at], Some(self.beds[at]));
            }
        }
        best.1
    }
}

/// Returns the options whose bits are set in a mask, bit k for option k.
fn options(decision: Decision, mask: u32) -> Options {
    let allowed = Options::all(decision).iter().filter(|option| mask & (1 << option) != 0);
    Options::of(decision, allowed).unwrap_or_default()
}

/// What a rule is told that nobody answers for.
const UNANSWERED: &str = "nobody answers for it; allowed: a model that was given the same agents";

/// The batches of a day's queue, one for each rule, with the rows of the queue that are in each.
#[derive(Default)]
struct Batches {
    all: Vec<(Vec<usize>, Batch)>,
}

impl Batches {
    /// The batch of a rule, to which the `k`-th row of the queue is added.
    fn of(&mut self, k: usize, rule: usize, new: impl FnOnce() -> Batch) -> &mut Batch {
        let at = self.all.iter().position(|(_, b)| b.rule == rule).unwrap_or_else(|| {
            self.all.push((Vec::new(), new()));
            self.all.len() - 1
        });
        self.all[at].0.push(k);
        &mut self.all[at].1
    }
}

impl World {
    /// The agent that decides about a case.
    pub(crate) fn decider(&self, kind: Kind, i: u32) -> usize {
        let c = self.case(i);
        match kind {
            Kind::InReach | Kind::AcuteWard | Kind::CommunityTeam | Kind::AftercareFunder => usize::from(c.area),
            Kind::CourtLiaison | Kind::CriminalCourt => usize::from(self.plan.areas[c.area as usize].region),
            Kind::AssessmentTeam => usize::from(c.assessor),
            Kind::ResponsibleClinician => usize::from(c.unit),
            Kind::Tribunal | Kind::Ministry => 0,
            Kind::Commissioner => usize::from(self.commissioner(c.area, c.target)),
        }
    }

    /// Who is asked about a case: an index within the kind, or the home area of a patient.
    fn asked(&self, asked: Asked, i: u32) -> usize {
        match asked {
            Asked::Patient => usize::from(self.case(i).area),
            Asked::Agent(kind) => self.decider(kind, i),
        }
    }

    /// Attributes and name of the one who is asked.
    fn attributes(&self, asked: Asked, agent: usize) -> (&[f64], &str) {
        match asked {
            Asked::Patient => (&[], "patient"),
            Asked::Agent(kind) => (self.agents.of(kind).row(agent), &self.agents.of(kind).names[agent]),
        }
    }

    /// Value of a column of people's own; not a number where nobody has attached it.
    fn own(&self, name: &str, i: u32) -> f64 {
        self.caseload.own.find(name).map_or(f64::NAN, |column| column.values.number(i))
    }

    /// Asks about a day's queue: the answers, in its order.
    pub(crate) fn ask(&mut self, docket: &Docket) -> Vec<u8> {
        let decision = docket.decision;
        let ordinals: Vec<u64> = docket.cases.iter().map(|i| self.case_mut(*i).next(decision.purpose())).collect();
        let Some(decider) = &self.deciders[decision as usize] else { return Vec::new() };
        let mut answers = vec![Answer { option: 0, anomaly: false }; docket.cases.len()];
        let (mut batches, mut traces) = (Batches::default(), Vec::new());
        for (k, i) in docket.cases.iter().enumerate() {
            let agent = self.asked(decider.asked, *i);
            let by = decider.by(agent);
            let (choice, allowed) = (&decider.choices[by.choice], by.left(options(decision, docket.masks[k])));
            let row = self.columns(*i);
            let (attributes, name) = self.attributes(decider.asked, agent);
            let c = self.case(*i);
            let lever = &self.lever_values[usize::from(c.area)];
            let view = View { case: &row, agent: attributes, lever, option: docket.offers(k) };
            // Where the law leaves nothing, there is nothing to ask.
            if let (Some(rule), false) = (by.rule, allowed.is_empty()) {
                let batch = batches.of(k, rule, || Batch::new(rule, decision, self.today, self.key));
                batch.gather(&self.rules[rule], choice, &view, None, |name| self.own(name, *i));
                batch.row(*i, c.person, ordinals[k], agent, allowed);
            } else {
                answers[k] = choice.choose(&view, allowed, self.key, c.person, ordinals[k]);
            }
            if self.traced == Some(c.person) {
                let explained = choice.explain(&view, allowed, self.key, c.person, ordinals[k]);
                let agent = match by.rule {
                    Some(rule) => format!("{name}, by the rule {}", self.rules[rule].name),
                    None => name.to_owned(),
                };
                traces.push((k, Trace { day: self.today, decision, agent, explained }));
            }
        }
        for (rows, batch) in batches.all {
            for (k, option) in rows.into_iter().zip(self.ask_rule(batch)) {
                answers[k].option = option;
            }
        }
        self.counts.decisions += docket.cases.len() as u64;
        for (i, answer) in docket.cases.iter().zip(&answers) {
            let said = Label::answer(decision, answer.option);
            if answer.anomaly {
                self.counts.anomalies += 1;
                self.event(*i, Event::Anomaly, Label::NONE, said, Some(decision), Purpose::None);
            }
            self.event(*i, Event::Decision, Label::NONE, said, Some(decision), Purpose::None);
        }
        self.traces.extend(traces.into_iter().map(|(k, mut trace)| {
            trace.explained.answer = answers[k];
            trace
        }));
        answers.into_iter().map(|a| a.option).collect()
    }

    /// Has a rule answer; where it breaks its contract, that is recorded and everybody gets the first lawful option.
    fn ask_rule(&mut self, mut batch: Batch) -> Vec<u8> {
        batch.transpose();
        let rule = batch.rule;
        let first: Vec<u8> = batch.allowed.iter().map(|allowed| allowed.first().unwrap_or(0)).collect();
        if self.faulty() {
            return first;
        }
        let said = match &mut self.answers {
            Some(answers) => {
                let batch = Arc::new(batch);
                let said = answers.options(batch.clone()).and_then(|said| batch.check(&said).map(|()| said));
                said.and_then(|said| self.write_own(&batch).map(|()| said))
            }
            None => Err(UNANSWERED.to_owned()),
        };
        said.unwrap_or_else(|what| {
            self.break_rule(rule, what);
            first
        })
    }

    /// Writes what a rule has written: columns of people's own, and attributes of the agents that were asked (`agent.x`), where
    /// of several cases of an agent the last counts.
    fn write_own(&mut self, batch: &Batch) -> Result<(), String> {
        let writes = std::mem::take(&mut *batch.writes.lock().unwrap_or_else(PoisonError::into_inner));
        for (name, values) in writes {
            let Some(attribute) = name.strip_prefix("agent.") else {
                self.caseload.own.write_numbers(&name, &batch.cases, &values).map_err(|e| e.to_string())?;
                continue;
            };
            let asked = self.deciders[batch.decision as usize].as_ref().map(|d| d.asked);
            let Some(Asked::Agent(kind)) = asked else {
                return Err(format!("sets {name}: a patient has no attributes"));
            };
            for (agent, value) in batch.agents.iter().zip(&values) {
                self.agents.set(kind.name(), *agent as usize, attribute, *value).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    /// Asks commissioners about the day's free beds: the score of each, above 0 where it is better than waiting. Nothing is
    /// drawn; [`FreeBeds::best`] then gives them out in order of priority.
    pub(crate) fn rank(&mut self, free: &FreeBeds) -> Vec<f64> {
        let decision = Decision::Placement;
        let ordinals: Vec<u64> = free.cases.iter().map(|i| self.case_mut(*i).next(decision.purpose())).collect();
        let Some(decider) = &self.deciders[decision as usize] else { return Vec::new() };
        let mut scores = vec![0.0; free.beds.len()];
        let (mut batches, mut traces) = (Batches::default(), Vec::new());
        for (k, i) in free.cases.iter().enumerate() {
            let agent = self.asked(decider.asked, *i);
            let by = decider.by(agent);
            let choice = &decider.choices[by.choice];
            let row = self.columns(*i);
            let c = self.case(*i);
            let lever = &self.lever_values[usize::from(c.area)];
            let (attributes, _) = self.attributes(decider.asked, agent);
            let view = View { case: &row, agent: attributes, lever, option: &[] };
            for at in free.range(k) {
                let bed = &free.beds[at];
                if !by.options.contains(bed.answer) {
                    scores[at] = f64::NEG_INFINITY;
                } else if let Some(rule) = by.rule {
                    let batch = batches.of(at, rule, || Batch::new(rule, decision, self.today, self.key));
                    batch.gather(&self.rules[rule], choice, &view, Some((bed.answer, &bed.row)), |name| {
                        self.own(name, *i)
                    });
                    batch.bed(*i, c.person, ordinals[k], agent, bed.unit, bed.answer);
                } else {
                    scores[at] = choice.score(&view, bed.answer, &bed.row);
                }
            }
            if self.traced == Some(c.person) {
                traces.push(self.explain_rank(choice, agent, &view, &free.beds[free.range(k)], c.person));
            }
        }
        for (rows, batch) in batches.all {
            for (at, score) in rows.into_iter().zip(self.rank_by_rule(batch)) {
                scores[at] = score;
            }
        }
        self.counts.decisions += free.cases.len() as u64;
        self.traces.append(&mut traces);
        scores
    }

    /// Has a rule rank; where it breaks its contract, that is recorded and everybody waits.
    fn rank_by_rule(&mut self, mut batch: Batch) -> Vec<f64> {
        batch.transpose();
        let (rows, rule) = (batch.len(), batch.rule);
        if self.faulty() {
            return vec![0.0; rows];
        }
        let said = match &mut self.answers {
            Some(answers) => {
                let batch = Arc::new(batch);
                answers.scores(batch.clone()).and_then(|said| batch.check_scores(&said).map(|()| said))
            }
            None => Err(UNANSWERED.to_owned()),
        };
        said.unwrap_or_else(|what| {
            self.break_rule(rule, what);
            vec![0.0; rows]
        })
    }

    /// The best bed of each kind, and the one that is preferred: ranked, without a draw.
    fn explain_rank(
        &self,
        choice: &Choice,
        commissioner: usize,
        view: &View,
        offers: &[FreeBed],
        person: u64,
    ) -> Trace {
        let mut kinds = [[0.0; OptionColumn::COUNT]; 4];
        let mut best = (0.0, 0);
        for option in 1..4u8 {
            let score = |p: &FreeBed| choice.score(view, option, &p.row);
            let of_kind = offers.iter().filter(|p| p.answer == option);
            if let Some(found) = of_kind.max_by(|a, b| score(a).total_cmp(&score(b))) {
                kinds[usize::from(option)] = found.row;
                if score(found) > best.0 {
                    best = (score(found), option);
                }
            }
        }
        let mask = offers.iter().fold(1, |mask, p| mask | 1u32 << p.answer);
        let allowed = options(Decision::Placement, mask);
        let mut explained = choice.explain(&View { option: &kinds, ..*view }, allowed, self.key, person, 0);
        explained.draws.fill(0.0);
        explained.answer.option = best.1;
        Trace {
            day: self.today,
            decision: Decision::Placement,
            agent: self.agents.of(Kind::Commissioner).names[commissioner].clone(),
            explained,
        }
    }

    /// Days that an agent's answer takes, by its declared delay.
    pub(crate) fn answer_days(&mut self, decision: Decision, i: u32, purpose: Purpose) -> Day {
        let row: [f64; CaseColumn::COUNT] = self.columns(i);
        let ordinal = self.case_mut(i).next(purpose);
        let (person, area) = (self.case(i).person, self.case(i).area);
        let Some(decider) = &self.deciders[decision as usize] else { return 1 };
        let agent = self.asked(decider.asked, i);
        let (attributes, _) = self.attributes(decider.asked, agent);
        let view = View { case: &row, agent: attributes, lever: &self.lever_values[usize::from(area)], option: &[] };
        decider.choices[decider.by(agent).choice].delay(&view, self.key, person, purpose, ordinal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bed(unit: u16) -> FreeBed {
        FreeBed { unit, answer: 1, row: [0.0; OptionColumn::COUNT] }
    }

    fn units(found: Option<FreeBed>) -> Option<u16> {
        found.map(|b| b.unit)
    }

    #[test]
    fn the_best_bed_is_taken_unless_it_is_gone_or_waiting_is_better() {
        let mut free = FreeBeds::default();
        free.add(10, [bed(1), bed(2), bed(3)]);
        free.add(11, [bed(2), bed(4)]);
        let scores = [0.5, 2.0, 2.0, 3.0, -1.0];
        assert_eq!(units(free.best(0, &scores, |_| true)), Some(2));
        assert_eq!(units(free.best(0, &scores, |b| b.unit != 2)), Some(3));
        assert_eq!(units(free.best(1, &scores, |b| b.unit != 2)), None);
    }

    #[test]
    fn each_case_of_a_queue_keeps_its_own_offers() {
        let row = |price: f64| [price; OptionColumn::COUNT];
        let mut docket = Docket::new(Decision::Discharge);
        docket.add_with(3, 1, &[row(1.0), row(2.0)]);
        docket.add_with(5, 3, &[row(3.0), row(4.0)]);
        assert_eq!(docket.cases(), [3, 5]);
        assert_eq!((docket.offers(0)[1][0], docket.offers(1)[0][0]), (2.0, 3.0));
        let mut none = Docket::new(Decision::Review);
        none.add(3, 1);
        assert!(none.offers(0).is_empty());
    }
}
