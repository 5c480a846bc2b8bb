//! How an answer came about: what was seen, what each row added, scores, draws, probabilities.

use super::choice::{Answer, Choice};
use super::language::Reference;
use super::nulls::Nulls;
use super::options::Options;
use super::view::{Slot, View};
use crate::draw::{Key, Ordinal};

/// One row of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedRow {
    /// The option that the row belongs to.
    pub option: u8,
    /// The term.
    pub term: String,
    /// Id of the parameter.
    pub parameter: String,
    /// Its value [logit per unit of the term].
    pub value: f64,
    /// What the term read.
    pub read: f64,
}

/// How an answer came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// What was seen: reference and value, null as NaN.
    pub inputs: Vec<(String, f64)>,
    /// What each row read.
    pub rows: Vec<ExplainedRow>,
    /// Score of each option [logit].
    pub scores: Vec<f64>,
    /// Uniform number of each option (not used where only one option was left).
    pub draws: Vec<f64>,
    /// Probability of each option among those allowed.
    pub probabilities: Vec<f64>,
    /// Options that were allowed.
    pub allowed: Options,
    /// The answer.
    pub answer: Answer,
}

impl Choice {
    /// Says how an answer came about: what was seen, what each row added, scores, draws, probabilities, the answer.
    pub fn explain(&self, view: &View, allowed: Options, key: Key, person: u64, ordinal: Ordinal) -> Explained {
        let (mut scores, mut draws) = (vec![0.0; self.count()], vec![0.0; self.count()]);
        self.scores(view, &mut scores);
        key.many(person, self.decision.purpose(), ordinal, &mut draws);
        let (mut inputs, mut rows): (Vec<(String, f64)>, _) = (Vec::new(), Vec::with_capacity(self.rows.len()));
        for row in &self.rows {
            let offer = view.option.get(row.option);
            for slot in row.factors.iter().flatten().flat_map(super::language::Factor::references) {
                let name = self.input(*slot, row.option);
                if inputs.iter().all(|(known, _)| *known != name) {
                    inputs.push((name, slot.value(view, offer)));
                }
            }
            rows.push(ExplainedRow {
                option: row.option as u8,
                term: row.text.clone(),
                parameter: row.parameter.clone(),
                value: row.value,
                read: self.term(row, view, offer, Nulls::of(view.case)),
            });
        }
        Explained {
            inputs,
            rows,
            probabilities: probabilities(&scores, allowed),
            scores,
            draws,
            allowed,
            answer: self.choose(view, allowed, key, person, ordinal),
        }
    }

    /// Returns the name of an input: its reference, and for what is on offer under which option.
    fn input(&self, slot: Slot, option: usize) -> String {
        match self.names().reference(slot) {
            offer @ Reference::Offer(_) => format!("{offer} ({})", self.decision.options()[option]),
            other @ (Reference::Case(_) | Reference::Agent(_) | Reference::Lever(_)) => other.to_string(),
        }
    }
}

/// Returns the probability of each option, given scores and the options that are allowed; with none the default's is 1.
pub fn probabilities(scores: &[f64], allowed: Options) -> Vec<f64> {
    let mut out = vec![0.0; scores.len()];
    let left = || allowed.iter().map(usize::from).take_while(|option| *option < scores.len());
    let top = left().map(|option| scores[option]).fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        out[0] = 1.0;
        return out;
    }
    for option in left() {
        out[option] = libm::exp(scores[option] - top);
    }
    let sum = out.iter().fold(0.0, |a, b| a + b);
    for p in &mut out {
        *p /= sum;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::choice::greatest;
    use super::super::columns::CaseColumn;
    use super::super::fixture::{KEY, review, row, unknown, view};
    use super::*;
    use crate::codes::Review;

    #[test]
    fn answers_come_as_often_as_their_probability_says() {
        let choice =
            review(vec![row("more leave", "1", 0.7), row("ready", "1", -1.5), row("remit", "1", 0.2)]).expect("valid");
        let case = unknown();
        let v = view(&case);
        let mut scores = [0.0; 7];
        choice.scores(&v, &mut scores);
        let allowed = Options::from(Review::Stay | Review::MoreLeave | Review::Ready | Review::Remit);
        let p = probabilities(&scores, allowed);
        let n = 40_000;
        let mut counts = [0.0; 7];
        for person in 0..n {
            counts[usize::from(choice.choose(&v, allowed, KEY, person, Ordinal::counted(3)).option)] += 1.0;
        }
        for k in 0..7 {
            let sd = libm::sqrt(n as f64 * p[k] * (1.0 - p[k]));
            assert!((counts[k] - n as f64 * p[k]).abs() <= 4.0 * sd, "option {k}: {counts:?} {p:?}");
        }
    }

    #[test]
    fn an_explanation_agrees_with_the_answer() {
        let choice = review(vec![
            row("ready", "known(case.reading)", 0.5),
            row("ready", "agent.threshold-case.reading", 1.0),
            row("step up", "lever.risk_aversion", 1.0),
        ])
        .expect("valid");
        let mut case = unknown();
        case[CaseColumn::Reading as usize] = -1.0;
        let v = view(&case);
        let allowed = Options::from(Review::Stay | Review::StepUp | Review::Ready);
        for person in 0..50 {
            let e = choice.explain(&v, allowed, KEY, person, Ordinal::counted(2));
            assert_eq!(e.answer, choice.choose(&v, allowed, KEY, person, Ordinal::counted(2)));
            assert_eq!(e.answer.option, greatest(&e.scores, &e.draws, e.allowed));
            assert!((e.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let names: Vec<&str> = e.inputs.iter().map(|(n, _)| n.as_str()).collect();
            assert_eq!(names, ["case.reading", "agent.threshold", "lever.risk_aversion"]);
            let sum: f64 = e.rows.iter().filter(|r| r.option == 5).map(|r| r.value * r.read).sum();
            assert_eq!(sum, e.scores[5]);
        }
    }

    #[test]
    fn with_nothing_allowed_the_default_is_certain() {
        assert_eq!(probabilities(&[0.0, 5.0], Options::NONE), [1.0, 0.0]);
    }
}
