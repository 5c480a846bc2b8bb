//! Rules: decisions that are made outside the engine.
//!
//! A rule is asked once for all cases of a day's queue that belong to its agents. It sees the columns that it has declared, as
//! at the start of the phase, what the choice would score, and numbers drawn by key; it answers for every case.

use super::deciders::{Asked, Decider};
use super::view::{Names, Slot};
use crate::agents::Agents;
use crate::codes::Decision;
use crate::error::SimError;
use crate::plan::{Plan, RulePlan};

/// What a rule reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Something that a choice can see, too.
    Seen(Slot),
    /// A column that a researcher has attached to people, by name.
    Own(String),
}

/// A rule of the plan, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// Name, as errors have it.
    pub name: String,
    /// Columns that it reads, in order.
    pub(super) reads: Vec<Read>,
}

impl Rule {
    /// Reads a rule of a plan.
    ///
    /// # Errors
    /// Names rule and column, and says what is allowed.
    pub(crate) fn new(
        given: &RulePlan,
        decider: &Decider,
        agents: &Agents,
        levers: &[String],
    ) -> Result<Rule, SimError> {
        let attributes: &[String] = match decider.asked {
            Asked::Patient => &[],
            Asked::Agent(kind) => &agents.of(kind).columns,
        };
        let names = Names { attributes, levers };
        let reads = given.reads.iter().map(|column| {
            if let Some(own) = column.strip_prefix("own.") {
                return Ok(Read::Own(own.to_owned()));
            }
            let slot = column.parse().and_then(|reference| names.slot(&reference));
            slot.map(Read::Seen).map_err(|e| SimError::Plan(format!("rule {}: reads: {e}", given.name)))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::agents::{AgentPlan, Kind};
    use crate::choices::columns::CaseColumn;
    use crate::choices::deciders::reviewed_by_clinicians;

    fn read(column: &str) -> Result<Vec<Read>, String> {
        let agents = Kind::ALL.iter().map(|kind| {
            let columns: Vec<String> = kind.attributes().iter().map(|a| (*a).to_owned()).collect();
            let values = vec![vec![0.0; columns.len()]];
            (kind.name().to_owned(), AgentPlan { columns, names: vec!["a".to_owned()], values })
        });
        let agents = Agents::new(&agents.collect::<BTreeMap<_, _>>()).expect("agents");
        let given = RulePlan {
            decision: "review".to_owned(),
            name: "Cautious.review".to_owned(),
            sha256: String::new(),
            agents: vec![0],
            reads: vec![column.to_owned()],
        };
        let rule = Rule::new(&given, &reviewed_by_clinicians(), &agents, &["cquin".to_owned()]);
        rule.map(|rule| rule.reads).map_err(|e| e.to_string())
    }

    #[test]
    fn a_rule_reads_what_a_choice_sees_and_columns_of_ones_own() {
        assert_eq!(read("case.tier_days"), Ok(vec![Read::Seen(Slot::Case(CaseColumn::TierDays as usize))]));
        assert_eq!(read("agent.noise"), Ok(vec![Read::Seen(Slot::Agent(1))]));
        assert_eq!(read("lever.cquin"), Ok(vec![Read::Seen(Slot::Lever(0))]));
        assert_eq!(read("own.trust"), Ok(vec![Read::Own("trust".to_owned())]));
    }

    #[test]
    fn a_column_that_is_not_there_is_refused_with_the_name_of_the_rule() {
        let said = read("agent.speed").expect_err("refused");
        assert!(
            said.contains("rule Cautious.review: reads: agent.speed is not known; allowed after agent.: "),
            "{said}"
        );
    }
}
