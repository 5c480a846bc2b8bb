//! Phase 1: the population's events. Births, deaths, moves and what never touches the pathway are lived there;
//! whoever comes to the pathway's notice gets a case.

use std::sync::atomic::AtomicBool;

use crate::agents::{Kind, court_liaison};
use crate::calendar::{Days, year_start};
use crate::caseload::agenda::Due;
use crate::codes::{Event, Label, Legal, Offence, Place, Purpose, Route, Spend, Stage};
use crate::error::SimError;
use crate::ids::PersonId;
use crate::population::{Arrival, CaseloadReport, Contact, Resident, period_end};
use crate::requests;
use crate::transitions::{admission, entry, waiting, wellbeing};
use crate::world::World;

/// Phase 1.
///
/// # Errors
/// [`SimError::Stopped`] if `stop` was raised while the population lived its year.
pub fn population(world: &mut World, stop: &AtomicBool) -> Result<(), SimError> {
    let today = world.today();
    if today == world.plan.calendar.start {
        for i in world.caseload.on_books() {
            world.log_person(i, true);
        }
    }
    let opens = today == world.plan.calendar.first || today == year_start(world.year());
    if opens {
        let to = period_end(today, world.plan.calendar.end);
        world.live_population(today, to, stop)?;
    }
    let mut arrivals = world.arrivals.remove(&today).unwrap_or_default();
    arrivals.sort_unstable_by_key(|a| a.person);
    for a in &arrivals {
        arrive(world, a);
    }
    Ok(())
}

fn arrive(world: &mut World, a: &Arrival) {
    let r = world.population.resident(a.row);
    match a.contact {
        Contact::Charge { offence, crown, remanded } => charged(world, &r, a.row, (offence, crown, remanded)),
        Contact::Custody { justice, until, fell_ill } => {
            let i = entry::enter_prison(world, &r, a.row, (justice, until), fell_ill);
            world.case_mut(i).fell_ill = fell_ill;
        }
        Contact::Civil => civil(world, &r, a.row),
    }
}

/// A person with a disorder is charged.
fn charged(world: &mut World, r: &Resident, row: u32, (offence, crown, remanded): (Offence, bool, bool)) {
    if remanded {
        let today = world.today();
        world.population.report(row, CaseloadReport::Reception, today);
    }
    let u = world.draw_on_entry(PersonId(r.person), Purpose::Charged);
    let grave = crown && world.population.is_grave(offence, u[0]);
    let mut c = entry::case_of(world, r, row, grave);
    c.offending.offence = offence;
    c.offending.crown = crown;
    c.offending.charged = true;
    c.clinical.unwell = u[1] < world.p.start.unwell_charged * world.p.relapse.by_age(c.age(world.today()));
    let region = usize::from(world.plan.areas[usize::from(r.area)].region);
    let table = world.agents.of(Kind::CourtLiaison);
    let (coverage, quality) = (table.get(region, court_liaison::coverage), table.get(region, court_liaison::quality));
    let seen = u[2] < coverage;
    c.offending.report = seen && u[3] < quality;
    c.place = if remanded { Place::Remand } else { Place::Home };
    c.route = if remanded { Route::Prison } else { Route::Court };
    c.stage = if c.clinical.unwell && remanded { Stage::Unseen } else { Stage::AwaitingCourt };
    let found_ill = c.offending.report && c.clinical.unwell;
    let (refer, at_liberty) = (found_ill && c.offending.crown, found_ill && !remanded);
    let i = world.open(c);
    wellbeing::advance(world, i, world.today());
    world.event(i, Event::Charge, Label::NONE, Label::offence(offence), None, Purpose::Offence);
    if seen {
        let justice = world.accounts.justice();
        let trust = world.units.trust(r.area);
        world.accounts.buy(r.area, justice, trust, Spend::Liaison, world.p.money.liaison);
    }
    if refer {
        // Liaison and diversion refers from court: the report asks for a bed. In prison the in-reach team has it on reception.
        let today = world.today();
        waiting::identify(world, i);
        world.set_stage(i, Stage::Identified);
        world.caseload.schedule(i, Due::Refer, today + 1);
    }
    if at_liberty {
        // Whom it finds ill outside of custody it brings to the community team's notice, whichever court sits.
        world.schedule_in(i, Due::Contact, Days::ONE);
    }
    requests::court_sitting(world, i);
    world.sync_justice(i);
}

/// An ill resident comes to need more than an acute ward can give.
fn civil(world: &mut World, r: &Resident, row: u32) {
    let mut c = entry::case_of(world, r, row, false);
    c.clinical.unwell = true;
    c.route = Route::Civil;
    c.stage = Stage::None;
    let i = world.open(c);
    wellbeing::advance(world, i, world.today());
    world.set_legal(i, Legal::S3, Purpose::CivilNeed);
    admission::to_ward(world, i, Place::Acute, Purpose::CivilNeed);
    world.set_stage(i, Stage::Unseen);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Diagnosis, Justice};
    use crate::ids::{CaseId, PersonId};

    /// Someone of the population, as the pathway meets them today.
    fn arrival(w: &mut World, row: u32, contact: Contact) -> Arrival {
        w.population.take(row);
        let r = w.population.resident(row);
        Arrival {
            day: w.today(),
            person: r.person,
            row,
            contact,
            born: r.born,
            sex: r.sex,
            area: r.area,
            ethnicity: r.ethnicity,
            deprivation: r.deprivation,
            disorder: r.disorder,
            history: r.history,
            contacts: r.contacts,
        }
    }

    /// The pathway meets somebody on the day after the first, on which no year is lived.
    fn meet(w: &mut World, row: u32, contact: Contact) -> CaseId {
        w.pass(1);
        let a = arrival(w, row, contact);
        w.arrivals.insert(w.today(), vec![a]);
        population(w, &AtomicBool::new(false)).expect("nobody stops it");
        w.caseload.by_person[&PersonId(a.person)]
    }

    const fn charge(crown: bool, remanded: bool) -> Contact {
        Contact::Charge { offence: Offence::Robbery, crown, remanded }
    }

    #[test]
    fn a_charge_opens_a_case_that_waits_for_the_court() {
        let mut w = World::small();
        let i = meet(&mut w, 0, charge(false, false));
        let c = w.case(i);
        assert_eq!(
            (c.place, c.legal, c.stage, c.route),
            (Place::Home, Legal::None, Stage::AwaitingCourt, Route::Court)
        );
        assert!(c.offending.charged && c.offending.offence == Offence::Robbery);
        assert!(w.due_in(i, Due::Court).is_some_and(|days| days > 0));
        assert_eq!(w.logged(i, Event::Charge), [(Label::NONE, Label::offence(Offence::Robbery))]);
        assert_eq!(w.population.resident(0).justice, Justice::Bail);
        w.must_hold();
    }

    #[test]
    fn whoever_is_remanded_waits_in_prison_to_be_seen_if_ill() {
        for (ill, stage) in [(0.0, Stage::AwaitingCourt), (1.0, Stage::Unseen)] {
            let mut w = World::small();
            w.p.start.unwell_charged = ill;
            let i = meet(&mut w, 0, charge(true, true));
            let c = w.case(i);
            assert_eq!((c.place, c.route, c.stage), (Place::Remand, Route::Prison, stage));
            assert_eq!(w.population.resident(0).justice, Justice::Remand);
            w.must_hold();
        }
    }

    #[test]
    fn a_report_of_liaison_refers_from_the_crown_court_and_brings_whoever_is_at_liberty_to_the_teams_notice() {
        let mut w = World::small();
        w.set_all(Kind::CourtLiaison, "quality", 1.0);
        w.p.start.unwell_charged = 1.0;
        let refers = |w: &World, i| (w.case(i).stage, w.due_in(i, Due::Refer), w.due_in(i, Due::Contact));
        let crown = meet(&mut w, 0, charge(true, false));
        assert!(w.case(crown).offending.report);
        assert_eq!(refers(&w, crown), (Stage::Identified, Some(1), Some(1)));
        assert_eq!(w.case(crown).identified(), Some(w.today()));
        let magistrates = meet(&mut w, 1, charge(false, false));
        assert_eq!(refers(&w, magistrates), (Stage::AwaitingCourt, None, Some(1)));
        let custody = meet(&mut w, 2, charge(true, true));
        assert_eq!(refers(&w, custody), (Stage::Identified, Some(1), None));
        let minor = meet(&mut w, 5, charge(false, true));
        assert_eq!(refers(&w, minor), (Stage::Unseen, None, None), "the report hastens being noticed in prison");
        w.set_all(Kind::CourtLiaison, "quality", 0.0);
        let unreported = meet(&mut w, 4, charge(false, false));
        assert_eq!(refers(&w, unreported), (Stage::AwaitingCourt, None, None));
        w.set_all(Kind::CourtLiaison, "quality", 1.0);
        w.p.start.unwell_charged = 0.0;
        let well = meet(&mut w, 3, charge(true, false));
        assert_eq!(refers(&w, well), (Stage::AwaitingCourt, None, None));
    }

    #[test]
    fn liaison_costs_where_it_sees_somebody_and_nothing_where_it_does_not() {
        for (coverage, pence) in [(0.0, 0), (1.0, 50_000)] {
            let mut w = World::small();
            w.set_all(Kind::CourtLiaison, "coverage", coverage);
            let i = meet(&mut w, 0, charge(true, false));
            assert_eq!(w.accounts.total, pence);
            assert!(coverage > 0.0 || !w.case(i).offending.report);
        }
    }

    #[test]
    fn only_a_case_of_the_crown_court_is_grave() {
        // Robbery is grave wherever the Crown Court tries it.
        let mut w = World::small();
        for (row, crown) in [(0, true), (1, false)] {
            let i = meet(&mut w, row, charge(crown, false));
            assert_eq!((w.case(i).offending.grave, w.case(i).offending.crown), (crown, crown));
        }
    }

    #[test]
    fn civil_need_goes_to_an_acute_ward_under_s3() {
        let mut w = World::small();
        let i = meet(&mut w, 0, Contact::Civil);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage, c.route), (Place::Acute, Legal::S3, Stage::Unseen, Route::Civil));
        assert!(c.clinical.unwell);
        assert_eq!(w.wards.used_in(crate::world::capacity::Ward::Acute, 0), 1);
        assert!(w.due_in(i, Due::WardEnd).is_some());
        w.must_hold();
    }

    #[test]
    fn without_a_bed_on_any_acute_ward_civil_need_waits_at_home() {
        let mut w = World::small();
        w.set_all(Kind::AftercareFunder, "acute_beds", 0.0);
        let i = meet(&mut w, 0, Contact::Civil);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::S3));
        assert!(w.case(i).awaits_ward);
        assert_eq!(w.due_in(i, Due::Admission), Some(1));
    }

    #[test]
    fn a_prisoner_who_falls_ill_comes_with_the_rest_of_the_sentence() {
        let mut w = World::small();
        let until = w.today() + 100;
        let contact = Contact::Custody { justice: Justice::Sentenced, until: Some(until), fell_ill: true };
        let i = meet(&mut w, 0, contact);
        let c = w.case(i);
        assert_eq!((c.place, c.offending.release, c.offending.charged), (Place::Prison, Some(until), false));
        assert!(c.fell_ill);
        assert_eq!(c.due.get(Due::Release), Some(until));
        w.must_hold();
    }

    #[test]
    fn who_comes_on_one_day_comes_in_the_order_of_identity() {
        let mut w = World::small();
        w.pass(1);
        let mut all: Vec<Arrival> = (0..6).map(|row| arrival(&mut w, row, charge(false, false))).collect();
        all.sort_by_key(|a| std::cmp::Reverse(a.person));
        w.arrivals.insert(w.today(), all);
        population(&mut w, &AtomicBool::new(false)).expect("nobody stops it");
        let people: Vec<PersonId> = w.caseload.iter().map(|(_, c)| c.person).collect();
        assert!(people.len() == 6 && people.is_sorted());
        assert!(w.arrivals.is_empty());
    }

    #[test]
    fn nobody_is_described_twice() {
        let mut w = World::small();
        let first = meet(&mut w, 0, charge(false, false));
        let again = meet(&mut w, 0, charge(false, false));
        assert!(first != again);
        assert_eq!(w.log.people.person, [w.case(first).number]);
        assert_eq!(w.log.people.from_start, [0]);
    }

    #[test]
    fn whoever_is_on_the_books_when_the_report_begins_is_described_then() {
        let mut w = World::of_plan(World::small_plan());
        w.today = w.plan.calendar.start - 1;
        let i = w.put(Place::Home, Legal::None);
        let gone = w.put(Place::Dead, Legal::None);
        assert!(w.log.people.is_empty());
        w.today += 1;
        population(&mut w, &AtomicBool::new(false)).expect("nobody stops it");
        assert_eq!((w.log.people.person.clone(), w.log.people.from_start.clone()), (vec![w.case(i).number], vec![1]));
        assert!(w.case(gone).place == Place::Dead);
    }

    #[test]
    fn a_disorder_of_no_known_kind_counts_as_psychosis() {
        let mut w = World::small();
        let i = meet(&mut w, 0, charge(false, false));
        assert!(w.case(i).has(Diagnosis::Psychosis) && w.case(i).primary == Diagnosis::Psychosis);
    }
}
