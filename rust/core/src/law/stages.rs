//! Stages: what leave each means, and which follows.

use crate::codes::Stage;

/// Grades of leave of a patient in treatment, from none to trial leave.
const LEAVE: [Stage; 4] = [Stage::Treatment, Stage::EscortedLeave, Stage::UnescortedLeave, Stage::Trial];

/// Returns which grade of leave a stage is, from 0 (none) to 3 (trial leave); nothing where it is none.
fn grade(s: Stage) -> Option<usize> {
    LEAVE.iter().position(|l| *l == s)
}

/// Whether a stage is treatment on a ward, with any leave or none.
pub fn in_treatment(s: Stage) -> bool {
    grade(s).is_some()
}

/// Whether a stage means leave with an escort, or more.
pub fn escorted(s: Stage) -> bool {
    grade(s).is_some_and(|g| g >= 1)
}

/// Whether a stage means leave without an escort, or more.
pub fn unescorted(s: Stage) -> bool {
    grade(s).is_some_and(|g| g >= 2)
}

/// The next grade of leave, if there is one.
pub fn next_leave(s: Stage) -> Option<Stage> {
    grade(s).and_then(|g| LEAVE.get(g + 1)).copied()
}

/// The grade of leave below; without leave, treatment.
pub fn less_leave(s: Stage) -> Stage {
    LEAVE[grade(s).unwrap_or(0).saturating_sub(1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leave_is_gained_and_lost_a_grade_at_a_time() {
        for pair in LEAVE.windows(2) {
            assert_eq!((next_leave(pair[0]), less_leave(pair[1])), (Some(pair[1]), pair[0]));
        }
        assert_eq!((next_leave(Stage::Trial), less_leave(Stage::Treatment)), (None, Stage::Treatment));
    }

    #[test]
    fn only_a_patient_in_treatment_has_leave() {
        for s in Stage::ALL {
            assert_eq!(next_leave(*s).is_some() || *s == Stage::Trial, in_treatment(*s), "{}", s.name());
            assert!(in_treatment(*s) || !escorted(*s), "{}", s.name());
            assert!(escorted(*s) || !unescorted(*s), "{}", s.name());
        }
    }
}
