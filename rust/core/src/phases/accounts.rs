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
    beds: u16,
    held: u16,
    occupied: u16,
    waiting: u16,
    ready: u16,
    missing: [u16; Reason::ALL.len()],
    out_of_area: u16,
    over14: u16,
    over28: u16,
}

impl Cell {
    /// Whether there is nothing to say.
    fn is_empty(&self) -> bool {
        self.beds == 0 && self.occupied == 0 && self.waiting == 0 && self.ready == 0 && self.out_of_area == 0
    }

    /// Patients who are ready and lack one of some reasons [persons].
    fn lacking(&self, reasons: impl Into<EnumSet<Reason>>) -> u16 {
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
        cell.beds += u.beds as u16;
        cell.held += u.held as u16;
        cell.occupied += u.occupied as u16;
    }
    for i in &world.queues.beds {
        let c = world.case(*i);
        if c.queued().is_none() {
            continue;
        }
        let cell = &mut cells[world.commissioner(c.area, c.target).index()][bed_tier(c.target)][c.sex as usize];
        cell.waiting += 1;
        if let Some(since) = c.requested().filter(|_| places::prison(c.place)) {
            let waited = world.today() - since;
            cell.over14 += u16::from(waited > 14);
            cell.over28 += u16::from(waited > 28);
        }
    }
    for i in &world.inpatients {
        let c = world.case(*i);
        let cell = &mut cells[world.commissioner(c.area, c.place).index()][bed_tier(c.place)][c.sex as usize];
        cell.out_of_area += u16::from(c.placement.out_of_area);
        if c.stage == Stage::Ready {
            cell.ready += 1;
            for reason in c.readiness.missing {
                cell.missing[reason as usize] += 1;
            }
        }
    }
    cells
}
