//! Hazards of the caseload: what can happen to a person by itself, one file each.
//!
//! Each file answers: what happens, to whom, from which evidence, what is drawn. A rate is per person-year; the clocks turn
//! rates into days. To add one: its file, a line in the list below, its rate in `world/rates.rs` (the build breaks until it is
//! there), what it does in the phase that the line names, its parameters.

pub mod clock;

use crate::codes::Purpose;

/// Declares the hazards: for each its file, its enum variant, the purpose of its budget, and the phase that takes it.
macro_rules! hazards {
    ($($variant:ident = $file:ident, $purpose:ident, $phase:literal;)+) => {
        $(pub mod $file;)+

        /// A hazard with a clock.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Hazard { $(#[doc = concat!("[`", stringify!($file), "`].")] $variant,)+ }

        /// Number of hazards with a clock.
        pub const HAZARDS: usize = Hazard::ALL.len();

        impl Hazard {
            /// Every hazard, in order of its clock.
            pub const ALL: [Hazard; [$(stringify!($variant)),+].len()] = [$(Hazard::$variant,)+];

            /// What its budget is drawn for.
            pub const fn purpose(self) -> Purpose {
                match self { $(Hazard::$variant => Purpose::$purpose,)+ }
            }

            /// The phase of the day in which it does what it does.
            pub const fn phase(self) -> &'static str {
                match self { $(Hazard::$variant => $phase,)+ }
            }
        }
    };
}

hazards! {
    Death = death, Death, "illness";
    Suicide = suicide, Suicide, "illness";
    Relapse = relapse, Relapse, "illness";
    Recovery = recovery, Recovery, "illness";
    Reoffence = reoffence, Reoffence, "aftercare";
    Abscond = abscond, Abscond, "aftercare";
    Return = returning, Return, "aftercare";
    Assault = assault, Assault, "illness";
    Noticed = noticed, Noticed, "illness";
    Work = work, Work, "aftercare";
    Application = application, Application, "tribunals";
    Absolute = absolute, AbsoluteEnd, "tribunals";
    Licence = licence, LicenceRecall, "aftercare";
    Fading = fading, Fading, "aftercare";
}

/// What a state by which rates differ by a `ratio` does to the rate of somebody with or without it, if the rate of all, of whom
/// the `share` has it, is to stay [ratio].
pub fn apart(ratio: f64, share: f64, there: bool) -> f64 {
    let without = 1.0 / (1.0 + share * (ratio - 1.0));
    if there { ratio * without } else { without }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hazard_has_the_clock_of_its_place_in_the_list() {
        assert!(Hazard::ALL.iter().enumerate().all(|(k, h)| *h as usize == k));
    }

    #[test]
    fn no_two_hazards_draw_for_one_purpose() {
        let mut purposes = Hazard::ALL.map(|h| h.purpose() as u64);
        purposes.sort_unstable();
        assert!(purposes.windows(2).all(|w| w[0] < w[1]));
    }
}
