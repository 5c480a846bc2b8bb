//! The seam where agents are asked: a phase gathers its day's queue of a decision, has it answered at once, and only then acts.
//!
//! So everyone is judged at the state of the phase's start, whoever answers: the declared choice, evaluated here, or a rule.

use std::sync::{Arc, PoisonError};

use enumset::EnumSet;

use super::observation;
use super::queue::{DecisionQueue, FreeBed, FreeBeds};
use crate::agents::Kind;
use crate::calendar::Days;
use crate::choices::batch::Batch;
use crate::choices::choice::{Answer, Choice};
use crate::choices::columns::OptionColumn;
use crate::choices::deciders::Asked;
use crate::choices::options::Options;
use crate::choices::view::View;
use crate::codes::{Decision, Event, Label, Placement, Purpose, Question};
use crate::draw::Ordinal;
use crate::ids::CaseId;
use crate::world::{Trace, World};

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
    /// Who is asked about a case: an index within the kind, or the home area of a patient.
    fn asked(&self, asked: Asked, i: CaseId) -> usize {
        match asked {
            Asked::Patient => usize::from(self.case(i).area),
            Asked::Agent(kind) => decider(self, kind, i),
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
    fn own(&self, name: &str, i: CaseId) -> f64 {
        self.caseload.own.find(name).map_or(f64::NAN, |column| column.values.number(i.0))
    }

    /// Asks about a day's queue: the answers, in its order.
    pub(crate) fn ask<Q: Question>(&mut self, queue: &DecisionQueue<Q>) -> Vec<Q> {
        let decision = Q::DECISION;
        let ordinals: Vec<Ordinal> = queue.cases().iter().map(|i| self.question(*i, decision.purpose())).collect();
        let Some(decider) = &self.deciders[decision as usize] else { return Vec::new() };
        let mut answers = vec![Answer { option: 0, anomaly: false }; queue.cases().len()];
        let (mut batches, mut traces) = (Batches::default(), Vec::new());
        for (k, i) in queue.cases().iter().enumerate() {
            let agent = self.asked(decider.asked, *i);
            let by = decider.by(agent);
            let (choice, allowed) = (&decider.choices[by.choice], by.left(Options::from(queue.allowed(k))));
            let row = observation::columns(self, *i);
            let (attributes, name) = self.attributes(decider.asked, agent);
            let c = self.case(*i);
            let person = c.person.0;
            let lever = &self.lever_values[usize::from(c.area)];
            let view = View { case: &row, agent: attributes, lever, option: queue.offers(k) };
            // Where the law leaves nothing, there is nothing to ask.
            if let (Some(rule), true) = (by.rule, !allowed.is_empty()) {
                let batch = batches.of(k, rule, || Batch::new(rule, decision, self.today(), self.key));
                batch.gather(&self.rules[rule], choice, &view, None, |name| self.own(name, *i));
                batch.row(i.0, person, ordinals[k], agent, allowed);
            } else {
                answers[k] = choice.choose(&view, allowed, self.key, person, ordinals[k]);
            }
            if self.traced == Some(person) {
                let explained = choice.explain(&view, allowed, self.key, person, ordinals[k]);
                let agent = match by.rule {
                    Some(rule) => format!("{name}, by the rule {}", self.rules[rule].name),
                    None => name.to_owned(),
                };
                traces.push((k, Trace { day: self.today(), decision, agent, explained }));
            }
        }
        for (rows, batch) in batches.all {
            for (k, option) in rows.into_iter().zip(self.ask_rule(batch)) {
                answers[k].option = option;
            }
        }
        self.traces.extend(traces.into_iter().map(|(k, mut trace)| {
            trace.explained.answer = answers[k];
            trace
        }));
        self.log_answers(queue, &answers)
    }

    /// Counts and logs the answers to a queue.
    fn log_answers<Q: Question>(&mut self, queue: &DecisionQueue<Q>, answers: &[Answer]) -> Vec<Q> {
        self.counts.decisions += answers.len() as u64;
        let log = |(i, answer): (&CaseId, &Answer)| {
            let said = Q::of(answer.option);
            let label = Label::of(said);
            if answer.anomaly {
                self.counts.anomalies += 1;
                self.event(*i, Event::Anomaly, Label::NONE, label, Some(Q::DECISION), Purpose::None);
            }
            self.event(*i, Event::Decision, Label::NONE, label, Some(Q::DECISION), Purpose::None);
            said
        };
        queue.cases().iter().zip(answers).map(log).collect()
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
        let ordinals: Vec<Ordinal> = free.cases().iter().map(|i| self.question(*i, decision.purpose())).collect();
        let Some(decider) = &self.deciders[decision as usize] else { return Vec::new() };
        let mut scores = vec![0.0; free.beds().len()];
        let (mut batches, mut traces) = (Batches::default(), Vec::new());
        for (k, i) in free.cases().iter().enumerate() {
            let agent = self.asked(decider.asked, *i);
            let by = decider.by(agent);
            let choice = &decider.choices[by.choice];
            let row = observation::columns(self, *i);
            let c = self.case(*i);
            let lever = &self.lever_values[usize::from(c.area)];
            let (attributes, _) = self.attributes(decider.asked, agent);
            let view = View { case: &row, agent: attributes, lever, option: &[] };
            for at in free.range(k) {
                let bed = &free.beds()[at];
                let answer = bed.answer.code();
                if !by.options.contains(answer) {
                    scores[at] = f64::NEG_INFINITY;
                } else if let Some(rule) = by.rule {
                    let batch = batches.of(at, rule, || Batch::new(rule, decision, self.today(), self.key));
                    batch.gather(&self.rules[rule], choice, &view, Some((answer, &bed.row)), |name| self.own(name, *i));
                    batch.bed(i.0, c.person.0, ordinals[k], agent, bed.unit.0, answer);
                } else {
                    scores[at] = choice.score(&view, answer, &bed.row);
                }
            }
            if self.traced == Some(c.person.0) {
                traces.push(self.explain_rank(choice, agent, &view, &free.beds()[free.range(k)], c.person.0));
            }
        }
        for (rows, batch) in batches.all {
            for (at, score) in rows.into_iter().zip(self.rank_by_rule(batch)) {
                scores[at] = score;
            }
        }
        self.counts.decisions += free.cases().len() as u64;
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
        for option in Placement::ANSWERS.iter().skip(1).map(|answer| answer.code()) {
            let score = |p: &FreeBed| choice.score(view, option, &p.row);
            let of_kind = offers.iter().filter(|p| p.answer.code() == option);
            if let Some(found) = of_kind.max_by(|a, b| score(a).total_cmp(&score(b))) {
                kinds[usize::from(option)] = found.row;
                if score(found) > best.0 {
                    best = (score(found), option);
                }
            }
        }
        let offered = offers.iter().map(|p| p.answer).chain([Placement::Wait]).collect::<EnumSet<_>>();
        let mut explained =
            choice.explain(&View { option: &kinds, ..*view }, Options::from(offered), self.key, person, Ordinal::ONCE);
        explained.draws.fill(0.0);
        explained.answer.option = best.1;
        Trace {
            day: self.today(),
            decision: Decision::Placement,
            agent: self.agents.of(Kind::Commissioner).names[commissioner].clone(),
            explained,
        }
    }
}

/// The agent of a kind that decides about a case.
pub(crate) fn decider(world: &World, kind: Kind, i: CaseId) -> usize {
    let c = world.case(i);
    match kind {
        Kind::InReach | Kind::AcuteWard | Kind::CommunityTeam | Kind::AftercareFunder => usize::from(c.area),
        Kind::CourtLiaison | Kind::CriminalCourt => usize::from(world.plan.areas[usize::from(c.area)].region),
        // Asked of referrals and of inpatients only: each has one.
        Kind::AssessmentTeam => c.assessor().map_or(0, |team| team.index()),
        Kind::ResponsibleClinician => c.placement.unit.map_or(0, |unit| unit.index()),
        Kind::Tribunal | Kind::Ministry => 0,
        Kind::Commissioner => world.commissioner(c.area, c.target).index(),
    }
}

/// Days that an agent's answer takes, by its declared delay.
pub(crate) fn answer_days(world: &mut World, decision: Decision, i: CaseId, purpose: Purpose) -> Days {
    let row = observation::columns(world, i);
    let ordinal = world.question(i, purpose);
    let (person, area) = (world.case(i).person.0, world.case(i).area);
    let Some(decider) = &world.deciders[decision as usize] else { return Days::ONE };
    let agent = world.asked(decider.asked, i);
    let (attributes, _) = world.attributes(decider.asked, agent);
    let view = View { case: &row, agent: attributes, lever: &world.lever_values[usize::from(area)], option: &[] };
    decider.choices[decider.by(agent).choice].delay(&view, world.key, person, purpose, ordinal)
}
