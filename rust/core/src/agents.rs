//! The institutions' declared attributes as columns: what a Python agent holds is what the engine reads.
//!
//! A kind of agent is one [`Table`]: a row for each agent, a column for each attribute. The engine names an attribute by its
//! kind, `agents.get(area, community_team::interval)`, so that nobody can ask a team for the attribute of a court. Python
//! names both by text, and may declare attributes that only its own rules read: they stand behind those of the engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codes::codes;
use crate::error::SimError;

/// Declares the kinds of agents, and of each the attributes that the engine reads, in the order of their columns.
macro_rules! kinds {
    ($($kind:ident = $code:literal, $text:literal, $module:ident, $doc:literal {
        $($attribute:ident: $means:literal;)+
    })+) => {
        codes! {
            /// A kind of agent.
            Kind { $($kind = $code, $text, $doc;)+ }
        }

        impl Kind {
            /// Returns the names of the attributes that the engine reads, in the order of their columns.
            pub const fn attributes(self) -> &'static [&'static str] {
                match self { $(Kind::$kind => &[$(stringify!($attribute)),+],)+ }
            }
        }

        $(
            #[doc = concat!("Attributes of agents of the kind `", $text, "`.")]
            #[allow(non_upper_case_globals, reason = "an attribute is called as in Python")]
            pub mod $module {
                use super::{Attribute, Kind};

                #[allow(non_camel_case_types, reason = "an attribute is called as in Python")]
                enum Column { $($attribute),+ }

                $(
                    #[doc = $means]
                    pub const $attribute: Attribute = Attribute { kind: Kind::$kind, column: Column::$attribute as u8 };
                )+
            }
        )+
    };
}

kinds! {
    InReach = 0, "in_reach", in_reach, "The mental health team of an area's prisons." {
        capacity: "Referrals that the team can work up [1/wk].";
        notice: "Hazard of noticing an acutely ill prisoner [1/a].";
    }
    CourtLiaison = 1, "court_liaison", court_liaison, "Liaison and diversion in the courts of a region." {
        coverage: "Courts and custody suites covered [share].";
        quality: "Reports that are ready when the court sits [share].";
    }
    AcuteWard = 2, "acute_ward", acute_ward, "The acute wards of an area." {
        notice: "Hazard of noticing the need for secure care [1/a].";
    }
    AssessmentTeam = 3, "assessment_team", assessment_team, "The team that assesses for a commissioner's units." {
        capacity: "Assessments that the team can make [1/wk].";
        noise: "Noise of a reading of the need for security [SD].";
        duration: "Median length of one assessment [d].";
    }
    ResponsibleClinician = 4, "responsible_clinician", responsible_clinician, "The clinicians of a secure unit." {
        threshold: "Reading at which half of the reviews find the patient ready [SD].";
        noise: "Noise of a reading of dynamic risk [SD].";
        interval: "Days between reviews [d].";
    }
    CommunityTeam = 5, "community_team", community_team, "The forensic and mainstream community teams of an area." {
        forensic_capacity: "People whom the specialist forensic team can follow [persons].";
        mainstream_capacity: "People of the pathway whom mainstream teams will take [persons].";
        excludes_pd: "Mainstream teams exclude personality disorder [flag].";
        interval: "Days between contacts that are reviewed [d].";
    }
    CriminalCourt = 6, "criminal_court", criminal_court, "The criminal courts of a region." {
        magistrates_delay: "Median days from charge to disposal in a magistrates' court [d].";
        crown_delay: "Median days from charge to disposal in the Crown Court [d].";
    }
    Tribunal = 7, "tribunal", tribunal, "The First-tier Tribunal (Mental Health)." {
        capacity: "Hearings that can be held [1/wk].";
    }
    Ministry = 8, "ministry", ministry, "The Ministry of Justice." {
        capacity: "Answers that can be given [1/d].";
        minimum: "Days that an answer takes at least [d].";
    }
    Commissioner = 9, "commissioner", commissioner, "A provider collaborative, or NHS England." {
        contract: "Contract, by code of [`Contract`](crate::codes::Contract).";
        gain_share: "Share of a saving that the commissioner keeps [share].";
        cquin: "Share of the contract's value that depends on goals [share].";
        clustering: "Reach of a price by need group in the contract [share].";
        limit: "Days within which a prisoner in need must be in hospital; 0 for none [d].";
        breach_cost: "What a day of a prisoner over the limit costs the commissioner [£/d].";
        spot_budget: "Most of its money that may go to beds outside the contract [£/a].";
        local_first: "Own units are offered first [flag].";
        funding: "What public funds give, over what was spent in the year before the first reported day [ratio].";
        fair_share: "Share of what collaboratives are given that a formula would give it [share].";
    }
    AftercareFunder = 10, "aftercare_funder", aftercare_funder, "Who pays for aftercare in an area: NHS and councils." {
        supported_places: "Supported places for people of the pathway [places].";
        picu_beds: "Intensive care beds for the pathway [beds].";
        acute_beds: "Acute beds for the pathway [beds].";
        open_rehab_beds: "Open rehabilitation beds for the pathway [beds].";
        locked_rehab_beds: "Locked rehabilitation beds for the pathway [beds].";
        budget: "Aftercare budget [£/a].";
        pooled: "Budgets are pooled with the collaborative's [flag].";
    }
}

/// An attribute that the engine reads, of agents of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Kind of the agents that have it.
    kind: Kind,
    /// Its column among those of the kind.
    column: u8,
}

/// The agents of one kind, as the plan has them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPlan {
    /// Names of the attributes.
    pub columns: Vec<String>,
    /// Names of the agents.
    pub names: Vec<String>,
    /// One row of attributes per agent.
    pub values: Vec<Vec<f64>>,
}

/// The agents of one kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// Names of the attributes: those of the engine first, in their order, then any others.
    pub columns: Vec<String>,
    /// Names of the agents.
    pub names: Vec<String>,
    /// Their kind.
    kind: Kind,
    /// Values by agent, then by attribute.
    values: Vec<f64>,
}

impl Table {
    /// Reads the agents of a kind; every attribute that the engine reads must be there.
    fn new(kind: Kind, given: &AgentPlan) -> Result<Table, SimError> {
        let fault = |what: String| SimError::Plan(format!("agents.{}: {what}", kind.name()));
        let mut order = Vec::new();
        for attribute in kind.attributes() {
            let at = given.columns.iter().position(|c| c == attribute);
            order.push(at.ok_or_else(|| fault(format!("attribute {attribute} is missing")))?);
        }
        order.extend((0..given.columns.len()).filter(|k| !order.contains(k)).collect::<Vec<_>>());
        let mut values = Vec::with_capacity(given.values.len() * order.len());
        for (row, name) in given.values.iter().zip(&given.names) {
            let (found, wanted) = (row.len(), given.columns.len());
            if found != wanted {
                return Err(fault(format!("{name} has {found} values for {wanted} columns")));
            }
            for k in &order {
                if !row[*k].is_finite() {
                    return Err(fault(format!("{name}.{} is not a number", given.columns[*k])));
                }
                values.push(row[*k]);
            }
        }
        let columns = order.iter().map(|k| given.columns[*k].clone()).collect();
        Ok(Table { columns, names: given.names.clone(), kind, values })
    }

    /// Value of an attribute of an agent.
    ///
    /// # Panics
    ///
    /// If agents of this kind have no such attribute, or there is no such agent.
    #[inline]
    pub fn get(&self, agent: usize, attribute: Attribute) -> f64 {
        assert!(attribute.kind == self.kind, "{:?} is asked for an attribute of {:?}", self.kind, attribute.kind);
        self.row(agent)[usize::from(attribute.column)]
    }

    /// All attributes of an agent, in the order of the columns.
    #[inline]
    pub fn row(&self, agent: usize) -> &[f64] {
        &self.values[agent * self.columns.len()..(agent + 1) * self.columns.len()]
    }

    /// Number of agents.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the column of an attribute by name, those too that only Python reads.
    ///
    /// # Errors
    ///
    /// [`SimError::Unknown`] if there is none.
    pub fn column(&self, attribute: &str) -> Result<usize, SimError> {
        self.columns.iter().position(|c| c == attribute).ok_or_else(|| SimError::Unknown {
            what: "attribute",
            found: format!("{}.{attribute}", self.kind.name()),
            allowed: self.columns.join(", "),
        })
    }

    /// Returns the place of a value, by number of the agent and name of the attribute.
    fn place(&self, agent: usize, attribute: &str) -> Result<usize, SimError> {
        let column = self.column(attribute)?;
        if agent >= self.len() {
            let allowed = format!("0 to {}", self.len().saturating_sub(1));
            return Err(SimError::Unknown { what: "agent", found: agent.to_string(), allowed });
        }
        Ok(agent * self.columns.len() + column)
    }

    /// Whether both are the same agents with the same attributes, whatever their values.
    fn fits(&self, other: &Table) -> bool {
        self.columns == other.columns
            && self.names == other.names
            && self.kind == other.kind
            && self.values.len() == other.values.len()
            && self.values.iter().all(|value| value.is_finite())
    }
}

/// All agents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agents {
    /// The agents of each kind, in the order of the kinds.
    tables: Vec<Table>,
    /// A hazard of being noticed has changed since the close of the last day.
    pub notices_changed: bool,
}

impl Agents {
    /// Reads the plan's agents.
    ///
    /// # Errors
    ///
    /// [`SimError::Plan`] if a kind or an attribute that the engine reads is missing, or a kind is not known.
    pub fn new(plan: &BTreeMap<String, AgentPlan>) -> Result<Agents, SimError> {
        if let Some(name) = plan.keys().find(|name| Kind::from_name(name).is_none()) {
            let allowed = names_of_kinds();
            return Err(SimError::Plan(format!("agents.{name}: not a kind of agent; allowed: {allowed}")));
        }
        let read = |kind: &Kind| {
            let given = plan.get(kind.name());
            Table::new(*kind, given.ok_or_else(|| SimError::Plan(format!("agents.{}: missing", kind.name())))?)
        };
        Ok(Agents { tables: Kind::ALL.iter().map(read).collect::<Result<_, _>>()?, notices_changed: false })
    }

    /// Whether both are the same agents with the same attributes, whatever their values.
    pub fn fits(&self, other: &Agents) -> bool {
        self.tables.len() == other.tables.len() && self.tables.iter().zip(&other.tables).all(|(a, b)| a.fits(b))
    }

    /// Value of an attribute of an agent, whose kind the attribute names.
    #[inline]
    pub fn get(&self, agent: usize, attribute: Attribute) -> f64 {
        self.of(attribute.kind).get(agent, attribute)
    }

    /// The agents of a kind.
    #[inline]
    pub fn of(&self, kind: Kind) -> &Table {
        &self.tables[kind as usize]
    }

    /// The agents of a kind, by its name in the plan.
    ///
    /// # Errors
    ///
    /// [`SimError::Unknown`] if there is no such kind.
    pub fn named(&self, kind: &str) -> Result<&Table, SimError> {
        Ok(self.of(kind_of(kind)?))
    }

    /// Value of one attribute of one agent, by name.
    ///
    /// # Errors
    ///
    /// [`SimError::Unknown`] if there is no such kind, agent or attribute.
    pub fn value(&self, kind: &str, agent: usize, attribute: &str) -> Result<f64, SimError> {
        let table = self.named(kind)?;
        Ok(table.values[table.place(agent, attribute)?])
    }

    /// Sets one attribute of one agent, by name: the next day obeys.
    ///
    /// # Errors
    ///
    /// [`SimError::Unknown`] if there is no such kind, agent or attribute, or the value is no number.
    pub fn set(&mut self, kind: &str, agent: usize, attribute: &str, value: f64) -> Result<(), SimError> {
        let table = &mut self.tables[kind_of(kind)? as usize];
        let place = table.place(agent, attribute)?;
        if !value.is_finite() {
            let allowed = "a finite number".to_owned();
            return Err(SimError::Unknown { what: "value of an attribute", found: value.to_string(), allowed });
        }
        let now = &mut table.values[place];
        self.notices_changed |= attribute == "notice" && *now != value;
        *now = value;
        Ok(())
    }
}

/// Names of all kinds, for messages.
fn names_of_kinds() -> String {
    Kind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

/// Returns the kind with a name.
fn kind_of(name: &str) -> Result<Kind, SimError> {
    let unknown = || SimError::Unknown { what: "kind of agent", found: name.to_owned(), allowed: names_of_kinds() };
    Kind::from_name(name).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> BTreeMap<String, AgentPlan> {
        Kind::ALL
            .iter()
            .map(|kind| {
                let columns: Vec<String> = kind.attributes().iter().rev().map(|a| (*a).to_owned()).collect();
                let values = vec![(0..columns.len()).map(|k| k as f64).collect(); 2];
                (kind.name().to_owned(), AgentPlan { columns, names: vec!["a".to_owned(), "b".to_owned()], values })
            })
            .collect()
    }

    fn refusal(change: impl FnOnce(&mut BTreeMap<String, AgentPlan>)) -> String {
        let mut given = plan();
        change(&mut given);
        Agents::new(&given).expect_err("refused").to_string()
    }

    #[test]
    fn attributes_are_found_by_name_whatever_their_order() {
        let agents = Agents::new(&plan()).unwrap();
        let last = Kind::Commissioner.attributes().len() - 1;
        assert_eq!(agents.get(0, commissioner::contract), last as f64);
        let at = Kind::Commissioner.attributes().iter().position(|name| *name == "local_first").unwrap();
        assert_eq!(agents.value("commissioner", 1, "local_first").unwrap(), (last - at) as f64);
        assert_eq!(agents.of(Kind::Tribunal).row(1), [0.0]);
    }

    #[test]
    fn what_is_set_is_what_is_read_and_no_other_agents() {
        let mut agents = Agents::new(&plan()).unwrap();
        agents.set("ministry", 1, "capacity", 7.5).unwrap();
        assert_eq!(agents.of(Kind::Ministry).get(1, ministry::capacity), 7.5);
        assert_eq!(agents.of(Kind::Ministry).get(0, ministry::capacity), 1.0);
    }

    #[test]
    fn a_plan_that_does_not_describe_every_agent_is_refused_by_name() {
        let said = refusal(|p| drop(p.remove("tribunal")));
        assert!(said.contains("agents.tribunal"), "{said}");
        let said = refusal(|p| drop(p.insert("wizard".to_owned(), p["tribunal"].clone())));
        assert!(said.contains("agents.wizard") && said.contains("in_reach"), "{said}");
        let said = refusal(|p| p.get_mut("ministry").unwrap().columns[0] = "speed".to_owned());
        assert!(said.contains("agents.ministry: attribute minimum"), "{said}");
        let said = refusal(|p| p.get_mut("ministry").unwrap().values[1].truncate(1));
        assert!(said.contains("agents.ministry: b has 1 values for 2 columns"), "{said}");
        let said = refusal(|p| p.get_mut("ministry").unwrap().values[1][0] = f64::NAN);
        assert!(said.contains("agents.ministry: b.minimum"), "{said}");
    }

    #[test]
    fn a_setting_that_cannot_be_is_refused_and_says_what_can() {
        let mut agents = Agents::new(&plan()).unwrap();
        for (kind, agent, attribute, value, allowed) in [
            ("wizard", 0, "capacity", 1.0, "ministry"),
            ("ministry", 0, "speed", 1.0, "capacity, minimum"),
            ("ministry", 2, "capacity", 1.0, "0 to 1"),
            ("ministry", 0, "capacity", f64::INFINITY, "a finite number"),
        ] {
            let said = agents.set(kind, agent, attribute, value).expect_err("refused").to_string();
            assert!(said.contains(allowed), "{said}");
        }
        assert!(agents.value("ministry", 2, "capacity").is_err() && agents.value("ministry", 0, "speed").is_err());
    }

    #[test]
    #[should_panic(expected = "Ministry is asked for an attribute of Commissioner")]
    fn nobody_can_be_asked_for_an_attribute_of_another_kind() {
        Agents::new(&plan()).unwrap().of(Kind::Ministry).get(0, commissioner::contract);
    }

    #[test]
    fn an_attribute_is_in_the_column_that_its_kind_lists() {
        let listed = |attribute: Attribute| attribute.kind.attributes()[usize::from(attribute.column)];
        assert_eq!(listed(community_team::interval), "interval");
        assert_eq!(listed(aftercare_funder::pooled), "pooled");
    }
}
