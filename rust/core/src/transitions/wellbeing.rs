//! A person's home, relationships, physical health and paid work: the only writer of them.
//!
//! The state is brought forward before each move, under the situation that ends, and at the end of each year, when everybody on the
//! books is asked for their hope.

use crate::calendar::Day;
use crate::caseload::Case;
use crate::codes::{Event, Goal, Label, Place, Purpose, Sex};
use crate::hazards::work;
use crate::ids::CaseId;
use crate::law::places::{self, PlaceKind};
use crate::log::WellbeingRow;
use crate::world::{World, accrual, situation};

/// Brings the state of a case forward to a day: before a move, and at the end of a year.
pub fn advance(world: &mut World, i: CaseId, day: Day) {
    if !world.case(i).present() || world.case(i).wellbeing.at.is_some_and(|at| at >= day) {
        return;
    }
    let u = world.draw_four(i, Purpose::Wellbeing);
    let begins = world.case(i).wellbeing.at.is_none();
    let now = situation::of(world.case(i), day);
    let mut w = world.case(i).wellbeing;
    let before = (w.settled, w.metabolic);
    w.advance(&world.p.wellbeing, day, &now, u);
    world.case_mut(i).wellbeing = w;
    if begins && (now.home || now.supported) && !now.employed {
        // Who is met in the community is as often in work as people are who have long been there.
        let facts =
            work::Facts { employed: false, unwell: now.unwell, supported: false, unsettled: !w.settled, age: now.age };
        let start = work::rate(&world.p.work, facts);
        world.case_mut(i).work.employed = u[3] < start / (start + world.p.work.end).max(f64::MIN_POSITIVE);
    }
    if before != (w.settled, w.metabolic) {
        world.mark_rates_stale(i);
    }
}

/// What a move from a kind of place to another does to home and work: a home is left behind by those who go to prison or secure
/// care, and so is work; who comes home has one to come to, or not.
pub fn moved(world: &mut World, i: CaseId, from: Place) {
    let to = world.case(i).place;
    let p = &world.p.wellbeing;
    let settled = match places::properties(to).kind {
        PlaceKind::Prison | PlaceKind::Secure => Some(0.0),
        PlaceKind::Community if to == Place::Supported => Some(1.0),
        PlaceKind::Community if places::prison(from) => Some(p.settled_release),
        // A short stay on an acute ward leaves the home as it was.
        PlaceKind::Community if places::secure(from) || matches!(from, Place::OpenRehab | Place::LockedRehab) => {
            Some(p.settled_discharge)
        }
        PlaceKind::Community | PlaceKind::Ward | PlaceKind::Absent | PlaceKind::Gone => None,
    };
    if let Some(share) = settled {
        let there = if share <= 0.0 || share >= 1.0 { share >= 1.0 } else { world.draw(i, Purpose::Home) < share };
        world.case_mut(i).wellbeing.settled = there;
    }
    let loses = matches!(places::properties(to).kind, PlaceKind::Prison | PlaceKind::Secure);
    if loses && world.case(i).work.employed {
        set_work(world, i, false);
    }
}

/// Begins or ends paid work.
pub fn set_work(world: &mut World, i: CaseId, employed: bool) {
    accrual::accrue(world, i);
    world.case_mut(i).work.employed = employed;
    world.event(i, Event::Employment, Label::NONE, Label::NONE, None, Purpose::Work);
}

/// Closes the year: everybody on the books is brought forward to its end and asked for their hope, and whoever lives where is
/// counted, if the year is reported.
pub fn close_year(world: &mut World, year: i32) {
    let end = world.today() + 1;
    let areas = world.plan.areas.len();
    let mut cells = vec![[[Count::default(); Place::ALL.len()]; 2]; areas];
    for i in world.caseload.ids() {
        if !world.case(i).present() {
            continue;
        }
        advance(world, i, end);
        let u = world.draw(i, Purpose::HopeReport);
        let hope = world.p.wellbeing.reported(hope(world, i, end), u);
        world.case_mut(i).wellbeing.hope = Some(hope);
        if let Some(unit) = world.case(i).placement.unit {
            let reported = libm::round(f64::from(hope) * 1e6) as i64;
            world.accounts.incentives.count(unit, Goal::Feedback, reported, 1);
        }
        let c = world.case(i);
        cells[usize::from(c.area)][c.sex as usize][c.place as usize].add(c, hope);
    }
    if !world.reported() {
        return;
    }
    for (area, sexes) in (0..).zip(&cells) {
        for (sex, row) in Sex::ALL.iter().zip(sexes) {
            for (place, count) in Place::ALL.iter().zip(row).filter(|(_, count)| count.people > 0) {
                world.log.wellbeing.push(WellbeingRow {
                    year,
                    area,
                    sex: *sex as u8,
                    place: *place as u8,
                    people: count.people,
                    employed: count.employed,
                    settled: count.settled,
                    close: count.close,
                    metabolic: count.metabolic,
                    hope: count.hope,
                });
            }
        }
    }
}

/// Hope of a case on a day, as far as the last look at it tells [0-1].
fn hope(world: &World, i: CaseId, day: Day) -> f64 {
    let c = world.case(i);
    c.clinical.hope_on(&world.p.clinical, day, situation::hope_target(world, c, day))
}

/// People of one area, sex and place.
#[derive(Clone, Copy, Default)]
struct Count {
    people: i64,
    employed: i64,
    settled: i64,
    close: i64,
    metabolic: i64,
    hope: i64,
}

impl Count {
    fn add(&mut self, c: &Case, hope: f32) {
        self.people += 1;
        self.employed += i64::from(c.work.employed);
        self.settled += i64::from(places::community(c.place) && c.wellbeing.settled);
        self.close += i64::from(c.wellbeing.close);
        self.metabolic += i64::from(c.wellbeing.metabolic);
        // Whole millionths, so that the order of people can't be seen in the sum.
        self.hope += libm::round(f64::from(hope) * 1e6) as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Ending, Legal};
    use crate::transitions::place;

    fn one(place: Place) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put(place, Legal::None);
        (w, i)
    }

    #[test]
    fn a_state_is_brought_forward_once_a_day_and_begins_at_once() {
        let (mut w, i) = one(Place::Home);
        assert_eq!(w.case(i).wellbeing.at, None);
        let today = w.today();
        advance(&mut w, i, today);
        let begun = w.case(i).wellbeing;
        advance(&mut w, i, today);
        assert_eq!((w.case(i).wellbeing, begun.at), (begun, Some(today)));
        // One question was asked, so the next has the second ordinal.
        assert_eq!(w.case_mut(i).questions.next(Purpose::Wellbeing).number(), 1);
    }

    #[test]
    fn who_is_met_at_home_is_as_often_in_work_as_those_who_live_there_and_nobody_is_who_is_ill_or_elsewhere() {
        let mut w = World::small();
        (w.p.work.start, w.p.work.unsettled) = (w.p.work.end, 1.0);
        let share = |w: &mut World, place: Place, unwell: bool| {
            let n = if place == Place::Home { 150 } else { 10 };
            let all: Vec<CaseId> =
                (0..n).map(|_| w.put_with(place, Legal::None, |c| c.clinical.unwell = unwell)).collect();
            for i in &all {
                let today = w.today();
                advance(w, *i, today);
            }
            all.iter().filter(|i| w.case(**i).work.employed).count() as f64 / f64::from(n)
        };
        assert!((share(&mut w, Place::Home, false) - 0.5).abs() < 0.15);
        assert_eq!((share(&mut w, Place::Home, true), share(&mut w, Place::Medium, false)), (0.0, 0.0));
    }

    #[test]
    fn prison_and_secure_care_cost_home_and_work_and_a_ward_costs_neither() {
        for (to, kept) in [(Place::Prison, false), (Place::Acute, true)] {
            let mut w = World::small();
            let i = w.put_with(Place::Home, Legal::None, |c| {
                (c.wellbeing.settled, c.wellbeing.at, c.work.employed) = (true, Some(c.placement.since), true);
            });
            place::move_to(&mut w, i, to, Ending::Transfer, Purpose::Sentence);
            let c = w.case(i);
            assert_eq!((c.wellbeing.settled, c.work.employed), (kept, kept), "{}", to.name());
            assert_eq!(w.logged(i, Event::Employment).len(), usize::from(!kept));
        }
    }

    #[test]
    fn who_is_discharged_to_a_supported_place_has_a_settled_home() {
        let (mut w, i) = one(Place::Medium);
        place::move_to(&mut w, i, Place::Supported, Ending::Discharge, Purpose::None);
        assert!(w.case(i).wellbeing.settled);
    }

    #[test]
    fn as_many_have_a_home_to_come_to_as_the_evidence_says() {
        for (from, share) in [(Place::Prison, 0.3), (Place::Medium, 0.8)] {
            let mut w = World::small();
            (w.p.wellbeing.settled_release, w.p.wellbeing.settled_discharge) = (0.3, 0.8);
            let n = if from == Place::Prison { 150 } else { 10 };
            let all: Vec<CaseId> = (0..n).map(|_| w.put(from, Legal::None)).collect();
            for i in &all {
                place::move_to(&mut w, *i, Place::Home, Ending::Discharge, Purpose::None);
            }
            let settled = all.iter().filter(|i| w.case(**i).wellbeing.settled).count() as f64 / f64::from(n);
            let error = libm::sqrt(share * (1.0 - share) / f64::from(n));
            assert!((settled - share).abs() < 4.0 * error, "{settled} {share}");
        }
    }

    #[test]
    fn everybody_on_the_books_is_counted_once_where_they_are() {
        let mut w = World::small();
        w.today = w.plan.calendar.start;
        let home = w.put_with(Place::Home, Legal::None, |c| c.work.employed = true);
        let bed = w.put(Place::Medium, Legal::S37);
        let dead = w.put(Place::Home, Legal::None);
        place::move_to(&mut w, dead, Place::Dead, Ending::Death, Purpose::Death);
        close_year(&mut w, 2024);
        let rows: Vec<WellbeingRow> = (0..w.log.wellbeing.len()).map(|k| w.log.wellbeing.row(k)).collect();
        let found: Vec<_> = rows.iter().map(|r| (r.year, r.place, r.people, r.employed)).collect();
        assert_eq!(found, [(2024, Place::Home as u8, 1, 1), (2024, Place::Medium as u8, 1, 0)]);
        assert!(rows.iter().all(|r| (0..=r.people * 1_000_000).contains(&r.hope)));
        assert_eq!(rows[1].settled, 0);
        assert!([home, bed].iter().all(|i| w.case(*i).wellbeing.hope.is_some()));
        assert_eq!(w.case(dead).wellbeing.hope, None);
    }

    #[test]
    fn a_year_of_the_burn_in_is_lived_and_not_reported() {
        let (mut w, i) = one(Place::Home);
        w.today = w.plan.calendar.start - 1;
        close_year(&mut w, 2023);
        assert!(w.log.wellbeing.is_empty());
        assert_eq!(w.case(i).wellbeing.at, Some(w.plan.calendar.start));
    }
}
