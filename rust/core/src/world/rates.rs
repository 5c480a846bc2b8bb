//! The rates of a case's hazards, from its state: one number a hazard, per person-year.

use crate::agents::{Kind, acute_ward, in_reach};
use crate::calendar::YEAR;
use crate::caseload::{Case, PERSONALITY, PSYCHOSIS, SUBSTANCE};
use crate::codes::{Legal, Place, Stage};
use crate::hazards::HAZARDS;
use crate::hazards::abscond::Leave;
use crate::hazards::{
    Hazard, abscond, absolute, application, assault, death, fading, licence, noticed, recovery, relapse, reoffence,
    returning, suicide, work,
};
use crate::law;
use crate::law::{places, stages};
use crate::world::World;

/// Years since the last discharge from secure care to the community; negative if never [a].
pub fn years_out(c: &Case, today: i32) -> f64 {
    if c.secure_exit < 0 { -1.0 } else { f64::from(today - c.secure_exit) / YEAR }
}

/// Returns the hazards [1/a], in order of [`Hazard::ALL`].
pub fn rates(world: &World, i: u32) -> [f64; HAZARDS] {
    let c = world.case(i);
    let mut r = [0.0; HAZARDS];
    if !c.present() {
        return r;
    }
    let (p, k, today) = (&world.p, &c.clinical, world.today());
    let prison = places::prison(c.place);
    let hospital = places::hospital(c.place);
    let outside = places::community(c.place);
    let age = world.age(i);
    let table = world.mortality(c.sex, age);
    r[Hazard::Death as usize] = death::rate(&p.death, table, age, c.has(SUBSTANCE));
    let base = if prison {
        p.suicide.prison
    } else if outside && c.ever_secure {
        p.suicide.community
    } else {
        p.suicide.hospital
    };
    r[Hazard::Suicide as usize] = suicide::rate(&p.suicide, base, k.unwell, k.hope);
    if !k.unwell {
        r[Hazard::Relapse as usize] = relapse::rate(
            &p.relapse,
            relapse::Facts {
                prison,
                hospital,
                years: years_out(c, today),
                substance: c.has(SUBSTANCE),
                forensic: c.forensic_team,
                team: c.forensic_team || c.mainstream_team,
                engagement: k.engagement,
                psychosis: c.has(PSYCHOSIS),
                age,
            },
        );
    } else {
        r[Hazard::Recovery as usize] = recovery::rate(&p.recovery, prison, hospital);
    }
    if outside || c.place == Place::Awol {
        r[Hazard::Reoffence as usize] = reoffence::rate(
            &p.reoffence,
            reoffence::Facts {
                years: years_out(c, today),
                risk: k.risk,
                restricted: matches!(c.legal, Legal::Cd | Legal::CdDol),
                personality: c.has(PERSONALITY),
                substance: c.has(SUBSTANCE),
                age,
                employed: c.employed,
                unwell: k.unwell,
                frailty: k.frailty,
            },
        );
    }
    if outside {
        r[Hazard::Fading as usize] = fading::rate(&world.p.justice.decay, c.history);
        r[Hazard::Work as usize] = work::rate(&p.work, c.employed, k.unwell, c.work_offered);
    }
    if places::secure(c.place) {
        let grade = if c.stage == Stage::Ready { c.grade } else { c.stage };
        let leave = if stages::unescorted(grade) {
            Leave::Unescorted
        } else if stages::escorted(grade) {
            Leave::Escorted
        } else {
            Leave::None
        };
        r[Hazard::Abscond as usize] = abscond::rate(&p.abscond, leave, k.flight, c.place == Place::High);
        r[Hazard::Assault as usize] = assault::rate(&p.assault, k.risk, k.unwell);
    }
    if c.place == Place::Awol {
        r[Hazard::Return as usize] = returning::rate(&p.abscond);
    }
    if c.stage == Stage::Unseen && k.unwell && (prison || hospital) {
        let team = if prison {
            world.agents.of(Kind::InReach).get(usize::from(c.area), in_reach::notice)
        } else {
            world.agents.of(Kind::AcuteWard).get(usize::from(c.area), acute_ward::notice)
        };
        r[Hazard::Noticed as usize] = noticed::rate(&p.notice, team, c.primary == PERSONALITY, c.report);
    }
    if hospital && law::detained(c.legal) && !law::awaits_court(c.legal) && !c.listed {
        r[Hazard::Application as usize] = application::rate(&p.tribunal, law::restricted(c.legal));
    }
    if matches!(c.legal, Legal::Cd | Legal::CdDol) && outside && !c.listed {
        r[Hazard::Application as usize] = application::rate_conditional(&p.tribunal);
    }
    if matches!(c.legal, Legal::Cd | Legal::CdDol) && outside && !k.unwell {
        r[Hazard::Absolute as usize] = absolute::rate(&p.absolute, f64::from(today - c.discharged) / YEAR);
    }
    if c.legal == Legal::Licence && outside {
        r[Hazard::Licence as usize] = licence::rate(&p.licence);
    }
    r
}
