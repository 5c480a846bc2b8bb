//! What a researcher sees of the caseload: its columns, each with its unit and its meaning.
//!
//! More than a decision may look at: what is called latent is never seen by an agent. A column is gathered from the
//! cases when somebody asks for it.

use super::Case;
use super::case::Life;
use super::clinical::Reading;
use crate::calendar::{Day, YEAR};
use crate::codes::{Diagnosis, Reason, Stage, Vocabulary as Words};
use crate::law::{self, places, stages};

/// How a column's numbers are made and read.
#[derive(Clone, Copy)]
pub enum Read {
    /// Identity of a person.
    Person(fn(&Case) -> i64),
    /// A word, by code; −1 for nothing.
    Word(Words, fn(&Case) -> i16),
    /// Yes or no.
    Flag(fn(&Case, Day) -> bool),
    /// A day [d since 1900-01-01]; −1 for nothing.
    Date(fn(&Case) -> Option<Day>),
    /// A whole number.
    Count(fn(&Case, Day) -> i32),
    /// A real number; NaN for nothing.
    Real(fn(&Case, Day) -> f64),
}

/// A column of the caseload.
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// What it means, one line.
    pub doc: &'static str,
    /// How it is read.
    pub read: Read,
}

/// A column's values.
#[derive(Clone, Debug)]
pub enum Values {
    /// Identities.
    Person(Vec<i64>),
    /// Codes of words.
    Word(Vec<i16>),
    /// Yes or no.
    Flag(Vec<bool>),
    /// Days and whole numbers.
    Whole(Vec<i32>),
    /// Real numbers.
    Real(Vec<f64>),
}

impl Column {
    /// Finds a column by name.
    pub fn find(name: &str) -> Option<&'static Column> {
        COLUMNS.iter().find(|c| c.name == name)
    }

    /// Gathers the column of some cases.
    pub fn gather<'a>(&self, cases: impl Iterator<Item = &'a Case>, today: Day) -> Values {
        match self.read {
            Person(of) => Values::Person(cases.map(of).collect()),
            Word(_, of) => Values::Word(cases.map(of).collect()),
            Flag(of) => Values::Flag(cases.map(|c| of(c, today)).collect()),
            Date(of) => Values::Whole(cases.map(|c| of(c).unwrap_or(-1)).collect()),
            Count(of) => Values::Whole(cases.map(|c| of(c, today)).collect()),
            Real(of) => Values::Real(cases.map(|c| of(c, today)).collect()),
        }
    }
}

fn since(day: Option<Day>, today: Day) -> i32 {
    day.map_or(0, |day| today - day)
}

fn lacks(c: &Case, reason: Reason) -> bool {
    c.readiness.missing.contains(reason)
}

/// A code, or −1 for nothing.
fn word(code: Option<u16>) -> i16 {
    code.map_or(-1, |code| code as i16)
}

/// A number of the latest reading; not a number before the first.
fn reading(c: &Case, of: fn(&Reading) -> f64) -> f64 {
    c.clinical.reading.as_ref().map_or(f64::NAN, of)
}

macro_rules! columns {
    ($($name:literal, $unit:literal, $doc:literal, $read:expr;)+) => {
        /// Every column, in order.
        pub static COLUMNS: &[Column] = &[$(Column { name: $name, unit: $unit, doc: $doc, read: $read }),+];
    };
}

use Read::{Count, Date, Flag, Person, Real, Word};

columns! {
    "person", "identity", "Number of the person, as in the output.", Person(|c| c.number);
    "sex", "word", "Sex, as recorded at birth.", Word(Words::Sex, |c| c.sex as i16);
    "born", "date", "Birth day.", Date(|c| Some(c.born));
    "age", "a", "Age in years, with its fraction.", Real(Case::age);
    "ethnicity", "word", "Ethnic group.", Word(Words::Ethnicity, |c| c.ethnicity as i16);
    "area", "word", "Home area.", Word(Words::Area, |c| i16::from(c.area));
    "deprivation", "fifth", "Fifth of deprivation, 1 (most deprived) to 5.", Count(|c, _| i32::from(c.deprivation));
    "diagnoses", "word", "Diagnoses, together.", Word(Words::Diagnoses, |c| i16::from(c.diagnoses.as_u8()));
    "primary", "word", "Primary diagnosis.", Word(Words::Diagnosis, |c| c.primary as i16);
    "psychosis", "flag", "Has a psychotic illness.", Flag(|c, _| c.has(Diagnosis::Psychosis));
    "personality_disorder", "flag", "Has a personality disorder.", Flag(|c, _| c.has(Diagnosis::Personality));
    "disability", "flag", "Has an intellectual disability or autism.", Flag(|c, _| c.has(Diagnosis::Disability));
    "substance", "flag", "Has a substance use disorder.", Flag(|c, _| c.has(Diagnosis::Substance));
    "place", "word", "Where the person is.", Word(Words::Place, |c| c.place as i16);
    "legal", "word", "Legal status.", Word(Words::Legal, |c| c.legal as i16);
    "stage", "word", "Stage of waiting for, or going through, care.", Word(Words::Stage, |c| c.stage as i16);
    "unit", "word", "Secure unit; nothing outside one.", Word(Words::Unit, |c| word(c.placement.unit.map(|u| u.0)));
    "payer", "word", "Commissioner that pays for the bed; nothing without one.", Word(Words::Commissioner, |c| word(c.placement.payer.map(|p| p.0.into())));
    "hospital", "flag", "In a hospital bed.", Flag(|c, _| places::hospital(c.place));
    "secure", "flag", "In high, medium or low secure care.", Flag(|c, _| places::secure(c.place));
    "restricted", "flag", "Under restrictions.", Flag(|c, _| law::restricted(c.legal));
    "detained", "flag", "Detained under the Mental Health Act.", Flag(|c, _| law::detained(c.legal));
    "offence", "word", "Main offence of the present or last charge.", Word(Words::Offence, |c| c.offending.offence as i16);
    "grave", "flag", "The main offence is grave.", Flag(|c, _| c.offending.grave);
    "charged", "flag", "A charge is open.", Flag(|c, _| c.offending.charged);
    "convictions", "count", "Convictions before this one (0 to 3 or more).", Count(|c, _| i32::from(c.offending.convictions));
    "release", "date", "Day of release from a sentence; nothing without one, or where the Parole Board decides.", Date(|c| c.offending.release);
    "life", "flag", "Under a sentence without a release date, in custody or on licence for life.", Flag(|c, _| c.offending.life != Life::No);
    "target", "word", "Tier referred to or accepted at.", Word(Words::Place, |c| c.target as i16);
    "assessments", "count", "Assessments so far in this referral.", Count(|c, _| c.wait.map_or(0, |w| w.assessments.into()));
    "refusals", "count", "Refusals so far in this referral.", Count(|c, _| c.wait.map_or(0, |w| w.refusals.into()));
    "identified", "date", "Day on which the need was identified; nothing before.", Date(Case::identified);
    "wait_days", "d", "Days since the need was identified; 0 before.", Count(|c, today| since(c.identified(), today));
    "statutory_days", "d", "Days since the first request for a medical report; 0 before.", Count(|c, today| since(c.requested(), today));
    "since", "date", "First day in this place and unit.", Date(|c| Some(c.placement.since));
    "tier_days", "d", "Days in this place and unit.", Count(|c, today| since(Some(c.placement.since), today));
    "secure_days", "d", "Unbroken days in any secure tier.", Count(|c, today| since(c.placement.secure_since, today));
    "ready", "flag", "Ready to leave.", Flag(|c, _| c.stage == Stage::Ready);
    "ready_days", "d", "Days since ready; 0 before.", Count(|c, today| since(c.readiness.since, today));
    "no_place", "flag", "Lacks accommodation.", Flag(|c, _| lacks(c, Reason::Place));
    "no_team", "flag", "Lacks a team.", Flag(|c, _| lacks(c, Reason::Team));
    "no_consent", "flag", "Lacks consent of Ministry or tribunal.", Flag(|c, _| lacks(c, Reason::Consent));
    "no_funding", "flag", "Lacks a funder.", Flag(|c, _| lacks(c, Reason::Funding));
    "no_bed", "flag", "Lacks a bed at the next tier.", Flag(|c, _| lacks(c, Reason::NextBed));
    "escorted_leave", "flag", "Has escorted leave or more.", Flag(|c, _| stages::escorted(c.leave()));
    "unescorted_leave", "flag", "Has unescorted leave or more.", Flag(|c, _| stages::unescorted(c.leave()));
    "setbacks", "count", "Setbacks in this tier.", Count(|c, _| i32::from(c.setbacks));
    "absconded", "flag", "Has absconded in the last year.", Flag(|c, today| c.absence.last.is_some_and(|day| f64::from(today - day) < YEAR));
    "out_of_area", "flag", "In a unit outside one's own collaborative.", Flag(|c, _| c.placement.out_of_area);
    "spot", "flag", "In a bed bought outside the contract.", Flag(|c, _| c.placement.spot);
    "discharged", "date", "Day of the last discharge to the community; nothing if never.", Date(|c| c.past.discharged);
    "recalls", "count", "Recalls and secure readmissions so far.", Count(|c, _| i32::from(c.past.recalls));
    "forensic_team", "flag", "Followed up by a specialist community forensic team.", Flag(|c, _| c.follow_up.forensic());
    "mainstream_team", "flag", "Followed up by a mainstream team.", Flag(|c, _| c.follow_up.mainstream());
    "employed", "flag", "In paid work.", Flag(|c, _| c.work.employed);
    "settled", "flag", "In the community, with a settled home: security of tenure, or a supported place.", Flag(|c, _| places::community(c.place) && c.wellbeing.settled);
    "close_relationship", "flag", "Has somebody close: a partner, relative or friend in regular contact.", Flag(|c, _| c.wellbeing.close);
    "metabolic_syndrome", "flag", "Has the metabolic syndrome.", Flag(|c, _| c.wellbeing.metabolic);
    "hope_reported", "0-1", "Hope as the person reported it at the end of the last financial year; nothing before.", Real(|c, _| c.wellbeing.hope.map_or(f64::NAN, f64::from));
    "unwell", "flag", "Acutely unwell.", Flag(|c, _| c.clinical.unwell);
    "programme", "0-1", "Share of the treatment programme completed.", Real(|c, _| c.clinical.programme);
    "reading", "SD", "Latest reading of dynamic risk, high is worse; nothing before the first.", Real(|c, _| reading(c, |r| r.risk));
    "symptom_reading", "SD", "Latest reading of symptoms, high is worse; nothing before the first.", Real(|c, _| reading(c, |r| r.symptoms));
    "engagement_reading", "0-1", "Latest reading of engagement; nothing before the first.", Real(|c, _| reading(c, |r| r.engagement));
    "security", "0-4", "Reading of the need for security; nothing before the first assessment.", Real(|c, _| reading(c, |r| r.security));
    "latent_resistant", "flag", "The psychotic illness doesn't respond to treatment. Latent: no agent sees it.", Flag(|c, _| c.clinical.resistant);
    "latent_risk", "SD", "Dynamic risk. Latent: no agent sees it.", Real(|c, _| c.clinical.risk);
    "latent_engagement", "0-1", "Engagement with treatment. Latent: no agent sees it.", Real(|c, _| c.clinical.engagement);
    "latent_hope", "0-1", "Hope, recovery. Latent: no agent sees it.", Real(|c, _| c.clinical.hope);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_column_is_explained() {
        for (k, column) in COLUMNS.iter().enumerate() {
            assert!(COLUMNS[..k].iter().all(|c| c.name != column.name), "{}", column.name);
            assert!(column.doc.ends_with('.'), "{}", column.name);
        }
    }
}
