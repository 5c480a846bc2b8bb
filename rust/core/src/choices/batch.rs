//! The rows of a day's queue that one rule is asked about at once, gathered row by row and handed over as columns, and who answers.

use std::sync::{Arc, Mutex};

use super::choice::{Choice, greatest};
use super::options::{MAX_OPTIONS, Options};
use super::rules::{Read, Rule};
use super::view::{OptionRow, Slot, View};
use crate::calendar::Day;
use crate::codes::Decision;
use crate::draw::{Key, Ordinal, unit};

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
    /// Published number of each row's person.
    pub numbers: Vec<i64>,
    /// Ordinal of the question for that person.
    pub ordinals: Vec<Ordinal>,
    /// Agent that is asked, an index within its kind; for a patient the home area.
    pub agents: Vec<u32>,
    /// Options that law and agent allow; empty for `placement`.
    pub allowed: Vec<Options>,
    /// The answer that taking the bed would be; for `placement` only.
    pub answers: Vec<u8>,
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
            numbers: Vec::new(),
            ordinals: Vec::new(),
            agents: Vec::new(),
            allowed: Vec::new(),
            answers: Vec::new(),
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
        own: &dyn Fn(&str) -> f64,
    ) {
        for read in &rule.reads {
            match (read, offer) {
                (Read::Own(name), _) => self.reads.push(own(name)),
                (Read::Seen(Slot::Offer(c)), None) => {
                    let each = (0..self.options()).map(|option| view.option.get(option).map_or(f64::NAN, |o| o[*c]));
                    self.reads.extend(each);
                }
                (Read::Seen(slot), offer) => self.reads.push(slot.value(view, offer.map(|(_, row)| row))),
            }
        }
        if let Some((answer, row)) = offer {
            self.scores.push(choice.score(view, answer, row));
        } else {
            let from = self.scores.len();
            self.scores.resize(from + self.options(), 0.0);
            choice.scores(view, &mut self.scores[from..]);
        }
    }

    /// Says who the row that was gathered is about, and which options are allowed.
    pub(crate) fn row(
        &mut self,
        case: u32,
        (person, number): (u64, i64),
        ordinal: Ordinal,
        agent: usize,
        allowed: Options,
    ) {
        self.about(case, (person, number), ordinal, agent);
        self.allowed.push(allowed);
    }

    /// Says whom the free bed that was gathered is for, which unit it is in, and what taking it would answer.
    pub(crate) fn bed(
        &mut self,
        case: u32,
        (person, number): (u64, i64),
        ordinal: Ordinal,
        agent: usize,
        unit: u16,
        answer: u8,
    ) {
        self.about(case, (person, number), ordinal, agent);
        self.units.push(unit);
        self.answers.push(answer);
    }

    fn about(&mut self, case: u32, (person, number): (u64, i64), ordinal: Ordinal, agent: usize) {
        self.cases.push(case);
        self.persons.push(person);
        self.numbers.push(number);
        self.ordinals.push(ordinal);
        self.agents.push(agent as u32);
    }

    /// Turns what was gathered row by row into columns.
    pub(crate) fn transpose(&mut self) {
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
        let mut left = self.allowed[row];
        for ((option, name), score) in (0..).zip(self.decision.options()).zip(scores) {
            if *score == f64::NEG_INFINITY {
                left.remove(option);
            } else if !score.is_finite() {
                return Err(self.at(row, &format!("the score of {name:?} is {score}; allowed: a number, or -inf")));
            }
        }
        if left.is_empty() {
            return Err(self.at(row, "no option that the law allows is left; allowed: at least one"));
        }
        if let Some(option) = left.only() {
            return Ok(option);
        }
        let mut draws = [0.0; MAX_OPTIONS];
        let draws = &mut draws[..scores.len()];
        self.key.many(self.persons[row], self.decision.purpose(), self.ordinals[row], draws);
        Ok(greatest(scores, draws, left))
    }

    /// Draws a uniform number in (0, 1) for each row, of a stream that the rule names: by person, stream and ordinal.
    pub fn uniforms(&self, stream: u64) -> Vec<f64> {
        let drawn = |(person, ordinal): (&u64, &Ordinal)| unit(self.key.own(*person, stream, self.decision, *ordinal));
        self.persons.iter().zip(&self.ordinals).map(drawn).collect()
    }

    /// Refuses answers that are not one allowed option for each row.
    pub(crate) fn check(&self, answers: &[u8]) -> Result<(), String> {
        if answers.len() != self.len() {
            return Err(format!("{} answers for {} rows; allowed: one for each row", answers.len(), self.len()));
        }
        let names = self.decision.options();
        let wrong = answers.iter().zip(&self.allowed).position(|(answer, allowed)| !allowed.contains(*answer));
        wrong.map_or(Ok(()), |row| {
            let left = self.allowed[row].iter();
            let allowed: Vec<String> = left.map(|k| format!("{k} {:?}", names[usize::from(k)])).collect();
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
        format!("row {row} (person {}): {what}", self.numbers[row])
    }
}

#[cfg(test)]
mod tests {
    use enumset::EnumSet;

    use super::*;
    use crate::codes::Consent;

    fn batch() -> Batch {
        let mut batch = Batch::new(0, Decision::Consent, 10, Key { seed: 3, replicate: 0 });
        batch.persons = vec![7, 8, 9];
        batch.numbers = vec![7, 8, 9];
        batch.ordinals = [0, 1, 2].map(Ordinal::counted).to_vec();
        let both = Options::all(Decision::Consent);
        batch.allowed = vec![both, both, Options::from(EnumSet::only(Consent::Refuse))];
        batch
    }

    #[test]
    fn what_is_gathered_by_row_is_handed_over_by_column() {
        let mut batch = batch();
        batch.reads = vec![1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        batch.scores = vec![0.0, 0.1, 0.0, 0.2, 0.0, 0.3];
        batch.transpose();
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
        later.ordinals = [0, 1, 3].map(Ordinal::counted).to_vec();
        let (before, after) = (batch.uniforms(5), later.uniforms(5));
        assert!(before[..2] == after[..2] && before[2] != after[2]);
    }
}
