//! What a decision may look at: columns of a case, in the language of choices (`case.x`).
//!
//! Latent columns (risk, symptoms, engagement, hope) are not here on purpose: deciders see readings only.

use crate::codes::{AskedFor, Legal, Offence, Place, Stage};

/// Declares the columns: an enum that indexes the row of values, with name, unit and meaning. `or null` marks a column that can
/// have no value yet.
macro_rules! columns {
    (@nullable null) => { true };
    (@nullable) => { false };
    ($(#[$meta:meta])* $list:ident; $($variant:ident, $name:literal, $unit:literal $(or $null:ident)?, $doc:literal;)+) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq,
            strum::VariantArray, strum::EnumString, strum::EnumMessage,
        )]
        #[repr(usize)]
        pub enum $list { $(#[doc = $doc] #[strum(serialize = $name)] $variant,)+ }

        impl $list {
            /// Every column, in order of index.
            pub const ALL: &'static [$list] = <$list as strum::VariantArray>::VARIANTS;

            /// Number of columns.
            pub const COUNT: usize = Self::ALL.len();

            /// Returns the name as a term writes it, after `case.` or `option.`.
            pub const fn name(self) -> &'static str {
                match self { $($list::$variant => $name,)+ }
            }

            /// Returns the unit; `flag` for 0 or 1, `code` for a code.
            pub const fn unit(self) -> &'static str {
                match self { $($list::$variant => $unit,)+ }
            }

            /// Returns one line on what it means.
            pub fn doc(self) -> &'static str {
                strum::EnumMessage::get_documentation(&self).unwrap_or_default()
            }

            /// Whether the value can be null, which is NaN in a row of values.
            pub const fn nullable(self) -> bool {
                match self { $($list::$variant => columns!(@nullable $($null)?),)+ }
            }

            /// Returns the column with this name, if there is one.
            pub fn from_name(name: &str) -> Option<$list> {
                name.parse().ok()
            }
        }
    };
}

columns! {
    /// A column of a case that a decision may name.
    CaseColumn;
    Age, "age", "a", "Age in years, with its fraction.";
    Female, "female", "flag", "1 for women.";
    Black, "black", "flag", "1 for Black ethnic groups.";
    White, "white", "flag", "1 for White ethnic groups.";
    Psychosis, "psychosis", "flag", "Has a psychotic illness.";
    PersonalityDisorder, "personality_disorder", "flag", "Has a personality disorder.";
    Disability, "disability", "flag", "Has an intellectual disability or autism.";
    Substance, "substance", "flag", "Has a substance use disorder.";
    PrimaryPd, "primary_pd", "flag", "Personality disorder is the primary diagnosis.";
    PrimaryId, "primary_id", "flag", "Intellectual disability or autism is the primary diagnosis.";
    Place, "place", "code", "Where the person is.";
    Legal, "legal", "code", "Legal status.";
    Offence, "offence", "code", "Main offence.";
    Violent, "violent", "flag", "The main offence is violent or sexual.";
    Grave, "grave", "flag", "The main offence is grave: homicide, rape, arson with danger to life and the like.";
    Murder, "murder", "flag", "The charge or conviction is murder.";
    Crown, "crown", "flag", "Tried in the Crown Court.";
    Remanded, "remanded", "flag", "In custody awaiting the court.";
    Sentenced, "sentenced", "flag", "Serving a prison sentence.";
    SentenceLeft, "sentence_left", "d" or null, "Days until release, or until the Parole Board looks at a sentence without a release date; null without a sentence.";
    Report, "report", "flag", "Liaison and diversion has reported to the court.";
    BedPromised, "bed_promised", "flag", "A hospital has offered a bed within the court's limit.";
    FailedTreatmentHere, "in_hospital", "flag", "Already in hospital (s35, s36, s38, s48) when the court sits.";
    Restricted, "restricted", "flag", "Under restrictions.";
    Reading, "reading", "SD" or null, "Latest reading of dynamic risk, high is worse; null before the first.";
    ReadingAge, "reading_age", "d" or null, "Days since that reading; null before the first.";
    SymptomReading, "symptom_reading", "SD" or null, "Latest reading of symptoms, high is worse; null before the first.";
    Security, "security", "0-4" or null, "Reading of the need for security (DUNDRUM-1 like); null before the first assessment.";
    EngagementReading, "engagement_reading", "0-1" or null, "Latest reading of engagement; null before the first.";
    ProgrammeReading, "programme", "0-1", "Share of the treatment programme completed.";
    TierDays, "tier_days", "d", "Days in this tier.";
    SecureDays, "secure_days", "d", "Unbroken days in any secure tier.";
    ReadyDays, "ready_days", "d", "Days since ready; 0 before.";
    WaitDays, "wait_days", "d", "Days since the need was identified; 0 before.";
    MinistryDays, "ministry_days", "d", "Days since both reports reached the Ministry; 0 before.";
    StatutoryDays, "statutory_days", "d", "Days since the first request for a medical report; 0 before.";
    Assessments, "assessments", "count", "Assessments made so far in this referral.";
    Refusals, "refusals", "count", "Refusals so far in this referral.";
    Target, "target", "code", "Tier referred to or accepted at.";
    Stage, "stage", "code", "Stage of waiting for, or going through, care.";
    EscortedLeave, "escorted_leave", "flag", "Has escorted leave or more.";
    UnescortedLeave, "unescorted_leave", "flag", "Has unescorted leave or more.";
    Setbacks, "setbacks", "count", "Setbacks in this tier (assault, abscond, relapse).";
    Absconded, "absconded", "flag", "Has absconded in the last year.";
    Recalls, "recalls", "count", "Recalls and secure readmissions so far.";
    Convictions, "convictions", "count", "Convictions before this one (0 to 3 or more).";
    NoPlace, "no_place", "flag", "Ready, and no accommodation is arranged.";
    NoTeam, "no_team", "flag", "Ready, and no team is arranged.";
    NoConsent, "no_consent", "flag", "Consent is still missing.";
    Arranged, "arranged", "flag", "Place, team and funding are arranged.";
    AskedFor, "asked_for", "code", "What the Ministry is asked for.";
    Breach, "breach", "flag", "The supervising team has seen a breach of conditions, or a deterioration, that points to an offence.";
    CommunityDays, "community_days", "d" or null, "Days since the last discharge; null if never discharged.";
    Forensic, "forensic_team", "flag", "Followed up by a specialist community forensic team.";
    Supported, "supported", "flag", "Lives in supported accommodation.";
    Unwell, "unwell", "flag", "Acutely unwell, as seen by the team.";
    Charged, "charged", "flag", "Charged since discharge, not disposed of yet.";
    Employed, "employed", "flag", "In paid work.";
    Settled, "settled", "flag", "In the community, with a settled home: security of tenure, or a supported place.";
    CloseRelationship, "close_relationship", "flag", "Has somebody close: a partner, relative or friend in regular contact.";
    MetabolicSyndrome, "metabolic_syndrome", "flag", "Has the metabolic syndrome, at the last yearly check.";
    HopeReported, "hope_reported", "0-1" or null, "Hope as the person reported it at the end of the last financial year; null before the first.";
    WorkOffered, "work_offered", "flag", "Employment support is offered now.";
    DischargeNear, "discharge_near", "flag", "Ready, on trial leave, or with a discharge hearing listed.";
    Margin, "margin", "k£/wk", "What one more week of this patient earns the provider, after what varies with a patient, and with what depends on goals.";
    PriceMinusCost, "price_minus_cost", "k£/wk", "What a week of this person pays the provider less what it costs, with what depends on waits.";
    CodeGain, "code_gain", "k£/wk", "What a week pays more if the patient is coded as of the complex group; 0 where no price depends on it.";
    Queue, "queue", "share", "People waiting for this tier and sex in this collaborative, per bed.";
    OtherArea, "out_of_area", "flag", "In a unit outside one's own collaborative.";
    Remitted, "recovered", "flag", "The illness for which a prisoner was transferred has been treated, on the latest reading.";
    Applied, "applied", "flag", "The hearing was applied for by the patient (not an automatic reference).";
    OverLimit, "over_limit", "d", "Days past the transfer limit that the commissioner answers for; 0 within it, or where there is none.";
}

impl CaseColumn {
    /// Returns the names of the codes that the column holds, in order of code; nothing where it holds a quantity.
    pub fn vocabulary(self) -> Option<Vec<&'static str>> {
        if matches!(self, CaseColumn::Place | CaseColumn::Target) {
            Some(Place::ALL.iter().map(|v| v.name()).collect())
        } else if self == CaseColumn::Legal {
            Some(Legal::ALL.iter().map(|v| v.name()).collect())
        } else if self == CaseColumn::Offence {
            Some(Offence::ALL.iter().map(|v| v.name()).collect())
        } else if self == CaseColumn::Stage {
            Some(Stage::ALL.iter().map(|v| v.name()).collect())
        } else if self == CaseColumn::AskedFor {
            Some(AskedFor::ALL.iter().map(|v| v.name()).collect())
        } else {
            None
        }
    }
}

/// The values of one case, in the order of [`CaseColumn::ALL`]; null is NaN.
pub type CaseRow = [f64; CaseColumn::COUNT];

columns! {
    /// A column of an option that a decision may name: what a funder or a commissioner sees of a place on offer.
    OptionColumn;
    Price, "price", "k£/wk", "What the bed or place costs the one who places, for a week, less what a week more of waiting would cost.";
    Release, "release", "k£/wk", "What the funder's own money gains for each week after the person has left.";
    Cost, "cost", "k£/wk", "What the funder pays for place and team, for a week.";
    Distance, "distance", "share", "How far from the person's own area: 0 in it, 1 at the other end of England.";
    Free, "free", "flag", "1 if there is a free place of the kind.";
    NoOwn, "no_own", "flag", "1 if the person's commissioner has no unit of the tier for that sex, and others take its patients.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_nullable_exactly_where_its_meaning_says_so() {
        for c in CaseColumn::ALL {
            assert_eq!(c.nullable(), c.doc().contains("null"), "{}", c.name());
        }
    }

    #[test]
    fn a_column_of_codes_has_their_names() {
        for c in CaseColumn::ALL {
            assert_eq!(c.vocabulary().is_some(), c.unit() == "code", "{}", c.name());
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for c in CaseColumn::ALL {
            assert_eq!(CaseColumn::from_name(c.name()), Some(*c));
        }
        for c in OptionColumn::ALL {
            assert_eq!(OptionColumn::from_name(c.name()), Some(*c));
        }
    }

    #[test]
    fn what_a_decision_sees_too_has_the_same_unit_or_is_a_word() {
        for column in crate::caseload::readout::COLUMNS {
            if let Some(seen) = CaseColumn::from_name(column.name) {
                assert!(column.unit == seen.unit() || column.unit == "word", "{}", column.name);
            }
        }
    }
}
