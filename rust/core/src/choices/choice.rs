//! The one evaluator of decisions: declared in Python, executed here.
//!
//! A decision is a list of options; each option's score is a sum of `parameter × term`, in f64 and in file order, over columns
//! of the case, attributes of the agent that decides, levers and columns of what is on offer. Option 0 is the default: it has
//! no rows and scores 0. The language, all of it:
//!
//! ```text
//! term    1 | factor | factor*factor
//! factor  ref | ref-ref | log1p(ref) | pos(ref-ref) | is(ref,CODE) | known(ref)
//! ref     case.x | agent.x | lever.x | option.x
//! ```
//!
//! Draws: the decision's own purpose, one number per option, so that raising one option moves people only to it.

use std::sync::OnceLock;

pub use crate::choices::columns::{CaseColumn, CaseRow, OptionColumn};
use crate::codes::{AskedFor, Contract, Decision, Legal, Offence, Place, Stage};
use crate::draw::{Key, Purpose, gumbel, normal};
use crate::error::SimError;
use crate::plan::ChoicePlan;

/// The values of one thing on offer, in the order of [`OptionColumn::ALL`].
pub type OptionRow = [f64; OptionColumn::COUNT];

/// Most options that a decision can have.
pub const MAX_OPTIONS: usize = 16;

/// Returns the names of the codes of a code column, in order of code; nothing where the column holds no code.
pub fn vocabulary(reference: &str) -> Option<Vec<&'static str>> {
    match reference {
        "case.place" | "case.target" => Some(Place::ALL.iter().map(|v| v.name()).collect()),
        "case.legal" => Some(Legal::ALL.iter().map(|v| v.name()).collect()),
        "case.offence" => Some(Offence::ALL.iter().map(|v| v.name()).collect()),
        "case.stage" => Some(Stage::ALL.iter().map(|v| v.name()).collect()),
        "case.asked_for" => Some(AskedFor::ALL.iter().map(|v| v.name()).collect()),
        "agent.contract" => Some(Contract::ALL.iter().map(|v| v.name()).collect()),
        _ => None,
    }
}

/// What a decider sees when it decides, at the start of the phase.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The case.
    pub case: &'a CaseRow,
    /// Attributes of the agent, in the order of its kind's columns.
    pub agent: &'a [f64],
    /// Levers on the day, in the order of the names that the choice was built with; neutral is 0.
    pub lever: &'a [f64],
    /// What is on offer: one row per option, or empty where the decision looks at none.
    pub option: &'a [OptionRow],
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The option, an index into [`Decision::options`].
    pub option: u8,
    /// The law left no option, and the default was taken: to be logged.
    pub anomaly: bool,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ref {
    Case(usize),
    Agent(usize),
    Lever(usize),
    Offer(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Factor {
    Value(Ref),
    Difference(Ref, Ref),
    Log1p(Ref),
    Above(Ref, Ref),
    Is(Ref, f64),
    Known(Ref),
}

impl Factor {
    /// The references of the factor that have to have a value.
    fn needs(self) -> impl Iterator<Item = Ref> {
        let (a, b) = match self {
            Factor::Value(a) | Factor::Log1p(a) | Factor::Is(a, _) => (Some(a), None),
            Factor::Difference(a, b) | Factor::Above(a, b) => (Some(a), Some(b)),
            Factor::Known(_) => (None, None),
        };
        a.into_iter().chain(b)
    }
}

/// The bit of a column of the case in a mask of nulls; 0 for a column that always has a value.
const fn null_bit(column: usize) -> u64 {
    let (mut bit, mut c) = (1, 0);
    while c < column {
        if CaseColumn::ALL[c].nullable() {
            bit <<= 1;
        }
        c += 1;
    }
    if CaseColumn::ALL[column].nullable() { bit } else { 0 }
}

/// The columns of a case that can be null, with their bits.
const NULLABLE: [(usize, u64); CaseColumn::COUNT] = {
    let mut out = [(0, 0); CaseColumn::COUNT];
    let (mut c, mut n) = (0, 0);
    while c < CaseColumn::COUNT {
        if null_bit(c) != 0 {
            out[n] = (c, null_bit(c));
            n += 1;
        }
        c += 1;
    }
    out
};

/// Returns which columns of a case are null, as a mask.
#[inline]
fn nulls(case: &CaseRow) -> u64 {
    let known = NULLABLE.iter().take_while(|(_, bit)| *bit != 0);
    known.fold(0, |mask, (c, bit)| if case[*c].is_nan() { mask | bit } else { mask })
}

/// A compiled term: a product of at most two factors, none for the term `1`.
#[derive(Clone, Debug)]
struct Term {
    factors: [Option<Factor>; 2],
    /// Columns of the case that it needs and that may be null, as a mask of [`nulls`]: it reads 0 where one is.
    nullable: u64,
}

/// A row as declared, compiled.
#[derive(Clone, Debug)]
struct Row {
    option: usize,
    term: Term,
    value: f64,
    text: String,
    parameter: String,
}

/// A decision, ready to be asked.
#[derive(Clone, Debug)]
pub struct Choice {
    decision: Decision,
    rows: Vec<Row>,
    delay: Vec<Row>,
    sigma: f64,
    agent_columns: Vec<String>,
    lever_names: Vec<String>,
    /// The first value that was not a number where one has to be.
    fault: OnceLock<String>,
}

/// Names of a choice's surroundings, and where in the plan an error is.
struct Reader<'a> {
    decision: Decision,
    agent: &'a str,
    agent_columns: &'a [String],
    lever_names: &'a [String],
}

impl Reader<'_> {
    fn error(&self, place: &str, what: &str) -> SimError {
        SimError::Plan(format!("choices.{}: {place}: {what}", self.decision.name()))
    }

    fn reference(&self, place: &str, text: &str) -> Result<Ref, SimError> {
        let unknown = |kind: &str, name: &str, allowed: Vec<&str>| {
            let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
            self.error(place, &format!("{kind}.{name} is not known; allowed after {kind}.: {allowed}"))
        };
        let listed = |kind: &str, name: &str, names: &[String]| {
            names
                .iter()
                .position(|n| n == name)
                .ok_or_else(|| unknown(kind, name, names.iter().map(String::as_str).collect()))
        };
        match text.split_once('.') {
            Some(("case", name)) => CaseColumn::from_name(name)
                .map(|c| Ref::Case(c as usize))
                .ok_or_else(|| unknown("case", name, CaseColumn::ALL.iter().map(|c| c.name()).collect())),
            Some(("option", name)) => OptionColumn::from_name(name)
                .map(|c| Ref::Offer(c as usize))
                .ok_or_else(|| unknown("option", name, OptionColumn::ALL.iter().map(|c| c.name()).collect())),
            Some(("agent", name)) => listed("agent", name, self.agent_columns).map(Ref::Agent).map_err(|e| match e {
                SimError::Plan(text) => SimError::Plan(format!("{text} (agent: {})", self.agent)),
                other => other,
            }),
            Some(("lever", name)) => listed("lever", name, self.lever_names).map(Ref::Lever),
            _ => {
                Err(self
                    .error(place, &format!("{text:?} is not a reference; allowed: case.x, agent.x, lever.x, option.x")))
            }
        }
    }

    fn pair(&self, place: &str, text: &str) -> Result<Option<(Ref, Ref)>, SimError> {
        match text.split_once('-') {
            Some((a, b)) => Ok(Some((self.reference(place, a.trim())?, self.reference(place, b.trim())?))),
            None => Ok(None),
        }
    }

    fn factor(&self, place: &str, text: &str) -> Result<Factor, SimError> {
        let text = text.trim();
        if let Some((function, inner)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) {
            let inner = inner.trim();
            return match function.trim() {
                "log1p" => Ok(Factor::Log1p(self.reference(place, inner)?)),
                "known" => Ok(Factor::Known(self.reference(place, inner)?)),
                "pos" => match self.pair(place, inner)? {
                    Some((a, b)) => Ok(Factor::Above(a, b)),
                    None => Err(self.error(place, &format!("pos({inner}) needs a difference: pos(ref-ref)"))),
                },
                "is" => {
                    let Some((name, code)) = inner.split_once(',') else {
                        return Err(self.error(place, &format!("is({inner}) needs a code: is(ref,CODE)")));
                    };
                    let (name, code) = (name.trim(), code.trim());
                    let reference = self.reference(place, name)?;
                    let Some(names) = vocabulary(name) else {
                        return Err(self.error(place, &format!("{name} holds no code, so is() can't compare it")));
                    };
                    let at = names.iter().position(|n| *n == code).ok_or_else(|| {
                        let allowed = names.join(", ");
                        self.error(place, &format!("{code:?} is not a code of {name}; allowed: {allowed}"))
                    })?;
                    Ok(Factor::Is(reference, at as f64))
                }
                other => {
                    Err(self.error(place, &format!("{other:?} is not a function; allowed: log1p, pos, is, known")))
                }
            };
        }
        if let Some((a, b)) = self.pair(place, text)? {
            return Ok(Factor::Difference(a, b));
        }
        if vocabulary(text).is_some() {
            return Err(self.error(place, &format!("{text} holds a code: compare it with is({text},CODE)")));
        }
        Ok(Factor::Value(self.reference(place, text)?))
    }

    fn term(&self, place: &str, text: &str) -> Result<Term, SimError> {
        let text = text.trim();
        let mut factors = [None, None];
        if text != "1" {
            let parts: Vec<&str> = text.split('*').collect();
            if parts.len() > 2 {
                return Err(self.error(place, "a term is a product of at most two factors"));
            }
            for (slot, part) in factors.iter_mut().zip(parts) {
                *slot = Some(self.factor(place, part)?);
            }
        }
        let nullable = factors.into_iter().flatten().flat_map(Factor::needs).fold(0, |mask, r| match r {
            Ref::Case(c) => mask | null_bit(c),
            _ => mask,
        });
        Ok(Term { factors, nullable })
    }
}

impl Choice {
    /// Compiles a declared choice.
    ///
    /// `agent_columns` are the declared attributes of the agent's kind, `lever_names` the levers of the run, both in the order
    /// in which [`View`] gives their values.
    ///
    /// # Errors
    /// Names decision, option, term and parameter, what was found and what is allowed.
    pub fn new(
        decision: Decision,
        plan: &ChoicePlan,
        agent_columns: &[String],
        lever_names: &[String],
    ) -> Result<Choice, SimError> {
        let reader = Reader { decision, agent: &plan.agent, agent_columns, lever_names };
        let names = decision.options();
        let mut rows: Vec<Row> = Vec::with_capacity(plan.rows.len());
        for row in &plan.rows {
            let place = format!("option {:?}: term {:?}: {}", row.option, row.term, row.parameter);
            let option = names
                .iter()
                .position(|n| *n == row.option)
                .ok_or_else(|| reader.error(&place, &format!("not an option; allowed: {}", names[1..].join(", "))))?;
            if option == 0 {
                return Err(reader.error(&place, "the default has no rows: its score is 0"));
            }
            if !row.value.is_finite() {
                return Err(reader.error(&place, &format!("{} is not a number", row.value)));
            }
            let term = reader.term(&place, &row.term)?;
            if rows.iter().any(|r| r.option == option && r.text == row.term) {
                return Err(reader.error(&place, "the term is there twice"));
            }
            let (text, parameter) = (row.term.clone(), row.parameter.clone());
            rows.push(Row { option, term, value: row.value, text, parameter });
        }
        let mut delay = Vec::new();
        let mut sigma = 0.0;
        if let Some(plan) = &plan.delay {
            sigma = plan.sigma;
            if !(sigma.is_finite() && sigma >= 0.0) {
                return Err(reader.error("delay: sigma", &format!("{sigma} is not a number from 0")));
            }
            for row in &plan.rows {
                let place = format!("delay: term {:?}: {}", row.term, row.parameter);
                let term = reader.term(&place, &row.term)?;
                if term.factors.into_iter().flatten().flat_map(Factor::needs).any(|r| matches!(r, Ref::Offer(_))) {
                    return Err(reader.error(&place, "a delay can't look at an option"));
                }
                if !row.value.is_finite() {
                    return Err(reader.error(&place, &format!("{} is not a number", row.value)));
                }
                let (text, parameter) = (row.term.clone(), row.parameter.clone());
                delay.push(Row { option: 0, term, value: row.value, text, parameter });
            }
        }
        for list in [&rows, &delay] {
            for row in list {
                for (column, _) in CaseColumn::ALL.iter().enumerate() {
                    if row.term.nullable & null_bit(column) == 0 {
                        continue;
                    }
                    let known = |r: &Row| r.term.factors.contains(&Some(Factor::Known(Ref::Case(column))));
                    if !list.iter().any(|r| r.option == row.option && known(r)) {
                        let name = CaseColumn::ALL[column].name();
                        let place = format!("option {:?}: term {:?}: {}", names[row.option], row.text, row.parameter);
                        return Err(reader.error(
                            &place,
                            &format!("case.{name} can be null, so the option needs a row with known(case.{name})"),
                        ));
                    }
                }
            }
        }
        Ok(Choice {
            decision,
            rows,
            delay,
            sigma,
            agent_columns: agent_columns.to_vec(),
            lever_names: lever_names.to_vec(),
            fault: OnceLock::new(),
        })
    }

    /// The decision.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Number of options.
    pub fn count(&self) -> usize {
        self.decision.options().len()
    }

    /// The first value so far that was not a number where one has to be: decision, term and value.
    ///
    /// The day's close asks every choice, so that a bug can't pass for an answer.
    pub fn fault(&self) -> Option<&str> {
        self.fault.get().map(String::as_str)
    }

    #[inline]
    fn value(reference: Ref, view: &View, offer: Option<&OptionRow>) -> f64 {
        match reference {
            Ref::Case(c) => view.case[c],
            Ref::Agent(c) => view.agent[c],
            Ref::Lever(c) => view.lever[c],
            Ref::Offer(c) => offer.map_or(f64::NAN, |o| o[c]),
        }
    }

    #[inline]
    fn factor(factor: Factor, view: &View, offer: Option<&OptionRow>) -> f64 {
        let of = |r| Self::value(r, view, offer);
        match factor {
            Factor::Value(a) => of(a),
            Factor::Difference(a, b) => of(a) - of(b),
            Factor::Log1p(a) => libm::log1p(of(a)),
            Factor::Above(a, b) => {
                let difference = of(a) - of(b);
                // Not f64::max, which would hide a value that is not a number.
                if difference < 0.0 { 0.0 } else { difference }
            }
            Factor::Is(a, code) => {
                let value = of(a);
                if value.is_nan() { value } else { f64::from(u8::from(value == code)) }
            }
            Factor::Known(a) => f64::from(u8::from(!of(a).is_nan())),
        }
    }

    /// Returns the value of a row's term.
    #[inline]
    fn term(&self, row: &Row, view: &View, offer: Option<&OptionRow>, null: u64) -> f64 {
        if row.term.nullable & null != 0 {
            return 0.0;
        }
        let value = match row.term.factors {
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

    /// Writes the score of each option; the default's is 0.
    pub fn scores(&self, view: &View, out: &mut [f64]) {
        out.fill(0.0);
        let null = nulls(view.case);
        for row in &self.rows {
            out[row.option] += row.value * self.term(row, view, view.option.get(row.option), null);
        }
    }

    /// Returns the score of one place on offer under `option`: for ranking, without a draw.
    pub fn score(&self, view: &View, option: u8, offer: &OptionRow) -> f64 {
        let (option, null) = (usize::from(option), nulls(view.case));
        self.rows
            .iter()
            .filter(|row| row.option == option)
            .fold(0.0, |sum, row| sum + row.value * self.term(row, view, Some(offer), null))
    }

    /// Returns the options left by `mask`, as a mask within the decision's options.
    fn left(&self, mask: u32) -> u32 {
        mask & ((1 << self.count()) - 1)
    }

    /// Returns the answer for a person: of the options that `mask` allows (bit k for option k), the one with the greatest score
    /// + Gumbel. One option left is taken without a draw; with none left the default is, and the answer says so.
    pub fn choose(&self, view: &View, mask: u32, key: Key, person: u64, ordinal: u64) -> Answer {
        let left = self.left(mask);
        if left == 0 {
            return Answer { option: 0, anomaly: true };
        }
        if left.is_power_of_two() {
            return Answer { option: left.trailing_zeros() as u8, anomaly: false };
        }
        let n = self.count();
        let (mut scores, mut draws) = ([0.0; MAX_OPTIONS], [0.0; MAX_OPTIONS]);
        self.scores(view, &mut scores[..n]);
        key.many(person, self.decision.purpose(), ordinal, &mut draws[..n]);
        Answer { option: greatest(&scores[..n], &draws[..n], left), anomaly: false }
    }

    /// Returns how many days the answer takes: max(1, ceil(exp(Σ + σ·Φ⁻¹(u)))) under a purpose of its own; 1 if none is declared.
    pub fn delay(&self, view: &View, key: Key, person: u64, purpose: Purpose, ordinal: u64) -> i32 {
        if self.delay.is_empty() {
            return 1;
        }
        let null = nulls(view.case);
        let sum = self.delay.iter().fold(0.0, |sum, row| sum + row.value * self.term(row, view, None, null));
        let days = libm::exp(sum + self.sigma * normal(key.uniform(person, purpose, ordinal)));
        // Conversion saturates, so that an absurd parameter gives a day that never comes rather than a wrong one.
        (libm::ceil(days) as i32).max(1)
    }

    /// Says how an answer came about: what was seen, what each row added, scores, draws, probabilities, the answer.
    pub fn explain(&self, view: &View, mask: u32, key: Key, person: u64, ordinal: u64) -> Explained {
        let (n, left) = (self.count(), self.left(mask));
        let (mut scores, mut draws) = (vec![0.0; n], vec![0.0; n]);
        self.scores(view, &mut scores);
        key.many(person, self.decision.purpose(), ordinal, &mut draws);
        let mut inputs: Vec<(String, f64)> = Vec::new();
        for row in &self.rows {
            let offer = view.option.get(row.option);
            for factor in row.term.factors.into_iter().flatten() {
                let known = if let Factor::Known(r) = factor { Some(r) } else { None };
                for r in factor.needs().chain(known) {
                    let name = self.name(r, row.option);
                    if inputs.iter().all(|(n, _)| *n != name) {
                        inputs.push((name, Self::value(r, view, offer)));
                    }
                }
            }
        }
        let rows = self
            .rows
            .iter()
            .map(|row| ExplainedRow {
                option: row.option as u8,
                term: row.text.clone(),
                parameter: row.parameter.clone(),
                value: row.value,
                read: self.term(row, view, view.option.get(row.option), nulls(view.case)),
            })
            .collect();
        Explained {
            inputs,
            rows,
            probabilities: probabilities(&scores, left),
            scores,
            draws,
            allowed: left,
            answer: self.choose(view, mask, key, person, ordinal),
        }
    }

    fn name(&self, reference: Ref, option: usize) -> String {
        match reference {
            Ref::Case(c) => format!("case.{}", CaseColumn::ALL[c].name()),
            Ref::Agent(c) => format!("agent.{}", self.agent_columns[c]),
            Ref::Lever(c) => format!("lever.{}", self.lever_names[c]),
            Ref::Offer(c) => format!("option.{} ({})", OptionColumn::ALL[c].name(), self.decision.options()[option]),
        }
    }
}

/// Returns the option with the greatest score + Gumbel among those left; of equals the first.
pub(crate) fn greatest(scores: &[f64], draws: &[f64], left: u32) -> u8 {
    let mut best = (f64::NEG_INFINITY, left.trailing_zeros() as u8);
    for (k, (score, u)) in scores.iter().zip(draws).enumerate() {
        if left & (1 << k) != 0 && score + gumbel(*u) > best.0 {
            best = (score + gumbel(*u), k as u8);
        }
    }
    best.1
}

/// Returns the probability of each option, given scores and the options that are left; with none left the default's is 1.
pub fn probabilities(scores: &[f64], left: u32) -> Vec<f64> {
    let allowed = |k: usize| left & (1 << k) != 0;
    let mut out = vec![0.0; scores.len()];
    let top = (0..scores.len()).filter(|k| allowed(*k)).map(|k| scores[k]).fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        out[0] = 1.0;
        return out;
    }
    for k in (0..scores.len()).filter(|k| allowed(*k)) {
        out[k] = libm::exp(scores[k] - top);
    }
    let sum = out.iter().fold(0.0, |a, b| a + b);
    out.iter_mut().for_each(|p| *p /= sum);
    out
}

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
    /// Score of each option.
    pub scores: Vec<f64>,
    /// Uniform number of each option (not used where only one option was left).
    pub draws: Vec<f64>,
    /// Probability of each option among those allowed.
    pub probabilities: Vec<f64>,
    /// Options that the law allowed, as a mask.
    pub allowed: u32,
    /// The answer.
    pub answer: Answer,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{DelayPlan, DelayRow, ScoreRow};

    const KEY: Key = Key { seed: 7, replicate: 1 };
    const ALL: u32 = u32::MAX;

    fn row(option: &str, term: &str, value: f64) -> ScoreRow {
        ScoreRow { option: option.into(), term: term.into(), parameter: "choice.review.x".into(), value }
    }

    fn build(rows: Vec<ScoreRow>) -> Result<Choice, SimError> {
        let plan = ChoicePlan { agent: "responsible_clinician".into(), rows, delay: None, variants: Vec::new() };
        Choice::new(Decision::Review, &plan, &["threshold".into()], &["risk_aversion".into()])
    }

    fn refused(option: &str, term: &str) -> String {
        build(vec![row(option, term, 1.0)]).expect_err("refused").to_string()
    }

    fn case() -> CaseRow {
        let mut case = [0.0; CaseColumn::COUNT];
        for c in CaseColumn::ALL.iter().filter(|c| c.nullable()) {
            case[*c as usize] = f64::NAN;
        }
        case
    }

    fn view(case: &CaseRow) -> View<'_> {
        View { case, agent: &[0.5], lever: &[0.0], option: &[] }
    }

    #[test]
    fn every_decision_fits_and_has_its_own_purpose() {
        let mut seen = Vec::new();
        for d in Decision::ALL {
            assert!(d.options().len() <= MAX_OPTIONS);
            if *d != Decision::Commissioning {
                assert_eq!(d.purpose().name(), d.name());
                assert!(!seen.contains(&d.purpose()));
                seen.push(d.purpose());
            }
        }
    }

    #[test]
    fn scores_add_up_in_file_order() {
        let choice = build(vec![
            row("ready", "1", -2.0),
            row("ready", "known(case.reading)", 0.25),
            row("ready", "agent.threshold-case.reading", 2.0),
            row("ready", "pos(case.age-agent.threshold)", 0.5),
            row("ready", "log1p(case.tier_days)", 0.1),
            row("ready", "is(case.legal,s37/41)*case.unescorted_leave", 3.0),
        ])
        .expect("valid");
        let mut case = case();
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
    fn a_null_reads_zero_where_known_is_declared_and_is_refused_elsewhere() {
        let rows = vec![row("ready", "known(case.reading)", 1.0), row("ready", "case.reading-agent.threshold", 4.0)];
        let choice = build(rows).expect("valid");
        let mut out = [0.0; 7];
        choice.scores(&view(&case()), &mut out);
        assert_eq!(out[5], 0.0);
        assert_eq!(choice.fault(), None);
        let product = build(vec![row("ready", "known(case.reading)*case.reading", 4.0)]).expect("valid");
        product.scores(&view(&case()), &mut out);
        assert_eq!(out[5], 0.0);

        assert!(refused("ready", "case.reading").contains("needs a row with known(case.reading)"));
        let other = build(vec![row("step up", "known(case.reading)", 1.0), row("ready", "case.reading", 1.0)]);
        assert!(other.is_err(), "another option's row does not count");
    }

    #[test]
    fn a_value_that_is_not_a_number_is_a_fault() {
        let choice = build(vec![row("ready", "case.age", 1.0)]).expect("valid");
        let mut case = case();
        case[CaseColumn::Age as usize] = f64::NAN;
        choice.choose(&view(&case), ALL, KEY, 1, 0);
        assert_eq!(choice.fault(), Some("choices.review: term \"case.age\" (choice.review.x) is NaN"));
    }

    #[test]
    fn what_is_not_in_the_language_is_refused_with_what_is_allowed() {
        assert!(refused("read", "1").contains("allowed: more leave, less leave, step up"));
        assert!(refused("stay", "1").contains("the default has no rows"));
        assert!(refused("ready", "case.risk").contains("case.risk is not known; allowed after case.: age, female"));
        assert!(refused("ready", "agent.contract").contains("compare it with is(agent.contract,CODE)"));
        assert!(
            refused("ready", "agent.noise").contains("allowed after agent.: threshold (agent: responsible_clinician)")
        );
        assert!(refused("ready", "lever.cquin").contains("allowed after lever.: risk_aversion"));
        assert!(refused("ready", "option.colour").contains("price, release, cost, distance, free"));
        assert!(refused("ready", "2").contains("is not a reference"));
        assert!(refused("ready", "exp(case.age)").contains("allowed: log1p, pos, is, known"));
        assert!(refused("ready", "pos(case.age)").contains("pos(ref-ref)"));
        assert!(refused("ready", "is(case.legal)").contains("is(ref,CODE)"));
        assert!(refused("ready", "is(case.legal,s99)").contains("allowed: none, s2, s3"));
        assert!(refused("ready", "is(case.age,s37)").contains("holds no code"));
        assert!(refused("ready", "case.legal").contains("compare it with is(case.legal,CODE)"));
        assert!(refused("ready", "case.age*case.female*case.black").contains("at most two factors"));
        assert!(build(vec![row("ready", "1", f64::NAN)]).is_err());
        assert!(build(vec![row("ready", "1", 1.0), row("ready", "1", 1.0)]).is_err());
    }

    #[test]
    fn the_mask_is_respected() {
        let choice = build(vec![row("ready", "1", 50.0)]).expect("valid");
        let case = case();
        let v = view(&case);
        for person in 0..200 {
            assert_eq!(choice.choose(&v, ALL, KEY, person, 0).option, 5);
            let kept = choice.choose(&v, 0b1011, KEY, person, 0);
            assert!(matches!(kept.option, 0 | 1 | 3) && !kept.anomaly);
        }
        assert_eq!(choice.choose(&v, 0b100, KEY, 1, 0), Answer { option: 2, anomaly: false });
        assert_eq!(choice.choose(&v, 0, KEY, 1, 0), Answer { option: 0, anomaly: true });
        assert_eq!(choice.choose(&v, 1 << 20, KEY, 1, 0), Answer { option: 0, anomaly: true });
    }

    #[test]
    fn answers_come_as_often_as_their_probability_says() {
        let choice =
            build(vec![row("more leave", "1", 0.7), row("ready", "1", -1.5), row("remit", "1", 0.2)]).expect("valid");
        let case = case();
        let v = view(&case);
        let mut scores = [0.0; 7];
        choice.scores(&v, &mut scores);
        let mask = 0b110_0011;
        let p = probabilities(&scores, mask);
        let n = 40_000;
        let mut counts = [0.0; 7];
        for person in 0..n {
            counts[usize::from(choice.choose(&v, mask, KEY, person, 3).option)] += 1.0;
        }
        for k in 0..7 {
            let sd = libm::sqrt(n as f64 * p[k] * (1.0 - p[k]));
            assert!((counts[k] - n as f64 * p[k]).abs() <= 4.0 * sd, "option {k}: {counts:?} {p:?}");
        }
    }

    #[test]
    fn raising_one_option_moves_people_only_to_it() {
        let case = case();
        let v = view(&case);
        for step in 0..40 {
            let base = 0.1 * f64::from(step) - 2.0;
            let low = build(vec![row("more leave", "1", 0.4), row("ready", "1", base)]).expect("valid");
            let high = build(vec![row("more leave", "1", 0.4), row("ready", "1", base + 0.5)]).expect("valid");
            let mut moved = 0;
            for person in 0..2_000 {
                let (a, b) = (low.choose(&v, ALL, KEY, person, 0), high.choose(&v, ALL, KEY, person, 0));
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
        let choice = build(vec![row("more leave", "1", 0.5), row("ready", "1", 0.5)]).expect("valid");
        let case = case();
        let v = view(&case);
        for person in 0..2_000 {
            let free = choice.choose(&v, ALL, KEY, person, 0).option;
            let masked = choice.choose(&v, ALL & !(1 << 5), KEY, person, 0).option;
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
        let case = case();
        let v = View { case: &case, agent: &[], lever: &[], option: &[] };
        let offer = |price, distance| [price, 0.0, 0.0, distance, 1.0];
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
        let case = case();
        let v = View { case: &case, agent: &[], lever: &[], option: &[] };
        let mut days: Vec<i32> = (0..4_001).map(|p| choice.delay(&v, KEY, p, Purpose::ConsentDelay, 0)).collect();
        days.sort_unstable();
        assert!((19..=22).contains(&days[2_000]), "median {}", days[2_000]);
        assert!(days[0] >= 1);
        plan.delay = None;
        let none = Choice::new(Decision::Consent, &plan, &[], &[]).expect("valid");
        assert_eq!(none.delay(&v, KEY, 1, Purpose::ConsentDelay, 0), 1);
    }

    #[test]
    fn an_explanation_agrees_with_the_answer() {
        let choice = build(vec![
            row("ready", "known(case.reading)", 0.5),
            row("ready", "agent.threshold-case.reading", 1.0),
            row("step up", "lever.risk_aversion", 1.0),
        ])
        .expect("valid");
        let mut case = case();
        case[CaseColumn::Reading as usize] = -1.0;
        let v = view(&case);
        for person in 0..50 {
            let e = choice.explain(&v, 0b10_1001, KEY, person, 2);
            assert_eq!(e.answer, choice.choose(&v, 0b10_1001, KEY, person, 2));
            assert_eq!(e.answer.option, greatest(&e.scores, &e.draws, e.allowed));
            assert!((e.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let names: Vec<&str> = e.inputs.iter().map(|(n, _)| n.as_str()).collect();
            assert_eq!(names, ["case.reading", "agent.threshold", "lever.risk_aversion"]);
            let sum: f64 = e.rows.iter().filter(|r| r.option == 5).map(|r| r.value * r.read).sum();
            assert_eq!(sum, e.scores[5]);
        }
    }
}
