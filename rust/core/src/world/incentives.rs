//! What income that depends on goals ([`super::goals`]) makes a week worth to a unit, and its settlement at the year's close.

use super::capacity::Unit;
use super::{World, goals, settlement};
use crate::agents::{Kind, commissioner, responsible_clinician};
use crate::calendar::YEAR;
use crate::codes::Goal;
use crate::ids::{CaseId, CommissionerId, UnitId};
use crate::law::places;
use crate::log::GoalRow;

/// Days of a week [d].
const WEEK: f64 = 7.0;

/// What depends on goals in a unit in a year, at today's share [£/a].
fn yearly(world: &World, u: &Unit) -> f64 {
    let share = world.agents.of(Kind::Commissioner).get(u.commissioner.index(), commissioner::cquin);
    settlement::at_risk(&world.p.money, share, u.tier) * f64::from(u.standing()) * YEAR
}

/// What one more week of an inpatient is worth to the unit by its goals [£/wk].
///
/// The week is a long one or not, keeps somebody waiting or not, and is one in which the patient may be asked. What leaving is worth
/// (the patient may come back, and has recovered or not) is put off until the next review, and so is divided by the weeks until then.
pub fn week(world: &World, i: CaseId) -> f64 {
    let c = world.case(i);
    let Some(unit) = c.placement.unit else { return 0.0 };
    let u = &world.units[unit];
    let at_risk = yearly(world, u);
    if at_risk <= 0.0 {
        return 0.0;
    }
    let p = &world.p.money.goal;
    let last = |goal| world.accounts.incentives.last_year(unit, goal);
    let worth = |goal: Goal, sum, of| goals::worth(p, goal, at_risk, last(goal), sum, of);
    let mut pounds = 0.0;
    if f64::from(world.today() - c.placement.since) > goals::long(p, u.tier) {
        pounds += worth(Goal::Stay, WEEK, 0.0);
    }
    if world.queues.pressure(u.commissioner, u.tier, u.sex) > 0.0 {
        pounds += worth(Goal::Wait, WEEK, 0.0);
    }
    if let Some(hope) = c.wellbeing.hope {
        let asked = WEEK / YEAR;
        pounds += worth(Goal::Feedback, f64::from(hope) * goals::scale(Goal::Feedback) * asked, asked);
    }
    let clinicians = |attribute| world.agents.of(Kind::ResponsibleClinician).get(unit.index(), attribute);
    let Some(reading) = c.clinical.reading else { return pounds };
    let usual = goals::level(Goal::Readmission, last(Goal::Readmission)).unwrap_or(0.0);
    let above = reading.risk - clinicians(responsible_clinician::threshold);
    let returns = (usual * libm::exp(p.by_reading * above)).min(1.0);
    let recovered = f64::from(u8::from(reading.symptoms < world.p.inpatient.recovered_below));
    let leaving = worth(Goal::Readmission, returns, 1.0) + worth(Goal::Recovery, recovered, 1.0);
    pounds - leaving * WEEK / clinicians(responsible_clinician::interval)
}

/// Whether in truth somebody isn't ready to move on from a unit: acutely unwell, or of a risk above the clinicians' threshold.
pub fn too_early(world: &World, i: CaseId, unit: UnitId) -> bool {
    let clinical = &world.case(i).clinical;
    let clinicians = world.agents.of(Kind::ResponsibleClinician);
    clinical.unwell || clinical.risk > clinicians.get(unit.index(), responsible_clinician::threshold)
}

/// What a week of one more patient in a bed of a commissioner's units is worth to them by the goal on waits [£/wk]: while there is a
/// queue, whoever takes a bed keeps somebody else waiting.
pub fn bed_week(world: &World, i: CaseId, who: CommissionerId) -> f64 {
    let c = world.case(i);
    let share = world.agents.of(Kind::Commissioner).get(who.index(), commissioner::cquin);
    let queue = || world.queues.pressure(who, c.target, c.sex);
    if share <= 0.0 || !places::secure(c.target) || queue() <= 0.0 {
        return 0.0;
    }
    let (mut pounds, mut beds) = (0.0, 0.0);
    for id in world.units.pool(c.target, c.sex) {
        let u = &world.units[*id];
        if u.commissioner == who {
            let tally = world.accounts.incentives.last_year(*id, Goal::Wait);
            let standing = f64::from(u.standing());
            pounds += standing * goals::worth(&world.p.money.goal, Goal::Wait, yearly(world, u), tally, WEEK, 0.0);
            beds += standing;
        }
    }
    if beds > 0.0 { pounds / beds } else { 0.0 }
}

/// Settles the goals of the year: what depended on a goal that a unit hasn't reached, the holder of its contract keeps.
pub fn settle(world: &mut World, year: i32) {
    let p = world.p.money.goal.clone();
    for k in 0..world.units.all.len() {
        let all = world.accounts.incentives.at_risk(k);
        if all == 0 {
            continue;
        }
        let u = &world.units.all[k];
        let (host, area, provider, tier) = (u.commissioner, u.area, u.provider, u.tier);
        for goal in Goal::ALL {
            let tally = world.accounts.incentives.this_year(k, *goal);
            let at_risk = libm::round(all as f64 * goals::part(&p, *goal)) as i64;
            let paid = libm::round(at_risk as f64 * goals::reached(&p, *goal, tally)) as i64;
            world.accounts.withhold(area, host, provider, at_risk - paid);
            world.log.goals.push(GoalRow {
                year,
                unit: k as u16,
                commissioner: host.0,
                tier: tier as u8,
                goal: *goal as u8,
                measured: tally.sum,
                of: tally.of,
                at_risk,
                paid,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Spend;
    use crate::ids::UnitId;

    #[test]
    fn what_isnt_reached_is_withheld_and_both_sides_say_so() {
        let mut w = World::small();
        let unit = UnitId(2);
        let (host, provider) = (w.units[unit].commissioner, w.units[unit].provider);
        w.accounts.incentives.risk(unit.index(), 1000.0);
        let half = f64::midpoint(w.p.money.goal.wait.threshold, w.p.money.goal.wait.full);
        w.accounts.incentives.count(unit, Goal::Wait, libm::round(half * 10.0) as i64, 10);
        settle(&mut w, 2024);
        let withheld = libm::round(100_000.0 * goals::part(&w.p.money.goal, Goal::Wait) / 2.0) as i64;
        assert_eq!(w.booked(Spend::Withheld), [(host.index(), -withheld)]);
        let party = w.accounts.provider(provider);
        assert_eq!((w.accounts.income(party, None), w.accounts.own(host).paid), (-withheld, -withheld));
        assert_eq!(w.accounts.unbalanced(), None);
        let rows: Vec<GoalRow> = (0..w.log.goals.len()).map(|k| w.log.goals.row(k)).collect();
        assert_eq!((rows.len(), rows.iter().map(|r| r.at_risk).sum::<i64>()), (Goal::ALL.len(), 100_000));
        assert_eq!(rows.iter().map(|r| r.at_risk - r.paid).sum::<i64>(), withheld);
    }
}
