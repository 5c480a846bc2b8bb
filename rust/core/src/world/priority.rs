//! Who comes first: the order of a queue, which never depends on memory or threads.

use super::World;
use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, Days};
use crate::codes::{Purpose, Route};
use crate::draw::{Key, Ordinal};
use crate::ids::CaseId;
use crate::levers::Lever;

/// Days of a week [d].
const WEEK: f64 = 7.0;

/// Which queue a hash is for.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub enum Queue {
    /// In-reach.
    Refer = 1,
    /// Assessment teams.
    Assess = 2,
    /// Beds.
    Beds = 3,
    /// Funders.
    Ready = 4,
    /// Hearings.
    Hearings = 5,
    /// The Ministry.
    Ministry = 6,
}

/// The key of order in a queue.
pub fn order(key: Key, queue: Queue, class: i32, since: Day, person: impl Into<u64>) -> (i32, Day, u64, u64) {
    let person = person.into();
    (class, since, key.hash(person, Purpose::Queue, Ordinal::counted(queue as u64)), person)
}

/// Place of a case in the order of its queue, by how it came to wait [class].
pub fn class(world: &World, i: CaseId) -> i32 {
    let (c, b) = (world.case(i), &world.p.beds);
    let class = match c.route {
        Route::Prison if over_limit(world, i) > 0.0 => b.class_over_limit,
        Route::Prison => b.class_prison,
        Route::Court => b.class_court,
        Route::Recall => b.class_recall,
        Route::Civil => b.class_civil,
        Route::StepDown => b.class_step_down,
        Route::StepUp => b.class_step_up,
    };
    class as i32
}

/// Days that somebody is put forward in the lists of in-reach, for assessment and for a bed: as an urgent case, and as a prisoner whose
/// transfer limit is shorter than what is taken for an acceptable wait of others; 0 for everybody else [d].
pub fn put_forward(world: &World, i: CaseId) -> Day {
    urgency(world, i).saturating_add(due_sooner(world, i))
}

/// Days by which a prisoner's transfer limit is shorter than the wait that is taken for acceptable where there is no limit [d].
fn due_sooner(world: &World, i: CaseId) -> Day {
    let c = world.case(i);
    let others = world.lever(Lever::TransferPriority, c.area);
    if c.route != Route::Prison || others <= 0.0 {
        return 0;
    }
    let limit = limit(world, i);
    if limit > 0.0 && others > limit { Days::rounded_up(others - limit).count() } else { 0 }
}

/// The transfer limit that the commissioner of a case answers for; 0 where there is none [d].
fn limit(world: &World, i: CaseId) -> f64 {
    let c = world.case(i);
    let who = world.commissioner(c.area, c.target);
    world.agents.of(Kind::Commissioner).get(who.index(), commissioner::limit)
}

/// Days that somebody outside secure care is put forward because the last reading of risk makes the case an urgent one [d].
fn urgency(world: &World, i: CaseId) -> Day {
    let (c, b) = (world.case(i), &world.p.beds);
    let outside = matches!(c.route, Route::Prison | Route::Civil);
    let urgent = outside && c.clinical.reading.is_some_and(|r| r.risk > b.urgent_above);
    if urgent { Days::rounded_up(b.urgent_days).count() } else { 0 }
}

/// Days by which a prisoner's wait is past the limit that the commissioner answers for; 0 within it, or where there is none [d].
pub fn over_limit(world: &World, i: CaseId) -> f64 {
    past_limit(world, i).map_or(0.0, |days| days.max(0.0))
}

/// What a week more of waiting would cost the commissioner, for the days of it that are over the limit [£/wk].
pub fn breach(world: &World, i: CaseId) -> f64 {
    let c = world.case(i);
    let who = world.commissioner(c.area, c.target);
    let daily = world.agents.of(Kind::Commissioner).get(who.index(), commissioner::breach_cost);
    if daily <= 0.0 {
        return 0.0;
    }
    past_limit(world, i).map_or(0.0, |days| daily * (days + WEEK).clamp(0.0, WEEK))
}

/// Days by which a prisoner's wait is past the limit, below 0 within it; nothing where there is no limit [d].
fn past_limit(world: &World, i: CaseId) -> Option<f64> {
    let c = world.case(i);
    let since = c.requested().filter(|_| c.route == Route::Prison)?;
    let limit = limit(world, i);
    (limit > 0.0).then(|| f64::from(world.today() - since) - limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_comes_before_the_day_and_the_day_before_the_hash() {
        let key = Key { seed: 1, replicate: 0 };
        let at = |class, since, person: u64| order(key, Queue::Beds, class, since, person);
        assert!((0..50).all(|p| at(0, 200, p) < at(1, 100, p + 50) && at(1, 100, p) < at(1, 101, p + 50)));
    }

    #[test]
    fn equals_stand_in_another_order_in_another_queue_or_run() {
        let sorted = |seed, queue| {
            let mut people: Vec<u64> = (0..30).collect();
            people.sort_by_key(|p| order(Key { seed, replicate: 0 }, queue, 0, 0, *p));
            people
        };
        let here = sorted(1, Queue::Beds);
        assert!(here != sorted(1, Queue::Assess) && here != sorted(2, Queue::Beds));
        assert_eq!(here, sorted(1, Queue::Beds));
    }
}
