//! The rates of a case's hazards, from its state: one number a hazard, per person-year.

use super::World;
use crate::agents::{Kind, acute_ward, in_reach};
use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::case::Life;
use crate::codes::{Diagnosis, Legal, Place, Stage};
use crate::hazards::abscond::{self, Leave};
use crate::hazards::{
    HAZARDS, Hazard, absolute, application, assault, death, fading, licence, noticed, recovery, relapse, reoffence,
    returning, suicide, work,
};
use crate::ids::CaseId;
use crate::law;
use crate::law::places::PlaceKind;
use crate::law::{places, stages};

/// Years since the last discharge to the community of somebody who was in secure care; negative if never [a].
pub fn years_out(c: &Case, today: Day) -> f64 {
    c.past.secure_exit.map_or(-1.0, |day| f64::from(today - day) / YEAR)
}

impl World {
    /// Part of the effect of substance use that is left [0-1]: 0 without it, less where a condition of discharge to abstain, and
    /// tests, hold.
    pub(crate) fn substance(&self, c: &Case) -> f64 {
        let held = if c.conditional() { self.p.supervision.abstinent } else { 0.0 };
        if c.has(Diagnosis::Substance) { 1.0 - held } else { 0.0 }
    }
}

/// What the rates of several hazards rest on.
struct Facts<'a> {
    world: &'a World,
    c: &'a Case,
    prison: bool,
    hospital: bool,
    outside: bool,
    age: f64,
    years_out: f64,
}

/// Returns the hazards [1/a], in order of [`Hazard::ALL`].
pub fn rates(world: &World, i: CaseId) -> [f64; HAZARDS] {
    let c = world.case(i);
    if !c.present() {
        return [0.0; HAZARDS];
    }
    let facts = Facts {
        world,
        c,
        prison: places::prison(c.place),
        hospital: places::hospital(c.place),
        outside: places::community(c.place),
        age: world.age(i),
        years_out: years_out(c, world.today()),
    };
    Hazard::ALL.map(|hazard| facts.rate(hazard))
}

impl Facts<'_> {
    /// Returns the rate of one hazard [1/a]; 0 where it can't happen.
    #[inline(always)]
    fn rate(&self, hazard: Hazard) -> f64 {
        let (c, p, k) = (self.c, &self.world.p, &self.c.clinical);
        let at_liberty = self.outside || c.place == Place::Awol;
        let secure = places::secure(c.place);
        match hazard {
            Hazard::Death => {
                let (table, substance) = (self.world.mortality(c.sex, self.age), c.has(Diagnosis::Substance));
                death::rate(&p.death, table, self.age, substance, c.wellbeing.metabolic)
            }
            Hazard::Suicide => suicide::rate(&p.suicide, self.suicide_base(), k.unwell, k.hope),
            Hazard::Relapse if !k.unwell => relapse::rate(&p.relapse, self.relapse()),
            Hazard::Recovery if k.unwell => recovery::rate(&p.recovery, self.prison, self.hospital),
            Hazard::Reoffence if at_liberty => reoffence::rate(&p.reoffence, self.reoffence()),
            Hazard::Abscond if secure => abscond::rate(&p.abscond, self.leave(), k.flight, c.place == Place::High),
            Hazard::Return if c.place == Place::Awol => returning::rate(&p.abscond),
            Hazard::Assault if secure => assault::rate(&p.assault, k.risk, k.unwell),
            Hazard::Noticed => self.noticed(),
            Hazard::Work if self.outside => work::rate(&p.work, self.work()),
            Hazard::Application => self.application(),
            Hazard::Absolute if c.conditional() && self.outside && !k.unwell => {
                let years = c.past.discharged.map_or(0.0, |day| f64::from(self.world.today() - day) / YEAR);
                absolute::rate(&p.absolute, years)
            }
            Hazard::Licence if c.legal == Legal::Licence && self.outside => {
                let life = c.offending.life != Life::No;
                licence::rate(&p.licence, life.then_some(p.justice.life.recall))
            }
            Hazard::Fading if self.outside => fading::rate(&p.justice.decay, c.offending.history),
            Hazard::Relapse
            | Hazard::Recovery
            | Hazard::Reoffence
            | Hazard::Abscond
            | Hazard::Return
            | Hazard::Assault
            | Hazard::Work
            | Hazard::Absolute
            | Hazard::Licence
            | Hazard::Fading => 0.0,
        }
    }

    fn suicide_base(&self) -> f64 {
        let p = &self.world.p.suicide;
        match places::properties(self.c.place).kind {
            PlaceKind::Prison => p.prison,
            // At large, wherever the bed is kept.
            PlaceKind::Community | PlaceKind::Absent if self.c.past.ever_secure => p.community,
            PlaceKind::Community | PlaceKind::Absent => p.home,
            PlaceKind::Secure | PlaceKind::Ward | PlaceKind::Gone => p.hospital,
        }
    }

    fn relapse(&self) -> relapse::Facts {
        let c = self.c;
        relapse::Facts {
            prison: self.prison,
            hospital: self.hospital,
            years: self.years_out,
            substance: c.has(Diagnosis::Substance),
            forensic: c.follow_up.forensic(),
            team: c.follow_up.team.is_some() || c.legal == Legal::Mhtr,
            engagement: c.clinical.engagement,
            psychosis: c.has(Diagnosis::Psychosis),
            resistant: c.clinical.resistant,
            age: self.age,
        }
    }

    fn work(&self) -> work::Facts {
        let c = self.c;
        work::Facts {
            employed: c.work.employed,
            unwell: c.clinical.unwell,
            supported: c.work.supported,
            unsettled: !c.wellbeing.settled,
            age: self.age,
        }
    }

    fn reoffence(&self) -> reoffence::Facts {
        let c = self.c;
        reoffence::Facts {
            years: self.years_out,
            risk: c.clinical.risk,
            personality: c.has(Diagnosis::Personality),
            substance: self.world.substance(c),
            age: self.age,
            employed: c.work.employed,
            unsettled: self.outside && !c.wellbeing.settled,
            unwell: c.clinical.unwell,
            requirement: c.legal == Legal::Mhtr,
            frailty: c.clinical.frailty,
        }
    }

    fn leave(&self) -> Leave {
        let leave = self.c.leave();
        if stages::unescorted(leave) {
            Leave::Unescorted
        } else if stages::escorted(leave) {
            Leave::Escorted
        } else {
            Leave::None
        }
    }

    /// An ill person whom nobody has seen: the in-reach team of a prison, or the staff of a ward.
    fn noticed(&self) -> f64 {
        let c = self.c;
        if c.stage != Stage::Unseen || !c.clinical.unwell || !(self.prison || self.hospital) {
            return 0.0;
        }
        let (agents, area) = (&self.world.agents, usize::from(c.area));
        let team = if self.prison {
            agents.of(Kind::InReach).get(area, in_reach::notice)
        } else {
            agents.of(Kind::AcuteWard).get(area, acute_ward::notice)
        };
        noticed::rate(&self.world.p.notice, team, c.primary == Diagnosis::Personality, c.offending.report)
    }

    /// Applications to the tribunal: of the detained, and of those who are conditionally discharged.
    fn application(&self) -> f64 {
        let (c, p) = (self.c, &self.world.p.tribunal);
        if c.hearing.listed {
            0.0
        } else if c.conditional() && self.outside {
            application::rate_conditional(p)
        } else if self.hospital && law::detained(c.legal) && !law::by_court_alone(c.legal) {
            application::rate(p, law::restricted(c.legal))
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::Team;
    use crate::codes::Sex;
    use crate::transitions::follow_up;

    fn rate(w: &World, i: CaseId, hazard: Hazard) -> f64 {
        rates(w, i)[hazard as usize]
    }

    /// The hazards of somebody in a place under a status that can happen at all.
    fn possible(place: Place, legal: Legal, change: impl FnOnce(&mut Case)) -> Vec<Hazard> {
        let mut w = World::small();
        let i = w.put_with(place, legal, change);
        Hazard::ALL.into_iter().filter(|h| rate(&w, i, *h) > 0.0).collect()
    }

    #[test]
    fn the_dead_and_those_who_left_have_no_hazards() {
        for place in [Place::Dead, Place::Left] {
            assert!(possible(place, Legal::None, |c| c.clinical.unwell = true).is_empty());
        }
    }

    #[test]
    fn everybody_else_can_die() {
        for place in Place::ALL.iter().filter(|p| !matches!(p, Place::Dead | Place::Left)) {
            let found = possible(*place, Legal::None, |_| {});
            assert!(found.contains(&Hazard::Death) && found.contains(&Hazard::Suicide), "{}", place.name());
        }
    }

    #[test]
    fn the_well_fall_ill_and_the_ill_recover() {
        for place in Place::ALL.iter().filter(|p| !matches!(p, Place::Dead | Place::Left)) {
            for unwell in [false, true] {
                let found = possible(*place, Legal::None, |c| c.clinical.unwell = unwell);
                let both = [Hazard::Relapse, Hazard::Recovery].map(|h| found.contains(&h));
                assert_eq!(both, [!unwell, unwell], "{}", place.name());
            }
        }
    }

    #[test]
    fn each_hazard_happens_only_in_its_places() {
        use Place::*;
        for (hazard, expected) in [
            (Hazard::Reoffence, vec![Home, Supported, Awol]),
            (Hazard::Abscond, vec![High, Medium, Low]),
            (Hazard::Return, vec![Awol]),
            (Hazard::Assault, vec![High, Medium, Low]),
            (Hazard::Work, vec![Home, Supported]),
            (Hazard::Fading, vec![Home, Supported]),
        ] {
            let found: Vec<Place> = Place::ALL
                .iter()
                .copied()
                .filter(|place| possible(*place, Legal::None, |c| c.offending.history = 1).contains(&hazard))
                .collect();
            assert_eq!(found, expected, "{hazard:?}");
        }
    }

    #[test]
    fn a_history_that_is_none_has_nothing_to_fade_and_licence_ends_with_the_licence() {
        assert!(!possible(Place::Home, Legal::None, |_| {}).contains(&Hazard::Fading));
        for (place, legal, recalled) in [
            (Place::Home, Legal::Licence, true),
            (Place::Home, Legal::None, false),
            (Place::Acute, Legal::Licence, false),
        ] {
            assert_eq!(possible(place, legal, |_| {}).contains(&Hazard::Licence), recalled);
        }
    }

    #[test]
    fn the_ministry_considers_an_absolute_discharge_of_the_well_after_a_year() {
        let considered = |days: Day, unwell: bool, legal: Legal| {
            let mut w = World::small();
            let out = w.today() - days;
            let i = w.put_with(Place::Home, legal, |c| c.clinical.unwell = unwell);
            w.case_mut(i).past.discharged = Some(out);
            rate(&w, i, Hazard::Absolute) > 0.0
        };
        assert!(considered(400, false, Legal::Cd) && considered(4000, false, Legal::CdDol));
        assert!(!considered(100, false, Legal::Cd));
        assert!(!considered(400, true, Legal::Cd));
        assert!(!considered(400, false, Legal::Cto));
    }

    #[test]
    fn who_is_detained_or_conditionally_discharged_applies_to_the_tribunal_unless_a_hearing_is_listed() {
        let mut w = World::small();
        let t = w.p.tribunal.clone();
        for (place, legal, expected) in [
            (Place::Medium, Legal::S37S41, t.rate_restricted),
            (Place::Medium, Legal::S37, t.rate_other),
            (Place::Acute, Legal::S3, t.rate_other),
            (Place::Medium, Legal::S48S49, t.rate_restricted),
            (Place::Medium, Legal::S38, 0.0),
            (Place::Home, Legal::Cd, t.rate_conditional),
            (Place::Home, Legal::Cto, 0.0),
            (Place::Remand, Legal::Cd, 0.0),
            (Place::Acute, Legal::None, 0.0),
        ] {
            let i = w.put(place, legal);
            assert_eq!(rate(&w, i, Hazard::Application), expected, "{} {}", place.name(), legal.name());
            w.case_mut(i).hearing.listed = true;
            assert_eq!(rate(&w, i, Hazard::Application), 0.0);
        }
    }

    #[test]
    fn only_an_ill_person_whom_nobody_has_seen_is_noticed_by_the_staff_of_the_place() {
        let mut w = World::small();
        let mut notice = |place, stage, unwell| {
            let i = w.put_with(place, Legal::None, |c| (c.stage, c.clinical.unwell) = (stage, unwell));
            w.case_mut(i).stage = stage;
            rate(&w, i, Hazard::Noticed)
        };
        assert_eq!(
            (notice(Place::Remand, Stage::Unseen, true), notice(Place::Acute, Stage::Unseen, true)),
            (12.0, 26.0)
        );
        for (place, stage, unwell) in [
            (Place::Home, Stage::Unseen, true),
            (Place::Remand, Stage::Unseen, false),
            (Place::Remand, Stage::Identified, true),
            (Place::Prison, Stage::None, true),
        ] {
            assert_eq!(notice(place, stage, unwell), 0.0);
        }
    }

    #[test]
    fn a_report_to_the_court_helps_to_be_noticed_and_personality_disorder_hides_need() {
        let mut w = World::small();
        let mut notice = |report, primary| {
            let i = w.put_with(Place::Remand, Legal::None, |c| {
                (c.stage, c.clinical.unwell, c.offending.report, c.primary) = (Stage::Unseen, true, report, primary);
            });
            rate(&w, i, Hazard::Noticed)
        };
        let plain = notice(false, Diagnosis::Psychosis);
        assert!(notice(true, Diagnosis::Psychosis) > plain && notice(false, Diagnosis::Personality) < plain);
    }

    #[test]
    fn the_more_leave_the_more_abscond() {
        let mut w = World::small();
        let mut flee = |stage: Stage, grade: Stage| {
            let i = w.put(Place::Medium, Legal::S37);
            let c = w.case_mut(i);
            (c.stage, c.grade) = (stage, grade);
            rate(&w, i, Hazard::Abscond)
        };
        let [none, escorted, unescorted, trial] =
            [Stage::Treatment, Stage::EscortedLeave, Stage::UnescortedLeave, Stage::Trial].map(|s| flee(s, s));
        assert!(none < escorted && escorted < unescorted && unescorted == trial);
        // Who is ready has the leave that was held before.
        assert_eq!(flee(Stage::Ready, Stage::EscortedLeave), escorted);
    }

    #[test]
    fn suicide_has_a_rate_of_its_own_in_prison_and_after_secure_care() {
        let mut w = World::small();
        let mut suicide = |place, ever| {
            let i = w.put(place, Legal::None);
            let c = w.case_mut(i);
            (c.past.ever_secure, c.clinical.hope) = (ever, 0.5);
            rate(&w, i, Hazard::Suicide)
        };
        let p = World::small().p.suicide;
        for (place, ever, base) in [
            (Place::Remand, false, p.prison),
            (Place::Prison, true, p.prison),
            (Place::Home, true, p.community),
            (Place::Home, false, p.home),
            (Place::Medium, true, p.hospital),
            (Place::Medium, true, p.hospital),
        ] {
            assert!((suicide(place, ever) - base).abs() < 1e-12, "{}", place.name());
        }
    }

    #[test]
    fn years_out_are_counted_from_the_last_exit_and_negative_if_there_was_none() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let today = w.today();
        assert_eq!(years_out(w.case(i), today), -1.0);
        w.case_mut(i).past.secure_exit = Some(today - 731);
        assert!((years_out(w.case(i), today) - 2.0).abs() < 0.01);
    }

    #[test]
    fn a_forensic_team_prevents_relapse_and_no_team_invites_it() {
        let mut w = World::small();
        let mut relapse = |team: Option<Team>| {
            let i = w.put(Place::Home, Legal::None);
            if let Some(team) = team {
                follow_up::take_on(&mut w, i, team);
            }
            rate(&w, i, Hazard::Relapse)
        };
        let [forensic, mainstream, none] = [Some(Team::Forensic), Some(Team::Mainstream), None].map(&mut relapse);
        assert!(forensic < mainstream && mainstream < none);
    }

    #[test]
    fn mortality_is_that_of_sex_and_age_and_greater_with_substance_use() {
        let mut w = World::small();
        let mut death = |sex, years: i32, substance: bool| {
            let born = w.today() - years * 366;
            let i = w.put_with(Place::Home, Legal::None, |c| {
                (c.sex, c.born) = (sex, born);
                if substance {
                    c.diagnoses |= Diagnosis::Substance;
                }
            });
            rate(&w, i, Hazard::Death)
        };
        let man = death(Sex::Male, 50, false);
        assert!(death(Sex::Female, 50, false) < man && man < death(Sex::Male, 70, false));
        assert!((death(Sex::Male, 50, true) / man - 1.4).abs() < 1e-9);
    }

    #[test]
    fn every_rate_of_everybody_is_a_number_that_is_not_negative() {
        for unwell in [false, true] {
            let mut w = World::small();
            for place in Place::ALL {
                for legal in Legal::ALL {
                    let i = w.put_with(*place, *legal, |c| (c.clinical.unwell, c.offending.history) = (unwell, 3));
                    let all = rates(&w, i);
                    assert!(all.iter().all(|r| r.is_finite() && *r >= 0.0), "{} {}", place.name(), legal.name());
                }
            }
        }
    }
}
