//! What clinicians get to see: the clinical state brought forward to today, and noisy readings of it.

use crate::caseload::SUBSTANCE;
use crate::caseload::clinical::Setting;
use crate::codes::{Event, Label};
use crate::draw::Purpose;
use crate::law::places;
use crate::levers::Lever;
use crate::world::World;

/// Brings a case's clinical state forward to today.
pub fn advance(world: &mut World, i: u32) {
    let (key, today) = (world.key, world.today());
    let age = world.age(i);
    let c = world.case_mut(i);
    if c.clinical.at >= today {
        return;
    }
    let setting = Setting {
        prison: places::prison(c.place),
        hospital: places::hospital(c.place),
        substance_outside: places::community(c.place) && c.has(SUBSTANCE),
        age,
    };
    let before = c.clinical.programme;
    let ordinal = c.next(Purpose::Drift);
    let u = key.uniforms(c.person, Purpose::Drift, ordinal);
    let mut k = c.clinical;
    k.advance(&world.p.clinical, today, setting, u);
    let done = before < 1.0 && k.programme >= 1.0;
    world.case_mut(i).clinical = k;
    if done {
        world.event(i, Event::Programme, Label::NONE, Label::NONE, None, Purpose::Programme);
        let training = world.lever(Lever::RecoveryTraining, world.case(i).area);
        let lift = world.p.clinical.hope_training * training;
        let k = &mut world.case_mut(i).clinical;
        k.hope = (k.hope + lift).min(1.0);
    }
    world.touch(i);
}

/// Takes readings of a case with noise [SD].
pub fn read(world: &mut World, i: u32, noise: f64) {
    advance(world, i);
    let (key, today) = (world.key, world.today());
    let ordinal = world.case_mut(i).next(Purpose::Reading);
    let person = world.case(i).person;
    let mut k = world.case(i).clinical;
    k.read(&world.p.clinical, key, person, ordinal, noise, today);
    world.case_mut(i).clinical = k;
}
