//! Who makes each decision, and by what: the declared choice, one that a subclass declares, or a rule outside the engine.
//!
//! A rule is asked once for all cases of a day's queue that belong to its agents. It sees the columns that it has declared, as
//! at the start of the phase, what the choice would score, and numbers drawn by key; it answers for every case.

use std::sync::{Arc, Mutex};

use crate::agents::{Agents, Kind};
use crate::calendar::Day;
use crate::choices::choice::{Choice, MAX_OPTIONS, OptionRow, View, greatest};
use crate::choices::columns::{CaseColumn, OptionColumn};
use crate::codes::Decision;
use crate::draw::{Key, unit};
use crate::error::SimError;
use crate::plan::{ChoicePlan, Plan, RulePlan};

/// Something outside the engine that answers for rules, by their index in the plan.
pub trait Answers: Send {
    /// Answers a batch of a decision: an option for each case.
    ///
    /// # Errors
    /// Says in a sentence what the rule did wrong.
    fn options(&mut self, batch: Arc<Batch>) -> Result<Vec<u8>, String>;

    /// Ranks a batch of free beds: a score for each, above 0 where it is better than waiting.
    ///
    /// # Errors
    /// Says in a sentence what the rule did wrong.
    fn scores(&mut self, batch: Arc<Batch>) -> Result<Vec<f64>, String>;
}

/// Who is asked: the patient, or an agent of a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// The patient, who has no attributes but those of the case.
    Patient,
    /// An agent of this kind.
    Agent(Kind),
}

impl Asked {
    fn of(name: &str) -> Option<Asked> {
        let kind = Kind::ALL.iter().copied().find(|k| k.name() == name);
        kind.map(Asked::Agent).or((name == "patient").then_some(Asked::Patient))
    }
}

/// By what an agent decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By {
    /// The choice, an index into [`Decider::choices`].
    pub choice: usize,
    /// The options that it leaves open, as a mask.
    pub options: u32,
    /// The rule that has the last word, an index into the plan's rules.
    pub rule: Option<usize>,
}

impl By {
    /// The options that are left of those that the law allows: all of them, if the agent would leave none.
    pub fn left(self, mask: u32) -> u32 {
        if mask & self.options == 0 { mask } else { mask & self.options }
    }
}

/// Who makes a decision, and by what.
#[derive(Clone, Debug)]
pub(crate) struct Decider {
    /// Who is asked.
    pub asked: Asked,
    /// The declared choice, then those that subclasses declare.
    pub choices: Vec<Choice>,
    by: Vec<By>,
}

impl Decider {
    /// Reads one decision of a plan.
    fn new(
        decision: Decision,
        given: &ChoicePlan,
        plan: &Plan,
        agents: &Agents,
        levers: &[String],
    ) -> Result<Decider, SimError> {
        let fault = |what: String| SimError::Plan(format!("choices.{}: {what}", decision.name()));
        let asked = Asked::of(&given.agent).ok_or_else(|| fault(format!("{} is not a kind of agent", given.agent)))?;
        let (columns, count) = match asked {
            // A patient is asked where the patient's home is.
            Asked::Patient => (&[][..], plan.areas.len()),
            Asked::Agent(kind) => (&agents.of(kind).columns[..], agents.of(kind).len()),
        };
        let mut choices = vec![Choice::new(decision, given, columns, levers)?];
        let mut by = vec![By { choice: 0, options: u32::MAX, rule: None }; count];
        for variant in &given.variants {
            let rows = ChoicePlan { rows: variant.rows.clone(), variants: Vec::new(), ..given.clone() };
            let mut left = 0;
            for name in &variant.options {
                let at = decision.options().iter().position(|n| n == name);
                left |= 1 << at.ok_or_else(|| fault(format!("{name:?} is not an option")))?;
            }
            for agent in &variant.agents {
                let own = By { choice: choices.len(), options: left, rule: None };
                *by.get_mut(*agent).ok_or_else(|| fault(format!("there is no agent {agent}")))? = own;
            }
            choices.push(Choice::new(decision, &rows, columns, levers)?);
        }
        for (index, rule) in plan.rules.iter().enumerate().filter(|(_, r)| r.decision == decision.name()) {
            for agent in &rule.agents {
                let own = by.get_mut(*agent).ok_or_else(|| fault(format!("there is no agent {agent}")))?;
                own.rule = Some(index);
            }
        }
        Ok(Decider { asked, choices, by })
    }

    /// By what an agent decides; a patient is found by the home area.
    pub fn by(&self, agent: usize) -> By {
        self.by[agent]
    }
}

/// Reads who makes each decision of a plan, in order of [`Decision::ALL`]; nobody in the engine decides `commissioning`.
///
/// # Errors
/// [`SimError::Plan`] if a choice can't be read.
pub(crate) fn deciders(plan: &Plan, agents: &Agents, levers: &[String]) -> Result<Vec<Option<Decider>>, SimError> {
    let read = |d: &Decision| match plan.choices.get(d.name()) {
        Some(given) => Decider::new(*d, given, plan, agents, levers).map(Some),
        None if *d == Decision::Commissioning => Ok(None),
        None => Err(SimError::Plan(format!("choices.{}: missing", d.name()))),
    };
    Decision::ALL.iter().map(read).collect()
}

/// Where a column that a rule reads stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    Case(usize),
    Agent(usize),
    Lever(usize),
    Offer(usize),
    /// A column that a researcher has attached to people.
    Own(String),
}

/// A rule of the plan, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Name, as errors have it.
    pub name: String,
    reads: Vec<Read>,
}

impl Rule {
    /// Reads a rule of a plan.
    ///
    /// # Errors
    /// Names rule and column, and says what is allowed.
    pub fn new(given: &RulePlan, decider: &Decider, agents: &Agents, levers: &[String]) -> Result<Rule, SimError> {
        let columns: &[String] = match decider.asked {
            Asked::Patient => &[],
            Asked::Agent(kind) => &agents.of(kind).columns,
        };
        let listed = |names: &[String], name: &str| names.iter().position(|n| n == name);
        let reads = given.reads.iter().map(|reference| {
            let (group, name) = reference.split_once('.').unwrap_or(("case", reference));
            let found = match group {
                "case" => CaseColumn::from_name(name).map(|c| Read::Case(c as usize)),
                "agent" => listed(columns, name).map(Read::Agent),
                "lever" => listed(levers, name).map(Read::Lever),
                "option" => OptionColumn::from_name(name).map(|c| Read::Offer(c as usize)),
                "own" => Some(Read::Own(name.to_owned())),
                _ => None,
            };
            found.ok_or_else(|| SimError::Plan(format!("rule {}: reads {reference}: not a column", given.name)))
        });
        Ok(Rule { name: given.name.clone(), reads: reads.collect::<Result<_, _>>()? })
    }
}

/// Reads the rules of a plan.
///
/// # Errors
/// [`SimError::Plan`] if one reads a column that isn't there.
pub(crate) fn rules(
    plan: &Plan,
    deciders: &[Option<Decider>],
    agents: &Agents,
    levers: &[String],
) -> Result<Vec<Rule>, SimError> {
    let rule = |given: &RulePlan| {
        // Asked four times a year, between two days: the engine only keeps who decides.
        if given.decision == Decision::Commissioning.name() {
            return Ok(Rule { name: given.name.clone(), reads: Vec::new() });
        }
        let asked = Decision::ALL.iter().zip(deciders).find(|(d, _)| d.name() == given.decision);
        let decider = asked.and_then(|(_, decider)| decider.as_ref());
        let unknown = || SimError::Plan(format!("rule {}: {} is not a decision", given.name, given.decision));
        Rule::new(given, decider.ok_or_else(unknown)?, agents, levers)
    };
    plan.rules.iter().map(rule).collect()
}

/// What a rule writes into a column of people's own, or an attribute of its agents (`agent.x`): its name, and a value for each
/// row.
pub type Write = (String, Vec<f64>);

/// The cases of a day's queue that a rule is asked about at once, or for `placement` the free beds for them.
///
/// Blocks of a value for each option stand option by option: first the first option's value of every row, and so on.
#[derive(Debug)]
pub struct Batch {
    /// The rule, an index into the plan's rules.
    pub rule: usize,
    /// The decision.
    pub decision: Decision,
    /// The day [d].
    pub day: Day,
    /// Key of the run.
    pub key: Key,
    /// Row of each case on the caseload.
    pub cases: Vec<u32>,
    /// Identity of each row's person.
    pub persons: Vec<u64>,
    /// Ordinal of the question for that person.
    pub ordinals: Vec<u64>,
    /// Agent that is asked, an index within its kind; for a patient the home area.
    pub agents: Vec<u32>,
    /// Options that law and agent allow, as a mask; for `placement` the answer that taking the bed would be.
    pub masks: Vec<u32>,
    /// Unit of the bed; for `placement` only.
    pub units: Vec<u16>,
    /// Columns that the rule reads, one after the other; a column of what is on offer has a value for each option, but one for
    /// `placement`.
    pub reads: Vec<f64>,
    /// What the agent's choice scores: a value for each option, for `placement` one.
    pub scores: Vec<f64>,
    /// What the rule writes into columns of people's own, once its answers are accepted.
    pub writes: Mutex<Vec<Write>>,
}

impl Batch {
    /// An empty batch for a rule.
    pub(crate) fn new(rule: usize, decision: Decision, day: Day, key: Key) -> Batch {
        Batch {
            rule,
            decision,
            day,
            key,
            cases: Vec::new(),
            persons: Vec::new(),
            ordinals: Vec::new(),
            agents: Vec::new(),
            masks: Vec::new(),
            units: Vec::new(),
            reads: Vec::new(),
            scores: Vec::new(),
            writes: Mutex::default(),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// Number of options that a row has a score for.
    pub fn options(&self) -> usize {
        if self.decision == Decision::Placement { 1 } else { self.decision.options().len() }
    }

    /// Gathers what a row reads and scores.
    pub(crate) fn gather(
        &mut self,
        rule: &Rule,
        choice: &Choice,
        view: &View,
        offer: Option<(u8, &OptionRow)>,
        own: impl Fn(&str) -> f64,
    ) {
        for read in &rule.reads {
            match *read {
                Read::Own(ref name) => self.reads.push(own(name)),
                Read::Case(c) => self.reads.push(view.case[c]),
                Read::Agent(c) => self.reads.push(view.agent[c]),
                Read::Lever(c) => self.reads.push(view.lever[c]),
                Read::Offer(c) => match offer {
                    Some((_, row)) => self.reads.push(row[c]),
                    None => (0..self.options())
                        .for_each(|option| self.reads.push(view.option.get(option).map_or(f64::NAN, |o| o[c]))),
                },
            }
        }
        match offer {
            Some((answer, row)) => self.scores.push(choice.score(view, answer, row)),
            None => {
                let from = self.scores.len();
                self.scores.resize(from + self.options(), 0.0);
                choice.scores(view, &mut self.scores[from..]);
            }
        }
    }

    /// Says who the row that was gathered is about.
    pub(crate) fn row(&mut self, case: u32, person: u64, ordinal: u64, agent: usize, mask: u32) {
        self.cases.push(case);
        self.persons.push(person);
        self.ordinals.push(ordinal);
        self.agents.push(agent as u32);
        self.masks.push(mask);
    }

    /// Turns what was gathered row by row into columns.
    pub(crate) fn turn(&mut self) {
        let rows = self.len();
        for block in [&mut self.reads, &mut self.scores] {
            let width = block.len() / rows;
            *block = (0..width * rows).map(|k| block[k % rows * width + k / rows]).collect();
        }
    }

    /// Chooses as the declared choice does, from scores of the rule's own, option by option.
    ///
    /// # Errors
    /// As [`Batch::choose_one`], for the first row.
    pub fn choose(&self, scores: &[f64]) -> Result<Vec<u8>, String> {
        let (rows, n) = (self.len(), self.options());
        let mut own = [0.0; MAX_OPTIONS];
        let chosen = (0..rows).map(|row| {
            (0..n).for_each(|option| own[option] = scores[option * rows + row]);
            self.choose_one(row, &own[..n])
        });
        chosen.collect()
    }

    /// Chooses for one row: the greatest score + Gumbel of the options that are allowed, by the same numbers as the declared
    /// choice. A score of -∞ leaves an option out.
    ///
    /// # Errors
    /// Names the row where a score is not a number, or no option is left.
    pub fn choose_one(&self, row: usize, scores: &[f64]) -> Result<u8, String> {
        let mut left = self.masks[row] & ((1 << scores.len()) - 1);
        for (option, score) in scores.iter().enumerate() {
            if *score == f64::NEG_INFINITY {
                left &= !(1 << option);
            } else if !score.is_finite() {
                let name = self.decision.options()[option];
                return Err(self.at(row, &format!("the score of {name:?} is {score}; allowed: a number, or -inf")));
            }
        }
        match left {
            0 => Err(self.at(row, "no option that the law allows is left; allowed: at least one")),
            one if one.is_power_of_two() => Ok(one.trailing_zeros() as u8),
            _ => {
                let mut draws = [0.0; MAX_OPTIONS];
                let draws = &mut draws[..scores.len()];
                self.key.many(self.persons[row], self.decision.purpose(), self.ordinals[row], draws);
                Ok(greatest(scores, draws, left))
            }
        }
    }

    /// Draws a uniform number in (0, 1) for each row, of a stream that the rule names: by person, stream and ordinal.
    pub fn uniforms(&self, stream: u64) -> Vec<f64> {
        let drawn = |(person, ordinal): (&u64, &u64)| unit(self.key.own(*person, stream, *ordinal));
        self.persons.iter().zip(&self.ordinals).map(drawn).collect()
    }

    /// Refuses answers that are not one allowed option for each row.
    pub(crate) fn check(&self, answers: &[u8]) -> Result<(), String> {
        if answers.len() != self.len() {
            return Err(format!("{} answers for {} rows; allowed: one for each row", answers.len(), self.len()));
        }
        let names = self.decision.options();
        let wrong = answers
            .iter()
            .zip(&self.masks)
            .position(|(a, mask)| usize::from(*a) >= names.len() || mask & (1 << a) == 0);
        wrong.map_or(Ok(()), |row| {
            let left = (0..names.len()).filter(|k| self.masks[row] & (1 << k) != 0);
            let allowed: Vec<String> = left.map(|k| format!("{k} {:?}", names[k])).collect();
            let found = match names.get(usize::from(answers[row])) {
                Some(name) => format!("{} {name:?} is not lawful here", answers[row]),
                None => format!("{} is not an option", answers[row]),
            };
            Err(self.at(row, &format!("{found}; allowed: {}", allowed.join(", "))))
        })
    }

    /// Refuses scores of free beds that are not one number for each.
    pub(crate) fn check_scores(&self, scores: &[f64]) -> Result<(), String> {
        if scores.len() != self.len() {
            return Err(format!("{} scores for {} rows; allowed: one for each row", scores.len(), self.len()));
        }
        let wrong = scores.iter().position(|s| s.is_nan() || *s == f64::INFINITY);
        wrong.map_or(Ok(()), |row| {
            Err(self.at(row, &format!("the score is {}; allowed: a number, or -inf", scores[row])))
        })
    }

    /// A sentence about a row.
    pub fn at(&self, row: usize, what: &str) -> String {
        format!("row {row} (person {}): {what}", self.persons[row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::new(0, Decision::Consent, 10, Key { seed: 3, replicate: 0 });
        batch.persons = vec![7, 8, 9];
        batch.ordinals = vec![0, 1, 2];
        batch.masks = vec![0b11, 0b11, 0b01];
        batch
    }

    #[test]
    fn what_is_gathered_by_row_is_handed_over_by_column() {
        let mut batch = batch();
        batch.reads = vec![1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        batch.scores = vec![0.0, 0.1, 0.0, 0.2, 0.0, 0.3];
        batch.turn();
        assert_eq!(batch.reads, [1.0, 2.0, 3.0, 10.0, 20.0, 30.0]);
        assert_eq!(batch.scores, [0.0, 0.0, 0.0, 0.1, 0.2, 0.3]);
    }

    #[test]
    fn an_option_that_is_left_out_is_never_chosen_and_the_law_is_kept() {
        let batch = batch();
        let never = f64::NEG_INFINITY;
        assert_eq!(batch.choose(&[0.0, 0.0, 0.0, never, never, 9.0]).unwrap(), [0, 0, 0]);
        assert_eq!(batch.choose(&[-50.0, -50.0, 0.0, 50.0, 50.0, 50.0]).unwrap(), [1, 1, 0]);
        let said = batch.choose(&[0.0, 0.0, never, 0.0, 0.0, 0.0]).unwrap_err();
        assert!(said.contains("row 2 (person 9): no option"), "{said}");
        let said = batch.choose(&[0.0, 0.0, 0.0, 0.0, f64::NAN, 0.0]).unwrap_err();
        assert!(said.contains("row 1 (person 8): the score of \"grant\" is NaN"), "{said}");
    }

    #[test]
    fn an_answer_that_is_not_lawful_is_refused_by_row() {
        let batch = batch();
        assert!(batch.check(&[0, 1, 0]).is_ok());
        for (answers, said) in [
            (&[0, 1][..], "2 answers for 3 rows"),
            (&[0, 2, 0], "row 1 (person 8): 2 is not an option; allowed: 0 \"refuse\", 1 \"grant\""),
            (&[0, 1, 1], "row 2 (person 9): 1 \"grant\" is not lawful here; allowed: 0 \"refuse\""),
        ] {
            assert!(batch.check(answers).unwrap_err().contains(said));
        }
        assert!(batch.check_scores(&[1.0, f64::NAN, 0.0]).unwrap_err().contains("row 1 (person 8): the score is NaN"));
    }

    #[test]
    fn own_numbers_are_keyed_by_person_stream_and_question() {
        let batch = batch();
        assert_eq!(batch.uniforms(5), batch.uniforms(5));
        assert!(batch.uniforms(5).iter().zip(batch.uniforms(6)).all(|(a, b)| *a != b));
        let mut later = self::batch();
        later.ordinals = vec![0, 1, 3];
        let (before, after) = (batch.uniforms(5), later.uniforms(5));
        assert!(before[..2] == after[..2] && before[2] != after[2]);
    }

    #[test]
    fn an_agent_that_leaves_no_lawful_option_gets_them_all() {
        let by = By { choice: 0, options: 0b0011, rule: None };
        assert_eq!((by.left(0b0110), by.left(0b1100)), (0b0010, 0b1100));
    }
}
