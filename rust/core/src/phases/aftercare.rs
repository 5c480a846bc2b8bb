//! Phase 9: after discharge. Follow-up, relapse, recall, absconding, reoffending, work.
//!
//! A community team is asked of everyone it meets today who is unwell or rising in risk; what it may answer is [`concern`],
//! what follows is done by [`bring_back`].

use enumset::EnumSet;

use crate::agents::{Kind, community_team};
use crate::calendar::{Days, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::caseload::{Bed, Case, Team};
use crate::codes::{
    Decision, Ending, Engagement, Event, Label, Legal, Offence, Place, Purpose, Recall, Route, Spend, Stage,
};
use crate::decisions::queue::DecisionQueue;
use crate::draw::exponential;
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::levers::Lever;
use crate::population::CaseloadReport;
use crate::transitions::readiness::ward_of;
use crate::transitions::{admission, follow_up, leave, offending, place, requirement, stage, waiting, wellbeing};
use crate::world::{World, accrual, rates};
use crate::{readings, requests};

/// Phase 9.
pub fn follow(world: &mut World) {
    for i in world.take_hazard(Hazard::Abscond) {
        abscond(world, i);
    }
    for i in world.take_hazard(Hazard::Return) {
        come_back(world, i);
    }
    let mut breaches = Vec::new();
    for i in world.take_hazard(Hazard::Reoffence) {
        if warned(world, i) {
            follow_up::note_breach(world, i, true);
            breaches.push(i);
        } else {
            offend(world, i);
        }
    }
    for i in world.take_hazard(Hazard::Licence) {
        licence_recall(world, i);
    }
    for i in world.take_hazard(Hazard::Fading) {
        offending::fade(world, i);
    }
    for i in world.take_hazard(Hazard::Work) {
        let now = !world.case(i).work.employed;
        wellbeing::set_work(world, i, now);
    }
    contacts(world, &breaches);
    for i in world.take_due(Due::Close) {
        close(world, i);
    }
}

/// Whether the team that supervises somebody under an order has seen the offence coming to which this person has come today:
/// a breach of conditions or a deterioration shows first, and the team has met the person since it began.
fn warned(world: &mut World, i: CaseId) -> bool {
    let c = world.case(i);
    if !places::community(c.place) || !on_order(c) || expected(c) || c.offending.charged {
        return false;
    }
    let Some(next) = c.due.get(Due::Contact) else { return false };
    let since_contact = f64::from(interval(world, i).count()) - f64::from(next - world.today());
    let u = world.draw_four(i, Purpose::Warning);
    let p = &world.p.supervision;
    u[0] < p.warned && since_contact <= p.warning_days * exponential(u[1])
}

/// Whether closer supervision keeps somebody who is in breach, and isn't recalled, from the offence.
fn managed(world: &mut World, i: CaseId) -> bool {
    world.draw(i, Purpose::Warning) < world.p.supervision.managed
}

/// The day's contacts: teams look at those who are unwell, rising in risk or in breach, patients at the work that they are
/// offered. Whom the team sees in breach, and leaves at large, offends unless it manages otherwise.
fn contacts(world: &mut World, breaches: &[CaseId]) {
    let (mut teams, mut patients) = (DecisionQueue::new(), DecisionQueue::new());
    let mut met = world.take_due(Due::Contact);
    met.extend(breaches);
    met.sort_unstable();
    met.dedup();
    met.retain(|i| places::community(world.case(*i).place));
    for i in &met {
        contact(world, *i);
        if let Some(allowed) = concern(world.case(*i), world.p.aftercare.concern) {
            teams.add(*i, allowed);
        }
        let c = world.case(*i);
        if !c.work.employed && !c.work.supported && world.lever(Lever::EmploymentSupport, c.area) > 0.0 {
            // Nobody is anxious about a discharge that is over.
            patients.add(*i, !EnumSet::only(Engagement::Anxious));
        }
    }
    let (brought_back, taken_up) = (world.ask(&teams), world.ask(&patients));
    for (i, answer) in teams.cases().iter().zip(brought_back) {
        bring_back(world, *i, answer);
        if answer == Recall::Watch && world.case(*i).follow_up.breach && !managed(world, *i) {
            offend(world, *i);
        }
    }
    for i in breaches {
        follow_up::note_breach(world, *i, false);
    }
    let mut offers = patients.cases().iter().zip(taken_up).peekable();
    for i in met {
        let answer = offers.next_if(|(asked, _)| **asked == i).map(|(_, answer)| answer);
        if places::community(world.case(i).place) {
            live_on(world, i, answer == Some(Engagement::Work));
        }
    }
}

/// Meets somebody, and plans the next time.
fn contact(world: &mut World, i: CaseId) {
    readings::read(world, i, world.p.clinical.reading_noise);
    let interval = interval(world, i);
    if watched(world.case(i)) {
        world.schedule_in(i, Due::Contact, interval);
    }
    place::seen(world, i);
}

/// Whether anybody looks in: a team, those who run the home, or because of an order or an acute illness. Who has settled
/// is met again after a relapse.
fn watched(c: &Case) -> bool {
    c.follow_up.team.is_some()
        || c.clinical.unwell
        || c.place == Place::Supported
        || on_order(c)
        || c.legal == Legal::Mhtr
}

/// Whether an order of the Mental Health Act holds in the community.
fn on_order(c: &Case) -> bool {
    c.conditional() || c.legal == Legal::Cto
}

/// Days between two contacts.
fn interval(world: &World, i: CaseId) -> Days {
    let area = usize::from(world.case(i).area);
    Days::rounded_up(world.agents.of(Kind::CommunityTeam).get(area, community_team::interval))
}

/// Whether a secure bed is queued for or held: wanted by a hospital already.
fn expected(c: &Case) -> bool {
    c.ordered().is_some() || matches!(c.stage, Stage::Accepted | Stage::BedHeld)
}

/// A relapse, a charge, a breach or a reading above the team's concern: what it may do about it, if there is anything to decide.
pub(crate) fn concern(c: &Case, concern: f64) -> Option<EnumSet<Recall>> {
    let unwell = c.clinical.unwell;
    let rising =
        unwell || c.offending.charged || c.follow_up.breach || c.clinical.reading.is_some_and(|r| r.risk > concern);
    let waiting = expected(c) || c.awaits_ward;
    // There is nobody to recall who is detained already.
    if !rising || waiting || law::detained(c.legal) || (!unwell && !on_order(c)) {
        return None;
    }
    let mut allowed = EnumSet::only(Recall::Watch);
    if c.conditional() {
        allowed |= Recall::Ask;
    }
    if c.legal == Legal::Cto {
        allowed |= Recall::Cto;
    }
    if unwell {
        allowed |= Recall::Voluntary;
    }
    Some(allowed)
}

/// Watches, or brings back.
fn bring_back(world: &mut World, i: CaseId, decided: Recall) {
    match decided {
        Recall::Watch => {}
        Recall::Ask => recall(world, i),
        Recall::Cto => {
            // Recalled for up to 72 hours, then the order is revoked: detained again as before.
            let order = restored(world, i);
            log_recall(world, i, order);
            world.set_legal(i, order, Purpose::Recall);
            to_acute(world, i);
        }
        Recall::Voluntary => {
            if !on_order(world.case(i)) && world.case(i).legal != Legal::Licence {
                world.set_legal(i, Legal::S2, Purpose::Recall);
            }
            to_acute(world, i);
        }
    }
}

/// The order that a recall restores.
fn restored(world: &World, i: CaseId) -> Legal {
    let c = world.case(i);
    law::recalled(c.legal, c.legal_under)
}

/// Logs a recall to hospital, to the status that it restores.
fn log_recall(world: &mut World, i: CaseId, to: Legal) {
    let from = Label::legal(world.case(i).legal);
    world.event(i, Event::Recall, from, Label::legal(to), Some(Decision::Recall), Purpose::Recall);
}

/// Admits to an acute ward; somebody who was in secure care, and isn't old, is looked at for more security.
fn to_acute(world: &mut World, i: CaseId) {
    let once = world.case(i).past.ever_secure && world.age(i) < world.p.aftercare.secure_until;
    world.set_route(i, if once { Route::Recall } else { Route::Civil });
    admission::to_ward(world, i, Place::Acute, Purpose::Recall);
    world.set_grade(i, Stage::None);
    world.set_stage(i, if once { Stage::Unseen } else { Stage::Treatment });
}

/// The Ministry recalls a conditionally discharged patient: to a secure bed as soon as there is one.
fn recall(world: &mut World, i: CaseId) {
    let order = restored(world, i);
    log_recall(world, i, order);
    let medium = world.draw(i, Purpose::RecallTier) < world.p.aftercare.recall_medium;
    world.set_route(i, Route::Recall);
    waiting::identify(world, i);
    waiting::accept(world, i, if medium { Place::Medium } else { Place::Low });
}

/// Home, team and work, between two contacts.
fn live_on(world: &mut World, i: CaseId, takes_up_support: bool) {
    let years = f64::from(interval(world, i).count()) / YEAR;
    if world.case(i).place == Place::Supported {
        let stays = libm::exp(-world.p.aftercare.move_on * years);
        if world.draw(i, Purpose::Accommodation) > stays && !world.case(i).clinical.unwell {
            place::move_to(world, i, Place::Home, Ending::Transfer, Purpose::Accommodation);
        }
    }
    accrual::accrue(world, i);
    requirement::look(world, i);
    hand_over(world, i);
    if takes_up_support {
        let area = world.case(i).area;
        let payer = world.accounts.aftercare(area);
        let trust = world.units.trust(area);
        world.accounts.buy(area, payer, trust, Spend::Employment, world.p.money.employment);
        world.case_mut(i).work.supported = true;
    }
    world.mark_rates_stale(i);
}

/// Which team goes on: a forensic team hands over after some years, a mainstream one sooner or later closes the case of somebody
/// without an order, so that its list moves, and who was discharged in law without a team is taken on as soon as there is room.
fn hand_over(world: &mut World, i: CaseId) {
    let (c, p) = (world.case(i), &world.p.aftercare);
    let out = rates::years_out(c, world.today());
    let room = world.wards.free(ward_of(Team::Mainstream), c.area);
    let ordered = on_order(c) || c.legal == Legal::Mhtr;
    let years = f64::from(interval(world, i).count()) / YEAR;
    let kept = libm::exp(-years / p.mainstream_years);
    match c.follow_up.team {
        Some(Team::Forensic) if out > p.forensic_years && room => {
            follow_up::end(world, i);
            follow_up::take_on(world, i, Team::Mainstream);
        }
        Some(Team::Mainstream) if !ordered && world.draw_in_round(i, Purpose::CaseCloses, 0, world.today()) > kept => {
            follow_up::end(world, i);
            note_follow_up(world, i, Stage::Settled);
        }
        None if on_order(c) && room => {
            follow_up::take_on(world, i, Team::Mainstream);
            note_follow_up(world, i, Stage::FollowUp);
        }
        Some(Team::Forensic | Team::Mainstream) | None => {}
    }
}

/// Notes who looks in; somebody for whom a bed or a court is awaited goes on waiting for it.
fn note_follow_up(world: &mut World, i: CaseId, now: Stage) {
    if stage::at_home(world.case(i).stage) {
        world.set_stage(i, now);
    }
}

/// Absconds from a secure ward; the bed is kept.
fn abscond(world: &mut World, i: CaseId) {
    let today = world.today();
    let from = world.case(i).place;
    if !places::secure(from) || world.case(i).held.is_some() {
        return;
    }
    world.event(i, Event::Abscond, Label::place(from), Label::place(Place::Awol), None, Purpose::Abscond);
    if matches!(world.case(i).stage, Stage::Referred | Stage::Accepted) {
        waiting::withdraw(world, i);
    }
    leave::setback(world, i);
    let absence = &mut world.case_mut(i).absence;
    absence.from = Some(from);
    absence.last = Some(today);
    place::move_to(world, i, Place::Awol, Ending::Abscond, Purpose::Abscond);
    world.caseload.cancel(i, Due::Review);
    if world.draw(i, Purpose::AbsentOffence) < world.p.abscond.offend {
        charge(world, i);
    }
}

/// An absent patient returns to the bed that was kept.
fn come_back(world: &mut World, i: CaseId) {
    let c = world.case(i);
    let (Some(Bed::Unit(unit)), Some(place), Place::Awol) = (c.held.map(|h| h.bed), c.absence.from, c.place) else {
        return;
    };
    let payer = world.commissioner(c.area, place);
    let out_of_area = world.units[unit].commissioner != payer;
    place::move_to(world, i, place, Ending::Transfer, Purpose::Return);
    let spot = waiting::take_bed(world, i).is_some_and(|bed| bed.spot);
    place::occupy_unit(world, i, unit, payer, out_of_area);
    place::buy(world, i, spot);
    world.event(i, Event::Return, Label::place(Place::Awol), Label::place(place), None, Purpose::Return);
    requests::review(world, i);
}

/// Draws of what somebody is charged: often of the kind of the last charge, else as everybody of this sex and age; violence
/// of people who were in secure care is homicide more often.
fn offence(world: &World, i: CaseId, [kind, homicide]: [f64; 2]) -> Offence {
    let (c, p) = (world.case(i), &world.p.reoffence);
    let drawn = match c.offending.offence {
        Offence::None => world.population.offence(c.sex, world.age(i), kind),
        _ if kind >= p.same => world.population.offence(c.sex, world.age(i), (kind - p.same) / (1.0 - p.same)),
        Offence::Murder => Offence::Violence,
        Offence::Violence
        | Offence::Sexual
        | Offence::Robbery
        | Offence::Theft
        | Offence::Arson
        | Offence::Drugs
        | Offence::Weapons
        | Offence::PublicOrder
        | Offence::Other => c.offending.offence,
    };
    let homicide = drawn == Offence::Violence && c.past.ever_secure && homicide < p.homicide;
    if homicide { Offence::Murder } else { drawn }
}

/// Draws the offence of a charge.
fn charge(world: &mut World, i: CaseId) {
    let u = world.draw_four(i, Purpose::Outcome);
    let offence = offence(world, i, [u[0], u[3]]);
    let crown = world.population.tried_at_crown(offence, u[2]);
    let grave = crown && world.population.is_grave(offence, u[1]);
    offending::charge(world, i, offence, grave, crown);
    let (row, today) = (world.case(i).row, world.today());
    world.population.report(row, CaseloadReport::Charge, today);
    world.event(i, Event::Charge, Label::NONE, Label::offence(offence), None, Purpose::Reoffence);
    requests::court_sitting(world, i);
    world.sync_justice(i);
}

/// A charge in the community: custody or bail until the court sits.
fn offend(world: &mut World, i: CaseId) {
    if !places::community(world.case(i).place) || world.case(i).offending.charged {
        return;
    }
    charge(world, i);
    let u = world.draw(i, Purpose::Remand);
    if expected(world.case(i)) {
        // Recall goes before remand: the person is wanted by a hospital already.
        return;
    }
    let (c, age) = (world.case(i), world.age(i));
    let share = world.population.remanded(c.sex, age, (c.offending.offence, c.offending.crown));
    if c.offending.grave || u < share * world.p.reoffence.remand {
        remand(world, i);
    } else {
        world.sync_justice(i);
        world.schedule_in(i, Due::Contact, Days::ONE);
    }
}

/// Takes somebody who is charged into custody.
fn remand(world: &mut World, i: CaseId) {
    let (row, today) = (world.case(i).row, world.today());
    world.population.report(row, CaseloadReport::Reception, today);
    world.caseload.cancel(i, Due::Admission);
    if law::ends_in_custody(world.case(i).legal) {
        world.set_legal(i, Legal::None, Purpose::Reoffence);
    }
    place::move_to(world, i, Place::Remand, Ending::Custody, Purpose::Reoffence);
    into_custody(world, i, Stage::AwaitingCourt);
}

/// In prison: an acutely ill person is still to be seen.
fn into_custody(world: &mut World, i: CaseId, well: Stage) {
    let stage = if world.case(i).clinical.unwell { Stage::Unseen } else { well };
    world.set_route(i, Route::Prison);
    world.set_stage(i, stage);
}

/// Recalled to prison on licence.
fn licence_recall(world: &mut World, i: CaseId) {
    let c = world.case(i);
    // Who is wanted by a hospital already goes there.
    if c.legal != Legal::Licence || !places::community(c.place) || expected(c) {
        return;
    }
    let life = c.offending.life;
    let days = if life == Life::No {
        world.delay(i, Purpose::LicenceTime, world.p.licence.recall_days, world.p.licence.recall_sigma)
    } else {
        let u = world.draw(i, Purpose::LicenceTime);
        Days::rounded_up(world.p.justice.life.recalled * exponential(u))
    };
    let (from, to) = (Label::legal(Legal::Licence), Label::place(Place::Prison));
    world.event(i, Event::Recall, from, to, None, Purpose::LicenceRecall);
    place::move_to(world, i, Place::Prison, Ending::Custody, Purpose::LicenceRecall);
    world.set_legal(i, Legal::None, Purpose::LicenceRecall);
    let release = world.today() + days;
    offending::sentence_until(world, i, release);
    into_custody(world, i, Stage::None);
}

/// The books close on somebody long without contact, who returns to the population. Who was in secure care has by then lived in
/// the community for as long as that matters ([`requests::closing`]), and is let go once nobody follows up.
fn close(world: &mut World, i: CaseId) {
    let (c, days) = (world.case(i), world.p.discharge.books_days);
    let done = if c.past.ever_secure {
        !on_order(c) && !watched(c)
    } else {
        f64::from(world.today() - c.past.last_contact) >= days
    };
    let held = c.offending.charged
        || c.sentenced()
        || !places::community(c.place)
        || law::detained(c.legal)
        || c.legal == Legal::Cto
        || c.offending.life != Life::No;
    if held || !done {
        world.schedule_in(i, Due::Close, Days::rounded_up(days));
    } else {
        place::leave_books(world, i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::clinical::Reading;
    use crate::codes::{Diagnosis, Justice, Sex};
    use crate::ids::UnitId;
    use crate::plan::Demography;
    use crate::world::capacity::Ward;

    const CONCERN: f64 = 0.9;

    /// Somebody in the community whom a team meets today.
    fn met_today(w: &mut World, legal: Legal, change: impl FnOnce(&mut Case)) -> CaseId {
        let i = w.put_with(Place::Home, legal, change);
        w.due_today(i, Due::Contact);
        i
    }

    fn unwell(c: &mut Case) {
        c.clinical.unwell = true;
    }

    fn after(w: &mut World, i: CaseId, hazard: Hazard) {
        w.happens_today(i, hazard);
        follow(w);
    }

    /// What the team may answer about somebody of a status, with this reading of risk.
    fn options(legal: Legal, unwell: bool, risk: f64) -> Option<EnumSet<Recall>> {
        let mut w = World::small();
        let i = w.put(Place::Home, legal);
        let today = w.today();
        let k = &mut w.case_mut(i).clinical;
        k.unwell = unwell;
        k.reading = Some(Reading { risk, symptoms: 0.0, engagement: 0.5, security: 1.0, day: today });
        concern(w.case(i), CONCERN)
    }

    #[test]
    fn a_team_is_asked_only_of_those_who_worry_it() {
        for legal in [Legal::Cd, Legal::CdDol, Legal::Cto, Legal::None, Legal::Licence] {
            assert_eq!(options(legal, false, CONCERN), None, "{}", legal.name());
        }
    }

    #[test]
    fn what_a_team_may_do_depends_on_the_status() {
        let (watch, ask, cto, voluntary) = (Recall::Watch, Recall::Ask, Recall::Cto, Recall::Voluntary);
        for legal in [Legal::Cd, Legal::CdDol] {
            assert_eq!(options(legal, true, 0.0), Some(watch | ask | voluntary));
            assert_eq!(options(legal, false, 1.0), Some(watch | ask));
        }
        assert_eq!(options(Legal::Cto, true, 0.0), Some(watch | cto | voluntary));
        assert_eq!(options(Legal::Cto, false, 1.0), Some(watch | cto));
        for legal in [Legal::None, Legal::Licence, Legal::Mhtr, Legal::AbsoluteDischarge] {
            assert_eq!(options(legal, true, 5.0), Some(watch | voluntary));
            assert_eq!(options(legal, false, 5.0), None);
        }
    }

    #[test]
    fn a_charge_worries_the_team_of_somebody_under_an_order() {
        let mut w = World::small();
        for (legal, worried) in [(Legal::Cd, true), (Legal::Cto, true), (Legal::None, false)] {
            let i = w.put_with(Place::Home, legal, |c| c.offending.charged = true);
            assert_eq!(concern(w.case(i), CONCERN).is_some(), worried, "{}", legal.name());
        }
    }

    #[test]
    fn nobody_is_brought_back_whom_a_hospital_expects_already() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::Cd, unwell);
        assert!(concern(w.case(i), CONCERN).is_some());
        for stage in [Stage::Accepted, Stage::BedHeld] {
            w.set_stage(i, stage);
            assert_eq!(concern(w.case(i), CONCERN), None);
        }
        w.set_stage(i, Stage::FollowUp);
        w.case_mut(i).awaits_ward = true;
        assert_eq!(concern(w.case(i), CONCERN), None);
    }

    #[test]
    fn a_recall_of_the_ministry_goes_to_the_bed_queue_of_a_secure_tier() {
        for (share, tier) in [(1.0, Place::Medium), (0.0, Place::Low)] {
            let mut w = World::small();
            w.says(Recall::Ask);
            w.p.aftercare.recall_medium = share;
            let i = met_today(&mut w, Legal::Cd, unwell);
            follow_up::take_on(&mut w, i, Team::Mainstream);
            // What was needed once has nothing to do with what is needed now.
            waiting::identify(&mut w, i);
            w.pass(50);
            follow(&mut w);
            let c = w.case(i);
            assert_eq!((c.place, c.legal, c.stage, c.route), (Place::Home, Legal::Cd, Stage::Accepted, Route::Recall));
            assert_eq!((c.target, c.identified(), c.queued()), (tier, Some(w.today()), Some(w.today())));
            assert_eq!(w.queues.beds, [i]);
            let recall = [(Label::legal(Legal::Cd), Label::legal(Legal::S37S41))];
            assert_eq!(w.logged(i, Event::Recall), recall);
        }
    }

    #[test]
    fn a_recall_outlasts_a_team_that_takes_the_person_on_the_same_day() {
        let mut w = World::small();
        w.says(Recall::Ask);
        let i = met_today(&mut w, Legal::Cd, unwell);
        follow(&mut w);
        assert_eq!(w.case(i).stage, Stage::Accepted);
    }

    #[test]
    fn who_is_recalled_under_a_community_treatment_order_is_detained_on_an_acute_ward() {
        let mut w = World::small();
        w.says(Recall::Cto);
        let i = met_today(&mut w, Legal::Cto, unwell);
        follow_up::take_on(&mut w, i, Team::Mainstream);
        follow(&mut w);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage, c.route), (Place::Acute, Legal::S3, Stage::Treatment, Route::Civil));
        assert_eq!(c.follow_up.team, None);
        assert_eq!(w.logged(i, Event::Recall), [(Label::legal(Legal::Cto), Label::legal(Legal::S3))]);
        w.must_hold();
    }

    #[test]
    fn a_voluntary_admission_is_under_s2_unless_an_order_or_a_licence_goes_on() {
        for (before, after) in [
            (Legal::None, Legal::S2),
            (Legal::Mhtr, Legal::S2),
            (Legal::Cd, Legal::Cd),
            (Legal::Cto, Legal::Cto),
            (Legal::Licence, Legal::Licence),
        ] {
            let mut w = World::small();
            w.says(Recall::Voluntary);
            let i = met_today(&mut w, before, unwell);
            follow(&mut w);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Acute, after), "{}", before.name());
            w.must_hold();
        }
    }

    #[test]
    fn who_was_in_secure_care_and_is_not_old_is_looked_at_for_more_security() {
        for (ever, age, route, stage) in [
            (true, 40, Route::Recall, Stage::Unseen),
            (true, 70, Route::Civil, Stage::Treatment),
            (false, 40, Route::Civil, Stage::Treatment),
        ] {
            let mut w = World::small();
            w.says(Recall::Voluntary);
            let born = w.today() - age * 366;
            let i = met_today(&mut w, Legal::None, |c| {
                unwell(c);
                c.past.ever_secure = ever;
                c.born = born;
                c.grade = Stage::UnescortedLeave;
            });
            follow(&mut w);
            assert_eq!((w.case(i).route, w.case(i).stage, w.case(i).grade), (route, stage, Stage::None));
        }
    }

    #[test]
    fn without_a_bed_on_an_acute_ward_a_person_waits_at_home() {
        let mut w = World::small();
        w.says(Recall::Voluntary);
        w.set_all(Kind::AftercareFunder, "acute_beds", 0.0);
        let i = met_today(&mut w, Legal::None, unwell);
        follow(&mut w);
        assert_eq!((w.case(i).place, w.case(i).awaits_ward), (Place::Home, true));
        assert_eq!(w.due_in(i, Due::Admission), Some(1));
    }

    #[test]
    fn who_waits_for_a_ward_is_unseen_still_when_a_team_takes_the_person_on() {
        let mut w = World::small();
        w.says(Recall::Voluntary);
        w.set_all(Kind::AftercareFunder, "acute_beds", 0.0);
        let i = met_today(&mut w, Legal::Cd, |c| {
            unwell(c);
            c.past.ever_secure = true;
        });
        follow(&mut w);
        assert_eq!((w.case(i).awaits_ward, w.case(i).stage), (true, Stage::Unseen));
    }

    #[test]
    fn who_is_only_watched_stays_and_is_met_again_after_the_teams_interval() {
        let mut w = World::small();
        w.says(Recall::Watch);
        let i = met_today(&mut w, Legal::Cd, unwell);
        w.pass(3);
        follow(&mut w);
        assert_eq!((w.case(i).place, w.due_in(i, Due::Contact)), (Place::Home, Some(28)));
        assert_eq!(w.case(i).past.last_contact, w.today());
        assert!(w.case(i).clinical.reading.is_some_and(|r| r.day == w.today()));
    }

    #[test]
    fn who_has_settled_without_a_team_is_not_met_again() {
        let mut w = World::small();
        let i = met_today(&mut w, Legal::None, |_| {});
        follow(&mut w);
        assert_eq!(w.due_in(i, Due::Contact), None);
    }

    #[test]
    fn nobody_is_met_in_the_community_who_is_no_longer_there() {
        let mut w = World::small();
        let i = w.put(Place::Remand, Legal::None);
        w.due_today(i, Due::Contact);
        follow(&mut w);
        assert_eq!(w.case(i).clinical.reading, None);
    }

    /// Who follows up somebody so many years after secure care, by the end of the day.
    fn team_after(w: &mut World, legal: Legal, team: Option<Team>, years: i32) -> (Option<Team>, Stage) {
        let out = w.today() - years * 366;
        let i = met_today(w, legal, |c| {
            c.past.secure_exit = Some(out);
            c.stage = if team.is_some() { Stage::FollowUp } else { Stage::Settled };
        });
        if let Some(team) = team {
            follow_up::take_on(w, i, team);
        }
        follow(w);
        (w.case(i).follow_up.team, w.case(i).stage)
    }

    #[test]
    fn a_forensic_team_hands_over_after_some_years_where_there_is_room() {
        let mut w = World::small();
        let forensic = Some(Team::Forensic);
        assert_eq!(team_after(&mut w, Legal::Cd, forensic, 2).0, forensic);
        assert_eq!(team_after(&mut w, Legal::Cd, forensic, 4).0, Some(Team::Mainstream));
        w.wards.close_day();
        assert_eq!((w.wards.used(Ward::Forensic), w.wards.used(Ward::Mainstream)), (1, 1));
        w.set_all(Kind::CommunityTeam, "mainstream_capacity", 0.0);
        assert_eq!(team_after(&mut w, Legal::Cd, forensic, 4).0, forensic);
    }

    #[test]
    fn a_mainstream_team_sooner_or_later_closes_the_case_of_who_is_under_no_order() {
        let mut w = World::small();
        let mainstream = Some(Team::Mainstream);
        for (mean, after) in [(1e9, (mainstream, Stage::FollowUp)), (1e-3, (None, Stage::Settled))] {
            w.p.aftercare.mainstream_years = mean;
            assert_eq!(team_after(&mut w, Legal::None, mainstream, 1), after);
            assert_eq!(team_after(&mut w, Legal::Cto, mainstream, 1), (mainstream, Stage::FollowUp));
        }
    }

    #[test]
    fn a_mainstream_list_moves_by_the_share_that_leaves_it_in_a_year() {
        let mut w = World::small();
        w.p.aftercare.mainstream_years = 3.0;
        w.set_all(Kind::CommunityTeam, "mainstream_capacity", 1000.0);
        let all: Vec<CaseId> =
            (0..200).map(|_| w.put_with(Place::Home, Legal::None, |c| c.stage = Stage::FollowUp)).collect();
        for i in &all {
            follow_up::take_on(&mut w, *i, Team::Mainstream);
        }
        // A year of contacts, every four weeks.
        for _ in 0..13 {
            w.pass(28);
            for i in &all {
                hand_over(&mut w, *i);
            }
        }
        let left = all.iter().filter(|i| w.case(**i).follow_up.team.is_none()).count() as f64 / 200.0;
        assert!((left - (1.0 - libm::exp(-13.0 * 28.0 / YEAR / 3.0))).abs() < 0.1, "{left}");
    }

    #[test]
    fn who_is_under_an_order_without_a_team_gets_one_as_soon_as_there_is_room() {
        let mut w = World::small();
        assert_eq!(team_after(&mut w, Legal::Cd, None, 1), (Some(Team::Mainstream), Stage::FollowUp));
        assert_eq!(team_after(&mut w, Legal::None, None, 1), (None, Stage::Settled));
        w.set_all(Kind::CommunityTeam, "mainstream_capacity", 0.0);
        assert_eq!(team_after(&mut w, Legal::Cd, None, 1), (None, Stage::Settled));
    }

    #[test]
    fn people_move_on_from_supported_accommodation_unless_they_are_unwell() {
        for (move_on, ill, place) in
            [(1e9, false, Place::Home), (1e9, true, Place::Supported), (0.0, false, Place::Supported)]
        {
            let mut w = World::small();
            w.says(Recall::Watch);
            w.p.aftercare.move_on = move_on;
            let i = w.put_with(Place::Supported, Legal::None, |c| c.clinical.unwell = ill);
            w.due_today(i, Due::Contact);
            follow(&mut w);
            assert_eq!(w.case(i).place, place);
            w.wards.close_day();
            assert_eq!(w.wards.used(Ward::Supported), i64::from(place == Place::Supported));
        }
    }

    #[test]
    fn employment_support_is_offered_where_the_lever_says_so_once() {
        let mut w = World::small();
        w.says(Engagement::Work);
        let i = met_today(&mut w, Legal::None, |_| {});
        follow(&mut w);
        assert!(!w.case(i).work.supported);
        w.pull(Lever::EmploymentSupport, 1.0);
        for _ in 0..2 {
            w.due_today(i, Due::Contact);
            follow(&mut w);
        }
        assert!(w.case(i).work.supported);
        assert_eq!(w.booked(Spend::Employment), [(w.accounts.aftercare(0), 260_000)]);
    }

    #[test]
    fn who_withholds_or_is_brought_back_today_takes_up_no_support() {
        let mut w = World::small();
        w.pull(Lever::EmploymentSupport, 1.0);
        w.says(Engagement::Withhold);
        let i = met_today(&mut w, Legal::None, |_| {});
        follow(&mut w);
        assert!(!w.case(i).work.supported);
        w.says(Engagement::Work);
        w.says(Recall::Voluntary);
        let ill = met_today(&mut w, Legal::None, unwell);
        follow(&mut w);
        assert!(!w.case(ill).work.supported && w.case(ill).place == Place::Acute);
    }

    #[test]
    fn who_absconds_keeps_the_bed_and_the_return_takes_it() {
        let mut w = World::small();
        w.p.abscond.offend = 0.0;
        let i = w.put_with(Place::Medium, Legal::S37, |c| c.stage = Stage::UnescortedLeave);
        w.schedule_in(i, Due::Review, Days::rounded_up(9.0));
        let unit = UnitId(2);
        after(&mut w, i, Hazard::Abscond);
        let counts = |w: &World| (w.units[unit].occupied, w.units[unit].held, w.units[unit].vacated);
        let c = w.case(i);
        assert_eq!((c.place, c.stage, c.setbacks), (Place::Awol, Stage::Treatment, 1));
        assert_eq!((c.absence.from, c.absence.last), (Some(Place::Medium), Some(w.today())));
        assert_eq!((counts(&w), w.due_in(i, Due::Review)), ((0, 1, 0), None));
        waiting::give_up_bed(&mut w, i);
        w.settle_in();
        w.live_tomorrow();
        after(&mut w, i, Hazard::Return);
        let c = w.case(i);
        assert_eq!((c.place, c.placement.unit, c.held), (Place::Medium, Some(unit), None));
        assert_eq!(c.placement.payer, Some(w.collaborative(0)));
        assert_eq!(counts(&w), (1, 0, 0));
        assert!(w.due_in(i, Due::Review).is_some());
        w.live_tomorrow();
    }

    #[test]
    fn the_bed_of_another_collaborative_is_still_out_of_area_after_a_return() {
        let mut w = World::small();
        w.p.abscond.offend = 0.0;
        let i = w.put_with(Place::Low, Legal::S37, |c| c.area = 1);
        after(&mut w, i, Hazard::Abscond);
        w.ran_out.clear();
        after(&mut w, i, Hazard::Return);
        assert!(w.case(i).placement.out_of_area);
    }

    #[test]
    fn a_bed_outside_the_contract_is_still_one_after_a_return() {
        let mut w = World::small();
        w.p.abscond.offend = 0.0;
        let i = w.put_with(Place::Low, Legal::S37, |c| c.placement.spot = true);
        after(&mut w, i, Hazard::Abscond);
        w.ran_out.clear();
        after(&mut w, i, Hazard::Return);
        assert!(w.case(i).placement.spot);
    }

    #[test]
    fn who_is_charged_while_absent_is_on_bail_in_the_population() {
        let mut w = World::small();
        w.p.abscond.offend = 1.0;
        let i = w.put(Place::Low, Legal::S37);
        after(&mut w, i, Hazard::Abscond);
        assert_eq!(w.population.resident(w.case(i).row).justice, Justice::Bail);
    }

    #[test]
    fn who_absconds_no_longer_waits_to_be_moved_and_who_has_a_bed_held_stays() {
        let mut w = World::small();
        let waits = w.put_with(Place::Low, Legal::S37, |c| {
            (c.stage, c.route) = (Stage::Referred, Route::StepUp);
        });
        waiting::ask_assessment(&mut w, waits, Place::Medium);
        let held = w.put(Place::Low, Legal::S37);
        waiting::keep_bed(&mut w, held, Bed::Unit(UnitId(2)));
        w.happens_today(held, Hazard::Abscond);
        after(&mut w, waits, Hazard::Abscond);
        assert_eq!((w.case(waits).place, w.case(waits).wait.is_none()), (Place::Awol, true));
        assert_eq!(w.case(held).place, Place::Low);
    }

    #[test]
    fn some_who_abscond_are_charged_and_nobody_absconds_from_outside() {
        let mut w = World::small();
        w.p.abscond.offend = 1.0;
        let i = w.put(Place::Medium, Legal::S37);
        let home = w.put(Place::Home, Legal::None);
        w.happens_today(home, Hazard::Abscond);
        after(&mut w, i, Hazard::Abscond);
        assert!(w.case(i).offending.charged && w.due_in(i, Due::Court).is_some());
        assert_eq!(w.case(home).place, Place::Home);
    }

    #[test]
    fn nobody_returns_who_is_not_absent() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        after(&mut w, i, Hazard::Return);
        assert_eq!((w.case(i).place, w.logged(i, Event::Return).len()), (Place::Medium, 0));
    }

    #[test]
    fn a_charge_leads_to_remand_or_to_bail() {
        for (remanded, place, justice) in [(1.0, Place::Remand, Justice::Remand), (0.0, Place::Home, Justice::Bail)] {
            let mut w = World::small();
            // Theft again.
            (w.p.reoffence.remand, w.p.reoffence.same) = (1e9 * remanded, 1.0);
            let i = w.put_with(Place::Home, Legal::None, |c| c.offending.offence = Offence::Theft);
            after(&mut w, i, Hazard::Reoffence);
            let c = w.case(i);
            assert_eq!((c.place, c.offending.charged, c.offending.history), (place, true, 1));
            assert!(w.due_in(i, Due::Court).is_some_and(|days| days > 0));
            assert_eq!(w.population.resident(c.row).justice, justice);
            assert_eq!(w.due_in(i, Due::Contact), (place == Place::Home).then_some(1));
            w.must_hold();
        }
    }

    #[test]
    fn charges_after_care_are_of_every_kind_as_those_of_everybody_of_the_sex() {
        let kinds = |sex: Sex, before: Offence, homicide: f64| {
            let mut w = World::small();
            (w.p.reoffence.same, w.p.reoffence.homicide) = (0.25, homicide);
            let i = w.put_with(Place::Home, Legal::None, |c| {
                (c.sex, c.offending.offence, c.past.ever_secure) = (sex, before, homicide > 0.0);
            });
            let mut found = [0.0; 11];
            for k in 0..1000 {
                for homicide in 0..20 {
                    let u = [(f64::from(k) + 0.5) / 1000.0, (f64::from(homicide) + 0.5) / 20.0];
                    found[offence(&w, i, u) as usize] += 1.0 / 20_000.0;
                }
            }
            found
        };
        let of = |found: &[f64; 11], o: Offence| found[o as usize];
        let (men, women) = (kinds(Sex::Male, Offence::None, 0.0), kinds(Sex::Female, Offence::None, 0.0));
        for o in Offence::ALL.iter().skip(1) {
            // Somebody of twenty.
            let table = World::small().plan.population.offences[0][1][*o as usize - 1];
            assert!((of(&men, *o) - table).abs() < 0.002, "{}: {} for {table}", o.name(), of(&men, *o));
        }
        assert!(of(&women, Offence::Sexual) < 0.2 * of(&men, Offence::Sexual));
        assert!(of(&women, Offence::Theft) > of(&men, Offence::Theft));
        // A quarter is of the kind of the last one, and the more of it in all.
        let again = kinds(Sex::Male, Offence::Arson, 0.0);
        let expected = 0.25 + 0.75 * of(&men, Offence::Arson);
        assert!((of(&again, Offence::Arson) - expected).abs() < 0.003, "{}", of(&again, Offence::Arson));
        // Violence of people from secure care is homicide in its share.
        let after = kinds(Sex::Male, Offence::None, 0.05);
        let expected = of(&men, Offence::Murder) + 0.05 * of(&men, Offence::Violence);
        assert!((of(&after, Offence::Murder) - expected).abs() < 0.002, "{}", of(&after, Offence::Murder));
    }

    #[test]
    fn a_supervising_team_that_sees_the_breach_has_the_patient_recalled_before_the_offence() {
        let heading = |legal, answer, (warned, days, managed): (f64, f64, f64)| {
            let mut w = World::small();
            (w.p.supervision.warned, w.p.supervision.warning_days) = (warned, days);
            w.p.supervision.managed = managed;
            let i = w.put(Place::Home, legal);
            w.schedule_in(i, Due::Contact, Days::rounded_up(14.0));
            w.says(answer);
            after(&mut w, i, Hazard::Reoffence);
            assert!(!w.case(i).follow_up.breach, "it is dealt with on the day");
            w.must_hold();
            (w.logged(i, Event::Recall).len(), w.case(i).offending.charged)
        };
        let seen = (1.0, 1e9, 0.0);
        assert_eq!(heading(Legal::Cd, Recall::Ask, seen), (1, false));
        assert_eq!(heading(Legal::Cto, Recall::Cto, seen), (1, false));
        assert_eq!(heading(Legal::Cd, Recall::Watch, (1.0, 1e9, 1.0)), (0, false), "supervised more closely");
        // Left at large, unseen, too sudden, or under no order: the offence happens.
        assert_eq!(heading(Legal::Cd, Recall::Watch, seen), (0, true));
        assert_eq!(heading(Legal::Cd, Recall::Ask, (0.0, 1e9, 1.0)), (0, true));
        assert_eq!(heading(Legal::Cd, Recall::Ask, (1.0, 1e-9, 1.0)), (0, true));
        assert_eq!(heading(Legal::None, Recall::Ask, seen), (0, true));
    }

    #[test]
    fn a_grave_charge_always_leads_to_remand_and_to_the_crown_court() {
        let mut w = World::small();
        (w.p.reoffence.remand, w.p.reoffence.same, w.p.reoffence.homicide) = (0.0, 1.0, 1.0);
        let i = w.put_with(Place::Home, Legal::None, |c| {
            (c.offending.offence, c.past.ever_secure) = (Offence::Violence, true);
        });
        after(&mut w, i, Hazard::Reoffence);
        let c = w.case(i);
        assert_eq!((c.place, c.stage, c.route), (Place::Remand, Stage::AwaitingCourt, Route::Prison));
        assert!(c.offending.grave && c.offending.crown && c.offending.offence == Offence::Murder);
    }

    #[test]
    fn remand_ends_every_order_but_a_conditional_discharge() {
        for (before, after_remand) in [(Legal::Cto, Legal::None), (Legal::Licence, Legal::None), (Legal::Cd, Legal::Cd)]
        {
            let mut w = World::small();
            w.p.reoffence.remand = 1e9;
            let i = w.put_with(Place::Home, before, unwell);
            after(&mut w, i, Hazard::Reoffence);
            assert_eq!((w.case(i).legal, w.case(i).stage), (after_remand, Stage::Unseen), "{}", before.name());
        }
    }

    #[test]
    fn who_is_charged_already_is_not_charged_again_and_who_is_recalled_not_remanded() {
        let mut w = World::small();
        w.p.reoffence.remand = 1e9;
        let charged = w.put_with(Place::Home, Legal::None, |c| c.offending.charged = true);
        let recalled = w.put_with(Place::Home, Legal::Cd, |c| c.stage = Stage::Accepted);
        w.happens_today(charged, Hazard::Reoffence);
        after(&mut w, recalled, Hazard::Reoffence);
        assert_eq!((w.case(charged).place, w.case(charged).offending.history), (Place::Home, 0));
        assert_eq!((w.case(recalled).place, w.case(recalled).offending.charged), (Place::Home, true));
    }

    #[test]
    fn recall_on_licence_leads_back_to_prison_for_a_time() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::Licence);
        after(&mut w, i, Hazard::Licence);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage, c.route), (Place::Prison, Legal::None, Stage::None, Route::Prison));
        assert!(c.offending.release.is_some_and(|day| day > w.today()));
        assert_eq!(c.due.get(Due::Release), c.offending.release);
        assert_eq!(w.logged(i, Event::Recall), [(Label::legal(Legal::Licence), Label::place(Place::Prison))]);
        w.must_hold();
    }

    #[test]
    fn who_is_ordered_to_hospital_is_not_recalled_to_prison_first() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::Licence, |c| c.offending.charged = true);
        waiting::order(&mut w, i, Legal::S37, Days::rounded_up(28.0));
        after(&mut w, i, Hazard::Licence);
        assert_eq!((w.case(i).place, w.case(i).stage, w.case(i).route), (Place::Home, Stage::Accepted, Route::Court));
    }

    #[test]
    fn nobody_is_recalled_to_prison_without_a_licence_or_from_hospital() {
        let mut w = World::small();
        let free = w.put(Place::Home, Legal::None);
        let inside = w.put(Place::Acute, Legal::Licence);
        w.happens_today(free, Hazard::Licence);
        after(&mut w, inside, Hazard::Licence);
        assert_eq!((w.case(free).place, w.case(inside).place), (Place::Home, Place::Acute));
    }

    #[test]
    fn work_is_found_and_lost() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        for employed in [true, false] {
            w.ran_out.clear();
            after(&mut w, i, Hazard::Work);
            assert_eq!(w.case(i).work.employed, employed);
        }
        assert_eq!(w.logged(i, Event::Employment).len(), 2);
    }

    #[test]
    fn a_history_of_offending_fades_a_step() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| c.offending.history = 2);
        after(&mut w, i, Hazard::Fading);
        assert_eq!(w.case(i).offending.history, 1);
    }

    #[test]
    fn the_books_close_only_on_the_quiet() {
        let mut w = World::of_plan(World::small_plan());
        w.today = w.plan.calendar.start;
        let (from, to) = (w.today, w.today + 365);
        w.population.live(from, to, 1, &std::sync::atomic::AtomicBool::new(false)).expect("nobody stops it");
        let changes: [fn(&mut Case); 6] = [
            |_| {},
            |c| c.offending.charged = true,
            |c| c.offending.release = Some(60_000),
            |c| c.legal = Legal::Cto,
            |c| c.legal = Legal::S3,
            |c| c.past.last_contact += 200,
        ];
        let all: Vec<CaseId> = changes.into_iter().map(|change| w.put_with(Place::Home, Legal::None, change)).collect();
        w.pass(364);
        for i in &all {
            w.due_today(*i, Due::Close);
        }
        follow(&mut w);
        assert_eq!((w.case(all[0]).place, w.due_in(all[1], Due::Close)), (Place::Home, Some(365)));
        w.pass(1);
        for i in &all {
            w.due_today(*i, Due::Close);
        }
        follow(&mut w);
        let left: Vec<bool> = all.iter().map(|i| w.case(*i).place == Place::Left).collect();
        assert_eq!(left, [true, false, false, false, false, false]);
        assert!(!w.caseload.by_person.contains_key(&w.case(all[0]).person));
        assert!(all[1..].iter().all(|i| w.due_in(*i, Due::Close) == Some(365)));
    }

    #[test]
    fn who_was_in_secure_care_is_let_go_once_it_no_longer_matters_and_nobody_follows_up() {
        for demography in [Demography::Moving, Demography::Frozen] {
            let mut w = World::small();
            w.plan.mode.demography = demography;
            let (from, to) = (w.today, w.today + 365);
            w.population.live(from, to, 1, &std::sync::atomic::AtomicBool::new(false)).expect("nobody stops it");
            let changes: [fn(&mut Case); 5] =
                [|_| {}, |c| c.legal = Legal::Cd, |c| c.legal = Legal::Cto, unwell, |c| c.offending.charged = true];
            let put = |w: &mut World, change: fn(&mut Case)| {
                w.put_with(Place::Home, Legal::None, |c| {
                    c.past.ever_secure = true;
                    change(c);
                })
            };
            let all: Vec<CaseId> = changes.into_iter().map(|change| put(&mut w, change)).collect();
            let followed = put(&mut w, |_| {});
            follow_up::take_on(&mut w, followed, Team::Forensic);
            for i in all.iter().chain([&followed]) {
                w.due_today(*i, Due::Close);
            }
            follow(&mut w);
            let left: Vec<bool> = all.iter().chain([&followed]).map(|i| w.case(*i).place == Place::Left).collect();
            assert_eq!(left, [true, false, false, false, false, false]);
            assert!(all[1..].iter().all(|i| w.due_in(*i, Due::Close) == Some(365)));
            // Where nobody grows up to take a place, an equal took it at the first admission: nobody comes back.
            let met_again = w.population.resident(w.case(all[0]).row).contacts;
            assert_eq!(met_again > 0, demography == Demography::Moving, "{demography:?}");
        }
    }

    #[test]
    fn whatever_a_team_answers_about_anybody_the_world_holds_together() {
        for answer in [Recall::Watch, Recall::Ask, Recall::Cto, Recall::Voluntary] {
            let mut w = World::small();
            w.says(answer);
            for place in [Place::Home, Place::Supported] {
                for legal in [Legal::None, Legal::Cd, Legal::CdDol, Legal::Cto, Legal::Mhtr, Legal::Licence] {
                    let i = w.put_with(place, legal, |c| {
                        unwell(c);
                        c.diagnoses |= Diagnosis::Substance;
                    });
                    w.due_today(i, Due::Contact);
                }
            }
            follow(&mut w);
            w.settle_in();
            w.live_tomorrow();
        }
    }
}
