//! Discharges: to what is arranged, in law at once, or back to prison and court.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::caseload::{Arrangement, FollowUp, Granted, Team};
use crate::codes::{Ending, Legal, Place, Purpose, Stage};
use crate::ids::CaseId;
use crate::law;
use crate::law::{places, stages};
use crate::requests;
use crate::transitions::{follow_up, grants, offending, place, readiness};
use crate::world::World;
use crate::world::capacity::Ward;

/// Discharges a patient to what is arranged.
pub fn discharge(world: &mut World, i: CaseId, cause: Purpose) {
    // The arrangement is taken up, not given back.
    let Some(to) = readiness::take_up(world, i) else { return };
    if places::hospital(to.place) {
        to_rehabilitation(world, i, to, cause);
    } else {
        to_community(world, i, to, cause);
    }
}

fn to_rehabilitation(world: &mut World, i: CaseId, to: Arrangement, cause: Purpose) {
    // The leave that is held goes on there.
    let held = world.case(i).leave();
    let grade = if stages::in_treatment(held) { held } else { Stage::Treatment };
    place::move_to(world, i, to.place, Ending::Transfer, cause);
    place::occupy_ward(world, i, to.area);
    grants::take_up(world, i);
    readiness::end(world, i);
    world.set_stage(i, grade);
    world.set_grade(i, grade);
    requests::ward_end(world, i, to.place);
}

fn to_community(world: &mut World, i: CaseId, to: Arrangement, cause: Purpose) {
    let today = world.today();
    let status = status_after(world, i);
    place::move_to(world, i, to.place, Ending::Discharge, cause);
    if let Some(legal) = status {
        world.set_legal(i, legal, cause);
    }
    grants::take_up(world, i);
    let granted = world.case(i).granted.now[Granted::PLACE].is_some();
    let payer = (!to.aftercare_pays && !granted).then(|| world.collaborative(world.case(i).area));
    place::occupy_home(world, i, to.area, payer);
    readiness::end(world, i);
    follow_up::begin(world, i, FollowUp { team: to.team, aftercare_pays: to.aftercare_pays, breach: false });
    let c = world.case_mut(i);
    c.past.discharged = Some(today);
    if c.past.ever_secure {
        c.past.secure_exit = Some(today);
    }
    world.set_stage(i, if to.team.is_some() { Stage::FollowUp } else { Stage::Settled });
    if world.case(i).legal == Legal::Licence {
        // What is left of the sentence is served on licence.
        offending::end_sentence(world, i);
    }
    world.schedule_in(i, Due::Contact, Days::rounded_up(world.p.aftercare.contact_days));
    requests::closing(world, i);
}

/// Discharges at once, as a tribunal or a court may: to what is arranged, else home with the team that has room.
pub fn discharge_in_law(world: &mut World, i: CaseId, status: Option<Legal>, cause: Purpose) {
    let area = world.case(i).area;
    if world.case(i).readiness.arranged.is_none_or(|to| !places::community(to.place)) {
        readiness::give_up_arrangement(world, i);
        let team = world.wards.free(Ward::Mainstream, area).then_some(Team::Mainstream);
        readiness::arrange(world, i, Arrangement { place: Place::Home, area, team, aftercare_pays: true });
    }
    if let Some(legal) = status {
        world.set_legal(i, legal, cause);
    }
    discharge(world, i, cause);
}

/// The status after a discharge to the community, where it is another than before.
fn status_after(world: &mut World, i: CaseId) -> Option<Legal> {
    let legal = world.case(i).legal;
    match legal {
        Legal::S37S41 | Legal::Cpia => {
            let lawful = f64::from(world.today()) >= world.p.law.dol_from;
            let dol = world.draw(i, Purpose::Deprivation) < world.p.discharge.dol_share;
            Some(if lawful && dol { Legal::CdDol } else { Legal::Cd })
        }
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            let cto = world.draw(i, Purpose::CommunityOrder) < world.p.discharge.cto_share;
            Some(if cto { Legal::Cto } else { Legal::None })
        }
        Legal::S45A | Legal::S47S49 | Legal::S47 => Some(Legal::Licence),
        // Detention ends with the stay.
        Legal::S2 | Legal::S35 | Legal::S36 | Legal::S38 | Legal::S48S49 => Some(Legal::None),
        // An order in the community that went on during the stay goes on.
        Legal::None
        | Legal::Cd
        | Legal::CdDol
        | Legal::Cto
        | Legal::Mhtr
        | Legal::Licence
        | Legal::AbsoluteDischarge
        | Legal::Supervision => None,
    }
}

/// Takes a patient back to prison, or to court.
pub fn remit(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if !places::hospital(c.place) || !law::transferred(c.legal) {
        return;
    }
    let place = if c.sentenced() { Place::Prison } else { Place::Remand };
    place::move_to(world, i, place, Ending::Remission, Purpose::RemitDelay);
    end_transfer(world, i, Purpose::RemitDelay);
    world.rest(i);
}

/// Ends a detention that custody ends: nothing is left of it but the conditional discharge from before (s41(4)).
pub fn end_transfer(world: &mut World, i: CaseId, cause: Purpose) {
    let left = if world.case(i).legal_under.is_some() { Legal::Cd } else { Legal::None };
    world.set_legal(i, left, cause);
    place::note_status(world, i);
    world.set_grade(i, Stage::None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Reason, Spend};
    use enumset::EnumSet;

    /// A patient who is ready, with an arrangement in the home area.
    fn arranged(w: &mut World, from: Place, legal: Legal, place: Place, team: Option<Team>) -> CaseId {
        let i = w.put_with(from, legal, |c| c.stage = Stage::UnescortedLeave);
        readiness::make_ready(w, i, EnumSet::empty());
        let area = w.case(i).area;
        readiness::arrange(w, i, Arrangement { place, area, team, aftercare_pays: true });
        i
    }

    /// Discharges a patient of medium secure care to supported accommodation with a forensic team.
    fn discharged(legal: Legal, change: impl FnOnce(&mut World)) -> (World, CaseId) {
        let mut w = World::small();
        change(&mut w);
        let i = arranged(&mut w, Place::Medium, legal, Place::Supported, Some(Team::Forensic));
        discharge(&mut w, i, Purpose::Discharge);
        w.must_hold();
        (w, i)
    }

    #[test]
    fn a_discharge_takes_up_the_place_and_the_team_that_are_arranged() {
        let (w, i) = discharged(Legal::S3, |_| {});
        let c = w.case(i);
        assert_eq!((c.place, c.stage), (Place::Supported, Stage::FollowUp));
        assert!(c.follow_up.forensic() && c.follow_up.aftercare_pays);
        assert_eq!((w.wards.used_in(Ward::Supported, c.area), w.wards.used_in(Ward::Forensic, c.area)), (1, 1));
        assert_eq!((c.readiness.arranged, c.readiness.since), (None, None));
        assert_eq!(w.due_in(i, Due::Contact), Some(14));
    }

    #[test]
    fn place_and_team_are_booked_to_whoever_pays_for_them_as_long_as_they_last() {
        for (team, kind) in [(Team::Forensic, Spend::Forensic), (Team::Mainstream, Spend::Mainstream)] {
            for aftercare_pays in [false, true] {
                let mut w = World::small();
                let i = w.put_with(Place::Medium, Legal::S3, |c| (c.area, c.stage) = (1, Stage::UnescortedLeave));
                readiness::make_ready(&mut w, i, EnumSet::empty());
                let to = Arrangement { place: Place::Supported, area: 1, team: Some(team), aftercare_pays };
                readiness::arrange(&mut w, i, to);
                let ours = i32::from(aftercare_pays);
                let wards = [Ward::Supported, readiness::ward_of(team)];
                assert_eq!(wards.map(|ward| w.wards.funded_in(ward, 1)), [ours; 2], "arranged");
                discharge(&mut w, i, Purpose::Discharge);
                w.must_hold();
                assert_eq!(wards.map(|ward| w.wards.funded_in(ward, 1)), [ours; 2], "taken up");
                w.pass(10);
                place::move_to(&mut w, i, Place::Acute, Ending::Admission, Purpose::Relapse);
                let payer = if aftercare_pays { w.accounts.aftercare(1) } else { 1 };
                let payers = |spend| w.booked(spend).iter().map(|(payer, _)| *payer).collect::<Vec<_>>();
                assert_eq!((payers(Spend::Supported), payers(kind)), (vec![payer], vec![payer]), "{team:?}");
                let spells = (0..w.log.spells.len()).map(|k| w.log.spells.row(k));
                let paid = spells.filter(|r| r.place == Place::Supported as u8).map(|r| r.commissioner);
                assert_eq!(paid.collect::<Vec<_>>(), [if aftercare_pays { u8::MAX } else { 1 }]);
                w.wards.close_day();
                assert_eq!(wards.map(|ward| w.wards.funded_in(ward, 1)), [0; 2], "given back");
            }
        }
    }

    #[test]
    fn the_next_home_is_not_paid_by_who_paid_for_the_last() {
        let mut w = World::small();
        let i = arranged(&mut w, Place::Medium, Legal::S3, Place::Supported, None);
        readiness::give_up_arrangement(&mut w, i);
        let to = Arrangement { place: Place::Supported, area: 0, team: None, aftercare_pays: false };
        readiness::arrange(&mut w, i, to);
        discharge(&mut w, i, Purpose::Discharge);
        assert_eq!(w.case(i).placement.payer, Some(w.collaborative(0)));
        place::move_to(&mut w, i, Place::Home, Ending::Transfer, Purpose::Accommodation);
        assert_eq!(w.case(i).placement.payer, None);
        // A home of one's own is nobody's to pay.
        let mut w = World::small();
        let i = arranged(&mut w, Place::Medium, Legal::S3, Place::Home, None);
        readiness::give_up_arrangement(&mut w, i);
        readiness::arrange(&mut w, i, Arrangement { place: Place::Home, ..to });
        discharge(&mut w, i, Purpose::Discharge);
        assert_eq!(w.case(i).placement.payer, None);
    }

    #[test]
    fn the_bed_that_is_left_can_be_matched_tomorrow() {
        let mut w = World::small();
        let i = arranged(&mut w, Place::Medium, Legal::S3, Place::Home, None);
        let unit = w.case(i).placement.unit.expect("a bed");
        discharge(&mut w, i, Purpose::Discharge);
        assert_eq!((w.units[unit].occupied, w.units[unit].vacated), (0, 1));
        assert_eq!(w.case(i).placement.unit, None);
    }

    #[test]
    fn who_leaves_without_a_team_is_settled() {
        let mut w = World::small();
        let i = arranged(&mut w, Place::Medium, Legal::S3, Place::Home, None);
        discharge(&mut w, i, Purpose::Discharge);
        assert_eq!((w.case(i).stage, w.case(i).follow_up.team), (Stage::Settled, None));
    }

    #[test]
    fn nobody_is_discharged_to_nothing() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S3);
        discharge(&mut w, i, Purpose::Discharge);
        assert_eq!(w.case(i).place, Place::Medium);
    }

    #[test]
    fn the_years_since_secure_care_count_from_a_discharge_of_those_who_were_in_it() {
        let (w, i) = discharged(Legal::S3, |_| {});
        let today = Some(w.today());
        assert_eq!((w.case(i).past.discharged, w.case(i).past.secure_exit), (today, today));
        let mut w = World::small();
        let i = w.put(Place::Acute, Legal::S3);
        discharge_in_law(&mut w, i, None, Purpose::WardStay);
        assert_eq!((w.case(i).past.discharged, w.case(i).past.secure_exit), (today, None));
        assert_eq!(w.due_in(i, Due::Close), Some(365), "the books may close on this person");
    }

    #[test]
    fn a_move_to_rehabilitation_is_no_discharge() {
        for place in [Place::OpenRehab, Place::LockedRehab] {
            let mut w = World::small();
            let i = arranged(&mut w, Place::Low, Legal::S37, place, None);
            discharge(&mut w, i, Purpose::Discharge);
            w.must_hold();
            let c = w.case(i);
            // The leave that was held goes on.
            assert_eq!((c.place, c.legal, c.stage), (place, Legal::S37, Stage::UnescortedLeave));
            assert_eq!((c.past.discharged, c.follow_up.team), (None, None));
            assert!(w.due_in(i, Due::WardEnd).is_some());
            assert_eq!(w.wards.used(Ward::OpenRehab) + w.wards.used(Ward::LockedRehab), 1);
        }
    }

    #[test]
    fn the_status_after_a_discharge_is_what_is_left_of_the_one_before() {
        for (before, after) in [
            (Legal::S2, Legal::None),
            (Legal::S35, Legal::None),
            (Legal::S36, Legal::None),
            (Legal::S38, Legal::None),
            (Legal::S45A, Legal::Licence),
            (Legal::S47S49, Legal::Licence),
            (Legal::S47, Legal::Licence),
            (Legal::S37S41, Legal::Cd),
            (Legal::Cpia, Legal::Cd),
            (Legal::None, Legal::None),
            (Legal::Cto, Legal::Cto),
            (Legal::Mhtr, Legal::Mhtr),
            (Legal::Cd, Legal::Cd),
            (Legal::Licence, Legal::Licence),
        ] {
            let (w, i) = discharged(before, |_| {});
            assert_eq!((w.case(i).legal, w.case(i).spell.legal), (after, after), "{}", before.name());
        }
    }

    #[test]
    fn a_community_treatment_order_follows_an_unrestricted_detention_for_some() {
        for legal in [Legal::S3, Legal::S37, Legal::Notional37] {
            let (w, i) = discharged(legal, |w| w.p.discharge.cto_share = 1.0);
            assert_eq!(w.case(i).legal, Legal::Cto);
            assert_eq!(w.due_in(i, Due::Expiry), Some(183));
            let (w, i) = discharged(legal, |w| w.p.discharge.cto_share = 0.0);
            assert_eq!(w.case(i).legal, Legal::None);
        }
    }

    #[test]
    fn conditions_deprive_of_liberty_only_from_the_day_on_which_they_may() {
        for (days, legal) in [(-1, Legal::Cd), (0, Legal::CdDol)] {
            let (w, i) = discharged(Legal::S37S41, |w| {
                w.p.discharge.dol_share = 1.0;
                w.p.law.dol_from = f64::from(w.today() - days);
            });
            assert_eq!(w.case(i).legal, legal);
        }
        let (w, i) = discharged(Legal::S37S41, |w| {
            w.p.discharge.dol_share = 0.0;
            w.p.law.dol_from = 0.0;
        });
        assert_eq!(w.case(i).legal, Legal::Cd, "most conditions don't");
    }

    #[test]
    fn a_discharge_in_law_goes_home_with_the_team_that_has_room() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        discharge_in_law(&mut w, i, None, Purpose::Hearing);
        w.must_hold();
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage), (Place::Home, Legal::Cd, Stage::FollowUp));
        assert!(c.follow_up.mainstream());
    }

    #[test]
    fn a_discharge_in_law_doesnt_wait_for_a_team() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S3);
        let area = w.case(i).area;
        while w.wards.free(Ward::Mainstream, area) {
            w.wards.take(Ward::Mainstream, area);
        }
        discharge_in_law(&mut w, i, Some(Legal::None), Purpose::Hearing);
        assert_eq!((w.case(i).place, w.case(i).stage), (Place::Home, Stage::Settled));
    }

    #[test]
    fn a_discharge_in_law_takes_up_a_home_that_is_arranged_and_gives_a_ward_back() {
        for (place, after) in [(Place::Supported, Place::Supported), (Place::OpenRehab, Place::Home)] {
            let mut w = World::small();
            let i = arranged(&mut w, Place::Low, Legal::S3, place, None);
            discharge_in_law(&mut w, i, Some(Legal::None), Purpose::Hearing);
            w.wards.close_day();
            w.must_hold();
            assert_eq!(w.case(i).place, after, "{}", place.name());
            assert_eq!(w.wards.used(Ward::OpenRehab), 0);
        }
    }

    #[test]
    fn a_remitted_prisoner_goes_to_prison_and_a_remitted_defendant_back_to_remand() {
        let places = [
            (Legal::S45A, Place::Prison, Stage::None),
            (Legal::S47S49, Place::Prison, Stage::None),
            (Legal::S48S49, Place::Remand, Stage::AwaitingCourt),
        ];
        for (legal, place, stage) in places {
            let mut w = World::small();
            let i = w.put(Place::Medium, legal);
            remit(&mut w, i);
            w.must_hold();
            let c = w.case(i);
            assert_eq!((c.place, c.legal, c.stage), (place, Legal::None, stage), "{}", legal.name());
            assert_eq!((c.spell.legal, c.grade), (Legal::None, Stage::None), "{}", legal.name());
        }
    }

    #[test]
    fn a_remitted_prisoner_still_has_the_day_of_release() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S47S49);
        let release = w.case(i).offending.release;
        remit(&mut w, i);
        assert!(release.is_some() && w.case(i).offending.release == release);
    }

    #[test]
    fn a_remission_ends_readiness_requests_and_reviews() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S47S49, |c| c.hearing.listed = true);
        readiness::make_ready(&mut w, i, EnumSet::only(Reason::Prison));
        for due in [Due::Review, Due::Hearing, Due::Apply, Due::Discharge, Due::Consent] {
            w.schedule_in(i, due, Days::rounded_up(5.0));
        }
        remit(&mut w, i);
        let c = w.case(i);
        assert!(c.readiness.missing.is_empty() && c.readiness.since.is_none());
        assert_eq!((c.asked, c.hearing.listed), (None, false));
        for due in [Due::Review, Due::Hearing, Due::Apply, Due::Discharge, Due::Consent] {
            assert_eq!(w.due_in(i, due), None, "{}", due.name());
        }
    }

    #[test]
    fn nobody_is_remitted_who_wasnt_transferred_from_prison_or_has_left_hospital() {
        for (place, legal) in
            [(Place::Medium, Legal::S37S41), (Place::Medium, Legal::Notional37), (Place::Home, Legal::Licence)]
        {
            let mut w = World::small();
            let i = w.put(place, legal);
            remit(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (place, legal));
        }
    }
}
