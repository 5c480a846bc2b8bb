//! What must hold at the close of every day.

use super::{World, stranded};
use crate::calendar::Day;
use crate::caseload::{Bed, Case};
use crate::codes::Legal;
use crate::law::places;

/// Returns the first thing that must hold at the close of a day, and doesn't.
pub(crate) fn broken(world: &World, today: Day) -> Option<String> {
    let (mut occupied, mut held) = (vec![0i32; world.units.all.len()], vec![0i32; world.units.all.len()]);
    let mut faults = Vec::new();
    for c in &world.caseload.cases {
        if let Some(unit) = c.placement.unit {
            occupied[unit.index()] += i32::from(places::secure(c.place));
        }
        if let (true, Some(Bed::Unit(unit))) = (c.present(), c.held.map(|h| h.bed)) {
            held[unit.index()] += 1;
        }
        of_case(world, c, today, &mut faults);
    }
    of_units(world, &occupied, &held, &mut faults);
    let secure = world.caseload.iter().filter(|(_, c)| places::secure(c.place)).map(|(i, _)| i);
    if !world.inpatients.iter().copied().eq(secure) {
        faults.push("the inpatients are not those in secure beds".to_owned());
    }
    if world.wards.negative() {
        faults.push("more places were given back than taken".to_owned());
    }
    let taken = world.programmes.taken(world.caseload.iter().map(|(_, c)| (c.area, c.granted)));
    if let Some(what) = taken {
        faults.push(what);
    }
    for (person, i) in &world.caseload.by_person {
        if world.case(*i).person != *person || !world.case(*i).present() {
            faults.push(format!("person {person} is listed and not present"));
        }
    }
    if let Some(what) = world.accounts.unbalanced() {
        faults.push(format!("the accounts don't balance: {what}"));
    }
    let census = world.population.census(today);
    if !census.balances() {
        faults.push(format!("people are lost or doubled: {census:?}"));
    }
    faults.into_iter().next()
}

/// Returns the first person with whom nothing is to happen any more, if there is one; outside of the caseload, where everybody
/// is looked at, at the close of a year.
pub(crate) fn stranded(world: &World) -> Option<String> {
    if let Some(found) = stranded::nothing_due(world).first() {
        return Some(found.to_string());
    }
    let kept = world.closes_year().then(|| world.population.kept_for_nothing()).flatten()?;
    let (person, justice) = (kept.person, kept.justice.name());
    Some(format!("person {person} ({justice}), who is not on the caseload: nothing is due that ends this"))
}

/// What must hold of one case.
fn of_case(world: &World, c: &Case, today: Day, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("person {} {what}", c.number));
    match c.placement.unit {
        None if places::secure(c.place) => fault(format!("is in a {} without a unit", c.place.name())),
        Some(_) if !places::secure(c.place) => fault(format!("has a unit and is in {}", c.place.name())),
        Some(unit) if world.units[unit].tier != c.place || world.units[unit].sex != c.sex => {
            fault("is in a unit of another tier or sex".to_owned());
        }
        Some(_) | None => {}
    }
    if !c.present() {
        return;
    }
    if places::prison(c.place) && !c.sentenced() && !c.offending.charged && c.ordered().is_none() {
        fault("is in prison without a charge, an order or a sentence".to_owned());
    }
    if c.legal == Legal::S48S49 && !c.offending.charged {
        fault("is under s48/49 without a charge".to_owned());
    }
    let waits = c
        .wait
        .map(|w| [w.identified, w.referred, w.requested, w.at_ministry, w.queued, w.reported])
        .into_iter()
        .flatten();
    if waits.chain([c.readiness.since]).flatten().any(|since| since > today) {
        fault("has a wait that begins after today".to_owned());
    }
    if c.clinical.risk.is_nan() {
        fault("has no risk".to_owned());
    }
}

/// What must hold of the units, given how many people are in each and how many have a bed held.
fn of_units(world: &World, occupied: &[i32], held: &[i32], faults: &mut Vec<String>) {
    for (k, u) in world.units.all.iter().enumerate() {
        if u.occupied != occupied[k] || u.held != held[k] {
            faults.push(format!(
                "unit {k} counts {} occupied and {} held, its people are {} and {}",
                u.occupied, u.held, occupied[k], held[k]
            ));
        }
        let to_close: i32 = u.wards.iter().map(|w| w.to_shut + if w.closing.is_some() { w.live() } else { 0 }).sum();
        if u.closing != to_close {
            faults.push(format!("unit {k} has {} beds to close, its wards {to_close}", u.closing));
        }
        if u.occupied < 0 || u.held < 0 || (world.limited() && u.occupied + u.held > u.beds) {
            faults.push(format!("unit {k} has {} occupied and {} held of {} open beds", u.occupied, u.held, u.beds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::{HeldBed, Wait};
    use crate::codes::{Place, Sex};
    use crate::ids::{CaseId, PersonId, UnitId};
    use crate::plan::Capacity;
    use crate::world::capacity::Ward;

    /// What is said to be broken after a change to a world in which a man is in a medium secure bed and another on remand.
    fn said(change: impl FnOnce(&mut World)) -> String {
        let mut w = World::small();
        w.put(Place::Medium, Legal::S37);
        w.put(Place::Remand, Legal::None);
        w.must_hold();
        change(&mut w);
        broken(&w, w.today()).unwrap_or_default()
    }

    const PATIENT: CaseId = CaseId(0);
    const PRISONER: CaseId = CaseId(1);

    #[test]
    fn a_world_that_holds_together_is_not_broken() {
        assert_eq!(said(|_| {}), "");
    }

    #[test]
    fn a_secure_patient_is_in_a_unit_of_the_tier_and_sex() {
        assert!(said(|w| w.case_mut(PATIENT).placement.unit = None).contains("is in a medium secure without a unit"));
        assert!(said(|w| w.case_mut(PATIENT).place = Place::Home).contains("has a unit and is in own home"));
        assert!(said(|w| w.case_mut(PATIENT).sex = Sex::Female).contains("another tier or sex"));
        assert!(said(|w| w.case_mut(PATIENT).placement.unit = Some(UnitId(4))).contains("another tier or sex"));
    }

    #[test]
    fn units_count_the_people_who_are_in_their_beds_or_have_one_held() {
        assert!(said(|w| w.units[UnitId(2)].occupied += 1).contains("unit 2 counts 2 occupied"));
        assert!(said(|w| w.units[UnitId(4)].held += 1).contains("unit 4 counts 0 occupied and 1 held"));
        let held = HeldBed { bed: Bed::Unit(UnitId(4)), other: false, spot: false };
        assert!(said(|w| w.case_mut(PRISONER).held = Some(held)).contains("unit 4 counts 0 occupied and 0 held"));
    }

    #[test]
    fn no_unit_has_more_people_than_beds_but_where_nothing_runs_out() {
        assert!(said(|w| w.units[UnitId(2)].beds = 0).contains("unit 2 has 1 occupied and 0 held of 0 open beds"));
        let unlimited = said(|w| {
            w.units[UnitId(2)].beds = 0;
            w.plan.mode.capacity = Capacity::Unlimited;
        });
        assert_eq!(unlimited, "");
    }

    #[test]
    fn nobody_is_in_prison_without_a_reason() {
        assert!(said(|w| w.case_mut(PRISONER).offending.charged = false).contains("without a charge"));
        let ordered = Some(Wait { ordered: Some(Legal::S37), ..Wait::default() });
        let reasons: [fn(&mut Case, Option<Wait>); 2] =
            [|c, _| c.offending.release = Some(60_000), |c, ordered| c.wait = ordered];
        for reason in reasons {
            let with = said(|w| {
                w.case_mut(PRISONER).offending.charged = false;
                reason(w.case_mut(PRISONER), ordered);
            });
            assert_eq!(with, "");
        }
    }

    #[test]
    fn an_unsentenced_prisoner_in_hospital_is_charged() {
        assert!(said(|w| w.case_mut(PATIENT).legal = Legal::S48S49).contains("s48/49 without a charge"));
    }

    #[test]
    fn no_wait_begins_after_today() {
        let tomorrow = |w: &World| Some(w.today() + 1);
        assert!(said(|w| w.case_mut(PATIENT).readiness.since = tomorrow(w)).contains("begins after today"));
        let waits: [fn(&mut Wait, Option<Day>); 6] = [
            |w, day| w.identified = day,
            |w, day| w.referred = day,
            |w, day| w.requested = day,
            |w, day| w.at_ministry = day,
            |w, day| w.queued = day,
            |w, day| w.reported = day,
        ];
        for wait in waits {
            let found = said(|w| {
                let day = tomorrow(w);
                wait(w.case_mut(PRISONER).wait.get_or_insert_default(), day);
            });
            assert!(found.contains("begins after today"));
        }
    }

    #[test]
    fn everybody_has_a_risk() {
        assert!(said(|w| w.case_mut(PATIENT).clinical.risk = f64::NAN).contains("has no risk"));
    }

    #[test]
    fn inpatients_are_listed_each_once() {
        assert!(said(|w| w.inpatients.clear()).contains("inpatients"));
        assert!(said(|w| w.inpatients.push(PATIENT)).contains("inpatients"));
    }

    #[test]
    fn nothing_is_given_back_that_was_not_taken() {
        let found = said(|w| {
            w.wards.give(Ward::Acute, 0);
            w.wards.close_day();
        });
        assert!(found.contains("given back"));
    }

    #[test]
    fn whoever_is_listed_is_present_under_the_own_name() {
        assert!(said(|w| w.case_mut(PRISONER).place = Place::Left).contains("listed and not present"));
        let stranger = said(|w| {
            w.caseload.by_person.insert(PersonId(77), PRISONER);
        });
        assert!(stranger.contains("person 77 is listed"));
    }
}
