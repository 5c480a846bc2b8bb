//! Phase 11: the books. Occupancy, waits, breaches, by commissioner, tier and sex.
//!
//! Costs and health are accrued case by case where something changes (`world/accrual.rs`); here the day is counted.

use enumset::EnumSet;

use crate::codes::{Reason, Sex, Stage};
use crate::law::places::{self, BED_TIERS, bed_tier};
use crate::log::DailyRow;
use crate::world::World;

/// Phase 11.
pub fn keep(world: &mut World) {
    count_waiting(world);
    count_inpatients(world);
    if world.reported() {
        daily(world);
    }
}

/// Waiting people by commissioner, tier and sex, per bed: what tomorrow's decisions see of the queues.
fn count_waiting(world: &mut World) {
    let n = world.plan.commissioners.len();
    let mut waiting = vec![[[0.0; 2]; 4]; n];
    let mut beds = vec![[[0.0; 2]; 4]; n];
    // Where nothing runs out nobody queues: who still waits for consent weighs on nobody.
    for i in world.queues.beds.iter().filter(|_| world.limited()) {
        let c = world.case(*i);
        // Who has left the queue since it was last matched weighs on nobody.
        if !c.present() || c.queued().is_none() {
            continue;
        }
        waiting[world.commissioner(c.area, c.target).index()][bed_tier(c.target)][c.sex as usize] += 1.0;
    }
    for u in &world.units.all {
        beds[u.commissioner.index()][bed_tier(u.tier)][u.sex as usize] += f64::from(u.beds);
    }
    for (w, b) in waiting.iter_mut().flatten().flatten().zip(beds.iter().flatten().flatten()) {
        *w /= b.max(1.0);
    }
    world.queues.waiting = waiting;
}

/// Inpatients of the day, and how many of them are in beds bought outside the contract.
fn count_inpatients(world: &mut World) {
    let mut inpatients = std::mem::take(&mut world.inpatients);
    // Who moved from one secure bed to another was admitted again.
    inpatients.sort_unstable();
    inpatients.dedup();
    let mut spot = std::mem::take(&mut world.queues.spot);
    spot.fill(0);
    inpatients.retain(|i| {
        let c = world.case(*i);
        if let Some(payer) = c.placement.payer.filter(|_| c.placement.spot) {
            spot[payer.index()] += 1;
        }
        places::secure(c.place)
    });
    world.queues.spot = spot;
    world.inpatients = inpatients;
}

/// What is counted of a commissioner's beds of a tier and sex.
#[derive(Clone, Copy, Default)]
struct Cell {
    beds: i32,
    held: i32,
    occupied: i32,
    waiting: i32,
    ready: i32,
    missing: [i32; Reason::ALL.len()],
    out_of_area: i32,
    over14: i32,
    over28: i32,
}

impl Cell {
    /// Whether there is nothing to say.
    fn is_empty(&self) -> bool {
        self.beds == 0 && self.occupied == 0 && self.waiting == 0 && self.ready == 0 && self.out_of_area == 0
    }

    /// Patients who are ready and lack one of some reasons [persons].
    fn lacking(&self, reasons: impl Into<EnumSet<Reason>>) -> i32 {
        reasons.into().iter().map(|r| self.missing[r as usize]).sum()
    }
}

/// Cells by commissioner, tier and sex.
type Cells = Vec<[[Cell; 2]; 4]>;

/// Writes the rows of the day: commissioner by tier and sex.
fn daily(world: &mut World) {
    let cells = count(world);
    let day = world.today();
    for (commissioner, tiers) in cells.iter().enumerate() {
        for (tier, sexes) in tiers.iter().enumerate() {
            for sex in Sex::ALL {
                let c = sexes[*sex as usize];
                if c.is_empty() {
                    continue;
                }
                world.log.daily.push(DailyRow {
                    day,
                    commissioner: commissioner as u8,
                    tier: BED_TIERS[tier] as u8,
                    sex: *sex as u8,
                    beds: c.beds,
                    held: c.held,
                    occupied: c.occupied,
                    waiting: c.waiting,
                    ready: c.ready,
                    no_place: c.lacking(Reason::Place),
                    no_team: c.lacking(Reason::Team),
                    no_consent: c.lacking(Reason::Consent),
                    no_funding: c.lacking(Reason::Funding),
                    no_bed: c.lacking(Reason::NextBed),
                    no_prison: c.lacking(Reason::Prison | Reason::Court),
                    out_of_area: c.out_of_area,
                    over14: c.over14,
                    over28: c.over28,
                });
            }
        }
    }
}

/// Counts beds, those who wait and those who are in.
fn count(world: &World) -> Cells {
    let mut cells = vec![[[Cell::default(); 2]; 4]; world.plan.commissioners.len()];
    for u in &world.units.all {
        let cell = &mut cells[u.commissioner.index()][bed_tier(u.tier)][u.sex as usize];
        cell.beds += u.beds;
        cell.held += u.held;
        cell.occupied += u.occupied;
    }
    for i in &world.queues.beds {
        let c = world.case(*i);
        if !c.present() || c.queued().is_none() {
            continue;
        }
        let cell = &mut cells[world.commissioner(c.area, c.target).index()][bed_tier(c.target)][c.sex as usize];
        cell.waiting += 1;
        if let Some(since) = c.requested().filter(|_| places::prison(c.place)) {
            let waited = world.today() - since;
            cell.over14 += i32::from(waited > 14);
            cell.over28 += i32::from(waited > 28);
        }
    }
    for i in &world.inpatients {
        let c = world.case(*i);
        let cell = &mut cells[world.commissioner(c.area, c.place).index()][bed_tier(c.place)][c.sex as usize];
        cell.out_of_area += i32::from(c.placement.out_of_area);
        if c.stage == Stage::Ready {
            cell.ready += 1;
            for reason in c.readiness.missing {
                cell.missing[reason as usize] += 1;
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::Wait;
    use crate::codes::{Legal, Place, Route};
    use crate::ids::{CaseId, CommissionerId, UnitId};
    use crate::plan::Capacity;
    use crate::transitions::readiness;

    /// Somebody who waits for a medium secure bed and asked for a report so many days ago.
    fn waiting(w: &mut World, place: Place, days: i32) -> CaseId {
        let today = w.today();
        let i = w.put_with(place, Legal::None, |c| {
            (c.target, c.route, c.stage) = (Place::Medium, Route::Prison, Stage::Accepted);
            c.offending.charged = true;
            c.wait = Some(Wait { requested: Some(today - days), queued: Some(today), ..Wait::default() });
        });
        w.queues.beds.push(i);
        i
    }

    /// Today's row of a commissioner's tier for men.
    fn row(w: &World, commissioner: u8, tier: Place) -> Option<DailyRow> {
        let rows = (0..w.log.daily.len()).map(|k| w.log.daily.row(k));
        rows.filter(|r| r.day == w.today() && r.sex == Sex::Male as u8)
            .find(|r| r.commissioner == commissioner && r.tier == tier as u8)
    }

    #[test]
    fn the_queue_of_last_night_is_counted_per_bed() {
        let mut w = World::small();
        for _ in 0..3 {
            waiting(&mut w, Place::Remand, 0);
        }
        keep(&mut w);
        let pressure = |w: &World, commissioner, tier, sex| w.queues.pressure(CommissionerId(commissioner), tier, sex);
        assert_eq!(pressure(&w, 0, Place::Medium, Sex::Male), 0.3);
        for (commissioner, tier, sex) in
            [(1, Place::Medium, Sex::Male), (0, Place::Low, Sex::Male), (0, Place::Medium, Sex::Female)]
        {
            assert_eq!(pressure(&w, commissioner, tier, sex), 0.0);
        }
        // Where there is no bed each who waits counts as one.
        w.units[UnitId(2)].beds = 0;
        keep(&mut w);
        assert_eq!(pressure(&w, 0, Place::Medium, Sex::Male), 3.0);
        w.plan.mode.capacity = Capacity::Unlimited;
        keep(&mut w);
        assert_eq!(pressure(&w, 0, Place::Medium, Sex::Male), 0.0);
    }

    #[test]
    fn a_row_of_the_day_has_the_beds_and_those_in_them() {
        let mut w = World::small();
        for _ in 0..4 {
            w.put(Place::Medium, Legal::S37);
        }
        w.put(Place::High, Legal::S37S41);
        w.units[UnitId(2)].held = 2;
        keep(&mut w);
        let medium = row(&w, 0, Place::Medium).expect("a row");
        assert_eq!((medium.beds, medium.occupied, medium.held), (10, 4, 2));
        // NHS England is the last commissioner.
        assert_eq!(row(&w, 2, Place::High).map(|r| (r.beds, r.occupied)), Some((10, 1)));
        assert_eq!(row(&w, 0, Place::High), None);
        assert_eq!(w.log.daily.len(), w.units.all.len());
    }

    #[test]
    fn a_breach_is_a_prisoner_who_has_waited_more_than_fourteen_or_twenty_eight_days() {
        for (days, over14, over28) in [(14, 0, 0), (15, 1, 0), (28, 1, 0), (29, 1, 1)] {
            let mut w = World::small();
            waiting(&mut w, Place::Remand, days);
            keep(&mut w);
            let found = row(&w, 0, Place::Medium).expect("a row");
            assert_eq!((found.waiting, found.over14, found.over28), (1, over14, over28), "{days}");
        }
    }

    #[test]
    fn who_waits_outside_prison_breaches_nothing() {
        for place in [Place::Home, Place::Acute] {
            let mut w = World::small();
            waiting(&mut w, place, 100);
            keep(&mut w);
            let found = row(&w, 0, Place::Medium).expect("a row");
            assert_eq!((found.waiting, found.over14, found.over28), (1, 0, 0), "{}", place.name());
        }
    }

    #[test]
    fn who_has_left_the_queue_no_longer_waits() {
        let mut w = World::small();
        let i = waiting(&mut w, Place::Remand, 20);
        w.case_mut(i).wait = None;
        keep(&mut w);
        assert_eq!(row(&w, 0, Place::Medium).map(|r| (r.waiting, r.over14)), Some((0, 0)));
    }

    #[test]
    fn who_has_left_the_queue_weighs_on_nobody() {
        let mut w = World::small();
        let i = waiting(&mut w, Place::Remand, 20);
        w.case_mut(i).wait = None;
        keep(&mut w);
        assert_eq!(w.queues.pressure(CommissionerId(0), Place::Medium, Sex::Male), 0.0);
    }

    #[test]
    fn a_wait_for_another_sex_and_area_is_counted_there() {
        let mut w = World::small();
        let i = waiting(&mut w, Place::Remand, 20);
        w.case_mut(i).area = 1;
        keep(&mut w);
        assert_eq!(row(&w, 0, Place::Medium).map(|r| r.waiting), Some(0));
        assert_eq!(row(&w, 1, Place::Medium).map(|r| r.waiting), Some(1));
    }

    #[test]
    fn who_is_ready_is_counted_with_what_is_missing() {
        let mut w = World::small();
        let all: Vec<CaseId> = (0..3).map(|_| w.put(Place::Low, Legal::S37)).collect();
        readiness::make_ready(&mut w, all[0], Reason::Place | Reason::Funding | Reason::Consent);
        readiness::make_ready(&mut w, all[1], Reason::Team | Reason::NextBed | Reason::Prison);
        keep(&mut w);
        let r = row(&w, 0, Place::Low).expect("a row");
        assert_eq!(
            (r.ready, r.no_place, r.no_team, r.no_consent, r.no_funding, r.no_bed, r.no_prison),
            (2, 1, 1, 1, 1, 1, 1)
        );
    }

    #[test]
    fn what_a_case_lacks_counts_only_while_it_is_ready() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S37);
        readiness::set_missing(&mut w, i, Reason::Place.into());
        keep(&mut w);
        assert_eq!(row(&w, 0, Place::Low).map(|r| (r.ready, r.no_place)), Some((0, 0)));
    }

    #[test]
    fn a_patient_out_of_area_is_counted_with_the_commissioner_at_home() {
        let mut w = World::small();
        w.put_with(Place::Low, Legal::S37, |c| {
            c.area = 1;
            c.placement.out_of_area = true;
        });
        keep(&mut w);
        let found = [0, 1].map(|c| row(&w, c, Place::Low).map(|r| (r.occupied, r.out_of_area)));
        assert_eq!(found, [Some((1, 0)), Some((0, 1))]);
    }

    #[test]
    fn beds_bought_outside_the_contract_are_counted_afresh_each_day() {
        let mut w = World::small();
        let i = w.put_with(Place::Low, Legal::S37, |c| c.placement.spot = true);
        w.put(Place::Low, Legal::S37);
        w.queues.spot[0] = 9;
        keep(&mut w);
        assert_eq!(w.queues.spot, [1, 0, 0]);
        w.case_mut(i).placement.spot = false;
        keep(&mut w);
        assert_eq!(w.queues.spot, [0, 0, 0]);
    }

    #[test]
    fn inpatients_are_those_in_secure_beds_each_once() {
        let mut w = World::small();
        let [stays, moves, dies] = [0; 3].map(|_| w.put(Place::Low, Legal::S37));
        w.inpatients.push(stays);
        w.case_mut(moves).place = Place::Acute;
        w.case_mut(dies).place = Place::Dead;
        keep(&mut w);
        assert_eq!(w.inpatients, [stays]);
    }

    #[test]
    fn the_settling_period_has_no_rows() {
        let mut w = World::small();
        w.pass(-1);
        w.put(Place::Low, Legal::S37);
        keep(&mut w);
        assert!(w.log.daily.is_empty());
        w.pass(1);
        keep(&mut w);
        assert!(!w.log.daily.is_empty());
    }
}
