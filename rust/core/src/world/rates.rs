//! The rates of a case's hazards, from its state: one number a hazard, per person-year.

use super::World;
use crate::agents::{Kind, acute_ward, in_reach};
use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::codes::{Diagnosis, Legal, Place, Stage};
use crate::hazards::abscond::{self, Leave};
use crate::hazards::{
    HAZARDS, Hazard, absolute, application, assault, death, fading, licence, noticed, recovery, relapse, reoffence,
    returning, suicide, work,
};
use crate::ids::CaseId;
use crate::law;
use crate::law::{places, stages};

/// Years since the last discharge to the community of somebody who was in secure care; negative if never [a].
pub fn years_out(c: &Case, today: Day) -> f64 {
    c.past.secure_exit.map_or(-1.0, |day| f64::from(today - day) / YEAR)
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
                death::rate(&p.death, self.world.mortality(c.sex, self.age), self.age, c.has(Diagnosis::Substance))
            }
            Hazard::Suicide => suicide::rate(&p.suicide, self.suicide_base(), k.unwell, k.hope),
            Hazard::Relapse if !k.unwell => relapse::rate(&p.relapse, self.relapse()),
            Hazard::Recovery if k.unwell => recovery::rate(&p.recovery, self.prison, self.hospital),
            Hazard::Reoffence if at_liberty => reoffence::rate(&p.reoffence, self.reoffence()),
            Hazard::Abscond if secure => abscond::rate(&p.abscond, self.leave(), k.flight, c.place == Place::High),
            Hazard::Return if c.place == Place::Awol => returning::rate(&p.abscond),
            Hazard::Assault if secure => assault::rate(&p.assault, k.risk, k.unwell),
            Hazard::Noticed => self.noticed(),
            Hazard::Work if self.outside => work::rate(&p.work, c.work.employed, k.unwell, c.work.supported),
            Hazard::Application => self.application(),
            Hazard::Absolute if c.conditional() && self.outside && !k.unwell => {
                let years = c.past.discharged.map_or(0.0, |day| f64::from(self.world.today() - day) / YEAR);
                absolute::rate(&p.absolute, years)
            }
            Hazard::Licence if c.legal == Legal::Licence && self.outside => licence::rate(&p.licence),
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
        if self.prison {
            p.prison
        } else if self.outside && self.c.past.ever_secure {
            p.community
        } else {
            p.hospital
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
            team: c.follow_up.team.is_some(),
            engagement: c.clinical.engagement,
            psychosis: c.has(Diagnosis::Psychosis),
            age: self.age,
        }
    }

    fn reoffence(&self) -> reoffence::Facts {
        let c = self.c;
        reoffence::Facts {
            years: self.years_out,
            risk: c.clinical.risk,
            restricted: c.conditional(),
            personality: c.has(Diagnosis::Personality),
            substance: c.has(Diagnosis::Substance),
            age: self.age,
            employed: c.work.employed,
            unwell: c.clinical.unwell,
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
        } else if self.hospital && law::detained(c.legal) && !law::awaits_court(c.legal) {
            application::rate(p, law::restricted(c.legal))
        } else {
            0.0
        }
    }
}
