//! The institutions' declared attributes as columns: what a Python agent holds is what the engine reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::SimError;

/// Declares the kinds: an enum, its plan name, and an index for each attribute that the engine reads.
macro_rules! kinds {
    ($($kind:ident, $text:literal, $module:ident { $($attribute:ident = $index:literal),* };)+) => {
        /// A kind of agent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Kind { $(#[doc = $text] $kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)+];
            /// Name in the plan.
            pub const fn name(self) -> &'static str { match self { $(Kind::$kind => $text,)+ } }
            /// Attributes that the engine reads, in order of index.
            pub const fn attributes(self) -> &'static [&'static str] {
                match self { $(Kind::$kind => &[$(stringify!($attribute)),*],)+ }
            }
        }

        $(
            /// Indices of the attributes of this kind.
            #[allow(non_upper_case_globals, reason = "an index carries the name of its attribute")]
            pub mod $module {
                $(#[doc = concat!("Index of `", stringify!($attribute), "`.")] pub const $attribute: usize = $index;)*
            }
        )+
    };
}

kinds! {
    InReach, "in_reach", in_reach { capacity = 0, notice = 1 };
    CourtLiaison, "court_liaison", court_liaison { coverage = 0, quality = 1 };
    AcuteWard, "acute_ward", acute_ward { notice = 0 };
    AssessmentTeam, "assessment_team", assessment_team { capacity = 0, noise = 1, duration = 2 };
    ResponsibleClinician, "responsible_clinician", responsible_clinician { threshold = 0, noise = 1, interval = 2 };
    CommunityTeam, "community_team", community_team {
        forensic_capacity = 0, mainstream_capacity = 1, excludes_pd = 2, interval = 3
    };
    CriminalCourt, "criminal_court", criminal_court { magistrates_delay = 0, crown_delay = 1 };
    Tribunal, "tribunal", tribunal { capacity = 0 };
    Ministry, "ministry", ministry { capacity = 0, minimum = 1 };
    Commissioner, "commissioner", commissioner { contract = 0, gain_share = 1, limit = 2, spot_budget = 3, local_first = 4 };
    AftercareFunder, "aftercare_funder", aftercare_funder {
        supported_places = 0, picu_beds = 1, acute_beds = 2, open_rehab_beds = 3, locked_rehab_beds = 4, budget = 5, pooled = 6
    };
}

/// The agents of one kind: declared attributes as columns.
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
    width: usize,
    values: Vec<f64>,
}

impl Table {
    /// Value of an attribute of an agent.
    #[inline]
    pub fn get(&self, agent: usize, attribute: usize) -> f64 {
        self.values[agent * self.width + attribute]
    }
    /// All attributes of an agent.
    #[inline]
    pub fn row(&self, agent: usize) -> &[f64] {
        &self.values[agent * self.width..(agent + 1) * self.width]
    }
    /// Number of agents.
    pub fn len(&self) -> usize {
        self.names.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// All agents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agents {
    tables: Vec<Table>,
    /// A hazard of being noticed has changed since the close of the last day.
    pub notices_changed: bool,
}

impl Agents {
    /// Reads the plan's agents; every attribute that the engine reads must be there.
    pub fn new(plan: &BTreeMap<String, AgentPlan>) -> Result<Agents, SimError> {
        if let Some(name) = plan.keys().find(|k| !Kind::ALL.iter().any(|kind| kind.name() == k.as_str())) {
            let allowed: Vec<&str> = Kind::ALL.iter().map(|k| k.name()).collect();
            return Err(SimError::Plan(format!("agents.{name}: not a kind of agent; allowed: {}", allowed.join(", "))));
        }
        let mut tables = Vec::new();
        for kind in Kind::ALL {
            let given =
                plan.get(kind.name()).ok_or_else(|| SimError::Plan(format!("agents.{}: missing", kind.name())))?;
            let mut order = Vec::new();
            for attribute in kind.attributes() {
                let at = given.columns.iter().position(|c| c == attribute).ok_or_else(|| {
                    SimError::Plan(format!("agents.{}: attribute {attribute} is missing", kind.name()))
                })?;
                order.push(at);
            }
            order.extend((0..given.columns.len()).filter(|k| !order.contains(k)).collect::<Vec<_>>());
            let mut values = Vec::with_capacity(given.values.len() * order.len());
            for (row, name) in given.values.iter().zip(&given.names) {
                if row.len() != given.columns.len() {
                    return Err(SimError::Plan(format!(
                        "agents.{}: {name} has {} values for {} columns",
                        kind.name(),
                        row.len(),
                        given.columns.len()
                    )));
                }
                for k in &order {
                    if !row[*k].is_finite() {
                        return Err(SimError::Plan(format!(
                            "agents.{}: {name}.{} is not a number",
                            kind.name(),
                            given.columns[*k]
                        )));
                    }
                    values.push(row[*k]);
                }
            }
            tables.push(Table {
                columns: order.iter().map(|k| given.columns[*k].clone()).collect(),
                names: given.names.clone(),
                width: order.len(),
                values,
            });
        }
        Ok(Agents { tables, notices_changed: false })
    }

    /// Whether both are the same agents with the same attributes, whatever their values.
    pub fn fits(&self, other: &Agents) -> bool {
        let same = |a: &Table, b: &Table| {
            let finite = a.values.iter().all(|v| v.is_finite());
            a.columns == b.columns
                && a.names == b.names
                && a.width == b.width
                && a.values.len() == b.values.len()
                && finite
        };
        self.tables.len() == other.tables.len() && self.tables.iter().zip(&other.tables).all(|(a, b)| same(a, b))
    }

    /// The agents of a kind.
    #[inline]
    pub fn of(&self, kind: Kind) -> &Table {
        &self.tables[kind as usize]
    }

    /// The agents of a kind, by its name in the plan.
    pub fn named(&self, kind: &str) -> Result<&Table, SimError> {
        Ok(self.of(Self::kind(kind)?))
    }

    /// Value of one attribute of one agent, by name.
    pub fn value(&self, kind: &str, agent: usize, attribute: &str) -> Result<f64, SimError> {
        let table = self.named(kind)?;
        let at = table.columns.iter().position(|c| c == attribute).ok_or_else(|| SimError::Unknown {
            what: "attribute",
            found: attribute.to_owned(),
            allowed: table.columns.join(", "),
        })?;
        if agent >= table.names.len() {
            let allowed = format!("0 to {}", table.names.len().saturating_sub(1));
            return Err(SimError::Unknown { what: "agent", found: agent.to_string(), allowed });
        }
        Ok(table.get(agent, at))
    }

    /// Sets one attribute of one agent, by name: the next day obeys.
    pub fn set(&mut self, kind: &str, agent: usize, attribute: &str, value: f64) -> Result<(), SimError> {
        let table = &mut self.tables[Self::kind(kind)? as usize];
        let at = table.columns.iter().position(|c| c == attribute).ok_or_else(|| SimError::Unknown {
            what: "attribute",
            found: attribute.to_owned(),
            allowed: table.columns.join(", "),
        })?;
        if agent >= table.names.len() {
            return Err(SimError::Unknown {
                what: "agent",
                found: agent.to_string(),
                allowed: format!("0 to {}", table.names.len() - 1),
            });
        }
        if !value.is_finite() {
            return Err(SimError::Unknown {
                what: "value of an attribute",
                found: value.to_string(),
                allowed: "a finite number".to_owned(),
            });
        }
        let now = &mut table.values[agent * table.width + at];
        self.notices_changed |= attribute == "notice" && *now != value;
        *now = value;
        Ok(())
    }

    fn kind(name: &str) -> Result<Kind, SimError> {
        Kind::ALL.iter().copied().find(|k| k.name() == name).ok_or_else(|| SimError::Unknown {
            what: "kind of agent",
            found: name.to_owned(),
            allowed: Kind::ALL.iter().map(|k| k.name()).collect::<Vec<_>>().join(", "),
        })
    }
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
        assert_eq!(agents.of(Kind::Commissioner).get(0, commissioner::contract), last as f64);
        assert_eq!(agents.value("commissioner", 1, "local_first").unwrap(), 0.0);
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
}
