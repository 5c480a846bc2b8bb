//! Phase 11: the books. Occupancy, and who waits for a bed, by commissioner, tier and sex; who waits for hospital in prison,
//! and places and teams, by area.
//!
//! What a patient costs, and health, are accrued case by case where something changes (`world/accrual.rs`); here the day is counted,
//! payers are given their money, and open beds are paid for.

use enumset::EnumSet;

use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, year_start};
use crate::caseload::Wait;
use crate::codes::{Goal, Place, Reason, Sex, Spend, Stage};
use crate::ids::UnitId;
use crate::law::places::{self, BED_TIERS, bed_tier};
use crate::log::{AreaRow, DailyRow};
use crate::world::capacity::Ward;
use crate::world::{World, accrual, goals, priority};

/// Days within which a prisoner is to be in hospital: Bradley's, and the Mental Health Act 2025's [d].
const LIMITS: [i32; 2] = [14, 28];

/// What is missing where commissioners haven't bought enough.
const BOUGHT: EnumSet<Reason> = enumset::enum_set!(Reason::Place | Reason::Team | Reason::Funding | Reason::NextBed);

/// Phase 11.
pub fn keep(world: &mut World) {
    count_waiting(world);
    count_inpatients(world);
    strike_off(world);
    settle(world);
    if world.reported() {
        daily(world);
        areas(world);
    }
}

/// The money of the day: contracts that change, budgets, open wards.
fn settle(world: &mut World) {
    accrual::adopt_contracts(world);
    world.reckon_commitments();
    if !world.reported() {
        world.reckon_day();
        return;
    }
    if world.accounts.first_beds.is_empty() {
        accrual::open_budgets(world);
    }
    world.grant_budgets();
    let year = world.year();
    pay_breaches(world);
    world.accounts.allocate(f64::from(year_start(year + 1) - year_start(year)));
    accrual::settle_units(world);
    world.reckon_day();
}

/// Books what commissioners pay for the prisoners who wait for a bed over the limit today.
fn pay_breaches(world: &mut World) {
    let table = world.agents.of(Kind::Commissioner);
    let costs: Vec<f64> = (0..table.len()).map(|k| table.get(k, commissioner::breach_cost)).collect();
    if costs.iter().all(|cost| *cost <= 0.0) {
        return;
    }
    for k in 0..world.queues.waits.len() {
        let i = world.queues.waits[k];
        let c = world.case(i);
        let who = world.commissioner(c.area, c.target).index();
        if places::prison(c.place) && costs[who] > 0.0 && priority::over_limit(world, i) > 0.0 {
            let public = world.accounts.public();
            world.accounts.transfer(who, public, Spend::Breach, costs[who]);
        }
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
    let today = world.today();
    let mut long = vec![0; world.units.all.len()];
    inpatients.retain(|i| {
        let c = world.case(*i);
        if let Some(unit) = c.placement.unit {
            let days = f64::from(today - c.placement.since);
            long[unit.index()] += i64::from(days > goals::long(&world.p.money.goal, c.place));
        }
        if let Some(payer) = c.placement.payer.filter(|_| c.placement.spot) {
            spot[payer.index()] += 1;
        }
        places::secure(c.place)
    });
    world.queues.spot = spot;
    world.inpatients = inpatients;
    for (k, days) in (0..).zip(long) {
        let open = world.units[UnitId(k)].standing();
        world.accounts.incentives.count(UnitId(k), Goal::Stay, days, i64::from(open));
    }
}

/// Strikes off who waits no longer.
fn strike_off(world: &mut World) {
    let mut waits = std::mem::take(&mut world.queues.waits);
    // Whose wait ended and began again is there twice.
    waits.sort_unstable();
    waits.dedup();
    waits.retain(|i| world.case(*i).present() && world.case(*i).wait.is_some());
    world.queues.waits = waits;
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
    held_up: i32,
    out_of_area: i32,
}

impl Cell {
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
            // NHS England commissions high secure beds, and a collaborative the others.
            if (BED_TIERS[tier] == Place::High) != (commissioner == world.national().index()) {
                continue;
            }
            for sex in Sex::ALL {
                let c = sexes[*sex as usize];
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
                    held_up: c.held_up,
                    out_of_area: c.out_of_area,
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
    }
    for i in &world.inpatients {
        let c = world.case(*i);
        let cell = &mut cells[world.commissioner(c.area, c.place).index()][bed_tier(c.place)][c.sex as usize];
        cell.out_of_area += i32::from(c.placement.out_of_area);
        if c.stage == Stage::Ready {
            cell.ready += 1;
            cell.held_up += i32::from(!c.readiness.missing.is_disjoint(BOUGHT));
            for reason in c.readiness.missing {
                cell.missing[reason as usize] += 1;
            }
        }
    }
    cells
}

/// How many prisoners wait for hospital, and how many of them for longer than 14 and 28 days on each clock.
#[derive(Clone, Copy, Default)]
struct Waiting {
    all: i32,
    need: [i32; 2],
    referral: [i32; 2],
    request: [i32; 2],
}

impl Waiting {
    /// Counts a prisoner whose wait has gone on to `today`.
    fn count(&mut self, wait: &Wait, today: Day) {
        let clocks = [
            (&mut self.need, wait.identified),
            (&mut self.referral, wait.referred),
            (&mut self.request, wait.requested),
        ];
        self.all += 1;
        for (over, since) in clocks {
            for (over, limit) in over.iter_mut().zip(LIMITS) {
                *over += i32::from(since.is_some_and(|since| today - since > limit));
            }
        }
    }
}

/// Writes the rows of the day by area.
fn areas(world: &mut World) {
    let day = world.today();
    let mut waiting = vec![Waiting::default(); world.plan.areas.len()];
    for i in &world.queues.waits {
        let c = world.case(*i);
        if let Some(wait) = c.wait.filter(|w| places::prison(c.place) && w.identified.is_some()) {
            waiting[usize::from(c.area)].count(&wait, day);
        }
    }
    for (area, w) in (0..).zip(waiting) {
        let open = |ward| world.wards.open_in(ward, area);
        let taken = |ward| world.wards.used_in(ward, area);
        let row = AreaRow {
            day,
            area,
            waiting: w.all,
            over14_need: w.need[0],
            over28_need: w.need[1],
            over14_referral: w.referral[0],
            over28_referral: w.referral[1],
            over14_request: w.request[0],
            over28_request: w.request[1],
            supported: open(Ward::Supported),
            supported_taken: taken(Ward::Supported),
            picu: open(Ward::Picu),
            picu_taken: taken(Ward::Picu),
            acute: open(Ward::Acute),
            acute_taken: taken(Ward::Acute),
            open_rehabilitation: open(Ward::OpenRehab),
            open_rehabilitation_taken: taken(Ward::OpenRehab),
            locked_rehabilitation: open(Ward::LockedRehab),
            locked_rehabilitation_taken: taken(Ward::LockedRehab),
            forensic_team: open(Ward::Forensic),
            forensic_team_taken: taken(Ward::Forensic),
            mainstream_team: open(Ward::Mainstream),
            mainstream_team_taken: taken(Ward::Mainstream),
        };
        world.log.areas.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Route};
    use crate::ids::{CaseId, CommissionerId};
    use crate::plan::Capacity;
    use crate::transitions::{readiness, waiting};

    /// Somebody who waits for a medium secure bed and asked for a report so many days ago.
    fn queueing(w: &mut World, place: Place, days: i32) -> CaseId {
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
            queueing(&mut w, Place::Remand, 0);
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
    }

    #[test]
    fn a_day_has_a_row_for_each_tier_that_a_commissioner_commissions_even_if_nobody_is_there() {
        let mut w = World::small();
        keep(&mut w);
        let rows: Vec<DailyRow> = (0..w.log.daily.len()).map(|k| w.log.daily.row(k)).collect();
        let found: Vec<_> = rows.iter().map(|r| (r.commissioner, r.tier, r.sex)).collect();
        let tiers = [(0, BED_TIERS[1..].to_vec()), (1, BED_TIERS[1..].to_vec()), (2, vec![Place::High])];
        let expected: Vec<_> = tiers
            .iter()
            .flat_map(|(who, tiers)| tiers.iter().flat_map(|t| Sex::ALL.iter().map(|s| (*who, *t as u8, *s as u8))))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_day_over_the_limit_costs_the_commissioner_what_is_said_and_nobody_else() {
        for (days, cost, paid) in [(28, 500.0, 0), (29, 500.0, 50_000), (29, 0.0, 0)] {
            let mut w = World::small();
            w.today = w.plan.calendar.start;
            w.set_all(Kind::Commissioner, "limit", 28.0);
            w.set_all(Kind::Commissioner, "breach_cost", cost);
            let i = queueing(&mut w, Place::Remand, days);
            w.queues.waits.push(i);
            keep(&mut w);
            let fines = w.accounts.spending(0, Some(Spend::Breach));
            assert_eq!(fines, paid, "{days} days at {cost}");
            assert_eq!(w.accounts.income(w.accounts.public(), Some(Spend::Breach)), paid);
            assert!(w.booked(Spend::Breach).is_empty(), "it is no care");
            assert_eq!(w.accounts.unbalanced(), None);
        }
    }

    /// Today's row of an area.
    fn area(w: &World, area: u8) -> AreaRow {
        let rows = (0..w.log.areas.len()).map(|k| w.log.areas.row(k));
        rows.into_iter().find(|r| r.day == w.today() && r.area == area).expect("a row")
    }

    /// A prisoner whose wait has come as far as its clocks say: days since need, referral and request.
    fn prisoner(w: &mut World, stage: Stage, [need, referral, request]: [Option<i32>; 3]) -> CaseId {
        let today = w.today();
        let since = |days: Option<i32>| days.map(|days| today - days);
        w.put_with(Place::Prison, Legal::None, |c| {
            (c.route, c.stage) = (Route::Prison, stage);
            let (identified, referred, requested) = (since(need), since(referral), since(request));
            c.wait = Some(Wait { identified, referred, requested, ..Wait::default() });
        })
    }

    #[test]
    fn a_breach_is_a_prisoner_who_has_waited_more_than_fourteen_or_twenty_eight_days_on_a_clock() {
        for (days, over) in [(14, [0, 0]), (15, [1, 0]), (28, [1, 0]), (29, [1, 1])] {
            for clock in 0..3 {
                let mut w = World::small();
                let mut clocks = [Some(0); 3];
                clocks[clock] = Some(days);
                prisoner(&mut w, Stage::Referred, clocks);
                keep(&mut w);
                let r = area(&w, 0);
                let found = [
                    [r.over14_need, r.over28_need],
                    [r.over14_referral, r.over28_referral],
                    [r.over14_request, r.over28_request],
                ];
                let mut expected = [[0, 0]; 3];
                expected[clock] = over;
                assert_eq!((r.waiting, found), (1, expected), "{days} days on clock {clock}");
            }
        }
    }

    #[test]
    fn prisoners_wait_from_the_need_on_wherever_their_wait_has_come() {
        let mut w = World::small();
        prisoner(&mut w, Stage::Identified, [Some(40), None, None]);
        prisoner(&mut w, Stage::Referred, [Some(40), Some(20), Some(30)]);
        prisoner(&mut w, Stage::Reported, [Some(60), Some(50), Some(50)]);
        prisoner(&mut w, Stage::Unseen, [None; 3]);
        keep(&mut w);
        let r = area(&w, 0);
        assert_eq!(r.waiting, 3);
        assert_eq!((r.over28_need, r.over28_referral, r.over28_request), (3, 1, 2));
        assert_eq!((r.over14_need, r.over14_referral, r.over14_request), (3, 2, 2));
        assert_eq!(area(&w, 1).waiting, 0);
        assert_eq!(row(&w, 0, Place::Medium).map(|r| r.waiting), Some(0), "nobody waits for a bed yet");
    }

    #[test]
    fn another_referral_begins_its_own_clock_anew_and_no_other() {
        let mut w = World::small();
        let i = prisoner(&mut w, Stage::Identified, [Some(0), None, None]);
        w.case_mut(i).clinical.unwell = true;
        waiting::refer(&mut w, i, Place::Medium);
        w.pass(20);
        waiting::refer(&mut w, i, Place::High);
        w.pass(10);
        keep(&mut w);
        let r = area(&w, 0);
        assert_eq!((r.over28_need, r.over14_referral, r.over28_request), (1, 0, 1));
    }

    #[test]
    fn who_waits_outside_prison_or_no_longer_breaches_nothing() {
        for place in [Place::Home, Place::Acute] {
            let mut w = World::small();
            queueing(&mut w, place, 100);
            keep(&mut w);
            assert_eq!(row(&w, 0, Place::Medium).map(|r| r.waiting), Some(1), "{}", place.name());
            assert_eq!(area(&w, 0).waiting, 0, "{}", place.name());
        }
        let mut w = World::small();
        let i = prisoner(&mut w, Stage::Referred, [Some(40); 3]);
        keep(&mut w);
        assert_eq!(w.queues.waits, [i]);
        w.pass(1);
        waiting::withdraw(&mut w, i);
        keep(&mut w);
        assert_eq!((area(&w, 0).waiting, w.queues.waits.len()), (0, 0));
    }

    #[test]
    fn whose_wait_ends_and_begins_again_on_a_day_is_counted_once() {
        let mut w = World::small();
        let i = prisoner(&mut w, Stage::Referred, [Some(40); 3]);
        waiting::withdraw(&mut w, i);
        waiting::identify(&mut w, i);
        keep(&mut w);
        assert_eq!((area(&w, 0).waiting, area(&w, 0).over14_need), (1, 0));
    }

    #[test]
    fn places_and_teams_are_counted_where_they_are_open_and_taken() {
        let mut w = World::small();
        w.set_all(Kind::AftercareFunder, "supported_places", 5.0);
        w.set_all(Kind::CommunityTeam, "forensic_capacity", 7.0);
        w.put_with(Place::Supported, Legal::None, |c| c.area = 1);
        w.put(Place::Acute, Legal::S3);
        w.wards.take(Ward::Forensic, 0);
        w.wards.take(Ward::Mainstream, 0);
        keep(&mut w);
        let [here, there] = [0, 1].map(|a| area(&w, a));
        assert_eq!([here.supported, here.supported_taken, there.supported, there.supported_taken], [5, 0, 5, 1]);
        assert_eq!([here.forensic_team, here.forensic_team_taken, there.forensic_team_taken], [7, 1, 0]);
        assert_eq!([here.acute_taken, here.mainstream_team_taken, here.picu_taken], [1, 1, 0]);
    }

    #[test]
    fn who_has_left_the_queue_no_longer_waits() {
        let mut w = World::small();
        let i = queueing(&mut w, Place::Remand, 20);
        w.case_mut(i).wait = None;
        keep(&mut w);
        assert_eq!(row(&w, 0, Place::Medium).map(|r| r.waiting), Some(0));
    }

    #[test]
    fn who_has_left_the_queue_weighs_on_nobody() {
        let mut w = World::small();
        let i = queueing(&mut w, Place::Remand, 20);
        w.case_mut(i).wait = None;
        keep(&mut w);
        assert_eq!(w.queues.pressure(CommissionerId(0), Place::Medium, Sex::Male), 0.0);
    }

    #[test]
    fn a_wait_for_another_sex_and_area_is_counted_there() {
        let mut w = World::small();
        let i = queueing(&mut w, Place::Remand, 20);
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
        readiness::make_ready(&mut w, all[2], EnumSet::only(Reason::Consent));
        keep(&mut w);
        let r = row(&w, 0, Place::Low).expect("a row");
        assert_eq!(
            (r.ready, r.no_place, r.no_team, r.no_consent, r.no_funding, r.no_bed, r.no_prison),
            (3, 1, 1, 2, 1, 1, 1)
        );
        assert_eq!(r.held_up, 2, "consent isn't for commissioners to buy");
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
        assert!(w.log.daily.is_empty() && w.log.areas.is_empty());
        w.pass(1);
        keep(&mut w);
        assert!(!w.log.daily.is_empty() && w.log.areas.len() == w.plan.areas.len());
    }
}
