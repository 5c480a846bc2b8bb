//! Beds, places and teams: what there is, what is taken, what is held.
//!
//! Beds are not one pool: a unit is beds of one tier and sex on one site, so waits come from small queues.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

pub use crate::law::places::Ward;

use crate::agents::{Agents, Kind, aftercare_funder, community_team};
use crate::calendar::Day;
use crate::codes::{Place, Sex};
use crate::error::SimError;
use crate::ids::{CommissionerId, ProviderId, UnitId};
use crate::law::places::{self, bed_tier};
use crate::plan::Plan;

/// A ward of a unit: what opens and closes, and what costs as much full as empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitWard {
    /// Beds for which it is built and staffed [beds].
    pub beds: i32,
    /// Beds of these that no patient may have any more, though the ward is open [beds].
    pub shut: i32,
    /// Beds of these that are to be shut as they fall empty [beds].
    pub to_shut: i32,
    /// Open, or still to open.
    pub open: bool,
    /// Day on which it is to open, if it is.
    pub opens: Option<Day>,
    /// Days on which its closing was ordered, and from which on it may close, if it is to.
    pub closing: Option<(Day, Day)>,
    /// Patients who were moved since its closing was ordered [persons].
    pub moved: i32,
}

impl UnitWard {
    /// An open ward.
    pub fn open(beds: i32) -> UnitWard {
        UnitWard { beds, shut: 0, to_shut: 0, open: true, opens: None, closing: None, moved: 0 }
    }

    /// Beds that a patient may have, or has still [beds].
    pub fn live(&self) -> i32 {
        if self.open { self.beds - self.shut } else { 0 }
    }
}

/// Money that opening or closing a ward takes, day by day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Works {
    /// First day on which nothing is spent any more.
    pub until: Day,
    /// Spent a day [£/d].
    pub daily: f64,
}

/// A unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unit {
    /// Commissioner that holds the contract.
    pub commissioner: CommissionerId,
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
    /// Organisation that runs it; units of several sites can share it.
    pub provider: ProviderId,
    /// Open beds [beds].
    pub beds: i32,
    /// Beds of one ward [beds].
    pub ward: i32,
    /// Occupied [beds].
    pub occupied: i32,
    /// Empty and held for somebody [beds].
    pub held: i32,
    /// Still open and still to close: nobody is admitted to them [beds].
    pub closing: i32,
    /// Its wards.
    pub wards: Vec<UnitWard>,
    /// What opening and closing wards costs at the time.
    pub works: Vec<Works>,
    /// Vacated today: can be matched tomorrow [beds].
    pub vacated: i32,
}

impl Unit {
    /// Whether both are the same unit, whatever goes on in it, and the counts can be.
    pub fn fits(&self, other: &Unit) -> bool {
        let place = |u: &Unit| (u.commissioner, u.area, u.region, u.tier, u.sex, u.independent, u.provider, u.ward);
        let counts = [self.beds, self.occupied, self.held, self.closing, self.vacated];
        let counts = counts.into_iter().chain(self.wards.iter().flat_map(|w| [w.beds, w.shut, w.to_shut, w.moved]));
        let sound = self.wards.iter().all(|w| w.shut + w.to_shut <= w.beds);
        let works = self.works.iter().all(|w| w.daily.is_finite());
        place(self) == place(other) && sound && works && counts.into_iter().all(|n| (0..1 << 24).contains(&n))
    }

    /// Beds that are going to open [count].
    pub fn opening(&self) -> i32 {
        self.wards.iter().filter(|w| w.opens.is_some()).map(|w| w.beds).sum()
    }

    /// Beds that can be matched: neither occupied nor held, nor vacated today, nor of a ward that is to close [beds].
    pub fn free(&self) -> i32 {
        self.beds - self.closing - self.occupied - self.held - self.vacated
    }

    /// Beds that are neither occupied nor held, whether they may be matched or not [beds].
    pub fn empty(&self) -> i32 {
        self.beds - self.occupied - self.held
    }

    /// Beds of the wards that are open: their fixed cost is paid, also for beds that no patient may have [beds].
    pub fn standing(&self) -> i32 {
        self.wards.iter().filter(|w| w.open).map(|w| w.beds).sum()
    }
}

/// All secure units.
#[derive(Clone, Debug)]
pub struct Units {
    /// Units, in the order of the plan.
    pub all: Vec<Unit>,
    pools: [[Vec<UnitId>; 2]; 3],
    trusts: Vec<ProviderId>,
    /// Names of the organisations, in order of number.
    pub providers: Vec<String>,
}

/// Organisations by name, numbered as they are met.
#[derive(Default)]
struct Providers<'a> {
    names: Vec<&'a str>,
}

impl<'a> Providers<'a> {
    fn id(&mut self, name: &'a str) -> ProviderId {
        let known = self.names.iter().position(|n| *n == name);
        ProviderId(known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        }) as u16)
    }
}

/// Divides beds into wards: as many as come nearest to the size of one in the whole country, as equal as can be.
pub fn wards_of(beds: i32, whole: u32, size: u32) -> Vec<UnitWard> {
    let count = libm::floor(f64::from(whole) / f64::from(size.max(1)) + 0.5).max(1.0) as i32;
    let part = |k: i32| beds / count + i32::from(k < beds % count);
    (0..count).map(part).filter(|beds| *beds > 0).map(UnitWard::open).collect()
}

/// Scales counts to a fraction of the population by cumulative rounding: what is scaled adds up to the scaled sum.
#[derive(Clone, Copy, Debug, Default)]
struct Scaled {
    sum: f64,
}

impl Scaled {
    fn next(&mut self, count: f64, fraction: f64) -> i32 {
        let before = libm::floor(self.sum * fraction + 0.5);
        self.sum += count;
        (libm::floor(self.sum * fraction + 0.5) - before) as i32
    }
}

impl Index<UnitId> for Units {
    type Output = Unit;

    #[inline(always)]
    fn index(&self, unit: UnitId) -> &Unit {
        &self.all[unit.index()]
    }
}

impl IndexMut<UnitId> for Units {
    #[inline(always)]
    fn index_mut(&mut self, unit: UnitId) -> &mut Unit {
        &mut self.all[unit.index()]
    }
}

impl Units {
    /// Reads the plan's units; at a fraction of the population, beds are scaled by cumulative rounding within tier and sex.
    ///
    /// # Errors
    /// [`SimError::Plan`] if a unit's tier or sex is none.
    pub fn new(plan: &Plan) -> Result<Units, SimError> {
        let mut providers = Providers::default();
        let trusts = plan.areas.iter().map(|area| providers.id(&area.trust)).collect();
        let mut all = Vec::new();
        let mut pools: [[Vec<UnitId>; 2]; 3] = Default::default();
        let mut scaled = [[Scaled::default(); 2]; 3];
        for (k, u) in plan.units.iter().enumerate() {
            let tier = Place::from_name(&u.tier)
                .filter(|p| places::secure(*p))
                .ok_or_else(|| SimError::Plan(format!("units[{k}].tier: {} is not a secure tier", u.tier)))?;
            let sex = Sex::from_name(&u.sex)
                .ok_or_else(|| SimError::Plan(format!("units[{k}].sex: {} is not a sex", u.sex)))?;
            let beds = scaled[bed_tier(tier)][sex as usize].next(f64::from(u.beds), plan.mode.fraction);
            pools[bed_tier(tier)][sex as usize].push(UnitId(k as u16));
            all.push(Unit {
                commissioner: CommissionerId(u.commissioner),
                area: u.area,
                region: plan.areas[usize::from(u.area)].region,
                tier,
                sex,
                independent: u.sector == "independent",
                provider: providers.id(&u.provider),
                beds,
                ward: u.ward as i32,
                occupied: 0,
                held: 0,
                closing: 0,
                wards: wards_of(beds, u.beds, u.ward),
                works: Vec::new(),
                vacated: 0,
            });
        }
        let providers = providers.names.into_iter().map(str::to_owned).collect();
        Ok(Units { all, pools, trusts, providers })
    }

    /// Every unit with its number, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = (UnitId, &Unit)> {
        (0..).map(UnitId).zip(&self.all)
    }

    /// The trust that runs the wards of an area.
    pub fn trust(&self, area: u8) -> ProviderId {
        self.trusts[usize::from(area)]
    }

    /// Units of a tier and sex.
    pub fn pool(&self, tier: Place, sex: Sex) -> &[UnitId] {
        &self.pools[bed_tier(tier)][sex as usize]
    }
}

/// Places and teams by area: capacity follows the funders' and teams' attributes, every day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wards {
    capacity: [Vec<i32>; Ward::COUNT],
    used: [Vec<i32>; Ward::COUNT],
    /// Taken, and paid for by a collaborative or a programme rather than the area's aftercare funder.
    commissioned: [Vec<i32>; Ward::COUNT],
    /// Given back today: free tomorrow.
    given: Vec<(Ward, u8)>,
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
            commissioned: std::array::from_fn(|_| vec![0; areas]),
            given: Vec::new(),
            fraction: plan.mode.fraction,
            limited: plan.mode.capacity == crate::plan::Capacity::Limited,
        };
        w.refresh(agents);
        w
    }

    /// Whether both are wards of the same areas, and the counts can be.
    pub fn fits(&self, other: &Wards) -> bool {
        let lengths = |w: &Wards| [&w.capacity, &w.used, &w.commissioned].map(|kind| kind.each_ref().map(Vec::len));
        let shape = |w: &Wards| (lengths(w), w.limited);
        let counts = self.capacity.iter().chain(&self.used).chain(&self.commissioned).flatten();
        shape(self) == shape(other)
            && self.fraction == other.fraction
            && self.given.is_empty()
            && counts.into_iter().all(|n| (-(1 << 24)..1 << 24).contains(n))
    }

    /// Follows the attributes; at a fraction of the population, by cumulative rounding over areas.
    pub fn refresh(&mut self, agents: &Agents) {
        let sources: [_; Ward::COUNT] = [
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
            let mut scaled = Scaled::default();
            for (area, c) in capacity.iter_mut().enumerate() {
                *c = scaled.next(table.get(area, column), self.fraction);
            }
        }
    }

    /// Free places of a kind in an area.
    pub fn free(&self, ward: Ward, area: u8) -> bool {
        !self.limited || self.used[ward as usize][usize::from(area)] < self.capacity[ward as usize][usize::from(area)]
    }

    /// An area with a free place: the nearest by `distance`, the first around the country from one's own if several are.
    pub fn nearest<D: Ord>(&self, ward: Ward, area: u8, distance: impl Fn(u8) -> D) -> Option<u8> {
        let areas = self.used[ward as usize].len() as u8;
        (area..areas).chain(0..area).filter(|a| self.free(ward, *a)).min_by_key(|a| distance(*a))
    }

    /// Takes a place.
    pub fn take(&mut self, ward: Ward, area: u8) {
        self.used[ward as usize][usize::from(area)] += 1;
    }

    /// Gives a place back: it is free from tomorrow on.
    pub fn give(&mut self, ward: Ward, area: u8) {
        self.given.push((ward, area));
    }

    /// Adds places that a programme has open, until the attributes are followed again.
    pub fn add(&mut self, ward: Ward, area: usize, places: i32) {
        self.capacity[ward as usize][area] += places;
    }

    /// Notes that a collaborative or a programme pays for a place that is taken, or pays for it no longer.
    pub fn commission(&mut self, ward: Ward, area: u8, pays: bool) {
        self.commissioned[ward as usize][usize::from(area)] += if pays { 1 } else { -1 };
    }

    /// Places taken in an area for which its aftercare funder pays [count].
    pub fn funded_in(&self, ward: Ward, area: u8) -> i32 {
        self.used_in(ward, area) - self.commissioned[ward as usize][usize::from(area)]
    }

    /// Ends the day: what was given back is free.
    pub fn close_day(&mut self) {
        for (ward, area) in self.given.drain(..) {
            self.used[ward as usize][usize::from(area)] -= 1;
        }
    }

    /// Places taken [count].
    pub fn used(&self, ward: Ward) -> i64 {
        self.used[ward as usize].iter().map(|u| i64::from(*u)).sum()
    }

    /// Places taken in an area [count].
    pub fn used_in(&self, ward: Ward, area: u8) -> i32 {
        self.used[ward as usize][usize::from(area)]
    }

    /// Places that are open in an area [count].
    pub fn open_in(&self, ward: Ward, area: u8) -> i32 {
        self.capacity[ward as usize][usize::from(area)]
    }

    /// Whether any count has gone below zero: a broken invariant.
    pub fn negative(&self) -> bool {
        self.used.iter().chain(&self.commissioned).flatten().any(|u| *u < 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(counts: &[f64], fraction: f64) -> Vec<i32> {
        let mut scaled = Scaled::default();
        counts.iter().map(|c| scaled.next(*c, fraction)).collect()
    }

    #[test]
    fn the_whole_country_keeps_every_bed() {
        assert_eq!(scale(&[12.0, 7.0, 30.0], 1.0), [12, 7, 30]);
    }

    #[test]
    fn scaled_beds_add_up_to_the_scaled_sum() {
        let counts: Vec<f64> = (0..170).map(|k| f64::from(5 + k * 7 % 40)).collect();
        let sum: f64 = counts.iter().sum();
        for fraction in [0.001, 0.01, 0.1, 0.37, 0.5, 0.999] {
            let scaled = scale(&counts, fraction);
            assert_eq!(scaled.iter().sum::<i32>(), libm::floor(sum * fraction + 0.5) as i32, "{fraction}");
            for (s, c) in scaled.iter().zip(&counts) {
                assert!((f64::from(*s) - c * fraction).abs() <= 1.0, "{s} for {c} at {fraction}");
            }
        }
    }

    fn wards(capacity: &[i32], limited: bool) -> Wards {
        Wards {
            capacity: std::array::from_fn(|_| capacity.to_vec()),
            used: std::array::from_fn(|_| vec![0; capacity.len()]),
            commissioned: std::array::from_fn(|_| vec![0; capacity.len()]),
            given: Vec::new(),
            fraction: 1.0,
            limited,
        }
    }

    #[test]
    fn a_place_given_back_is_free_from_the_next_day_on() {
        let mut w = wards(&[1], true);
        assert!(w.free(Ward::Acute, 0));
        w.take(Ward::Acute, 0);
        assert!(!w.free(Ward::Acute, 0) && w.free(Ward::Picu, 0));
        w.give(Ward::Acute, 0);
        assert!(!w.free(Ward::Acute, 0));
        w.close_day();
        assert!(w.free(Ward::Acute, 0) && !w.negative());
    }

    #[test]
    fn the_nearest_place_comes_first_then_the_next_around_the_country() {
        let mut w = wards(&[1, 0, 1, 1], true);
        let nearest = |w: &Wards| w.nearest(Ward::Acute, 2, |a| a == 3);
        for expected in [Some(2), Some(0), Some(3), None] {
            assert_eq!(nearest(&w), expected);
            if let Some(area) = expected {
                w.take(Ward::Acute, area);
            }
        }
    }

    #[test]
    fn unlimited_places_never_run_out() {
        let mut w = wards(&[0], false);
        w.take(Ward::Supported, 0);
        assert!(w.free(Ward::Supported, 0));
        assert_eq!(w.used(Ward::Supported), 1);
    }

    #[test]
    fn a_bed_that_is_held_is_not_free() {
        let unit = Unit {
            commissioner: CommissionerId(0),
            area: 0,
            region: 0,
            tier: Place::Low,
            sex: Sex::Female,
            independent: false,
            provider: ProviderId(0),
            beds: 12,
            ward: 12,
            occupied: 9,
            held: 2,
            closing: 0,
            wards: wards_of(12, 12, 12),
            works: Vec::new(),
            vacated: 0,
        };
        assert_eq!((unit.free(), unit.empty(), unit.standing()), (1, 1, 12));
    }

    #[test]
    fn beds_are_divided_into_wards_as_equal_as_can_be() {
        let sizes = |beds, whole, size| wards_of(beds, whole, size).iter().map(|w| w.beds).collect::<Vec<_>>();
        assert_eq!(sizes(56, 56, 14), [14; 4]);
        assert_eq!(sizes(52, 52, 15), [18, 17, 17]);
        assert_eq!(sizes(29, 29, 15), [15, 14]);
        assert_eq!(sizes(5, 5, 15), [5]);
        assert_eq!(sizes(5, 52, 13), [2, 1, 1, 1], "a sample has as many wards");
        assert!(sizes(0, 0, 15).is_empty());
    }
}
