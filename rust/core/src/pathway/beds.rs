//! Beds, places and teams: what there is, what is taken, what is held.
//!
//! Beds are not one pool: a unit is beds of one tier and sex on one site, so waits come from small queues.

use serde::Deserialize;

use crate::agents::{Agents, Kind, aftercare_funder, community_team};
use crate::codes::{Place, Sex};
use crate::error::SimError;
use crate::plan::Plan;

/// How far a bed is, and who is placed first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BedsParams {
    /// Distance of a unit in another area of one's own collaborative [share].
    pub distance_collaborative: f64,
    /// Distance of a unit in one's own region [share].
    pub distance_region: f64,
    /// Distance of a unit anywhere else [share].
    pub distance_elsewhere: f64,
    /// Place in the queue of prisoners, lower is sooner [class].
    pub class_prison: f64,
    /// ... of people whom a court has ordered to hospital [class].
    pub class_court: f64,
    /// ... of recalled people [class].
    pub class_recall: f64,
    /// ... of patients of acute wards [class].
    pub class_civil: f64,
    /// ... of patients who step down [class].
    pub class_step_down: f64,
    /// ... of patients who step up [class].
    pub class_step_up: f64,
    /// ... of prisoners past their commissioner's limit [class].
    pub class_over_limit: f64,
    /// Median days from a held bed (and warrant, where one is needed) to admission [d].
    pub admission_days: f64,
    /// Spread of its logarithm [ln d].
    pub admission_sigma: f64,
}

/// A unit.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Commissioner that holds the contract.
    pub commissioner: u8,
    /// Area where it stands.
    pub area: u8,
    /// Region where it stands.
    pub region: u8,
    /// Tier.
    pub tier: Place,
    /// Sex of the patients.
    pub sex: Sex,
    /// Independent sector.
    pub independent: bool,
    /// Provider: units of one site share it.
    pub site: u16,
    /// Open beds [beds].
    pub beds: i32,
    /// Beds of one ward [beds].
    pub ward: i32,
    /// Occupied [beds].
    pub occupied: i32,
    /// Empty and held for somebody [beds].
    pub held: i32,
    /// Still to close, as they fall empty [beds].
    pub closing: i32,
}

impl Unit {
    /// Beds that are neither occupied nor held [beds].
    pub fn free(&self) -> i32 {
        self.beds - self.occupied - self.held
    }
}

/// All secure units.
#[derive(Clone, Debug)]
pub struct Units {
    /// Units, in the order of the plan.
    pub all: Vec<Unit>,
    pools: [[Vec<u16>; 2]; 3],
}

const fn tier_index(tier: Place) -> usize {
    match tier {
        Place::High => 0,
        Place::Medium => 1,
        _ => 2,
    }
}

impl Units {
    /// Reads the plan's units; at a fraction of the population, beds are scaled by cumulative rounding within tier and sex.
    pub fn new(plan: &Plan) -> Result<Units, SimError> {
        let mut sites: Vec<&str> = Vec::new();
        let mut all = Vec::new();
        let mut pools: [[Vec<u16>; 2]; 3] = Default::default();
        let mut cumulative = [[0.0f64; 2]; 3];
        for (k, u) in plan.units.iter().enumerate() {
            let tier = Place::from_name(&u.tier)
                .filter(|p| super::states::secure(*p))
                .ok_or_else(|| SimError::Plan(format!("units[{k}].tier: {} is not a secure tier", u.tier)))?;
            let sex = Sex::from_name(&u.sex)
                .ok_or_else(|| SimError::Plan(format!("units[{k}].sex: {} is not a sex", u.sex)))?;
            let site = sites.iter().position(|s| *s == u.site).unwrap_or_else(|| {
                sites.push(&u.site);
                sites.len() - 1
            });
            let pool = &mut cumulative[tier_index(tier)][sex as usize];
            let before = libm::floor(*pool * plan.mode.fraction + 0.5);
            *pool += f64::from(u.beds);
            let beds = (libm::floor(*pool * plan.mode.fraction + 0.5) - before) as i32;
            pools[tier_index(tier)][sex as usize].push(k as u16);
            all.push(Unit {
                commissioner: u.commissioner,
                area: u.area,
                region: plan.areas[usize::from(u.area)].region,
                tier,
                sex,
                independent: u.sector == "independent",
                site: site as u16,
                beds,
                ward: u.ward as i32,
                occupied: 0,
                held: 0,
                closing: 0,
            });
        }
        Ok(Units { all, pools })
    }

    /// Units of a tier and sex.
    pub fn pool(&self, tier: Place, sex: Sex) -> &[u16] {
        &self.pools[tier_index(tier)][sex as usize]
    }
}

/// Kinds of places and teams that are counted by area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Ward {
    /// Supported accommodation.
    Supported = 0,
    /// PICU beds for pathway patients.
    Picu = 1,
    /// Acute beds.
    Acute = 2,
    /// Open rehabilitation.
    OpenRehab = 3,
    /// Locked rehabilitation.
    LockedRehab = 4,
    /// Caseload of the specialist community forensic team.
    Forensic = 5,
    /// Caseload of the mainstream team.
    Mainstream = 6,
}

const WARDS: usize = 7;

impl Ward {
    /// The ward of a place, if it is counted by area.
    pub fn of(place: Place) -> Option<Ward> {
        match place {
            Place::Supported => Some(Ward::Supported),
            Place::Picu => Some(Ward::Picu),
            Place::Acute => Some(Ward::Acute),
            Place::OpenRehab => Some(Ward::OpenRehab),
            Place::LockedRehab => Some(Ward::LockedRehab),
            _ => None,
        }
    }
}

/// Places and teams by area: capacity follows the funders' and teams' attributes, every day.
#[derive(Clone, Debug)]
pub struct Wards {
    capacity: [Vec<i32>; WARDS],
    used: [Vec<i32>; WARDS],
    fraction: f64,
    limited: bool,
}

impl Wards {
    /// Reads the attributes of the plan's agents.
    pub fn new(plan: &Plan, agents: &Agents) -> Wards {
        let areas = plan.areas.len();
        let mut w = Wards {
            capacity: std::array::from_fn(|_| vec![0; areas]),
            used: std::array::from_fn(|_| vec![0; areas]),
            fraction: plan.mode.fraction,
            limited: plan.mode.capacity == crate::plan::Capacity::Limited,
        };
        w.refresh(agents);
        w
    }

    /// Follows the attributes; at a fraction of the population, by cumulative rounding over areas.
    pub fn refresh(&mut self, agents: &Agents) {
        let sources = [
            (Kind::AftercareFunder, aftercare_funder::supported_places),
            (Kind::AftercareFunder, aftercare_funder::picu_beds),
            (Kind::AftercareFunder, aftercare_funder::acute_beds),
            (Kind::AftercareFunder, aftercare_funder::open_rehab_beds),
            (Kind::AftercareFunder, aftercare_funder::locked_rehab_beds),
            (Kind::CommunityTeam, community_team::forensic_capacity),
            (Kind::CommunityTeam, community_team::mainstream_capacity),
        ];
        for (capacity, (kind, column)) in self.capacity.iter_mut().zip(sources) {
            let table = agents.of(kind);
            let mut sum = 0.0;
            for (area, c) in capacity.iter_mut().enumerate() {
                let before = libm::floor(sum * self.fraction + 0.5);
                sum += table.get(area, column);
                *c = (libm::floor(sum * self.fraction + 0.5) - before) as i32;
            }
        }
    }

    /// Free places of a kind in an area.
    pub fn free(&self, ward: Ward, area: u8) -> bool {
        !self.limited || self.used[ward as usize][usize::from(area)] < self.capacity[ward as usize][usize::from(area)]
    }

    /// An area with a free place: one's own if it has one, else the nearest by index around the country.
    pub fn anywhere(&self, ward: Ward, area: u8) -> Option<u8> {
        let n = self.used[ward as usize].len();
        (0..n).map(|k| ((usize::from(area) + k) % n) as u8).find(|a| self.free(ward, *a))
    }

    /// Takes a place.
    pub fn take(&mut self, ward: Ward, area: u8) {
        self.used[ward as usize][usize::from(area)] += 1;
    }

    /// Gives a place back.
    pub fn give(&mut self, ward: Ward, area: u8) {
        self.used[ward as usize][usize::from(area)] -= 1;
    }

    /// Places taken [count].
    pub fn used(&self, ward: Ward) -> i64 {
        self.used[ward as usize].iter().map(|u| i64::from(*u)).sum()
    }

    /// Whether any count has gone below zero: a broken invariant.
    pub fn negative(&self) -> bool {
        self.used.iter().flatten().any(|u| *u < 0)
    }
}
