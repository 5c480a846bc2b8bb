//! The seam where agents are asked: a phase gathers its day's queue of a decision, has it answered at once, and only then acts.
//!
//! So everyone is judged at the state of the phase's start, whoever answers: the declared choice, evaluated here, or a rule.

use std::sync::{Arc, PoisonError};

use enumset::EnumSet;

use super::queue::{DecisionQueue, FreeBed, FreeBeds, QueueRows};
use super::{gaming, observation};
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
        self.answer(Q::DECISION, queue.rows()).iter().map(|answer| Q::of(answer.option)).collect()
    }

    /// Asks about the rows of a day's queue, whichever the decision; compiled once.
    fn answer(&mut self, decision: Decision, queue: &QueueRows) -> Vec<Answer> {
        let ordinals: Vec<Ordinal> = queue.cases.iter().map(|i| self.question(*i, decision.purpose())).collect();
        let Some(decider) = &self.deciders[decision as usize] else { return Vec::new() };
        let mut answers = vec![Answer { option: 0, anomaly: false }; queue.cases.len()];
        let (mut batches, mut traces, mut moved) = (Batches::default(), Vec::new(), Vec::new());
        for (k, i) in queue.cases.iter().enumerate() {
            let agent = self.asked(decider.asked, *i);
            let by = decider.by(agent);
            let (choice, allowed) = (&decider.choices[by.choice], by.left(queue.allowed[k]));
            let row = observation::columns(self, *i);
            let (attributes, name) = self.attributes(decider.asked, agent);
            let c = self.case(*i);
            let person = c.person.0;
            let lever = &self.lever_values[usize::from(c.area)];
            let view = View { case: &row, agent: attributes, lever, option: queue.offers(k) };
            // Where the law leaves nothing, there is nothing to ask.
            if let (Some(rule), true) = (by.rule, !allowed.is_empty()) {
                let batch = batches.of(k, rule, || Batch::new(rule, decision, self.today(), self.key));
                batch.gather(&self.rules[rule], choice, &view, None, &|name| self.own(name, *i));
                batch.row(i.0, (person, c.number), ordinals[k], agent, allowed);
            } else {
                answers[k] = choice.choose(&view, allowed, self.key, person, ordinals[k]);
                moved.extend(gaming::compare(self, *i, choice, &view, allowed));
            }
            if self.traced == Some(c.number) {
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
        gaming::count(self, decision, &moved);
        self.log_answers(decision, &queue.cases, &answers);
        answers
    }

    /// Counts and logs the answers to a queue.
    fn log_answers(&mut self, decision: Decision, cases: &[CaseId], answers: &[Answer]) {
        self.counts.decisions += answers.len() as u64;
        for (i, answer) in cases.iter().zip(answers) {
            let label = Label::answer(decision, answer.option);
            if answer.anomaly {
                self.counts.anomalies += 1;
                self.event(*i, Event::Anomaly, Label::NONE, label, Some(decision), Purpose::None);
            }
            self.event(*i, Event::Decision, Label::NONE, label, Some(decision), Purpose::None);
        }
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
                    batch
                        .gather(&self.rules[rule], choice, &view, Some((answer, &bed.row)), &|name| self.own(name, *i));
                    batch.bed(i.0, (c.person.0, c.number), ordinals[k], agent, bed.unit.0, answer);
                } else {
                    scores[at] = choice.score(&view, answer, &bed.row);
                }
            }
            if self.traced == Some(c.number) {
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
        Kind::AssessmentTeam => c.assessor().map_or(0, super::super::ids::CommissionerId::index),
        Kind::ResponsibleClinician => c.placement.unit.map_or(0, super::super::ids::UnitId::index),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::{batch, rules};
    use crate::codes::{Consent, Engagement, Legal, Place, Recall, Review, Stage};
    use crate::ids::{CommissionerId, UnitId};
    use crate::plan::{DelayPlan, DelayRow, RulePlan, ScoreRow, VariantPlan};
    use enumset::EnumSet;
    use std::sync::Mutex;

    /// A world whose reviews are decided by a rule for the units given; the rule says what `answers` says.
    fn ruled(decision: &str, agents: Vec<usize>, reads: &[&str]) -> World {
        let mut w = World::small();
        w.plan.rules = vec![RulePlan {
            decision: decision.to_owned(),
            name: "mine".to_owned(),
            sha256: String::new(),
            agents,
            reads: reads.iter().map(|r| (*r).to_owned()).collect(),
        }];
        w.read_choices();
        w.rules = rules::rules(&w.plan, &w.deciders, &w.agents, w.levers.names()).expect("it can be read");
        w
    }

    /// Says the same option about everybody, or ranks every bed the same, and remembers whom it was asked about.
    #[derive(Clone)]
    struct Says {
        option: u8,
        score: f64,
        writes: Vec<(String, f64)>,
        asked: Arc<Mutex<Vec<Vec<u32>>>>,
    }

    impl Says {
        fn option(option: u8) -> Says {
            Says { option, score: 0.0, writes: Vec::new(), asked: Arc::default() }
        }
    }

    impl batch::Answers for Says {
        fn options(&mut self, batch: Arc<Batch>) -> Result<Vec<u8>, String> {
            self.asked.lock().expect("nobody else asks").push(batch.cases.clone());
            let writes = self.writes.iter().map(|(name, value)| (name.clone(), vec![*value; batch.len()]));
            batch.writes.lock().expect("nobody else writes").extend(writes);
            Ok(vec![self.option; batch.len()])
        }

        fn scores(&mut self, batch: Arc<Batch>) -> Result<Vec<f64>, String> {
            self.asked.lock().expect("nobody else asks").push(batch.cases.clone());
            Ok(vec![self.score; batch.len()])
        }
    }

    fn patients(w: &mut World, n: usize) -> Vec<CaseId> {
        (0..n).map(|_| w.put(Place::Medium, Legal::S37)).collect()
    }

    fn reviews(cases: &[CaseId], allowed: EnumSet<Review>) -> DecisionQueue<Review> {
        let mut queue = DecisionQueue::new();
        for i in cases {
            queue.add(*i, allowed);
        }
        queue
    }

    #[test]
    fn whatever_is_answered_the_law_allows_it() {
        let mut w = World::small();
        let cases = patients(&mut w, 9);
        for mask in 1..128u8 {
            let allowed = EnumSet::<Review>::all().iter().filter(|a| mask & 1 << a.code() != 0).collect();
            let answers = w.ask(&reviews(&cases, allowed));
            assert!(answers.len() == 9 && answers.iter().all(|a| allowed.contains(*a)), "{allowed:?}");
        }
        assert_eq!(w.counts.anomalies, 0);
    }

    #[test]
    fn where_the_law_leaves_nothing_the_default_is_taken_and_logged() {
        let mut w = World::small();
        let i = patients(&mut w, 1)[0];
        assert_eq!(w.ask(&reviews(&[i], EnumSet::empty())), [Review::Stay]);
        assert_eq!((w.counts.anomalies, w.counts.decisions), (1, 1));
        assert_eq!(w.logged(i, Event::Anomaly), [(Label::NONE, Label::of(Review::Stay))]);
    }

    #[test]
    fn each_answer_is_counted_and_logged() {
        let mut w = World::small();
        w.says(Review::Ready);
        let cases = patients(&mut w, 3);
        w.ask(&reviews(&cases, Review::Stay | Review::Ready));
        assert_eq!(w.counts.decisions, 3);
        for i in cases {
            assert_eq!(w.logged(i, Event::Decision), [(Label::NONE, Label::of(Review::Ready))]);
        }
    }

    #[test]
    fn one_case_more_never_changes_what_is_answered_about_another() {
        let answers = |extra: usize| {
            let mut w = World::small();
            let cases = patients(&mut w, 9);
            let asked = &cases[..8 - extra];
            let mut all = Vec::new();
            for _ in 0..6 {
                let said = w.ask(&reviews(asked, EnumSet::all()));
                all.push(said[..4].to_vec());
            }
            all
        };
        assert_eq!(answers(0), answers(4));
    }

    #[test]
    fn each_question_about_a_person_has_the_next_ordinal_even_if_no_answer_was_open() {
        let mut w = World::small();
        let cases = patients(&mut w, 2);
        w.ask(&reviews(&cases[..1], EnumSet::empty()));
        w.ask(&reviews(&cases[..1], EnumSet::all()));
        assert_eq!([0, 1].map(|k| w.case_mut(cases[k]).questions.next(Purpose::Review).number()), [2, 0]);
        // Of another decision none has been asked.
        assert_eq!(w.case_mut(cases[0]).questions.next(Purpose::Consent).number(), 0);
    }

    #[test]
    fn an_empty_queue_has_no_answers() {
        let mut w = World::small();
        assert!(w.ask(&DecisionQueue::<Consent>::new()).is_empty());
        assert!(w.rank(&FreeBeds::default()).is_empty());
    }

    #[test]
    fn a_decision_is_explained_for_the_person_who_is_traced_and_for_nobody_else() {
        let mut w = World::small();
        w.says(Review::Ready);
        let cases = patients(&mut w, 3);
        w.trace(w.case(cases[1]).number);
        w.ask(&reviews(&cases, Review::Stay | Review::Ready));
        assert_eq!(w.traces.len(), 1);
        let trace = &w.traces[0];
        assert_eq!((trace.day, trace.decision), (w.today(), Decision::Review));
        assert_eq!(trace.agent, w.agents.of(Kind::ResponsibleClinician).names[2]);
        assert_eq!(
            (trace.explained.answer.option, trace.explained.allowed),
            (Review::Ready.code(), Options::from(Review::Stay | Review::Ready))
        );
    }

    #[test]
    fn a_trace_changes_no_answer() {
        let answers = |traced: bool| {
            let mut w = World::small();
            let cases = patients(&mut w, 6);
            if traced {
                w.trace(w.case(cases[0]).number);
            }
            [0; 5].map(|_| w.ask(&reviews(&cases, EnumSet::all())))
        };
        assert_eq!(answers(true), answers(false));
    }

    #[test]
    fn the_agent_that_decides_is_the_one_of_area_region_unit_team_or_all_england() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| {
            c.area = 1;
            c.target = Place::High;
        });
        w.case_mut(i).placement.unit = Some(UnitId(6));
        crate::transitions::waiting::ask_assessment(&mut w, i, Place::High);
        for (kind, agent) in [
            (Kind::InReach, 1),
            (Kind::AcuteWard, 1),
            (Kind::CommunityTeam, 1),
            (Kind::AftercareFunder, 1),
            (Kind::CourtLiaison, 1),
            (Kind::CriminalCourt, 1),
            (Kind::AssessmentTeam, 2),
            (Kind::ResponsibleClinician, 6),
            (Kind::Tribunal, 0),
            (Kind::Ministry, 0),
            (Kind::Commissioner, 2),
        ] {
            assert_eq!(decider(&w, kind, i), agent, "{}", kind.name());
        }
        w.case_mut(i).target = Place::Low;
        assert_eq!(decider(&w, Kind::Commissioner, i), usize::from(CommissionerId(1).0));
    }

    #[test]
    fn an_answer_takes_a_day_or_its_declared_time() {
        let mut w = World::small();
        let i = patients(&mut w, 1)[0];
        assert_eq!(answer_days(&mut w, Decision::Consent, i, Purpose::ConsentDelay), Days::rounded_up(1.0));
        let rows = vec![DelayRow { term: "case.restricted".to_owned(), parameter: "test".to_owned(), value: 3.0 }];
        w.plan.choices.get_mut("consent").expect("declared").delay = Some(DelayPlan { rows, sigma: 0.0 });
        w.read_choices();
        assert_eq!(answer_days(&mut w, Decision::Consent, i, Purpose::ConsentDelay), Days::rounded_up(1.0));
        w.case_mut(i).legal = Legal::S37S41;
        assert_eq!(answer_days(&mut w, Decision::Consent, i, Purpose::ConsentDelay), Days::rounded_up(21.0));
        assert_eq!(w.case_mut(i).questions.next(Purpose::ConsentDelay).number(), 3);
    }

    #[test]
    fn an_agent_with_a_choice_of_its_own_keeps_to_its_options() {
        let mut w = World::small();
        let row = |option: &str, value| ScoreRow {
            option: option.to_owned(),
            term: "1".to_owned(),
            parameter: "test".to_owned(),
            value,
        };
        let given = w.plan.choices.get_mut("review").expect("declared");
        given.rows = vec![row("ready", 1e3)];
        // It would rather say "ready" too, and has no such option.
        let options = vec!["stay".to_owned(), "step up".to_owned()];
        let rows = vec![row("ready", 2e3), row("step up", 1e3)];
        given.variants = vec![VariantPlan { agents: vec![3], options, rows }];
        w.read_choices();
        let man = w.put(Place::Medium, Legal::S37);
        let woman = w.put_with(Place::Medium, Legal::S37, |c| c.sex = crate::codes::Sex::Female);
        assert_eq!(w.ask(&reviews(&[man, woman], EnumSet::all())), [Review::Ready, Review::StepUp]);
        // Where the law allows none of them, the law goes before.
        assert_eq!(w.ask(&reviews(&[woman], Review::Ready.into())), [Review::Ready]);
    }

    #[test]
    fn a_rule_has_the_last_word_on_the_cases_of_its_agents_at_once() {
        let mut w = ruled("review", vec![2], &["case.age"]);
        w.says(Review::Stay);
        w.rules = rules::rules(&w.plan, &w.deciders, &w.agents, w.levers.names()).expect("it can be read");
        let says = Says::option(Review::Ready.code());
        w.answer_with(Box::new(says.clone()));
        let low = w.put(Place::Low, Legal::S37);
        let medium = patients(&mut w, 2);
        let answers = w.ask(&reviews(&[medium[0], low, medium[1]], Review::Stay | Review::Ready));
        assert_eq!(answers, [Review::Ready, Review::Stay, Review::Ready]);
        assert_eq!(*says.asked.lock().expect("nobody else asks"), [vec![medium[0].0, medium[1].0]]);
        assert!(!w.faulty());
    }

    #[test]
    fn a_rule_that_breaks_the_law_or_says_nothing_ends_the_day_and_everybody_gets_the_first_lawful_option() {
        let mut w = ruled("review", vec![2], &[]);
        let i = patients(&mut w, 1)[0];
        let allowed = Review::LessLeave | Review::Ready;
        assert_eq!(w.ask(&reviews(&[i], allowed)), [Review::LessLeave]);
        assert!(w.fault.take().is_some_and(|f| f.to_string().contains("nobody answers for it")));
        w.answer_with(Box::new(Says::option(Review::Stay.code())));
        assert_eq!(w.ask(&reviews(&[i], allowed)), [Review::LessLeave]);
        assert!(w.fault.as_ref().is_some_and(|f| f.to_string().contains("mine")));
        // Once something is wrong, nobody is asked any more.
        let says = Says::option(Review::Ready.code());
        w.answer_with(Box::new(says.clone()));
        assert_eq!(w.ask(&reviews(&[i], allowed)), [Review::LessLeave]);
        assert!(says.asked.lock().expect("nobody else asks").is_empty());
    }

    #[test]
    fn a_rule_is_not_asked_where_the_law_leaves_nothing() {
        let mut w = ruled("review", vec![2], &[]);
        let i = patients(&mut w, 1)[0];
        assert_eq!(w.ask(&reviews(&[i], EnumSet::empty())), [Review::Stay]);
        assert!(!w.faulty() && w.counts.anomalies == 1);
    }

    #[test]
    fn a_rule_sets_attributes_of_its_agent_and_a_patient_has_none() {
        let mut w = ruled("review", vec![2], &[]);
        let i = patients(&mut w, 1)[0];
        let mut says = Says::option(Review::Stay.code());
        says.writes = vec![("agent.interval".to_owned(), 60.0)];
        w.answer_with(Box::new(says.clone()));
        w.ask(&reviews(&[i], Review::Stay | Review::Ready));
        assert!(!w.faulty());
        let interval = |agent| w.agents.value("responsible_clinician", agent, "interval").expect("declared");
        assert_eq!([2, 3].map(interval), [60.0, 91.0]);
        let mut w = ruled("engagement", vec![0], &[]);
        let i = patients(&mut w, 1)[0];
        w.answer_with(Box::new(says));
        let mut queue = DecisionQueue::new();
        queue.add(i, Engagement::Engage | Engagement::Withhold);
        w.ask(&queue);
        assert!(w.fault.is_some_and(|f| f.to_string().contains("a patient has no attributes")));
    }

    #[test]
    fn a_rule_that_was_traced_is_named() {
        let mut w = ruled("recall", vec![0], &[]);
        let i = w.put_with(Place::Home, Legal::Cd, |c| c.stage = Stage::FollowUp);
        w.answer_with(Box::new(Says::option(Recall::Ask.code())));
        w.trace(w.case(i).number);
        let mut queue = DecisionQueue::new();
        queue.add(i, Recall::Watch | Recall::Ask);
        assert_eq!(w.ask(&queue), [Recall::Ask]);
        assert!(w.traces[0].agent.ends_with("by the rule mine"));
        assert_eq!(w.traces[0].explained.answer.option, Recall::Ask.code());
    }

    /// Somebody who waits for one of these beds.
    fn beds(w: &mut World, answers: &[Placement]) -> FreeBeds {
        let i = w.put_with(Place::Remand, Legal::None, |c| c.target = Place::Medium);
        let row = [1.0; OptionColumn::COUNT];
        let mut free = FreeBeds::default();
        free.add(i, answers.iter().map(|answer| FreeBed { unit: UnitId(2), answer: *answer, row }));
        free
    }

    #[test]
    fn beds_are_scored_by_what_taking_them_would_be() {
        let mut w = World::small();
        w.says(Placement::Other);
        let free = beds(&mut w, &[Placement::Own, Placement::Other, Placement::Spot]);
        assert_eq!(w.rank(&free), [-1e3, 1e3, -1e3]);
        assert_eq!(w.counts.decisions, 1);
        assert_eq!(w.case_mut(free.cases()[0]).questions.next(Purpose::Placement).number(), 1);
    }

    #[test]
    fn a_commissioner_that_buys_nothing_never_takes_a_bed_outside_the_contract() {
        let mut w = World::small();
        let given = w.plan.choices.get_mut("placement").expect("declared");
        given.variants = vec![VariantPlan {
            agents: vec![0],
            options: vec!["wait".to_owned(), "own unit".to_owned()],
            rows: Vec::new(),
        }];
        w.read_choices();
        let free = beds(&mut w, &[Placement::Own, Placement::Spot]);
        assert_eq!(w.rank(&free), [0.0, f64::NEG_INFINITY]);
    }

    #[test]
    fn a_rule_ranks_beds_and_where_it_fails_everybody_waits() {
        let mut w = ruled("placement", vec![0], &["option.price"]);
        let free = beds(&mut w, &[Placement::Own, Placement::Other]);
        w.answer_with(Box::new(Says { score: 3.0, ..Says::option(0) }));
        assert_eq!(w.rank(&free), [3.0, 3.0]);
        w.answer_with(Box::new(Says { score: f64::NAN, ..Says::option(0) }));
        assert_eq!(w.rank(&free), [0.0, 0.0]);
        assert!(w.faulty());
    }

    #[test]
    fn a_ranking_is_explained_without_a_draw() {
        let mut w = World::small();
        w.says(Placement::Other);
        let free = beds(&mut w, &[Placement::Own, Placement::Other]);
        w.trace(w.case(free.cases()[0]).number);
        w.rank(&free);
        let trace = &w.traces[0];
        assert_eq!((trace.decision, trace.explained.answer.option), (Decision::Placement, Placement::Other.code()));
        assert!(trace.explained.draws.iter().all(|u| *u == 0.0));
        let offered = Placement::Wait | Placement::Own | Placement::Other;
        assert_eq!(trace.explained.allowed, Options::from(offered));
    }
}
