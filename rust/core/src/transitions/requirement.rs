//! A mental health treatment requirement: who treats, and how the court hears that it isn't kept to.

use crate::agents::{Kind, community_team};
use crate::calendar::{Days, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{Case, Team};
use crate::codes::{Diagnosis, Event, Label, Legal, Purpose, Spend};
use crate::ids::CaseId;
use crate::law::places;
use crate::requests;
use crate::transitions::follow_up;
use crate::transitions::readiness::ward_of;
use crate::world::World;

/// Whether arrangements for the treatment can be made, without which there is no requirement (Sentencing Act 2020, Sch 9
/// para 17): a psychotic illness is treated by a community team that has room, anything else by a psychologist in primary care.
pub fn available(world: &World, i: CaseId) -> bool {
    let c = world.case(i);
    !by_a_team(c) || c.follow_up.team.is_some() || world.wards.free(ward_of(Team::Mainstream), c.area)
}

/// Whether a community team treats.
fn by_a_team(c: &Case) -> bool {
    c.has(Diagnosis::Psychosis)
}

/// Begins the treatment that a requirement asks for; whoever leaves hospital has a team from the discharge.
pub fn begin(world: &mut World, i: CaseId) {
    let c = world.case(i);
    let (area, without_team) = (c.area, places::community(c.place) && c.follow_up.team.is_none());
    if !by_a_team(c) {
        let payer = world.accounts.aftercare(area);
        let trust = world.units.trust(area);
        world.accounts.buy(area, payer, trust, Spend::Requirement, world.p.money.requirement);
    } else if without_team && world.wards.free(ward_of(Team::Mainstream), area) {
        follow_up::take_on(world, i, Team::Mainstream);
    }
    world.schedule_in(i, Due::Contact, Days::ONE);
}

/// Ends it: a team that was there for the requirement alone closes the case.
pub fn end(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.past.discharged.is_none() && c.follow_up.mainstream() {
        follow_up::end(world, i);
    }
}

/// Whoever treats sees whether the requirement is kept to. If it isn't, probation brings the person back before the court
/// (Sentencing Act 2020, Sch 10).
pub fn look(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.legal != Legal::Mhtr || c.offending.charged {
        return;
    }
    let (p, area) = (&world.p.court, usize::from(c.area));
    let unengaged = world.p.relapse.engagement_at - c.clinical.engagement;
    let rate = p.breach * libm::exp(p.breach_engagement * unengaged);
    let years = world.agents.of(Kind::CommunityTeam).get(area, community_team::interval) / YEAR;
    if world.draw(i, Purpose::Breach) < -libm::expm1(-rate * years) {
        let label = Label::offence(world.case(i).offending.offence);
        world.event(i, Event::Breach, Label::legal(Legal::Mhtr), label, None, Purpose::Breach);
        super::offending::breach(world, i);
        requests::court_sitting(world, i);
        world.sync_justice(i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Place;
    use crate::world::capacity::Ward;

    fn ordered(psychosis: bool) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| {
            c.diagnoses = Diagnosis::Personality.into();
            if psychosis {
                c.diagnoses |= Diagnosis::Psychosis;
            }
        });
        w.set_legal(i, Legal::Mhtr, Purpose::Disposal);
        (w, i)
    }

    /// A world in which everybody who can breaks a requirement.
    fn breaking(w: &mut World) {
        w.p.court.breach = 1e9;
    }

    #[test]
    fn a_community_team_treats_a_psychotic_illness_until_the_requirement_ends() {
        let (mut w, i) = ordered(true);
        assert!(w.case(i).follow_up.mainstream());
        assert_eq!((w.wards.used(Ward::Mainstream), w.due_in(i, Due::Contact)), (1, Some(1)));
        assert!(w.booked(Spend::Requirement).is_empty());
        w.set_legal(i, Legal::None, Purpose::None);
        assert!(w.case(i).follow_up.team.is_none());
    }

    #[test]
    fn primary_care_treats_the_others_at_a_price() {
        let (w, i) = ordered(false);
        assert!(w.case(i).follow_up.team.is_none());
        let pence = libm::round(w.p.money.requirement * 100.0) as i64;
        assert_eq!(w.booked(Spend::Requirement), [(w.accounts.aftercare(0), pence)]);
        assert_eq!(w.due_in(i, Due::Contact), Some(1));
    }

    #[test]
    fn the_team_of_somebody_who_was_in_secure_care_stays() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| {
            c.diagnoses = Diagnosis::Psychosis.into();
            c.past.discharged = Some(c.placement.since);
        });
        follow_up::take_on(&mut w, i, Team::Mainstream);
        w.set_legal(i, Legal::Mhtr, Purpose::Disposal);
        w.set_legal(i, Legal::None, Purpose::None);
        assert!(w.case(i).follow_up.mainstream());
    }

    #[test]
    fn without_room_in_a_team_nobody_with_a_psychosis_can_be_treated() {
        let mut w = World::small();
        let ill = w.put_with(Place::Home, Legal::None, |c| c.diagnoses = Diagnosis::Psychosis.into());
        let other = w.put_with(Place::Home, Legal::None, |c| c.diagnoses = Diagnosis::Personality.into());
        assert!(available(&w, ill) && available(&w, other));
        while w.wards.free(Ward::Mainstream, 0) {
            w.wards.take(Ward::Mainstream, 0);
        }
        assert!(!available(&w, ill) && available(&w, other));
    }

    #[test]
    fn a_breach_comes_before_the_court_once() {
        let (mut w, i) = ordered(true);
        breaking(&mut w);
        look(&mut w, i);
        let o = w.case(i).offending;
        assert!(o.charged && o.breach);
        assert_eq!(o.history, 0, "no new offence");
        assert!(w.due_in(i, Due::Court).is_some());
        look(&mut w, i);
        assert_eq!(w.logged(i, Event::Breach).len(), 1);
    }

    #[test]
    fn nobody_breaks_what_isnt_there() {
        let mut w = World::small();
        breaking(&mut w);
        let i = w.put(Place::Home, Legal::None);
        look(&mut w, i);
        assert!(!w.case(i).offending.charged);
    }

    #[test]
    fn who_engages_keeps_to_it_longer() {
        let broken = |engagement: f64| {
            let mut w = World::small();
            w.p.court.breach = 2.0;
            let people: Vec<CaseId> = (0..300)
                .map(|_| {
                    w.put_with(Place::Home, Legal::Mhtr, |c| {
                        c.clinical.engagement = engagement;
                    })
                })
                .collect();
            for i in &people {
                look(&mut w, *i);
            }
            people.iter().filter(|i| w.case(**i).offending.breach).count()
        };
        let (disengaged, engaged) = (broken(0.0), broken(1.0));
        assert!(disengaged > 2 * engaged && engaged > 0, "{disengaged} {engaged}");
    }
}
