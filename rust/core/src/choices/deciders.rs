//! Who makes each decision, and by what: the declared choice, one that a subclass declares, or a rule outside the engine.

use super::choice::Choice;
use super::options::Options;
use crate::agents::{Agents, Kind};
use crate::codes::Decision;
use crate::error::SimError;
use crate::plan::{ChoicePlan, Plan};

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
    /// The options that it leaves open.
    pub options: Options,
    /// The rule that has the last word, an index into the plan's rules.
    pub rule: Option<usize>,
}

impl By {
    /// The options that are left of those that the law allows: all of them, if the agent would leave none.
    pub(crate) fn left(self, lawful: Options) -> Options {
        let left = lawful.intersection(self.options);
        if left.is_empty() { lawful } else { left }
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
        let mut by = vec![By { choice: 0, options: Options::all(decision), rule: None }; count];
        for variant in &given.variants {
            let rows = ChoicePlan { rows: variant.rows.clone(), variants: Vec::new(), ..given.clone() };
            let codes = variant.options.iter().map(|name| {
                let found = (0..).zip(decision.options()).find(|(_, option)| *option == name);
                found.map(|(code, _)| code).ok_or_else(|| fault(format!("{name:?} is not an option")))
            });
            let codes = codes.collect::<Result<Vec<u8>, _>>()?;
            let options = Options::of(decision, codes).map_err(|code| fault(format!("{code} is not an option")))?;
            for agent in &variant.agents {
                let own = By { choice: choices.len(), options, rule: None };
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
    pub(crate) fn by(&self, agent: usize) -> By {
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

/// For tests: clinicians review, by a choice that has no rows.
#[cfg(test)]
pub(super) fn reviewed_by_clinicians() -> Decider {
    let plan = ChoicePlan { agent: "responsible_clinician".into(), rows: vec![], delay: None, variants: vec![] };
    let choice = Choice::new(Decision::Review, &plan, &[], &[]).expect("a choice without rows");
    let by = By { choice: 0, options: Options::all(Decision::Review), rule: Some(0) };
    Decider { asked: Asked::Agent(Kind::ResponsibleClinician), choices: vec![choice], by: vec![by] }
}

#[cfg(test)]
mod tests {
    use enumset::EnumSet;

    use super::*;
    use crate::codes::Review;

    #[test]
    fn an_agent_that_leaves_no_lawful_option_gets_them_all() {
        let by = By { choice: 0, options: Options::from(Review::Stay | Review::Ready), rule: None };
        let lawful = Options::from(Review::Ready | Review::Remit);
        assert_eq!(by.left(lawful), Options::from(EnumSet::only(Review::Ready)));
        let lawful = Options::from(Review::StepUp | Review::Remit);
        assert_eq!(by.left(lawful), lawful);
    }
}
