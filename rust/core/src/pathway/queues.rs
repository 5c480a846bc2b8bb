//! Queues: who waits for what, in which order, and how much can be done in a day.
//!
//! Order never depends on memory or threads: (priority, day due, keyed hash of person and queue, person).

use serde::{Deserialize, Serialize};

use crate::agents::{Kind, commissioner};
use crate::calendar::Day;
use crate::caseload::Route;
use crate::codes::{Place, Sex};
use crate::draw::{Key, Purpose};
use crate::pathway::states;
use crate::sim::Sim;

/// A tally of work that can be done: capacity comes in by the day, and is not saved up beyond a week.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Credit(f64);

impl Credit {
    /// Adds a day's capacity (of a weekly one) and returns how many pieces of work can be begun.
    pub fn day(&mut self, weekly: f64) -> usize {
        self.0 = (self.0 + weekly / 7.0).min(weekly.max(1.0));
        libm::floor(self.0).max(0.0) as usize
    }

    /// Notes that so many pieces of work were begun.
    pub fn spend(&mut self, n: usize) {
        self.0 -= n as f64;
    }
}

/// All queues but those of hazards and dates. Entries are case indices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Queues {
    /// Identified people to be worked up for referral, by area.
    pub refer: Vec<Vec<u32>>,
    /// Referrals to be assessed, by commissioner's team.
    pub assess: Vec<Vec<u32>>,
    /// People who need a secure or PICU bed.
    pub beds: Vec<u32>,
    /// People ready to leave who need funders to agree.
    pub ready: Vec<u32>,
    /// Hearings that could be held.
    pub hearings: Vec<u32>,
    /// Requests before the Ministry.
    pub ministry: Vec<u32>,
    /// People who may leave today: everything is there.
    pub leaving: Vec<u32>,
    /// People waiting for a bed per bed, by commissioner, tier and sex, as of last night.
    pub waiting: Vec<[[f64; 2]; 4]>,
    /// Patients in beds bought outside the contract, by commissioner.
    pub spot: Vec<u32>,
    /// Credit of in-reach teams, by area.
    pub refer_credit: Vec<Credit>,
    /// Credit of assessment teams.
    pub assess_credit: Vec<Credit>,
    /// Credit of the tribunal.
    pub hearing_credit: Credit,
    /// Credit of the Ministry.
    pub ministry_credit: Credit,
}

impl Queues {
    /// Empty queues.
    pub fn new(areas: usize, commissioners: usize) -> Queues {
        Queues {
            refer: vec![Vec::new(); areas],
            assess: vec![Vec::new(); commissioners],
            beds: Vec::new(),
            ready: Vec::new(),
            hearings: Vec::new(),
            ministry: Vec::new(),
            leaving: Vec::new(),
            waiting: vec![[[0.0; 2]; 4]; commissioners],
            spot: vec![0; commissioners],
            refer_credit: vec![Credit::default(); areas],
            assess_credit: vec![Credit::default(); commissioners],
            hearing_credit: Credit::default(),
            ministry_credit: Credit::default(),
        }
    }

    /// Whether these are queues of so many areas, commissioners and cases.
    pub fn fits(&self, areas: usize, commissioners: usize, cases: usize) -> bool {
        let lists = [&self.beds, &self.ready, &self.hearings, &self.ministry, &self.leaving];
        let waiting = lists.into_iter().chain(&self.refer).chain(&self.assess);
        let credits = [&self.hearing_credit, &self.ministry_credit];
        let credits = credits.into_iter().chain(&self.refer_credit).chain(&self.assess_credit);
        let by_commissioner = [self.assess.len(), self.waiting.len(), self.spot.len(), self.assess_credit.len()];
        [self.refer.len(), self.refer_credit.len()] == [areas; 2]
            && by_commissioner == [commissioners; 4]
            && waiting.into_iter().flatten().all(|i| (*i as usize) < cases)
            && credits.into_iter().all(|c| c.0.abs() < 1e9)
            && self.waiting.iter().flatten().flatten().all(|share| share.is_finite())
    }

    /// People waiting per bed of a tier and sex in a commissioner's care, as of last night [share].
    pub fn pressure(&self, commissioner: usize, tier: Place, sex: Sex) -> f64 {
        self.waiting[commissioner][tier_index(tier)][sex as usize]
    }
}

/// Index of a tier in [`Queues::waiting`] and in the daily table: high, medium, low, PICU.
pub const fn tier_index(tier: Place) -> usize {
    match tier {
        Place::High => 0,
        Place::Medium => 1,
        Place::Low => 2,
        _ => 3,
    }
}

/// Which queue a hash is for.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub enum Queue {
    /// In-reach.
    Refer = 1,
    /// Assessment teams.
    Assess = 2,
    /// Beds.
    Beds = 3,
    /// Funders.
    Ready = 4,
    /// Hearings.
    Hearings = 5,
    /// The Ministry.
    Ministry = 6,
}

/// The key of order in a queue.
pub fn order(key: Key, queue: Queue, class: i32, since: Day, person: u64) -> (i32, Day, u64, u64) {
    (class, since, key.hash(person, Purpose::Queue, queue as u64), person)
}

/// Place of a case in the order of its queue, by how it came to wait [class].
pub fn class(sim: &Sim, i: u32) -> i32 {
    let (c, b) = (sim.case(i), &sim.p.beds);
    let class = match c.route {
        Route::Prison if over_limit(sim, i) > 0.0 => b.class_over_limit,
        Route::Prison => b.class_prison,
        Route::Court => b.class_court,
        Route::Recall => b.class_recall,
        Route::Civil => b.class_civil,
        Route::StepDown => b.class_step_down,
        Route::StepUp => b.class_step_up,
    };
    class as i32
}

/// Days by which a prisoner's wait is past the limit that the commissioner answers for; 0 within it, or where there is none [d].
pub fn over_limit(sim: &Sim, i: u32) -> f64 {
    let c = sim.case(i);
    if c.route != Route::Prison || c.statutory < 0 {
        return 0.0;
    }
    let who = usize::from(sim.commissioner(c.area, c.target));
    let limit = sim.agents.of(Kind::Commissioner).get(who, commissioner::limit);
    if limit > 0.0 { (f64::from(sim.today() - c.statutory) - limit).max(0.0) } else { 0.0 }
}

/// Waiting people by commissioner, tier and sex, per bed: what tomorrow's decisions see of the queues.
pub fn count_waiting(sim: &mut Sim) {
    let n = sim.plan.commissioners.len();
    let mut waiting = vec![[[0.0; 2]; 4]; n];
    let mut beds = vec![[[0.0; 2]; 4]; n];
    // Where nothing runs out nobody queues: who still waits for consent weighs on nobody.
    for i in sim.queues.beds.iter().filter(|_| sim.limited()) {
        let c = sim.case(*i);
        waiting[usize::from(sim.commissioner(c.area, c.target))][tier_index(c.target)][c.sex as usize] += 1.0;
    }
    for u in &sim.units.all {
        beds[usize::from(u.commissioner)][tier_index(u.tier)][u.sex as usize] += f64::from(u.beds);
    }
    for (w, b) in waiting.iter_mut().flatten().flatten().zip(beds.iter().flatten().flatten()) {
        *w /= b.max(1.0);
    }
    sim.queues.waiting = waiting;
    // Inpatients of the day, and how many of them are in beds bought outside the contract.
    let mut inpatients = std::mem::take(&mut sim.inpatients);
    // Who moved from one secure bed to another was admitted again.
    inpatients.sort_unstable();
    inpatients.dedup();
    let mut spot = std::mem::take(&mut sim.queues.spot);
    spot.fill(0);
    inpatients.retain(|i| {
        let c = sim.case(*i);
        let inside = states::secure(c.place);
        if inside && c.spot {
            spot[usize::from(c.payer)] += 1;
        }
        inside
    });
    sim.queues.spot = spot;
    sim.inpatients = inpatients;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_gives_the_weekly_capacity_in_a_week() {
        let mut c = Credit::default();
        let mut done = 0;
        for _ in 0..70 {
            let n = c.day(5.0);
            c.spend(n);
            done += n;
        }
        assert!((49..=50).contains(&done));
    }

    #[test]
    fn class_comes_before_the_day_and_the_day_before_the_hash() {
        let key = Key { seed: 1, replicate: 0 };
        let at = |class, since, person| order(key, Queue::Beds, class, since, person);
        assert!((0..50).all(|p| at(0, 200, p) < at(1, 100, p + 50) && at(1, 100, p) < at(1, 101, p + 50)));
    }

    #[test]
    fn equals_stand_in_another_order_in_another_queue_or_run() {
        let sorted = |seed, queue| {
            let mut people: Vec<u64> = (0..30).collect();
            people.sort_by_key(|p| order(Key { seed, replicate: 0 }, queue, 0, 0, *p));
            people
        };
        let here = sorted(1, Queue::Beds);
        assert!(here != sorted(1, Queue::Assess) && here != sorted(2, Queue::Beds));
        assert_eq!(here, sorted(1, Queue::Beds));
    }

    #[test]
    fn a_team_without_capacity_begins_nothing() {
        let mut c = Credit::default();
        assert!((0..1000).all(|_| c.day(0.0) == 0));
    }

    #[test]
    fn credit_is_not_saved_up() {
        let mut c = Credit::default();
        for _ in 0..100 {
            c.day(5.0);
        }
        assert_eq!(c.day(5.0), 5);
    }
}
