//! What a decision may look at: columns of a case, in the language of choices (`case.x`).
//!
//! Latent columns (risk, symptoms, engagement, hope) are not here on purpose: deciders see readings only.

/// Declares the columns: an enum that indexes the row of values, with name, unit and meaning.
macro_rules! columns {
    ($(#[$meta:meta])* $list:ident; $($variant:ident, $name:literal, $unit:literal, $doc:literal;)+) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum $list { $(#[doc = $doc] $variant,)+ }

        impl $list {
            /// Every column, in order of index.
            pub const ALL: &'static [$list] = &[$($list::$variant,)+];
            /// Number of columns.
            pub const COUNT: usize = Self::ALL.len();
            /// Name as a term writes it, after `case.` or `option.`.
            pub const fn name(self) -> &'static str { match self { $($list::$variant => $name,)+ } }
            /// Unit; `flag` for 0 or 1, `code` for a code.
            pub const fn unit(self) -> &'static str { match self { $($list::$variant => $unit,)+ } }
            /// One line on what it means.
            pub const fn doc(self) -> &'static str { match self { $($list::$variant => $doc,)+ } }
            /// Finds a column by name.
            pub fn from_name(name: &str) -> Option<$list> { Self::ALL.iter().copied().find(|c| c.name() == name) }
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
    Place, "place", "code", "Where the person is (codes of Place, for `is`).";
    Legal, "legal", "code", "Legal status (codes of Legal, for `is`).";
    Offence, "offence", "code", "Main offence (codes of Offence, for `is`).";
    Violent, "violent", "flag", "The main offence is violent or sexual.";
    Grave, "grave", "flag", "The main offence is grave: homicide, rape, arson with danger to life and the like.";
    Murder, "murder", "flag", "The charge or conviction is murder.";
    Crown, "crown", "flag", "Tried in the Crown Court.";
    Remanded, "remanded", "flag", "In custody awaiting the court.";
    Sentenced, "sentenced", "flag", "Serving a prison sentence.";
    SentenceLeft, "sentence_left", "d", "Days until release; null without a sentence.";
    Report, "report", "flag", "Liaison and diversion has reported to the court.";
    BedPromised, "bed_promised", "flag", "A hospital has offered a bed within the court's limit.";
    FailedTreatmentHere, "in_hospital", "flag", "Already in hospital (s35, s36, s38, s48) when the court sits.";
    Restricted, "restricted", "flag", "Under restrictions.";
    Reading, "reading", "SD", "Latest reading of dynamic risk, high is worse; null before the first.";
    ReadingAge, "reading_age", "d", "Days since that reading; null before the first.";
    SymptomReading, "symptom_reading", "SD", "Latest reading of symptoms, high is worse; null before the first.";
    Security, "security", "0-4", "Reading of the need for security (DUNDRUM-1 like); null before the first assessment.";
    EngagementReading, "engagement_reading", "0-1", "Latest reading of engagement; null before the first.";
    ProgrammeReading, "programme", "0-1", "Share of the treatment programme completed.";
    TierDays, "tier_days", "d", "Days in this tier.";
    SecureDays, "secure_days", "d", "Unbroken days in any secure tier.";
    ReadyDays, "ready_days", "d", "Days since ready; 0 before.";
    WaitDays, "wait_days", "d", "Days since the need was identified; 0 before.";
    MinistryDays, "ministry_days", "d", "Days since both reports reached the Ministry; 0 before.";
    StatutoryDays, "statutory_days", "d", "Days since the first request for a medical report; 0 before.";
    Assessments, "assessments", "count", "Assessments made so far in this referral.";
    Refusals, "refusals", "count", "Refusals so far in this referral.";
    Target, "target", "code", "Tier referred to or accepted at (codes of Place).";
    Stage, "stage", "code", "Stage (codes of Stage, for `is`).";
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
    AskedFor, "asked_for", "code", "What the Ministry is asked for: 0 leave, 1 transfer, 2 discharge, 3 absolute discharge, 4 admission, 5 remission.";
    CommunityDays, "community_days", "d", "Days since the last discharge; null if never discharged.";
    Forensic, "forensic_team", "flag", "Followed up by a specialist community forensic team.";
    Supported, "supported", "flag", "Lives in supported accommodation.";
    Unwell, "unwell", "flag", "Acutely unwell, as seen by the team.";
    Charged, "charged", "flag", "Charged since discharge, not disposed of yet.";
    Employed, "employed", "flag", "In paid work.";
    WorkOffered, "work_offered", "flag", "Employment support is offered now.";
    DischargeNear, "discharge_near", "flag", "Ready, on trial leave, or with a discharge hearing listed.";
    Margin, "margin", "k£/wk", "What one more week of this patient earns the provider, after what varies with a patient.";
    PriceMinusCost, "price_minus_cost", "k£/wk", "Price of the cluster less the expected cost of this patient.";
    Queue, "queue", "share", "People waiting for this tier and sex in this collaborative, per bed.";
    OtherArea, "out_of_area", "flag", "In a unit outside one's own collaborative.";
    Remitted, "recovered", "flag", "The illness for which a prisoner was transferred has been treated, on the latest reading.";
    Applied, "applied", "flag", "The hearing was applied for by the patient (not an automatic reference).";
    OverLimit, "over_limit", "d", "Days past the transfer limit that the commissioner answers for; 0 within it, or where there is none.";
}

impl CaseColumn {
    /// Whether the value can be null (NaN in a row of a case): there is no reading, sentence or discharge yet.
    pub const fn nullable(self) -> bool {
        matches!(
            self,
            CaseColumn::SentenceLeft
                | CaseColumn::Reading
                | CaseColumn::ReadingAge
                | CaseColumn::SymptomReading
                | CaseColumn::Security
                | CaseColumn::EngagementReading
                | CaseColumn::CommunityDays
        )
    }
}

/// The values of one case, in the order of [`CaseColumn::ALL`]; null is NaN.
pub type CaseRow = [f64; CaseColumn::COUNT];

columns! {
    /// A column of an option that a decision may name: what a funder or a commissioner sees of a place on offer.
    OptionColumn;
    Price, "price", "k£/wk", "What the bed or place costs the one who places, for a week.";
    Release, "release", "k£/wk", "What the funder's own money gains for each week after the person has left.";
    Cost, "cost", "k£/wk", "What the funder pays for place and team, for a week.";
    Distance, "distance", "share", "How far from the person's own area: 0 in it, 1 at the other end of England.";
    Free, "free", "flag", "1 if there is a free place of the kind.";
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
