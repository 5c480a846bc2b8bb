//! The year's draws of a resident: one block of Philox, a lane of it for each hazard.
//!
//! The upper seven bits of a lane are a byte of a block that serves four years, its lower 25 bits come from a block of that
//! year alone. So most people need one block in four years: their coarse draws already lie above every bound.

use super::rates::Hazard;
use crate::draw::{Key, Ordinal, Purpose};

/// Years that one block of coarse draws covers.
pub(super) const YEARS_A_BLOCK: u64 = 4;

/// Ordinals of the finer part of the year's draws stand above those of the blocks of years.
const FINE: u64 = 1 << 32;

/// Returns the lanes of a block, one 32-bit word per hazard.
#[inline(always)]
pub(super) fn lanes(block: [u64; 4]) -> [u32; Hazard::COUNT] {
    let [a, b, c, d] = block;
    let (low, high) = (|w: u64| w as u32, |w: u64| (w >> 32) as u32);
    [low(a), high(a), low(b), high(b), low(c), high(c), low(d), high(d)]
}

/// Returns the uniform number in (0, 1) of a lane.
#[inline(always)]
pub(super) fn lane_unit(lane: u32) -> f64 {
    (f64::from(lane) + 0.5) * (1.0 / 4_294_967_296.0)
}

/// Returns the blocks of coarse draws of some people: a word for each of the four years, a byte of it for each hazard.
#[inline(always)]
pub(super) fn coarse_blocks<const N: usize>(key: Key, people: [u64; N], year: u64) -> [[u64; 4]; N] {
    key.blocks(people.map(|person| (person, Purpose::Year, Ordinal::counted(year / YEARS_A_BLOCK))))
}

/// Returns the year's draws of some people, whose coarse draws of that year are known.
#[inline]
pub(super) fn year_lanes<const N: usize>(key: Key, people: [(u64, u64); N], year: u64) -> [[u32; Hazard::COUNT]; N] {
    let fine = key.blocks(people.map(|(person, _)| (person, Purpose::Year, Ordinal::counted(FINE | year))));
    std::array::from_fn(|k| join(people[k].1, lanes(fine[k])))
}

/// Joins the coarse draws of a year with the fine ones.
#[inline]
fn join(coarse: u64, fine: [u32; Hazard::COUNT]) -> [u32; Hazard::COUNT] {
    let bytes = coarse.to_le_bytes();
    std::array::from_fn(|i| u32::from(bytes[i] & 0x7F) << 25 | fine[i] >> 7)
}
