//! People with a disorder outside the pathway, from whom the first day takes its own.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::codes::{Ethnicity, Justice, Purpose, Sex};
use crate::draw::Ordinal;
use crate::ids::CommissionerId;
use crate::plan::TierStart;
use crate::world::World;

/// People with a disorder whom nobody has taken yet, by area, sex and ethnic group, in order of a keyed hash.
pub(super) struct Candidates {
    /// Residents by area.
    pub(super) people: Vec<u64>,
    cells: BTreeMap<Cell, Vec<Candidate>>,
}

/// Area, sex, ethnic group.
type Cell = (u8, u8, u8);

/// Hash, row, birth day.
type Candidate = (u64, u32, Day);

impl Candidates {
    /// Everybody outside prison who has a disorder.
    pub(super) fn new(world: &World) -> Candidates {
        let mut cells: BTreeMap<Cell, Vec<Candidate>> = BTreeMap::new();
        for row in world.population.ill_rows() {
            let r = world.population.resident(row);
            if r.justice == Justice::None {
                let hash = world.key.hash(r.person, Purpose::Start, Ordinal::ONCE);
                cells.entry((r.area, r.sex as u8, r.ethnicity as u8)).or_default().push((
                    hash,
                    row,
                    world.born(r.born),
                ));
            }
        }
        for list in cells.values_mut() {
            list.sort_unstable();
        }
        let count = |area: &[Vec<u32>; 2]| area.iter().flatten().map(|n| u64::from(*n)).sum();
        Candidates { people: world.plan.population.persons.iter().map(count).collect(), cells }
    }

    /// Takes the first person of the cell whose birth day lies within the window, widening it, then leaving the ethnic group open.
    pub(super) fn take(&mut self, area: u8, sex: Sex, ethnicity: Ethnicity, born: Day, window: Day) -> Option<u32> {
        for factor in [1, 4] {
            for e in std::iter::once(ethnicity).chain(Ethnicity::ALL.iter().copied()) {
                if let Some(list) = self.cells.get_mut(&(area, sex as u8, e as u8))
                    && let Some(at) = list.iter().position(|(_, _, b)| (b - born).abs() <= window * factor)
                {
                    return Some(list.remove(at).1);
                }
            }
        }
        None
    }
}

/// Weighted choice of an area among those of a commissioner, or of all, by the number of people.
pub(super) fn area_of(world: &World, people: &[u64], commissioner: Option<CommissionerId>, u: f64) -> u8 {
    let weights: Vec<(u8, u64)> = world
        .plan
        .areas
        .iter()
        .enumerate()
        .filter(|(_, a)| commissioner.is_none_or(|c| CommissionerId(a.collaborative) == c))
        .map(|(k, _)| (k as u8, people[k]))
        .collect();
    let total: u64 = weights.iter().map(|(_, w)| w).sum();
    let mut left = u * total as f64;
    for (area, w) in &weights {
        left -= *w as f64;
        if left < 0.0 {
            return *area;
        }
    }
    weights.last().map_or(0, |(a, _)| *a)
}

/// Draws an ethnic group by the shares of a tier.
pub(super) fn ethnic_group(t: &TierStart, u: f64) -> Ethnicity {
    if u < t.black {
        Ethnicity::Black
    } else if u < t.black + t.asian {
        Ethnicity::Asian
    } else if u < t.black + t.asian + t.mixed {
        Ethnicity::Mixed
    } else {
        Ethnicity::White
    }
}
