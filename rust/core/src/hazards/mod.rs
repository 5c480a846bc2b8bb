//! Hazards of the caseload: what can happen to a person by itself, one file each.
//!
//! Each file answers: what happens, to whom, from which evidence, what is drawn. A rate is per person-year;
//! the clocks turn rates into days.

pub mod abscond;
pub mod absolute;
pub mod application;
pub mod assault;
pub mod clock;
pub mod death;
pub mod fading;
pub mod licence;
pub mod noticed;
pub mod recovery;
pub mod relapse;
pub mod reoffence;
pub mod returning;
pub mod suicide;
pub mod work;

use crate::draw::Purpose;

/// Number of hazards with a clock.
pub const HAZARDS: usize = 14;

/// A hazard with a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Hazard {
    /// [`death`].
    Death = 0,
    /// [`suicide`].
    Suicide = 1,
    /// [`relapse`].
    Relapse = 2,
    /// [`recovery`].
    Recovery = 3,
    /// [`reoffence`].
    Reoffence = 4,
    /// [`abscond`].
    Abscond = 5,
    /// [`returning`].
    Return = 6,
    /// [`assault`].
    Assault = 7,
    /// [`noticed`].
    Noticed = 8,
    /// [`work`].
    Work = 9,
    /// [`application`].
    Application = 10,
    /// [`absolute`].
    Absolute = 11,
    /// [`licence`].
    Licence = 12,
    /// [`fading`].
    Fading = 13,
}

impl Hazard {
    /// Every hazard, in order of its clock.
    pub const ALL: [Hazard; HAZARDS] = [
        Hazard::Death,
        Hazard::Suicide,
        Hazard::Relapse,
        Hazard::Recovery,
        Hazard::Reoffence,
        Hazard::Abscond,
        Hazard::Return,
        Hazard::Assault,
        Hazard::Noticed,
        Hazard::Work,
        Hazard::Application,
        Hazard::Absolute,
        Hazard::Licence,
        Hazard::Fading,
    ];

    /// What its budget is drawn for.
    pub const fn purpose(self) -> Purpose {
        match self {
            Hazard::Death => Purpose::Death,
            Hazard::Suicide => Purpose::Suicide,
            Hazard::Relapse => Purpose::Relapse,
            Hazard::Recovery => Purpose::Recovery,
            Hazard::Reoffence => Purpose::Reoffence,
            Hazard::Abscond => Purpose::Abscond,
            Hazard::Return => Purpose::Return,
            Hazard::Assault => Purpose::Assault,
            Hazard::Noticed => Purpose::Noticed,
            Hazard::Work => Purpose::Work,
            Hazard::Application => Purpose::Application,
            Hazard::Absolute => Purpose::AbsoluteEnd,
            Hazard::Licence => Purpose::LicenceRecall,
            Hazard::Fading => Purpose::Fading,
        }
    }
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
