//! How often each question was asked of a case: the counter of the caseload's random numbers.

use serde::{Deserialize, Serialize};

use crate::codes::Purpose;
use crate::draw::Ordinal;

/// What is asked of a case more than once: decisions, hazards, delays, and what phases draw.
const ASKED: [Purpose; 48] = [
    Purpose::Disposal,
    Purpose::Referral,
    Purpose::Assessment,
    Purpose::Warrant,
    Purpose::Placement,
    Purpose::Review,
    Purpose::Consent,
    Purpose::Hearing,
    Purpose::Discharge,
    Purpose::Recall,
    Purpose::Engagement,
    Purpose::Coding,
    Purpose::Death,
    Purpose::Suicide,
    Purpose::Relapse,
    Purpose::Recovery,
    Purpose::Reoffence,
    Purpose::Abscond,
    Purpose::Return,
    Purpose::Assault,
    Purpose::Noticed,
    Purpose::Work,
    Purpose::Application,
    Purpose::AbsoluteEnd,
    Purpose::LicenceRecall,
    Purpose::Fading,
    Purpose::Drift,
    Purpose::Reading,
    Purpose::ReviewDay,
    Purpose::CourtDelay,
    Purpose::WarrantDelay,
    Purpose::ConsentDelay,
    Purpose::ReportDelay,
    Purpose::AssessDelay,
    Purpose::MoveDelay,
    Purpose::HearingDelay,
    Purpose::RemitDelay,
    Purpose::ReferralDelay,
    Purpose::WardStay,
    Purpose::Sentence,
    Purpose::Outcome,
    Purpose::Remand,
    Purpose::Withdraw,
    Purpose::Accommodation,
    Purpose::Locked,
    Purpose::Late,
    Purpose::Wellbeing,
    Purpose::HopeReport,
];

/// What is asked seldom enough that a count of all of them together keeps them apart.
const SELDOM: [Purpose; 9] = [
    Purpose::Warning,
    Purpose::RecallTier,
    Purpose::LicenceTime,
    Purpose::Deprivation,
    Purpose::CommunityOrder,
    Purpose::AbsentOffence,
    Purpose::OrderLength,
    Purpose::Breach,
    Purpose::Home,
];

/// Where each purpose is counted.
const PLACES: [u8; 256] = {
    let mut places = [u8::MAX; 256];
    let mut k = 0;
    while k < ASKED.len() {
        places[ASKED[k] as usize] = k as u8;
        k += 1;
    }
    let mut k = 0;
    while k < SELDOM.len() {
        places[SELDOM[k] as usize] = ASKED.len() as u8;
        k += 1;
    }
    places
};

/// How often each question was asked of a case, and how often the person was on the caseload before.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Questions {
    visit: u16,
    #[serde(with = "crate::shared::array")]
    asked: [u16; ASKED.len() + 1],
}

impl Questions {
    /// Nothing was asked yet on this visit to the caseload.
    pub fn new(visit: u16) -> Questions {
        Questions { visit, asked: [0; ASKED.len() + 1] }
    }

    /// Returns the ordinal of the next question of this purpose, and counts it: never the same twice for a person.
    ///
    /// Questions of an earlier visit to the caseload have smaller ordinals.
    pub fn next(&mut self, purpose: Purpose) -> Ordinal {
        let count = &mut self.asked[usize::from(PLACES[purpose as usize])];
        let before = *count;
        *count = before.wrapping_add(1);
        Ordinal::counted(u64::from(self.visit) << 20 | u64::from(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Decision;
    use crate::hazards::Hazard;

    #[test]
    fn a_question_never_has_the_same_ordinal_twice() {
        let (mut first, mut again) = (Questions::new(0), Questions::new(1));
        let mut asked: Vec<Ordinal> = (0..100).map(|_| first.next(Purpose::Review)).collect();
        asked.extend((0..100).map(|_| again.next(Purpose::Review)));
        assert!(asked.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn one_question_leaves_the_ordinals_of_others_alone() {
        let (mut a, mut b) = (Questions::new(0), Questions::new(0));
        a.next(Purpose::Review);
        assert_eq!(a.next(Purpose::Consent), b.next(Purpose::Consent));
    }

    #[test]
    fn every_decision_and_every_hazard_is_counted() {
        let decisions = Decision::ALL.iter().map(|d| d.purpose()).filter(|p| *p != Purpose::None);
        for purpose in decisions.chain(Hazard::ALL.map(Hazard::purpose)) {
            assert!(ASKED.contains(&purpose), "{}", purpose.name());
        }
    }

    #[test]
    fn nothing_is_counted_in_two_places() {
        let mut all: Vec<Purpose> = ASKED.into_iter().chain(SELDOM).collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|w| w[0] != w[1]));
    }
}
