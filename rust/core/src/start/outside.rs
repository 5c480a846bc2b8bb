//! People who live in the community after secure care on the first day, conditionally discharged or not.

use crate::agents::{Kind, community_team};
use crate::calendar::{Days, YEAR, elapsed};
use crate::caseload::agenda::Due;
use crate::caseload::clinical::ClinicalParams;
use crate::caseload::{Case, FollowUp, Team};
use crate::codes::{Legal, Place, Sex, Stage};
use crate::draw::{exponential, normal};
use crate::plan::StartParams;
use crate::transitions::{entry, readiness, wellbeing};
use crate::world::World;
use crate::world::capacity::Ward;

use super::candidates::{Candidates, area_of, ethnic_group};
use super::status::{convicted_at_start, offence_at_start, schedule_expiry};

/// Gives somebody a discharge from secure care so many years ago, at the end of treatment.
pub(super) fn left_secure_care(c: &mut Case, clinical: &ClinicalParams, s: &StartParams, years: f64) {
    let out = c.clinical.at - elapsed(years * YEAR);
    c.past.discharged = Some(out);
    c.past.secure_exit = Some(out);
    c.past.ever_secure = true;
    let k = &mut c.clinical;
    k.lasting += s.discharged_risk;
    k.risk += s.discharged_risk;
    k.programme = 1.0;
    k.risk += clinical.programme + clinical.engagement * k.engagement;
}

/// Those who live in the community after secure care under no restriction: so many come to it in a year, and it ends at a rate, or
/// with the years after which the pathway lets them go. Nobody else follows how many they are.
pub(super) struct Outside {
    /// Who come to it in a year [persons/a].
    pub(super) a_year: f64,
    /// Rate at which it ends [1/a].
    pub(super) ends: f64,
    /// Years after which the pathway lets them go [a].
    pub(super) longest: f64,
}

impl Outside {
    /// As the evidence says.
    pub(super) fn of(world: &World) -> Outside {
        let s = &world.p.start;
        Outside { a_year: s.discharges, ends: s.discharge_ends, longest: world.p.aftercare.known_years }
    }

    /// Share for whom it ends before they are let go.
    fn end_before(&self) -> f64 {
        -libm::expm1(-self.ends * self.longest)
    }

    /// How many they are, by Little's law [persons].
    pub(super) fn persons(&self) -> f64 {
        self.a_year * self.end_before() / self.ends
    }

    /// Draws how long somebody among them has been there [a].
    pub(super) fn years(&self, u: f64) -> f64 {
        -libm::log1p(-(1.0 - u) * self.end_before()) / self.ends
    }
}

/// Puts somebody into the community who left secure care, on conditional discharge or not.
pub(super) fn discharged(world: &mut World, candidates: &mut Candidates, conditional: bool, id: u64) {
    let today = world.today();
    let (a, b) = (world.draw_for_slot(id, 0), world.draw_for_slot(id, 1));
    let s = world.p.start.clone();
    let area = area_of(world, &candidates.people, None, a[0]);
    let years = if conditional { exponential(a[1]) * s.since_conditional } else { Outside::of(world).years(a[1]) };
    let born =
        today - elapsed((s.discharged_age + years + s.discharged_age_sd * normal(a[2])).max(s.age_discharged) * YEAR);
    let sex = if a[3] < s.women { Sex::Female } else { Sex::Male };
    let window = elapsed(s.age_window * YEAR);
    let Some(row) = candidates.take(area, sex, ethnic_group(&s.medium, b[0]), born, window) else { return };
    let r = world.population.resident(row);
    world.population.take(row);
    let legal = if conditional {
        Legal::Cd
    } else if b[1] < s.cto {
        Legal::Cto
    } else {
        Legal::None
    };
    let v = world.draw_for_slot(id, 2);
    let (offence, grave) = offence_at_start(&s, sex, legal, [v[0], v[1]]);
    let mut c = entry::case_of(world, &r, row, grave);
    c.offending.offence = offence;
    left_secure_care(&mut c, &world.p.clinical, &s, years);
    let out = c.past.discharged.unwrap_or(today);
    c.legal = legal;
    let w = world.draw_for_slot(id, 3);
    convicted_at_start(&mut c, &s, w[1]);
    c.placement.since = out;
    c.placement.ward_area = area;
    c.legal_since = out;
    c.spell.start = out;
    c.spell.legal = c.legal;
    if b[2] < s.supported && world.wards.free(Ward::Supported, area) {
        c.place = Place::Supported;
        world.wards.take(Ward::Supported, area);
    }
    let kept = w[0] < libm::exp(-years / world.p.aftercare.mainstream_years);
    let forensic = years < world.p.aftercare.forensic_years;
    let watched = conditional || c.legal == Legal::Cto || forensic || kept;
    let team = [Team::Forensic, Team::Mainstream].into_iter().find(|team| {
        watched && (forensic || *team != Team::Forensic) && world.wards.free(readiness::ward_of(*team), area)
    });
    if let Some(team) = team {
        world.wards.take(readiness::ward_of(team), area);
        c.follow_up = FollowUp::usual(team);
        if !c.follow_up.aftercare_pays {
            world.wards.commission(readiness::ward_of(team), area, true);
        }
    }
    c.stage = if team.is_some() { Stage::FollowUp } else { Stage::Settled };
    let i = world.open(c);
    wellbeing::advance(world, i, world.today());
    let every = world.agents.of(Kind::CommunityTeam).get(usize::from(area), community_team::interval);
    world.schedule_in(i, Due::Contact, Days::rounded_up(every * b[3]));
    let known = Days::rounded_up((world.p.aftercare.known_years - years).max(0.0) * YEAR);
    world.schedule_in(i, Due::Close, known);
    schedule_expiry(world, i);
}
