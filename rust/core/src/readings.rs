//! What clinicians get to see: the clinical state brought forward to today, and noisy readings of it.
//!
//! The latent state moves whenever somebody looks; decisions see readings only.

use crate::caseload::clinical::Setting;
use crate::codes::{Diagnosis, Event, Label, Purpose};
use crate::ids::CaseId;
use crate::law::places;
use crate::levers::Lever;
use crate::world::World;

/// Brings a case's clinical state forward to today.
pub fn advance(world: &mut World, i: CaseId) {
    let (today, age) = (world.today(), world.age(i));
    if world.case(i).clinical.at >= today {
        return;
    }
    let u = world.draw_four(i, Purpose::Drift);
    let c = &mut world.caseload[i];
    let setting = Setting {
        prison: places::prison(c.place),
        hospital: places::hospital(c.place),
        substance_outside: places::community(c.place) && c.has(Diagnosis::Substance),
        age,
    };
    let before = c.clinical.programme;
    c.clinical.advance(&world.p.clinical, today, setting, u);
    if before < 1.0 && c.clinical.programme >= 1.0 {
        world.event(i, Event::Programme, Label::NONE, Label::NONE, None, Purpose::Programme);
        let training = world.lever(Lever::RecoveryTraining, world.case(i).area);
        let lift = world.p.clinical.hope_training * training;
        let hope = &mut world.case_mut(i).clinical.hope;
        *hope = (*hope + lift).min(1.0);
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
