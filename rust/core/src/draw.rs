//! Every random number of the model.
//!
//! A number is a pure function of (seed, replicate, person, purpose, ordinal): who, why, and how often before, never "next".
//! The generator is Philox4x64-10, equal bit for bit to `numpy.random.Philox` (which increments its counter before it draws).
//! There is no rejection: a distribution is drawn by its inverse.

use crate::codes::Decision;
pub use crate::codes::Purpose;

/// How often a question was asked of a person before: which of the answers that the key holds for that person is meant.
///
/// Only a counter makes one: `caseload/questions.rs` for a case, `population/` for residents, whose counter is the calendar, and
/// [`Ordinal::ONCE`] for what belongs to a person for life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ordinal(u64);

impl Ordinal {
    /// Of a question that is asked once in a life.
    pub const ONCE: Ordinal = Ordinal(0);

    /// What a counter has counted.
    #[inline(always)]
    pub const fn counted(n: u64) -> Ordinal {
        Ordinal(n)
    }

    /// The number.
    #[inline(always)]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// The key of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Seed of the run.
    pub seed: u64,
    /// Replicate under that seed.
    pub replicate: u64,
}

/// First multiplier of Philox4x64.
const M0: u64 = 0xD2E7_470E_E14C_6C93;
/// Second multiplier.
const M1: u64 = 0xCA5A_8263_9512_1157;
/// What the first word of the key grows by each round.
const W0: u64 = 0x9E37_79B9_7F4A_7C15;
/// What the second word of the key grows by each round.
const W1: u64 = 0xBB67_AE85_84CA_A73B;

/// High and low word of a product.
#[inline(always)]
fn mulhilo(a: u64, b: u64) -> (u64, u64) {
    let p = u128::from(a) * u128::from(b);
    ((p >> 64) as u64, p as u64)
}

/// Philox4x64-10: returns the four words of a counter under a key.
#[inline(always)]
pub fn philox(key: [u64; 2], counter: [u64; 4]) -> [u64; 4] {
    let (mut k0, mut k1) = (key[0], key[1]);
    let mut c = counter;
    for round in 0..10 {
        if round > 0 {
            k0 = k0.wrapping_add(W0);
            k1 = k1.wrapping_add(W1);
        }
        let (h0, l0) = mulhilo(M0, c[0]);
        let (h1, l1) = mulhilo(M1, c[2]);
        c = [h1 ^ c[1] ^ k0, l1, h0 ^ c[3] ^ k1, l0];
    }
    c
}

impl Key {
    /// Returns the block of (person, purpose, ordinal): the first four words of
    /// `numpy.random.Philox(key=[seed, replicate], counter=[ordinal, purpose, person, 0])`.
    #[inline(always)]
    pub fn block(self, person: u64, purpose: Purpose, ordinal: Ordinal) -> [u64; 4] {
        // NumPy increments before it draws; the ordinal never reaches the last value, so nothing carries.
        philox([self.seed, self.replicate], [ordinal.0.wrapping_add(1), purpose as u64, person, 0])
    }

    /// Returns the blocks of several (person, purpose, ordinal) at once: one alone waits for its multiplications, four
    /// overlap.
    #[inline(always)]
    pub fn blocks<const N: usize>(self, asked: [(u64, Purpose, Ordinal); N]) -> [[u64; 4]; N] {
        let (mut k0, mut k1) = (self.seed, self.replicate);
        let mut c = asked.map(|(person, purpose, ordinal)| [ordinal.0.wrapping_add(1), purpose as u64, person, 0]);
        for round in 0..10 {
            if round > 0 {
                k0 = k0.wrapping_add(W0);
                k1 = k1.wrapping_add(W1);
            }
            for c in &mut c {
                let (h0, l0) = mulhilo(M0, c[0]);
                let (h1, l1) = mulhilo(M1, c[2]);
                *c = [h1 ^ c[1] ^ k0, l1, h0 ^ c[3] ^ k1, l0];
            }
        }
        c
    }

    /// Returns a word of a stream that a researcher's rule names, for a person, a decision and the ordinal of its question: rules
    /// of two decisions may name one stream, and still don't share a number.
    pub fn own(self, person: u64, stream: u64, decision: Decision, ordinal: Ordinal) -> u64 {
        let question = ordinal.0.wrapping_add(1) | (decision as u64) << 56;
        philox([self.seed, self.replicate], [question, Purpose::Own as u64, person, stream])[0]
    }

    /// Returns four uniform numbers in (0, 1).
    #[inline]
    pub fn uniforms(self, person: u64, purpose: Purpose, ordinal: Ordinal) -> [f64; 4] {
        self.block(person, purpose, ordinal).map(unit)
    }

    /// Returns one uniform number in (0, 1).
    #[inline]
    pub fn uniform(self, person: u64, purpose: Purpose, ordinal: Ordinal) -> f64 {
        unit(self.block(person, purpose, ordinal)[0])
    }

    /// Returns `n` ≤ 32 uniform numbers in (0, 1) of one question, four a block.
    ///
    /// The block number stands above the ordinal, so that a question with more options never meets another ordinal's numbers.
    #[inline]
    pub fn many(self, person: u64, purpose: Purpose, ordinal: Ordinal, out: &mut [f64]) {
        for (block, chunk) in out.chunks_mut(4).enumerate() {
            let words = self.block(person, purpose, Ordinal(ordinal.0 | (block as u64) << 48));
            for (u, w) in chunk.iter_mut().zip(words) {
                *u = unit(w);
            }
        }
    }

    /// Returns a keyed 64-bit hash: an identity, or the order of equals.
    #[inline]
    pub fn hash(self, person: u64, purpose: Purpose, ordinal: Ordinal) -> u64 {
        self.block(person, purpose, ordinal)[0]
    }
}

/// Returns the uniform number in (0, 1) of a word: the middle of one of 2^52 steps, never 0 or 1.
#[inline(always)]
pub fn unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// Returns the unit exponential of a uniform number: a budget.
#[inline]
pub fn exponential(u: f64) -> f64 {
    -libm::log(u)
}

/// Returns the Gumbel of a uniform number.
#[inline]
pub fn gumbel(u: f64) -> f64 {
    -libm::log(-libm::log(u))
}

/// Returns the standard normal quantile of a uniform number (Acklam's rational approximation, relative error below 1.2e-9).
#[expect(clippy::unreadable_literal, reason = "the coefficients stand as they were published")]
pub fn normal(u: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e+01,
        2.209460984245205e+02,
        -2.759285104469687e+02,
        1.38357751867269e+02,
        -3.066479806614716e+01,
        2.506628277459239e+00,
    ];
    const B: [f64; 5] = [
        -5.447609879822406e+01,
        1.615858368580409e+02,
        -1.556989798598866e+02,
        6.680131188771972e+01,
        -1.328068155288572e+01,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-03,
        -3.223964580411365e-01,
        -2.400758277161838e+00,
        -2.549732539343734e+00,
        4.374664141464968e+00,
        2.938163982698783e+00,
    ];
    const D: [f64; 4] = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00];
    const LOW: f64 = 0.02425;
    let tail = |q: f64| {
        (((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5])
            / ((((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0)
    };
    if u < LOW {
        tail(libm::sqrt(-2.0 * libm::log(u)))
    } else if u > 1.0 - LOW {
        -tail(libm::sqrt(-2.0 * libm::log(1.0 - u)))
    } else {
        let q = u - 0.5;
        let r = q * q;
        (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
            / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
    }
}

/// Returns the daily probability of a yearly hazard [1/a].
#[inline]
pub fn daily(hazard: f64) -> f64 {
    -libm::expm1(-hazard / crate::calendar::YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key and counter as given to `numpy.random.Philox(key=..., counter=...)`, and its `random_raw(4)`; NumPy 2.4.6.
    const NUMPY: [([u64; 2], [u64; 4], [u64; 4]); 4] = [
        (
            [0, 0],
            [0, 0, 0, 0],
            [0x02f4_ba64_08e4_d89b, 0x3dd6_2b0b_9ca8_c5b2, 0x1c86_67a5_5d90_2e79, 0x907d_7a05_2fd5_b4dc],
        ),
        (
            [1, 2],
            [3, 4, 5, 0],
            [0xc280_25f6_5b74_ada8, 0x5366_c0c1_f4a4_e1cc, 0x1980_a96a_90de_33c9, 0x1518_13f2_00cd_db59],
        ),
        (
            [u64::MAX, u64::MAX],
            [u64::MAX - 1, u64::MAX, u64::MAX, u64::MAX],
            [0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6, 0xa09c_aebf_594f_0ba0],
        ),
        (
            [0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c],
            [0x243f_6a88_85a3_08d2, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89],
            [0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5, 0x57bd_43b5_e52b_7fe6],
        ),
    ];

    #[test]
    fn philox_equals_numpy() {
        for (key, counter, words) in NUMPY {
            // NumPy counts up before it draws.
            let next = [counter[0] + 1, counter[1], counter[2], counter[3]];
            assert_eq!(philox(key, next), words);
        }
    }

    #[test]
    fn a_block_is_the_first_four_words_of_numpy() {
        let key = Key { seed: 20_240_401, replicate: 7 };
        let words = [0xd13d_4a6e_200a_60a9, 0xeb6e_dd63_d0ea_4114, 0xe96f_6f2f_9763_dddb, 0x46ec_f355_d711_f5b6];
        assert_eq!(key.block(0x1234_5678_9abc_def0, Purpose::Year, Ordinal(2024)), words);
    }

    #[test]
    fn several_blocks_are_each_ones_own() {
        let key = Key { seed: 3, replicate: 1 };
        let asked = [
            (0, Purpose::Year, Ordinal(9)),
            (5, Purpose::Year, Ordinal(9)),
            (u64::MAX, Purpose::Born, Ordinal(0)),
            (77, Purpose::Identity, Ordinal(1 << 40)),
        ];
        let together = key.blocks(asked);
        assert_eq!(together, asked.map(|(person, purpose, ordinal)| key.block(person, purpose, ordinal)));
    }

    #[test]
    fn uniforms_are_those_of_numpy_moved_off_zero() {
        let key = Key { seed: 42, replicate: 0 };
        // Generator(Philox(key=[42, 0], counter=[0, 16, 99, 0])).random(4)
        let numpy =
            [0.487_012_234_470_736_05, 0.019_370_409_204_474_637, 0.995_159_499_830_824_2, 0.269_664_670_753_933_74];
        for (ours, theirs) in key.uniforms(99, Purpose::Relapse, Ordinal::ONCE).into_iter().zip(numpy) {
            assert!((ours - theirs).abs() < 1e-15, "{ours} {theirs}");
        }
    }

    #[test]
    fn words_at_the_ends_stay_inside_the_unit_interval() {
        assert!(unit(0) > 0.0 && unit(u64::MAX) < 1.0);
        assert!(exponential(unit(u64::MAX)) > 0.0 && gumbel(unit(0)).is_finite() && gumbel(unit(u64::MAX)).is_finite());
    }

    #[test]
    fn the_normal_quantile_has_its_known_values() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.001, -3.090_232_306), (0.999_999, 4.753_424_309)] {
            assert!((normal(p) - z).abs() < 1e-7, "{p}: {}", normal(p));
        }
    }
}
