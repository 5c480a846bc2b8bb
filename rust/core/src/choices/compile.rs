//! Compiles a choice of a plan: parses its terms, finds where each named value stands, and refuses what the plan cannot mean.

use std::fmt::Display;
use std::sync::OnceLock;

use super::choice::Choice;
use super::columns::CaseColumn;
use super::language::{Factor, MAX_FACTORS, Term};
use super::nulls::Nulls;
use super::row::Row;
use super::view::{Names, Slot};
use crate::codes::Decision;
use crate::error::SimError;
use crate::plan::ChoicePlan;

/// Compiles the rows of one decision, and says where in the plan an error is.
#[derive(Clone, Copy)]
struct Compiler<'a> {
    decision: Decision,
    names: Names<'a>,
}

impl Compiler<'_> {
    fn error(self, place: &str, what: impl Display) -> SimError {
        SimError::Plan(format!("choices.{}: {place}: {what}", self.decision.name()))
    }

    /// Returns the option that a row is about.
    fn option(self, place: &str, name: &str) -> Result<usize, SimError> {
        let names = self.decision.options();
        match names.iter().position(|n| *n == name) {
            Some(0) => Err(self.error(place, "the default has no rows: its score is 0")),
            Some(option) => Ok(option),
            None => Err(self.error(place, format!("not an option; allowed: {}", names[1..].join(", ")))),
        }
    }

    /// Compiles a row of an option.
    fn row(self, place: &str, option: usize, text: &str, parameter: &str, value: f64) -> Result<Row, SimError> {
        if !value.is_finite() {
            return Err(self.error(place, format!("{value} is not a number")));
        }
        let term: Term = text.parse().map_err(|e| self.error(place, e))?;
        let (mut factors, mut needs) = ([None; MAX_FACTORS], Nulls::NONE);
        for (slot, factor) in factors.iter_mut().zip(&term.factors) {
            let compiled = factor.try_map(|r| self.names.slot(r)).map_err(|e| self.error(place, e))?;
            needs = compiled.needs().fold(needs, |needs, slot| match slot {
                Slot::Case(c) => needs.union(Nulls::column(CaseColumn::ALL[*c])),
                Slot::Agent(_) | Slot::Lever(_) | Slot::Offer(_) => needs,
            });
            *slot = Some(compiled);
        }
        Ok(Row { option, factors, needs, value, text: text.to_owned(), parameter: parameter.to_owned() })
    }

    /// Refuses rows that need a column that can be null, where the option has no row that asks whether the column is known.
    fn check_nulls(self, rows: &[Row]) -> Result<(), SimError> {
        let asks = |option, column: CaseColumn| {
            let known = Some(Factor::Known(Slot::Case(column as usize)));
            rows.iter().any(|r| r.option == option && r.factors.contains(&known))
        };
        for row in rows {
            let needed = CaseColumn::ALL.iter().filter(|c| Nulls::column(**c).overlaps(row.needs));
            if let Some(column) = needed.copied().find(|c| !asks(row.option, *c)) {
                let name = column.name();
                let (of, needs) = match row.option {
                    0 => ("delay".to_owned(), "delay"),
                    option => (format!("option {:?}", self.decision.options()[option]), "option"),
                };
                let place = format!("{of}: term {:?}: {}", row.text, row.parameter);
                let what = format!("case.{name} can be null, so the {needs} needs a row with known(case.{name})");
                return Err(self.error(&place, what));
            }
        }
        Ok(())
    }
}

impl Choice {
    /// Compiles a declared choice.
    ///
    /// `attributes` are those of the agent's kind, `levers` those of the run, both in the order in which [`View`] gives their
    /// values.
    ///
    /// # Errors
    /// [`SimError::Plan`], which names decision, option, term and parameter, what was found and what is allowed.
    pub fn new(
        decision: Decision,
        plan: &ChoicePlan,
        attributes: &[String],
        levers: &[String],
    ) -> Result<Choice, SimError> {
        let compiler = Compiler { decision, names: Names { attributes, levers } };
        let mut rows: Vec<Row> = Vec::with_capacity(plan.rows.len());
        for row in &plan.rows {
            let place = format!("option {:?}: term {:?}: {}", row.option, row.term, row.parameter);
            let option = compiler.option(&place, &row.option)?;
            let compiled = compiler.row(&place, option, &row.term, &row.parameter, row.value)?;
            if rows.iter().any(|r| r.option == option && r.text == row.term) {
                return Err(compiler.error(&place, "the term is there twice"));
            }
            rows.push(compiled);
        }
        compiler.check_nulls(&rows)?;
        let (mut delay, mut sigma) = (Vec::new(), 0.0);
        if let Some(plan) = &plan.delay {
            sigma = plan.sigma;
            if !(sigma.is_finite() && sigma >= 0.0) {
                return Err(compiler.error("delay: sigma", format!("{sigma} is not a number from 0")));
            }
            for row in &plan.rows {
                let place = format!("delay: term {:?}: {}", row.term, row.parameter);
                let compiled = compiler.row(&place, 0, &row.term, &row.parameter, row.value)?;
                let named = || compiled.factors.iter().flatten().flat_map(Factor::references);
                if named().any(|slot| matches!(slot, Slot::Offer(_))) {
                    return Err(compiler.error(&place, "a delay can't look at an option"));
                }
                delay.push(compiled);
            }
        }
        compiler.check_nulls(&delay)?;
        let (attributes, levers) = (attributes.to_vec(), levers.to_vec());
        Ok(Choice { decision, rows, delay, sigma, attributes, levers, fault: OnceLock::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{review, row};
    use super::*;
    use crate::plan::{DelayPlan, DelayRow};

    fn refused(option: &str, term: &str) -> String {
        review(vec![row(option, term, 1.0)]).expect_err("refused").to_string()
    }

    #[test]
    fn a_row_that_cannot_be_compiled_is_refused_with_its_place_in_the_plan() {
        assert!(refused("read", "1").contains("allowed: more leave, less leave, step up"));
        assert!(refused("stay", "1").contains("the default has no rows"));
        assert_eq!(
            refused("ready", "exp(case.age)"),
            "plan: choices.review: option \"ready\": term \"exp(case.age)\": choice.review.x: \
             \"exp\" is not a function; allowed: log1p, pos, is, known"
        );
        assert!(refused("ready", "agent.noise").contains("allowed after agent.: threshold"));
        assert!(refused("ready", "lever.cquin").contains("allowed after lever.: risk_aversion"));
        assert!(review(vec![row("ready", "1", f64::NAN)]).is_err());
        assert!(review(vec![row("ready", "1", 1.0), row("ready", "1", 1.0)]).is_err());
    }

    #[test]
    fn a_term_that_can_be_null_is_refused_unless_its_option_asks_whether_it_is_known() {
        assert!(refused("ready", "case.reading").contains("needs a row with known(case.reading)"));
        let other = review(vec![row("step up", "known(case.reading)", 1.0), row("ready", "case.reading", 1.0)]);
        assert!(other.is_err(), "another option's row does not count");
        let delay = Some(DelayPlan {
            rows: vec![DelayRow { term: "case.reading".into(), parameter: "m".into(), value: 1.0 }],
            sigma: 0.5,
        });
        let plan = ChoicePlan { agent: "ministry".into(), rows: vec![], delay, variants: vec![] };
        let said = Choice::new(Decision::Consent, &plan, &[], &[]).expect_err("refused").to_string();
        assert!(said.ends_with("so the delay needs a row with known(case.reading)"), "{said}");
    }

    #[test]
    fn a_delay_cannot_look_at_what_is_on_offer() {
        let rows = vec![DelayRow { term: "option.price".into(), parameter: "m".into(), value: 1.0 }];
        let delay = Some(DelayPlan { rows, sigma: 0.5 });
        let plan = ChoicePlan { agent: "ministry".into(), rows: vec![], delay, variants: vec![] };
        let said = Choice::new(Decision::Consent, &plan, &[], &[]).expect_err("refused").to_string();
        assert!(said.ends_with("a delay can't look at an option"), "{said}");
    }
}
