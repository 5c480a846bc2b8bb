//! The seam where agents are asked: a phase gathers its day's queue of a decision, has it answered at once, and only then acts.
//!
//! So everyone is judged at the state of the phase's start, whoever answers: the declared choice, evaluated here, or a rule.

use crate::agents::Kind;
use crate::calendar::Day;
use crate::choice::{Answer, Choice, OptionRow, View};
use crate::codes::{Decision, Event, Label};
use crate::columns::{CaseColumn, OptionColumn};
use crate::draw::Purpose;
use crate::sim::{Sim, Trace};

/// Who is asked: the patient, or an agent of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// The patient, who has no attributes but those of the case.
    Patient,
    /// An agent of this kind.
    Agent(Kind),
}

impl Asked {
    /// Reads the kind of agent of a plan's choice.
    pub fn of(name: &str) -> Option<Asked> {
        let kind = Kind::ALL.iter().copied().find(|k| k.name() == name);
        kind.map(Asked::Agent).or((name == "patient").then_some(Asked::Patient))
    }

    /// The attributes of the one who is asked about a case, and the name.
    fn row(self, sim: &Sim, i: u32) -> (&[f64], &str) {
        match self {
            Asked::Patient => (&[], "patient"),
            Asked::Agent(kind) => {
                let table = sim.agents.of(kind);
                let agent = sim.decider(kind, i);
                (table.row(agent), &table.names[agent])
            }
        }
    }
}

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

impl Sim {
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

    /// Asks about a day's queue: the answers, in its order.
    pub(crate) fn ask(&mut self, docket: &Docket) -> Vec<u8> {
        let (decision, purpose) = (docket.decision, crate::choice::purpose(docket.decision));
        let mut answers = Vec::with_capacity(docket.cases.len());
        for (k, i) in docket.cases.iter().enumerate() {
            let ordinal = self.case_mut(*i).next(purpose);
            answers.push(self.answer(docket, k, ordinal));
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
        answers.into_iter().map(|a| a.option).collect()
    }

    /// The declared choice about the k-th case of a queue.
    fn answer(&mut self, docket: &Docket, k: usize, ordinal: u64) -> Answer {
        let (i, mask) = (docket.cases[k], docket.masks[k]);
        let row = self.columns(i);
        let (person, area) = (self.case(i).person, self.case(i).area);
        let Some((asked, choice)) = &self.choices[docket.decision as usize] else {
            return Answer { option: 0, anomaly: true };
        };
        let (agent, name) = asked.row(self, i);
        let view = View { case: &row, agent, lever: &self.lever_values[usize::from(area)], option: docket.offers(k) };
        let answer = choice.choose(&view, mask, self.key, person, ordinal);
        if self.traced == Some(person) {
            self.traces.push(Trace {
                day: self.today,
                decision: docket.decision,
                agent: name.to_owned(),
                explained: choice.explain(&view, mask, self.key, person, ordinal),
            });
        }
        answer
    }

    /// Asks commissioners about the day's free beds: the score of each, above 0 where it is better than waiting. Nothing is
    /// drawn; [`FreeBeds::best`] then gives them out in order of priority.
    pub(crate) fn rank(&mut self, free: &FreeBeds) -> Vec<f64> {
        let mut scores = Vec::with_capacity(free.beds.len());
        let Some((_, choice)) = &self.choices[Decision::Placement as usize] else { return scores };
        let mut traces = Vec::new();
        for (k, i) in free.cases.iter().enumerate() {
            let row = self.columns(*i);
            let commissioner = self.decider(Kind::Commissioner, *i);
            let view = View {
                case: &row,
                agent: self.agents.of(Kind::Commissioner).row(commissioner),
                lever: &self.lever_values[usize::from(self.case(*i).area)],
                option: &[],
            };
            let offers = &free.beds[free.range(k)];
            scores.extend(offers.iter().map(|p| choice.score(&view, p.answer, &p.row)));
            if self.traced == Some(self.case(*i).person) && !offers.is_empty() {
                traces.push(self.explain_rank(choice, commissioner, &view, offers, self.case(*i).person));
            }
        }
        self.counts.decisions += free.cases.len() as u64;
        self.traces.append(&mut traces);
        scores
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
        let mut explained = choice.explain(&View { option: &kinds, ..*view }, mask, self.key, person, 0);
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
        let Some((asked, choice)) = &self.choices[decision as usize] else { return 1 };
        let view =
            View { case: &row, agent: asked.row(self, i).0, lever: &self.lever_values[area as usize], option: &[] };
        choice.delay(&view, self.key, person, purpose, ordinal)
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
