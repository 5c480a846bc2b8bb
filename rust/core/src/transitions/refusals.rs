//! What payers have refused somebody for want of money: the only writer of it.

use crate::caseload::RefusedThings;
use crate::codes::Refusal;
use crate::ids::{CaseId, UnitId};
use crate::world::World;
use crate::world::budgets::Refused;

/// Notes that a payer has no money for something that a person needs; the first time it is logged. `cost` is what it would come to a
/// day [pence/d], `left` what the payer has set aside for just that, if it has [pence/a].
pub fn note(
    world: &mut World,
    i: CaseId,
    payer: usize,
    what: Refusal,
    unit: Option<UnitId>,
    cost: i64,
    left: Option<i64>,
) {
    let commissioner = payer < world.plan.commissioners.len();
    let c = world.case_mut(i);
    let new = if commissioner { c.refused.by_commissioner.insert(what) } else { c.refused.by_aftercare.insert(what) };
    world.log_refusal(payer, Refused { what, person: Some(i), unit }, cost, left, new);
}

/// Forgets what was refused: the person has come to another place, or no longer needs it.
pub fn forget(world: &mut World, i: CaseId) {
    world.case_mut(i).refused = RefusedThings::default();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, PayerKind, Place};

    #[test]
    fn a_thing_is_logged_when_it_is_first_refused_by_a_payer_and_again_after_a_move() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        let funder = w.accounts.aftercare(0);
        for payer in [0, 0, funder, funder] {
            note(&mut w, i, payer, Refusal::Supported, None, 14_300, None);
        }
        note(&mut w, i, funder, Refusal::Team, None, 1_100, None);
        let rows: Vec<_> = (0..w.log.refusals.len()).map(|k| w.log.refusals.row(k)).collect();
        let said: Vec<_> = rows.iter().map(|r| (r.payer, r.payer_kind, r.what)).collect();
        let (supported, team) = (Refusal::Supported as u8, Refusal::Team as u8);
        let aftercare = PayerKind::Aftercare as u8;
        let f = funder as u8;
        assert_eq!(
            said,
            [(0, PayerKind::Collaborative as u8, supported), (f, aftercare, supported), (f, aftercare, team)]
        );
        assert!(rows.iter().all(|r| r.person == w.case(i).number && r.area == 0));
        forget(&mut w, i);
        note(&mut w, i, funder, Refusal::Team, None, 1_100, None);
        assert_eq!(w.log.refusals.len(), 4);
    }
}
