//! Phase 11: the books. Occupancy, waits, breaches, costs and QALYs, by who pays.

use crate::codes::{Place, Reason, Sex, Stage};
use crate::law::places;
use crate::log::DailyRow;
use crate::transitions::readiness;
use crate::world::queues::tier_index;
use crate::world::{World, accrual};

const TIERS: [Place; 4] = [Place::High, Place::Medium, Place::Low, Place::Picu];

/// Phase 11.
pub fn keep(world: &mut World) {
    count_waiting(world);
    if world.reported() {
        daily(world);
    }
}

/// Accrues everybody, today included: at the close of the settling period, and at the end of each year.
pub fn accrue_all(world: &mut World) {
    for i in 0..world.caseload.cases.len() as u32 {
        accrual::accrue_until(world, i, world.today() + 1);
    }
}

#[derive(Clone, Copy, Default)]
struct Cell {
    beds: u16,
    held: u16,
    occupied: u16,
    waiting: u16,
    ready: u16,
    missing: [u16; 7],
    out_of_area: u16,
    over14: u16,
    over28: u16,
}

/// Writes the rows of the day: commissioner by tier and sex.
fn daily(world: &mut World) {
    let n = world.plan.commissioners.len();
    let mut cells = vec![[[Cell::default(); 2]; 4]; n];
    for u in &world.units.all {
        let cell = &mut cells[usize::from(u.commissioner)][tier_index(u.tier)][u.sex as usize];
        cell.beds += u.beds as u16;
        cell.held += u.held as u16;
        cell.occupied += u.occupied as u16;
    }
    for i in &world.queues.beds {
        let c = world.case(*i);
        if c.queued < 0 {
            continue;
        }
        let cell = &mut cells[usize::from(world.commissioner(c.area, c.target))][tier_index(c.target)][c.sex as usize];
        cell.waiting += 1;
        if places::prison(c.place) && c.statutory >= 0 {
            let waited = world.today() - c.statutory;
            cell.over14 += u16::from(waited > 14);
            cell.over28 += u16::from(waited > 28);
        }
    }
    for i in &world.inpatients {
        let c = world.case(*i);
        if !places::secure(c.place) {
            continue;
        }
        let cell = &mut cells[usize::from(world.commissioner(c.area, c.place))][tier_index(c.place)][c.sex as usize];
        cell.out_of_area += u16::from(c.out_of_area);
        if c.stage == Stage::Ready {
            cell.ready += 1;
            for r in Reason::ALL {
                cell.missing[*r as usize] += u16::from(c.missing & readiness::lacks(*r) != 0);
            }
        }
    }
    let day = world.today();
    for (commissioner, tiers) in cells.iter().enumerate() {
        for (tier, sexes) in tiers.iter().enumerate() {
            for sex in Sex::ALL {
                let c = sexes[*sex as usize];
                if c.beds == 0 && c.occupied == 0 && c.waiting == 0 && c.ready == 0 && c.out_of_area == 0 {
                    continue;
                }
                world.log.daily.push(DailyRow {
                    day,
                    commissioner: commissioner as u8,
                    tier: TIERS[tier] as u8,
                    sex: *sex as u8,
                    beds: c.beds,
                    held: c.held,
                    occupied: c.occupied,
                    waiting: c.waiting,
                    ready: c.ready,
                    no_place: c.missing[Reason::Place as usize],
                    no_team: c.missing[Reason::Team as usize],
                    no_consent: c.missing[Reason::Consent as usize],
                    no_funding: c.missing[Reason::Funding as usize],
                    no_bed: c.missing[Reason::NextBed as usize],
                    no_prison: c.missing[Reason::Prison as usize] + c.missing[Reason::Court as usize],
                    out_of_area: c.out_of_area,
                    over14: c.over14,
                    over28: c.over28,
                });
            }
        }
    }
}

/// Waiting people by commissioner, tier and sex, per bed: what tomorrow's decisions see of the queues.
pub fn count_waiting(world: &mut World) {
    let n = world.plan.commissioners.len();
    let mut waiting = vec![[[0.0; 2]; 4]; n];
    let mut beds = vec![[[0.0; 2]; 4]; n];
    // Where nothing runs out nobody queues: who still waits for consent weighs on nobody.
    for i in world.queues.beds.iter().filter(|_| world.limited()) {
        let c = world.case(*i);
        waiting[usize::from(world.commissioner(c.area, c.target))][tier_index(c.target)][c.sex as usize] += 1.0;
    }
    for u in &world.units.all {
        beds[usize::from(u.commissioner)][tier_index(u.tier)][u.sex as usize] += f64::from(u.beds);
    }
    for (w, b) in waiting.iter_mut().flatten().flatten().zip(beds.iter().flatten().flatten()) {
        *w /= b.max(1.0);
    }
    world.queues.waiting = waiting;
    // Inpatients of the day, and how many of them are in beds bought outside the contract.
    let mut inpatients = std::mem::take(&mut world.inpatients);
    // Who moved from one secure bed to another was admitted again.
    inpatients.sort_unstable();
    inpatients.dedup();
    let mut spot = std::mem::take(&mut world.queues.spot);
    spot.fill(0);
    inpatients.retain(|i| {
        let c = world.case(*i);
        let inside = places::secure(c.place);
        if inside && c.spot {
            spot[usize::from(c.payer)] += 1;
        }
        inside
    });
    world.queues.spot = spot;
    world.inpatients = inpatients;
}
