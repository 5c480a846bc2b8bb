//! Phase 11: the books. Occupancy, waits, breaches, costs and QALYs, by who pays.

use crate::calendar::{Day, YEAR};
use crate::codes::{Place, Reason, Sex, Spend, Stage};
use crate::log::DailyRow;
use crate::pathway::queues::tier_index;
use crate::pathway::{law, money, queues, readiness, states};
use crate::sim::Sim;

const TIERS: [Place; 4] = [Place::High, Place::Medium, Place::Low, Place::Picu];

/// Phase 11.
pub fn keep(sim: &mut Sim) {
    queues::count_waiting(sim);
    if sim.reported() {
        daily(sim);
    }
}

/// Accrues money and health of a case up to today: called before any change that bears on them, and at the year's end.
pub fn accrue(sim: &mut Sim, i: u32) {
    accrue_until(sim, i, sim.today());
}

fn accrue_until(sim: &mut Sim, i: u32, day: Day) {
    let c = sim.case(i);
    let days = f64::from(day - c.accrued);
    if days <= 0.0 || !c.present() {
        return;
    }
    let (area, place, unwell, p, u) = (c.area, c.place, c.clinical.unwell, &sim.p.money, &sim.p.utility);
    let payer = if states::secure(place) {
        usize::from(c.payer)
    } else if states::prison(place) {
        sim.books.justice()
    } else {
        sim.books.aftercare(area)
    };
    let bed = money::price(p, place) * if c.spot { p.spot_premium } else { 1.0 };
    let team = if c.forensic_team {
        Some((Spend::Forensic, p.forensic))
    } else if c.mainstream_team {
        Some((Spend::Mainstream, p.mainstream))
    } else {
        None
    };
    let team_payer = if c.aftercare_payer || !c.forensic_team {
        sim.books.aftercare(area)
    } else {
        usize::from(sim.collaborative(area))
    };
    let prison = p.prison + if unwell { p.prison_unwell } else { 0.0 };
    let casework = if law::restricted(c.legal) { p.casework } else { 0.0 };
    let utility = match place {
        Place::High => u.high,
        Place::Medium => u.medium,
        Place::Low | Place::Picu | Place::Acute | Place::OpenRehab | Place::LockedRehab => u.low,
        Place::Supported => u.supported,
        Place::Remand | Place::Prison if unwell => u.prison_unwell,
        Place::Remand | Place::Prison => u.prison,
        _ => u.home,
    } - if unwell && !states::prison(place) { u.unwell } else { 0.0 }
        + if c.employed { u.employed } else { 0.0 };
    let spot = c.spot;
    if let Some(kind) = money::spend(place) {
        sim.books.pay(area, payer, if spot { Spend::Spot } else { kind }, bed * days);
    }
    if states::prison(place) {
        sim.books.pay(area, payer, Spend::Prison, prison * days);
    }
    if let Some((kind, pounds)) = team {
        sim.books.pay(area, team_payer, kind, pounds * days);
    }
    if casework > 0.0 {
        let justice = sim.books.justice();
        sim.books.pay(area, justice, Spend::Casework, casework * days);
    }
    sim.books.live(area, utility * days / YEAR);
    sim.case_mut(i).accrued = day;
}

/// Accrues everybody, today included: at the close of the settling period, and at the end of each year.
pub fn accrue_all(sim: &mut Sim) {
    for i in 0..sim.caseload.cases.len() as u32 {
        accrue_until(sim, i, sim.today() + 1);
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
fn daily(sim: &mut Sim) {
    let n = sim.plan.commissioners.len();
    let mut cells = vec![[[Cell::default(); 2]; 4]; n];
    for u in &sim.units.all {
        let cell = &mut cells[usize::from(u.commissioner)][tier_index(u.tier)][u.sex as usize];
        cell.beds += u.beds as u16;
        cell.held += u.held as u16;
        cell.occupied += u.occupied as u16;
    }
    for i in &sim.queues.beds {
        let c = sim.case(*i);
        if c.queued < 0 {
            continue;
        }
        let cell = &mut cells[usize::from(sim.commissioner(c.area, c.target))][tier_index(c.target)][c.sex as usize];
        cell.waiting += 1;
        if states::prison(c.place) && c.statutory >= 0 {
            let waited = sim.today() - c.statutory;
            cell.over14 += u16::from(waited > 14);
            cell.over28 += u16::from(waited > 28);
        }
    }
    for i in &sim.inpatients {
        let c = sim.case(*i);
        if !states::secure(c.place) {
            continue;
        }
        let cell = &mut cells[usize::from(sim.commissioner(c.area, c.place))][tier_index(c.place)][c.sex as usize];
        cell.out_of_area += u16::from(c.out_of_area);
        if c.stage == Stage::Ready {
            cell.ready += 1;
            for r in Reason::ALL {
                cell.missing[*r as usize] += u16::from(c.missing & readiness::lacks(*r) != 0);
            }
        }
    }
    let day = sim.today();
    for (commissioner, tiers) in cells.iter().enumerate() {
        for (tier, sexes) in tiers.iter().enumerate() {
            for sex in Sex::ALL {
                let c = sexes[*sex as usize];
                if c.beds == 0 && c.occupied == 0 && c.waiting == 0 && c.ready == 0 && c.out_of_area == 0 {
                    continue;
                }
                sim.log.daily.push(DailyRow {
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
