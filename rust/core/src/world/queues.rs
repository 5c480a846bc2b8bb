//! Queues: who waits for what, in which order, and how much can be done in a day.
//!
//! Order never depends on memory or threads: (priority, day due, keyed hash of person and queue, person).

use serde::{Deserialize, Serialize};

use crate::codes::{Place, Sex};
use crate::ids::{CaseId, CommissionerId};
use crate::law::places::bed_tier;

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
    pub refer: Vec<Vec<CaseId>>,
    /// Referrals to be assessed, by commissioner's team.
    pub assess: Vec<Vec<CaseId>>,
    /// Everybody whose wait has begun, whatever they wait for; who waits no longer is struck off at the close of the day.
    pub waits: Vec<CaseId>,
    /// People who need a secure or PICU bed.
    pub beds: Vec<CaseId>,
    /// People ready to leave who need funders to agree.
    pub ready: Vec<CaseId>,
    /// Hearings that could be held.
    pub hearings: Vec<CaseId>,
    /// Requests before the Ministry.
    pub ministry: Vec<CaseId>,
    /// People who may leave today: everything is there.
    pub leaving: Vec<CaseId>,
    /// People waiting for a bed per bed, by commissioner, tier and sex, as of last night.
    pub waiting: Vec<[[f64; 2]; 4]>,
    /// Patients in beds bought outside the contract, by commissioner.
    pub spot: Vec<u32>,
    /// Own people for whom a commissioner keeps a free bed from others today, by commissioner, tier and sex; nothing where waiting costs
    /// nobody more than a bed is sold for.
    #[serde(skip)]
    pub claims: Vec<[[i32; 2]; 4]>,
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
            waits: Vec::new(),
            beds: Vec::new(),
            ready: Vec::new(),
            hearings: Vec::new(),
            ministry: Vec::new(),
            leaving: Vec::new(),
            claims: Vec::new(),
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
        let lists = [&self.waits, &self.beds, &self.ready, &self.hearings, &self.ministry, &self.leaving];
        let waiting = lists.into_iter().chain(&self.refer).chain(&self.assess);
        let credits = [&self.hearing_credit, &self.ministry_credit];
        let credits = credits.into_iter().chain(&self.refer_credit).chain(&self.assess_credit);
        let by_commissioner = [self.assess.len(), self.waiting.len(), self.spot.len(), self.assess_credit.len()];
        [self.refer.len(), self.refer_credit.len()] == [areas; 2]
            && by_commissioner == [commissioners; 4]
            && waiting.into_iter().flatten().all(|i| i.index() < cases)
            && credits.into_iter().all(|c| c.0.abs() < 1e9)
            && self.waiting.iter().flatten().flatten().all(|share| share.is_finite())
    }

    /// People waiting per bed of a tier and sex in a commissioner's care, as of last night [share].
    pub fn pressure(&self, commissioner: CommissionerId, tier: Place, sex: Sex) -> f64 {
        self.waiting[commissioner.index()][bed_tier(tier)][sex as usize]
    }
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
