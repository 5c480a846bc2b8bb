//! What money does to decisions: probabilities with it less those without, added up over everybody who is asked.

use super::observation;
use crate::choices::choice::Choice;
use crate::choices::columns::CaseColumn;
use crate::choices::options::{MAX_OPTIONS, Options};
use crate::choices::view::View;
use crate::codes::{Assessment, Coding, Decision, Question, Review};
use crate::ids::CaseId;
use crate::world::{World, incentives, settlement};

/// What of an answer is the money's, in millionths of a person.
pub struct Moved {
    case: CaseId,
    /// Chance of each option more than without the money.
    more: [f64; MAX_OPTIONS],
    /// The person's day pays less than it costs.
    loses: bool,
}

/// Compares the chances of a case's answers with those without the money; nothing where no money bears on it.
pub fn compare(world: &World, i: CaseId, choice: &Choice, view: &View, allowed: Options) -> Option<Moved> {
    let without = observation::without_money(world, i, choice.decision(), view.case)?;
    let mut more = choice.chances(view, allowed);
    let chances = choice.chances(&View { case: &without, ..*view }, allowed);
    for (more, chance) in more.iter_mut().zip(chances) {
        *more -= chance;
    }
    Some(Moved { case: i, more, loses: view.case[CaseColumn::PriceMinusCost as usize] < 0.0 })
}

/// Counts what of a day's answers is the money's.
pub fn count(world: &mut World, decision: Decision, answers: &[Moved]) {
    for Moved { case, more, loses } in answers {
        let c = world.case(*case);
        let more = |option: u8| more[usize::from(option)];
        if decision == Decision::Review {
            let Some(unit) = c.placement.unit else { continue };
            let early = incentives::too_early(world, *case, unit);
            let (who, tier) = (world.units[unit].commissioner, world.units[unit].tier);
            let moved = millionths(more(Review::StepDown.code()) + more(Review::Ready.code()));
            let gaming = world.accounts.incentives.gaming_mut(who, tier);
            gaming.moved += moved;
            gaming.early += if early { moved } else { 0 };
        } else if decision == Decision::Assessment && *loses {
            let Some(who) = c.assessor() else { continue };
            let refused = millionths(more(Assessment::Refuse.code()));
            let tier = c.target;
            world.accounts.incentives.gaming_mut(who, tier).refused += refused;
        } else if decision == Decision::Coding && !settlement::complex(c) {
            let Some(unit) = c.placement.unit else { continue };
            let (who, tier) = (world.units[unit].commissioner, world.units[unit].tier);
            world.accounts.incentives.gaming_mut(who, tier).coded_up += millionths(more(Coding::Complex.code()));
        }
    }
}

/// A part of a person in whole millionths, so that the order of people can't be seen in a sum.
fn millionths(persons: f64) -> i64 {
    libm::round(persons * 1e6) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::Kind;
    use crate::codes::{Goal, Legal, Place};
    use crate::decisions::queue::DecisionQueue;
    use crate::ids::UnitId;
    use crate::plan::ScoreRow;
    use crate::world::goals::Gaming;
    use enumset::EnumSet;

    /// Has a decision be made by one term.
    fn scored(w: &mut World, decision: Decision, option: &str, term: &str, value: f64) {
        let given = w.plan.choices.get_mut(decision.name()).expect("it is declared");
        let (option, term, parameter) = (option.to_owned(), term.to_owned(), "test".to_owned());
        given.rows = vec![ScoreRow { option, term, parameter, value }];
        w.read_choices();
    }

    /// A patient of six years in a unit of the first commissioner, whose goal on stays is half reached; asked for a review.
    fn reviewed(share: f64, risk: f64) -> Gaming {
        let mut w = World::small();
        w.set_all(Kind::Commissioner, "cquin", share);
        scored(&mut w, Decision::Review, "ready", "case.margin", -0.1);
        let i = w.put_with(Place::Medium, Legal::S3, |c| {
            c.placement.since -= 2200;
            c.clinical.risk = risk;
        });
        w.accounts.incentives.count(UnitId(2), Goal::Stay, 250_000, 1_000_000);
        w.accounts.incentives.turn();
        let mut queue = DecisionQueue::<Review>::new();
        queue.add(i, EnumSet::all());
        w.ask(&queue);
        *w.accounts.incentives.gaming_mut(w.units[UnitId(2)].commissioner, Place::Medium)
    }

    #[test]
    fn money_that_depends_on_stays_moves_patients_on_and_those_who_arent_ready_are_counted() {
        assert_eq!(reviewed(0.0, -3.0), Gaming::default());
        let ready = reviewed(0.25, -3.0);
        assert!(ready.moved > 0 && ready.early == 0, "{ready:?}");
        let early = reviewed(0.25, 9.0);
        assert!(early.moved > 0 && early.early == early.moved, "{early:?}");
        assert!(reviewed(0.1, 9.0).moved < early.moved);
    }

    #[test]
    fn a_day_that_costs_more_than_it_pays_has_people_refused() {
        let refused = |contract: f64| {
            let mut w = World::small();
            w.set_all(Kind::Commissioner, "contract", contract);
            scored(&mut w, Decision::Assessment, "accept at medium", "case.price_minus_cost", 0.1);
            let i = w.put_with(Place::Remand, Legal::None, |c| c.target = Place::Medium);
            crate::transitions::waiting::ask_assessment(&mut w, i, Place::Medium);
            let mut queue = DecisionQueue::<Assessment>::new();
            queue.add(i, EnumSet::all());
            w.ask(&queue);
            let who = w.case(i).assessor().expect("a team is asked");
            w.accounts.incentives.gaming_mut(who, Place::Medium).refused
        };
        assert!(refused(0.0) > 0, "block pays less than a day costs");
        assert_eq!([refused(1.0), refused(3.0)], [0, 0]);
    }
}
