//! What clinicians get to see: the clinical state brought forward to today, and noisy readings of it.
//!
//! The latent state moves whenever somebody looks; decisions see readings only.

use crate::caseload::clinical::Setting;
use crate::codes::{Event, Label, Purpose};
use crate::ids::CaseId;
use crate::law::places;
use crate::levers::Lever;
use crate::world::{World, situation};

/// Brings a case's clinical state forward to today.
pub fn advance(world: &mut World, i: CaseId) {
    let (today, age) = (world.today(), world.age(i));
    if world.case(i).clinical.at >= today {
        return;
    }
    let u = world.draw_four(i, Purpose::Drift);
    let substance = world.substance(&world.caseload[i]);
    let hope = situation::hope_target(world, &world.caseload[i], today);
    let c = &mut world.caseload[i];
    let setting = Setting {
        prison: places::prison(c.place),
        hospital: places::hospital(c.place),
        substance_outside: if places::community(c.place) { substance } else { 0.0 },
        age,
        hope,
    };
    let before = c.clinical.programme;
    c.clinical.advance(&world.p.clinical, today, setting, u);
    if before < 1.0 && c.clinical.programme >= 1.0 {
        world.event(i, Event::Programme, Label::NONE, Label::NONE, None, Purpose::Programme);
        let training = world.lever(Lever::RecoveryTraining, world.case(i).area);
        let lift = world.p.clinical.hope_training * training;
        world.case_mut(i).clinical.change_hope(lift);
    }
    world.mark_rates_stale(i);
}

/// Takes readings of a case with noise [SD].
pub fn read(world: &mut World, i: CaseId, noise: f64) {
    advance(world, i);
    let u = world.draw_four(i, Purpose::Reading);
    let today = world.today();
    world.caseload[i].clinical.read(&world.p.clinical, u, noise, today);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Diagnosis;
    use crate::codes::{Legal, Place};

    #[test]
    fn the_state_is_brought_forward_once_a_day() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| c.clinical.lasting = 2.0);
        w.pass(100);
        advance(&mut w, i);
        let (risk, at) = (w.case(i).clinical.risk, w.case(i).clinical.at);
        assert_eq!(at, w.today());
        assert!(risk != 0.0);
        w.stale.clear();
        advance(&mut w, i);
        assert_eq!(w.case(i).clinical.risk, risk);
        assert!(w.stale.is_empty());
        // One question was drawn, so the next has the second ordinal.
        assert_eq!(w.case_mut(i).questions.next(Purpose::Drift).number(), 1);
    }

    #[test]
    fn who_is_brought_forward_has_rates_to_be_set_anew() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        w.pass(1);
        w.stale.clear();
        advance(&mut w, i);
        assert_eq!(w.stale, [i]);
    }

    #[test]
    fn a_reading_without_noise_is_the_state_of_today() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| c.clinical.lasting = 1.0);
        w.pass(50);
        read(&mut w, i, 0.0);
        let k = &w.case(i).clinical;
        let reading = k.reading.expect("a reading");
        assert_eq!((reading.risk, reading.engagement, reading.day), (k.risk, k.engagement, w.today()));
    }

    #[test]
    fn noise_is_drawn_afresh_for_each_reading_and_changes_nothing_that_is_read() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let risk = |w: &mut World| {
            read(w, i, 0.5);
            w.case(i).clinical.reading.expect("a reading").risk
        };
        let (first, second) = (risk(&mut w), risk(&mut w));
        assert!(first != second);
        assert_eq!(w.case(i).clinical.risk, 0.0);
    }

    #[test]
    fn substance_use_bears_on_risk_in_the_community_and_not_in_hospital() {
        let risk = |place, diagnosis: Option<Diagnosis>| {
            let mut w = World::small();
            let i = w.put_with(place, Legal::None, |c| c.diagnoses.extend(diagnosis));
            w.pass(700);
            advance(&mut w, i);
            w.case(i).clinical.risk
        };
        let substance = Some(Diagnosis::Substance);
        assert!(risk(Place::Home, substance) > risk(Place::Home, None) + 0.1);
        assert_eq!(risk(Place::Acute, substance), risk(Place::Acute, None));
    }

    #[test]
    fn a_condition_to_abstain_takes_part_of_what_substance_use_does() {
        let risk = |legal, abstinent| {
            let mut w = World::small();
            w.p.supervision.abstinent = abstinent;
            let i = w.put_with(Place::Home, legal, |c| {
                c.diagnoses.insert(Diagnosis::Substance);
            });
            w.pass(700);
            advance(&mut w, i);
            w.case(i).clinical.risk
        };
        assert!(risk(Legal::Cd, 1.0) < risk(Legal::Cd, 0.5) && risk(Legal::Cd, 0.5) < risk(Legal::Cd, 0.0));
        assert_eq!(risk(Legal::None, 1.0), risk(Legal::None, 0.0));
    }

    #[test]
    fn the_acutely_ill_get_worse_in_prison_than_in_hospital() {
        let risk = |place| {
            let mut w = World::small();
            let i = w.put_with(place, Legal::None, |c| c.clinical.unwell = true);
            w.pass(700);
            advance(&mut w, i);
            w.case(i).clinical.risk
        };
        assert!(risk(Place::Remand) > risk(Place::Acute) + 0.1);
    }

    #[test]
    fn a_programme_is_completed_in_hospital_once_and_gives_hope_where_training_does() {
        let hope = |training: f64| {
            let mut w = World::small();
            w.pull(Lever::RecoveryTraining, training);
            let i = w.put_with(Place::Medium, Legal::S37, |c| {
                (c.clinical.programme, c.clinical.hope) = (0.99, 0.3);
            });
            for _ in 0..2 {
                w.pass(60);
                advance(&mut w, i);
                assert!(w.case(i).clinical.hope <= 1.0);
            }
            assert_eq!((w.case(i).clinical.programme, w.logged(i, Event::Programme).len()), (1.0, 1));
            w.case(i).clinical.hope
        };
        assert!(hope(1.0) > hope(0.0) + 0.05);
        assert!(hope(100.0) > hope(1.0));
    }
}
