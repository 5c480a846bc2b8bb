//! The evaluator: a declared decision and its answer to a case.
//!
//! A decision is a list of options; each option's score is a sum of `parameter × term`, in f64 and in file order, over columns
//! of the case, attributes of the agent that decides, levers and columns of what is on offer ([`language`](super::language)).
//! Option 0 is the default: it has no rows and scores 0.
//!
//! Draws: the decision's own purpose, one number per option, so that raising one option moves people only to it.

use std::sync::OnceLock;

use super::language::Factor;
use super::nulls::Nulls;
use super::options::{MAX_OPTIONS, Options};
use super::row::Row;
use super::view::{Names, OptionRow, Slot, View};
use crate::calendar::Days;
use crate::codes::Decision;
use crate::draw::{Key, Ordinal, Purpose, gumbel, normal};

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The option, an index into [`Decision::options`].
    pub option: u8,
    /// The law left no option, and the default was taken: to be logged.
    pub anomaly: bool,
}

/// A decision, ready to be asked.
#[derive(Clone, Debug)]
pub struct Choice {
    pub(super) decision: Decision,
    /// Rows of the scores, in file order.
    pub(super) rows: Vec<Row>,
    /// Rows of the logarithm of the days that an answer takes.
    pub(super) delay: Vec<Row>,
    /// Standard deviation of that logarithm.
    pub(super) sigma: f64,
    /// Attributes of the agent's kind, by name.
    pub(super) attributes: Vec<String>,
    /// Levers of the run, by name.
    pub(super) levers: Vec<String>,
    /// The first value that was not a number where one has to be.
    pub(super) fault: OnceLock<String>,
}

impl Choice {
    /// Returns the decision.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Returns the number of options.
    pub fn count(&self) -> usize {
        self.decision.options().len()
    }

    /// Returns the names of attributes and levers that the rows refer to.
    pub(super) fn names(&self) -> Names<'_> {
        Names { attributes: &self.attributes, levers: &self.levers }
    }

    /// Returns the first value so far that was not a number where one has to be: decision, term and value.
    ///
    /// The day's close asks every choice, so that a bug can't pass for an answer.
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    /// Returns what a factor reads.
    #[inline]
    fn factor(factor: Factor<Slot>, view: &View, offer: Option<&OptionRow>) -> f64 {
        let of = |slot: Slot| slot.value(view, offer);
        match factor {
            Factor::Value(a) => of(a),
            Factor::Difference(a, b) => of(a) - of(b),
            Factor::Log1p(a) => libm::log1p(of(a)),
            Factor::Positive(a, b) => {
                let difference = of(a) - of(b);
                // Not f64::max, which would hide a value that is not a number.
                if difference < 0.0 { 0.0 } else { difference }
            }
            Factor::Is(a, code) => {
                let value = of(a);
                if value.is_nan() { value } else { f64::from(u8::from(value == f64::from(code))) }
            }
            Factor::Known(a) => f64::from(u8::from(!of(a).is_nan())),
        }
    }

    /// Returns what a row's term reads.
    #[inline]
    pub(super) fn term(&self, row: &Row, view: &View, offer: Option<&OptionRow>, nulls: Nulls) -> f64 {
        if row.needs.overlaps(nulls) {
            return 0.0;
        }
        let value = match row.factors {
            [None, _] => 1.0,
            [Some(a), None] => Self::factor(a, view, offer),
            [Some(a), Some(b)] => Self::factor(a, view, offer) * Self::factor(b, view, offer),
        };
        if !value.is_finite() {
            let text =
                || format!("choices.{}: term {:?} ({}) is {value}", self.decision.name(), row.text, row.parameter);
            self.fault.get_or_init(text);
        }
        value
    }

    /// Writes the score of each option [logit]; the default's is 0.
    pub fn scores(&self, view: &View, out: &mut [f64]) {
        out.fill(0.0);
        let nulls = Nulls::of(view.case);
        for row in &self.rows {
            out[row.option] += row.value * self.term(row, view, view.option.get(row.option), nulls);
        }
    }

    /// Returns the score [logit] of one place on offer under `option`: for ranking, without a draw.
    pub fn score(&self, view: &View, option: u8, offer: &OptionRow) -> f64 {
        let (option, nulls) = (usize::from(option), Nulls::of(view.case));
        self.rows
            .iter()
            .filter(|row| row.option == option)
            .fold(0.0, |sum, row| sum + row.value * self.term(row, view, Some(offer), nulls))
    }

    /// Returns the answer for a person: of the options that are allowed, the one with the greatest score + Gumbel. One option
    /// left is taken without a draw; with none left the default is, and the answer says so.
    pub fn choose(&self, view: &View, allowed: Options, key: Key, person: u64, ordinal: Ordinal) -> Answer {
        debug_assert_eq!(allowed.intersection(Options::all(self.decision)), allowed, "options of another decision");
        if allowed.is_empty() {
            return Answer { option: 0, anomaly: true };
        }
        if let Some(option) = allowed.only() {
            return Answer { option, anomaly: false };
        }
        let n = self.count();
        let (mut scores, mut draws) = ([0.0; MAX_OPTIONS], [0.0; MAX_OPTIONS]);
        self.scores(view, &mut scores[..n]);
        key.many(person, self.decision.purpose(), ordinal, &mut draws[..n]);
        Answer { option: greatest(&scores[..n], &draws[..n], allowed), anomaly: false }
    }

    /// Returns the chance of each option, 0 where it isn't allowed.
    pub fn chances(&self, view: &View, allowed: Options) -> [f64; MAX_OPTIONS] {
        let mut chances = [0.0; MAX_OPTIONS];
        self.scores(view, &mut chances[..self.count()]);
        let most = allowed.iter().map(|option| chances[usize::from(option)]).fold(f64::NEG_INFINITY, f64::max);
        let mut all = 0.0;
        for (option, chance) in (0..).zip(&mut chances) {
            *chance = if allowed.contains(option) { libm::exp(*chance - most) } else { 0.0 };
            all += *chance;
        }
        chances.map(|chance| if all > 0.0 { chance / all } else { 0.0 })
    }

    /// Returns how many days the answer takes: max(1, ceil(exp(Σ + σ·Φ⁻¹(u)))) under a purpose of its own; 1 if none is
    /// declared.
    pub fn delay(&self, view: &View, key: Key, person: u64, purpose: Purpose, ordinal: Ordinal) -> Days {
        if self.delay.is_empty() {
            return Days::ONE;
        }
        let nulls = Nulls::of(view.case);
        let sum = self.delay.iter().fold(0.0, |sum, row| sum + row.value * self.term(row, view, None, nulls));
        Days::rounded_up(libm::exp(sum + self.sigma * normal(key.uniform(person, purpose, ordinal))))
    }
}

/// Returns the option with the greatest score + Gumbel among those that are allowed; of equals the first.
pub(super) fn greatest(scores: &[f64], draws: &[f64], allowed: Options) -> u8 {
    let mut best = (f64::NEG_INFINITY, allowed.first().unwrap_or(0));
    for option in allowed.iter() {
        let at = usize::from(option);
        let total = scores[at] + gumbel(draws[at]);
        if total > best.0 {
            best = (total, option);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use enumset::EnumSet;

    use super::super::fixture::{KEY, review, row, unknown, view};
    use super::*;
    use crate::choices::columns::CaseColumn;
    use crate::codes::{Legal, Review};
    use crate::plan::{ChoicePlan, DelayPlan, DelayRow, ScoreRow};

    const ALL: Options = Options::all(Decision::Review);

    #[test]
    fn every_decision_has_its_own_purpose() {
        let mut seen = Vec::new();
        for d in Decision::ALL.iter().filter(|d| **d != Decision::Commissioning) {
            assert_eq!(d.purpose().name(), d.name());
            assert!(!seen.contains(&d.purpose()));
            seen.push(d.purpose());
        }
    }

    #[test]
    fn scores_add_up_in_file_order() {
        let choice = review(vec![
            row("ready", "1", -2.0),
            row("ready", "known(case.reading)", 0.25),
            row("ready", "agent.threshold-case.reading", 2.0),
            row("ready", "pos(case.age-agent.threshold)", 0.5),
            row("ready", "log1p(case.tier_days)", 0.1),
            row("ready", "is(case.legal,s37/41)*case.unescorted_leave", 3.0),
        ])
        .expect("valid");
        let mut case = unknown();
        case[CaseColumn::Reading as usize] = -0.5;
        case[CaseColumn::Age as usize] = 40.5;
        case[CaseColumn::TierDays as usize] = 99.0;
        case[CaseColumn::Legal as usize] = f64::from(Legal::S37S41 as u8);
        case[CaseColumn::UnescortedLeave as usize] = 1.0;
        let mut out = [9.0; 7];
        choice.scores(&view(&case), &mut out);
        let expected = -2.0 + 0.25 + 2.0 + 20.0 + 0.1 * libm::log1p(99.0) + 3.0;
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.0, expected, 0.0]);
        case[CaseColumn::Legal as usize] = f64::from(Legal::S3 as u8);
        case[CaseColumn::Age as usize] = 0.25;
        choice.scores(&view(&case), &mut out);
        assert!((out[5] - (expected - 23.0)).abs() < 1e-12);
    }

    #[test]
    fn a_null_reads_zero_where_the_option_asks_whether_it_is_known() {
        let rows = vec![row("ready", "known(case.reading)", 1.0), row("ready", "case.reading-agent.threshold", 4.0)];
        let choice = review(rows).expect("valid");
        let mut out = [0.0; 7];
        choice.scores(&view(&unknown()), &mut out);
        assert_eq!(out[5], 0.0);
        assert_eq!(choice.fault(), None);
        let product = review(vec![row("ready", "known(case.reading)*case.reading", 4.0)]).expect("valid");
        product.scores(&view(&unknown()), &mut out);
        assert_eq!(out[5], 0.0);
    }

    #[test]
    fn a_value_that_is_not_a_number_is_a_fault() {
        let choice = review(vec![row("ready", "case.age", 1.0)]).expect("valid");
        let mut case = unknown();
        case[CaseColumn::Age as usize] = f64::NAN;
        choice.choose(&view(&case), ALL, KEY, 1, Ordinal::counted(0));
        assert_eq!(choice.fault(), Some("choices.review: term \"case.age\" (choice.review.x) is NaN"));
    }

    #[test]
    fn only_what_is_allowed_is_answered() {
        let choice = review(vec![row("ready", "1", 50.0)]).expect("valid");
        let case = unknown();
        let v = view(&case);
        let some = Options::from(Review::Stay | Review::MoreLeave | Review::StepUp);
        for person in 0..200 {
            assert_eq!(choice.choose(&v, ALL, KEY, person, Ordinal::counted(0)).option, 5);
            let kept = choice.choose(&v, some, KEY, person, Ordinal::counted(0));
            assert!(matches!(kept.option, 0 | 1 | 3) && !kept.anomaly);
        }
        let one = Options::from(EnumSet::only(Review::LessLeave));
        assert_eq!(choice.choose(&v, one, KEY, 1, Ordinal::counted(0)), Answer { option: 2, anomaly: false });
        assert_eq!(choice.choose(&v, Options::NONE, KEY, 1, Ordinal::counted(0)), Answer { option: 0, anomaly: true });
    }

    #[test]
    fn raising_one_option_moves_people_only_to_it() {
        let case = unknown();
        let v = view(&case);
        for step in 0..40 {
            let base = 0.1 * f64::from(step) - 2.0;
            let low = review(vec![row("more leave", "1", 0.4), row("ready", "1", base)]).expect("valid");
            let high = review(vec![row("more leave", "1", 0.4), row("ready", "1", base + 0.5)]).expect("valid");
            let mut moved = 0;
            for person in 0..2_000 {
                let (a, b) = (
                    low.choose(&v, ALL, KEY, person, Ordinal::counted(0)),
                    high.choose(&v, ALL, KEY, person, Ordinal::counted(0)),
                );
                if a != b {
                    assert_eq!(b.option, 5, "moved to the option that was raised");
                    moved += 1;
                }
            }
            assert!(moved > 0);
        }
    }

    #[test]
    fn dropping_an_option_moves_only_those_who_took_it() {
        let choice = review(vec![row("more leave", "1", 0.5), row("ready", "1", 0.5)]).expect("valid");
        let case = unknown();
        let v = view(&case);
        let mut others = ALL;
        others.remove(5);
        for person in 0..2_000 {
            let free = choice.choose(&v, ALL, KEY, person, Ordinal::counted(0)).option;
            let masked = choice.choose(&v, others, KEY, person, Ordinal::counted(0)).option;
            assert!(free == 5 || free == masked);
        }
    }

    #[test]
    fn places_are_scored_one_by_one() {
        let plan = ChoicePlan {
            agent: "commissioner".into(),
            rows: vec![
                ScoreRow { option: "own unit".into(), term: "1".into(), parameter: "a".into(), value: 3.0 },
                ScoreRow { option: "own unit".into(), term: "option.price".into(), parameter: "b".into(), value: -0.1 },
                ScoreRow { option: "other area".into(), term: "1".into(), parameter: "c".into(), value: 3.0 },
                ScoreRow {
                    option: "other area".into(),
                    term: "option.distance".into(),
                    parameter: "d".into(),
                    value: -4.0,
                },
            ],
            delay: None,
            variants: Vec::new(),
        };
        let choice = Choice::new(Decision::Placement, &plan, &[], &[]).expect("valid");
        let case = unknown();
        let v = View { case: &case, agent: &[], lever: &[], option: &[] };
        let offer = |price, distance| [price, 0.0, 0.0, distance, 1.0, 0.0];
        assert_eq!(choice.score(&v, 1, &offer(5.0, 0.0)), 2.5);
        assert_eq!(choice.score(&v, 2, &offer(5.0, 0.5)), 1.0);
        assert!(choice.score(&v, 2, &offer(5.0, 0.9)) < 0.0, "worse than waiting");
    }

    #[test]
    fn a_delay_is_lognormal_in_whole_days_from_one() {
        let mut plan = ChoicePlan {
            agent: "ministry".into(),
            rows: vec![],
            delay: Some(DelayPlan {
                rows: vec![DelayRow { term: "1".into(), parameter: "m".into(), value: libm::log(20.0) }],
                sigma: 0.5,
            }),
            variants: Vec::new(),
        };
        let choice = Choice::new(Decision::Consent, &plan, &[], &[]).expect("valid");
        let case = unknown();
        let v = View { case: &case, agent: &[], lever: &[], option: &[] };
        let mut days: Vec<i32> =
            (0..4_001).map(|p| choice.delay(&v, KEY, p, Purpose::ConsentDelay, Ordinal::ONCE).count()).collect();
        days.sort_unstable();
        assert!((19..=22).contains(&days[2_000]), "median {}", days[2_000]);
        assert!(days[0] >= 1);
        plan.delay = None;
        let none = Choice::new(Decision::Consent, &plan, &[], &[]).expect("valid");
        assert_eq!(none.delay(&v, KEY, 1, Purpose::ConsentDelay, Ordinal::ONCE), Days::ONE);
    }
}
