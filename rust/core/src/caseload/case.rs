//! A case: one person on the pathway, with the four parallel states and what each of them rests on.
//!
//! A case is parts with meaning. What isn't there is `None`, never a number that stands for nothing. Each field is written by
//! one file: most by a file of `transitions/`, what is asked of a later day by `requests.rs`, the rest by their phase. A test
//! (`tests/floors.rs`) holds them to it.

use enumset::EnumSet;
use serde::{Deserialize, Serialize};

use super::agenda::Schedule;
use super::clinical::Clinical;
use super::questions::Questions;
use super::wellbeing::Wellbeing;
use crate::calendar::Day;
use crate::codes::{AskedFor, Diagnosis, Ethnicity, Legal, Offence, Place, Reason, Refusal, Route, Sex, Stage};
use crate::hazards::HAZARDS;
use crate::hazards::clock::Clock;
use crate::ids::{CommissionerId, PersonId, ProviderId, UnitId};

/// One person on the pathway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Identity, under which all is drawn.
    pub person: PersonId,
    /// Number under which the person is published: nobody else's.
    pub number: i64,
    /// Row in the population.
    pub row: u32,
    /// Birth day [d].
    pub born: Day,
    /// Sex.
    pub sex: Sex,
    /// Ethnic group.
    pub ethnicity: Ethnicity,
    /// Home area, an index.
    pub area: u8,
    /// Fifth of deprivation, 1 (most deprived) to 5.
    pub deprivation: u8,
    /// Fell ill in prison, this time.
    pub fell_ill: bool,
    /// Diagnoses.
    pub diagnoses: EnumSet<Diagnosis>,
    /// Primary diagnosis.
    pub primary: Diagnosis,

    /// Place: the first of the four states.
    pub place: Place,
    /// Legal status.
    pub legal: Legal,
    /// First day under it [d].
    pub legal_since: Day,
    /// The order that lies under it, and that comes back with recall, or when a sentence ends.
    pub legal_under: Option<Legal>,
    /// Stage.
    pub stage: Stage,
    /// Clinical state: latent, never seen by a decision.
    pub clinical: Clinical,

    /// Where in the place the person is, and who pays.
    pub placement: Placement,
    /// The spell that is being lived.
    pub spell: Spell,
    /// Charges, sentences, convictions.
    pub offending: Offending,
    /// How the person last came to need a bed.
    pub route: Route,
    /// Tier last referred to or accepted at.
    pub target: Place,
    /// The wait for a bed, if there is one.
    pub wait: Option<Wait>,
    /// The bed that is held for the person; while absent without leave, the one that was left.
    pub held: Option<HeldBed>,
    /// Waits at home for a bed on an acute ward.
    pub awaits_ward: bool,
    /// Leave held in this stay, to return to after a wait inside hospital; `Stage::None` outside one.
    pub grade: Stage,
    /// Setbacks in this tier [count].
    pub setbacks: u8,
    /// Being ready to leave: since when, what is missing, what is arranged.
    pub readiness: Readiness,
    /// What payers have refused for want of money since the person came to this place, or was last unready.
    pub refused: RefusedThings,
    /// What the Ministry is asked.
    pub asked: Option<AskedFor>,
    /// The tribunal: whether a hearing is listed.
    pub hearing: Listing,
    /// Absence without leave.
    pub absence: Absence,
    /// What the pathway remembers of earlier care.
    pub past: Past,
    /// The team that follows the person up in the community.
    pub follow_up: FollowUp,
    /// Which programmes pay for place and team, and for those that are arranged.
    pub granted: Granted,
    /// Paid work.
    pub work: Work,
    /// Home, relationships and physical health.
    pub wellbeing: Wellbeing,

    /// Money and health are accrued up to this day [d] -- internal state.
    pub accrued: Day,
    /// Days on which things fall due -- internal state.
    pub due: Schedule,
    /// Hazard clocks, in order of [`crate::hazards::Hazard`] -- internal state.
    pub clocks: [Clock; HAZARDS],
    /// Day up to which what the clocks say is on the agenda [d] -- internal state.
    pub scheduled_until: Day,
    /// How often each question was asked -- internal state.
    pub questions: Questions,
}

/// Where in a place somebody is, and who pays for the bed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Placement {
    /// First day in this place and unit [d].
    pub since: Day,
    /// Secure unit.
    pub unit: Option<UnitId>,
    /// Area of the ward or supported place, where it isn't a unit.
    pub ward_area: u8,
    /// Organisation that runs the present or last unit or ward: the provider.
    pub provider: Option<ProviderId>,
    /// First day of the unbroken time with this provider, whatever its units, wards and sites [d].
    pub provider_since: Option<Day>,
    /// First day of unbroken secure care [d].
    pub secure_since: Option<Day>,
    /// Commissioner that pays for the bed.
    pub payer: Option<CommissionerId>,
    /// In a unit outside one's own collaborative.
    pub out_of_area: bool,
    /// Bought outside the contract.
    pub spot: bool,
    /// Coded by the unit as of the complex need group; nothing before it has coded.
    pub coded: Option<bool>,
}

/// The present spell: what its row will say when it ends.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Spell {
    /// First day [d].
    pub start: Day,
    /// Where the person came from; nothing at the start of the run.
    pub source: Option<Place>,
    /// Legal status at the start.
    pub legal: Legal,
    /// The waits that ended with the admission.
    pub waits: Waits,
}

/// Waits of an admission; nothing where a wait doesn't apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// From the need being identified [d].
    pub clinical: Option<i32>,
    /// From both reports reaching the Ministry [d].
    pub ministry: Option<i32>,
    /// From the first request for a medical report [d].
    pub statutory: Option<i32>,
}

/// Where somebody stands with the criminal courts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Offending {
    /// Main offence of the present or last charge.
    pub offence: Offence,
    /// Grave offence.
    pub grave: bool,
    /// Tried in the Crown Court.
    pub crown: bool,
    /// A charge is open, or a breach to be heard: a court has still to dispose.
    pub charged: bool,
    /// What the court is to hear is that a treatment requirement wasn't kept to: no new offence.
    pub breach: bool,
    /// Liaison and diversion reports to the court.
    pub report: bool,
    /// Day of release from a sentence [d]; of an indeterminate one there is none.
    pub release: Option<Day>,
    /// Where the person stands under an indeterminate sentence.
    pub life: Life,
    /// Offending history band before the present charge, 0 to 3.
    pub convictions: u8,
    /// Offending history that charges raise and quiet years fade, 0 (none) to 3 (prolific).
    pub history: u8,
}

/// Where somebody stands under a sentence without a release date: life, or imprisonment for public protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// Under none.
    #[default]
    No,
    /// In prison, or transferred to hospital, until the Parole Board releases.
    Serving,
    /// On licence for life.
    Licence,
}

/// A wait for a bed, from the need to the admission.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Wait {
    /// Day on which the need was identified [d].
    pub identified: Option<Day>,
    /// Day of the referral that is under way [d].
    pub referred: Option<Day>,
    /// Day of the first request for a medical report: the statutory clock [d].
    pub requested: Option<Day>,
    /// Day on which both reports reached the Ministry [d].
    pub at_ministry: Option<Day>,
    /// Day on which the present wait for a bed began [d].
    pub queued: Option<Day>,
    /// Day on which both medical reports were in [d].
    pub reported: Option<Day>,
    /// Assessments in this referral [count].
    pub assessments: u8,
    /// Refusals in this referral [count].
    pub refusals: u8,
    /// How often a unit has passed the referral on to one of another tier [count].
    pub passes: u8,
    /// Team that assesses, by commissioner.
    pub assessor: Option<CommissionerId>,
    /// The status that the court has ordered as soon as a bed is there.
    pub ordered: Option<Legal>,
}

/// A bed that is kept for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBed {
    /// Which bed.
    pub bed: Bed,
    /// It is outside one's own collaborative, or area.
    pub other: bool,
    /// It is bought outside the contract.
    pub spot: bool,
}

/// A bed to be admitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bed {
    /// In a secure unit.
    Unit(UnitId),
    /// On the PICU of an area.
    Picu {
        /// The area, an index.
        area: u8,
    },
}

/// Being ready to leave.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Readiness {
    /// Day on which ready [d].
    pub since: Option<Day>,
    /// What is missing.
    pub missing: EnumSet<Reason>,
    /// What is arranged.
    pub arranged: Option<Arrangement>,
    /// Ministry or tribunal has agreed.
    pub consent: bool,
}

/// What payers have refused somebody.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct RefusedThings {
    /// The commissioner.
    pub by_commissioner: EnumSet<Refusal>,
    /// The area's aftercare funder.
    pub by_aftercare: EnumSet<Refusal>,
}

/// A place, and a team where one is needed, that somebody pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrangement {
    /// Place.
    pub place: Place,
    /// Area of the place and the team.
    pub area: u8,
    /// Team.
    pub team: Option<Team>,
    /// The aftercare funder pays for place and team, not the collaborative.
    pub aftercare_pays: bool,
}

/// A community team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Team {
    /// Specialist community forensic team.
    Forensic,
    /// Mainstream community mental health team.
    Mainstream,
}

/// Follow-up in the community.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct FollowUp {
    /// The team.
    pub team: Option<Team>,
    /// The aftercare funder pays for it, not the collaborative.
    pub aftercare_pays: bool,
    /// A breach of conditions, or a deterioration, that points to an offence has been seen today.
    pub breach: bool,
}

impl FollowUp {
    /// Follow-up that was arranged with nobody: collaboratives commission the forensic teams, aftercare funders the others.
    pub fn usual(team: Team) -> FollowUp {
        FollowUp { team: Some(team), aftercare_pays: team == Team::Mainstream, breach: false }
    }

    /// Whether the specialist community forensic team follows the person up.
    pub fn forensic(&self) -> bool {
        self.team == Some(Team::Forensic)
    }

    /// Whether the mainstream team follows the person up.
    pub fn mainstream(&self) -> bool {
        self.team == Some(Team::Mainstream)
    }
}

/// A place or a team that a programme has bought and pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Line of the plan's programmes.
    pub line: u8,
    /// Where the person was when it was granted.
    pub from: Place,
}

/// What programmes pay for: the place first, then the team ([`Granted::PLACE`], [`Granted::TEAM`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Of what is arranged.
    pub arranged: [Option<Grant>; 2],
    /// Of what the person has.
    pub now: [Option<Grant>; 2],
}

impl Granted {
    /// The place.
    pub const PLACE: usize = 0;
    /// The team.
    pub const TEAM: usize = 1;
}

/// What the tribunal's list says.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Listing {
    /// A hearing is listed.
    pub listed: bool,
    /// The present or last hearing was applied for by the patient.
    pub applied: bool,
    /// The last period under this status in which the patient has applied, from 0 [count].
    pub applied_in: Option<u8>,
    /// The tribunal has notified the Ministry that this transferred prisoner would be entitled to be discharged.
    pub notified: bool,
}

/// Absence without leave.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Absence {
    /// Day of the last absconding [d].
    pub last: Option<Day>,
    /// Place that was left.
    pub from: Option<Place>,
}

/// What the pathway remembers of earlier care.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Past {
    /// Was ever in high, medium or low secure care, or restricted: stays on the books for as long as that matters.
    pub ever_secure: bool,
    /// Day of the last discharge to the community [d].
    pub discharged: Option<Day>,
    /// Day of the last discharge to the community of somebody who was ever in secure care [d].
    pub secure_exit: Option<Day>,
    /// The secure unit that was last left for a lower tier or the community, the day [d], and whether that was too early.
    pub moved_on: Option<(UnitId, Day, bool)>,
    /// Recalls and secure readmissions [count].
    pub recalls: u8,
    /// Last contact with the pathway [d].
    pub last_contact: Day,
}

/// Paid work.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Work {
    /// In paid work.
    pub employed: bool,
    /// Employment support was offered and taken up.
    pub supported: bool,
}

impl Case {
    /// A new case at home with no history.
    pub fn new(person: PersonId, row: u32, born: Day, sex: Sex, today: Day) -> Case {
        Case {
            person,
            number: person.number(),
            row,
            born,
            sex,
            ethnicity: Ethnicity::White,
            area: 0,
            deprivation: 3,
            fell_ill: false,
            diagnoses: EnumSet::only(Diagnosis::Psychosis),
            primary: Diagnosis::Psychosis,
            place: Place::Home,
            legal: Legal::None,
            legal_since: today,
            legal_under: None,
            stage: Stage::None,
            clinical: Clinical::default(),
            placement: Placement {
                since: today,
                unit: None,
                ward_area: 0,
                provider: None,
                provider_since: None,
                secure_since: None,
                payer: None,
                out_of_area: false,
                spot: false,
                coded: None,
            },
            spell: Spell { start: today, source: None, legal: Legal::None, waits: Waits::default() },
            offending: Offending {
                offence: Offence::None,
                grave: false,
                crown: false,
                charged: false,
                breach: false,
                report: false,
                release: None,
                life: Life::No,
                convictions: 0,
                history: 0,
            },
            route: Route::Prison,
            target: Place::Home,
            wait: None,
            held: None,
            awaits_ward: false,
            grade: Stage::None,
            setbacks: 0,
            readiness: Readiness::default(),
            refused: RefusedThings::default(),
            asked: None,
            hearing: Listing::default(),
            absence: Absence::default(),
            past: Past {
                ever_secure: false,
                discharged: None,
                secure_exit: None,
                moved_on: None,
                recalls: 0,
                last_contact: today,
            },
            follow_up: FollowUp::default(),
            granted: Granted::default(),
            work: Work::default(),
            wellbeing: Wellbeing::default(),
            accrued: today,
            due: Schedule::default(),
            clocks: [Clock::default(); HAZARDS],
            scheduled_until: -1,
            questions: Questions::new(0),
        }
    }

    /// Whether the case has a diagnosis.
    pub fn has(&self, diagnosis: Diagnosis) -> bool {
        self.diagnoses.contains(diagnosis)
    }

    /// Age in years, with its fraction [a].
    pub fn age(&self, today: Day) -> f64 {
        f64::from(today - self.born) / crate::calendar::YEAR
    }

    /// Whether the person is alive and on the books.
    pub fn present(&self) -> bool {
        !matches!(self.place, Place::Dead | Place::Left)
    }

    /// Day on which the wait for a bed began, for somebody in its queue [d].
    pub fn queued(&self) -> Option<Day> {
        self.wait.and_then(|w| w.queued)
    }

    /// Day on which the need for a bed was identified [d].
    pub fn identified(&self) -> Option<Day> {
        self.wait.and_then(|w| w.identified)
    }

    /// Day on which the statutory clock began [d].
    pub fn requested(&self) -> Option<Day> {
        self.wait.and_then(|w| w.requested)
    }

    /// The team that assesses.
    pub fn assessor(&self) -> Option<CommissionerId> {
        self.wait.and_then(|w| w.assessor)
    }

    /// The status that a court has ordered as soon as a bed is there.
    pub fn ordered(&self) -> Option<Legal> {
        self.wait.and_then(|w| w.ordered)
    }

    /// Leave that is held: the stage's own, or while ready the one that was held before.
    pub fn leave(&self) -> Stage {
        if self.stage == Stage::Ready { self.grade } else { self.stage }
    }

    /// Whether a sentence is being served.
    pub fn sentenced(&self) -> bool {
        self.offending.release.is_some() || self.offending.life == Life::Serving
    }

    /// Whether the Ministry can send the patient back: to prison while a sentence runs, to custody before a trial at the Crown
    /// Court. Before a magistrates' court only that court ends the transfer (s52(5)).
    pub fn remittable(&self) -> bool {
        let prison = matches!(self.legal, Legal::S45A | Legal::S47S49) && self.sentenced();
        prison || self.legal == Legal::S48S49 && self.offending.charged && self.offending.crown
    }

    /// Whether conditionally discharged, with or without deprivation of liberty.
    pub fn conditional(&self) -> bool {
        crate::law::conditional(self.legal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn someone() -> Case {
        Case::new(PersonId(7), 0, 10_000, Sex::Female, 40_000)
    }

    #[test]
    fn the_dead_and_those_who_left_are_not_present() {
        for place in Place::ALL {
            let present = !matches!(place, Place::Dead | Place::Left);
            assert_eq!(Case { place: *place, ..someone() }.present(), present, "{}", place.name());
        }
    }

    #[test]
    fn a_person_of_thirty_was_born_thirty_years_ago() {
        let age = someone().age(10_000 + 10_957);
        assert!((age - 30.0).abs() < 0.01, "{age}");
    }

    #[test]
    fn a_case_is_larger_than_its_flat_predecessor_by_no_more_than_it_says() {
        // 824 bytes, the published number of the person, the days of the referral and of the reports, and the breach that a court
        // is to hear, which a case's alignment makes 8; how a person lives, for two numbers that were there before, and what is
        // counted for it; the unit that was moved on from, and when; what programmes pay for; the code of the need group, which
        // alignment makes 8.
        let more = size_of::<i64>() + 2 * size_of::<Option<Day>>() + align_of::<Case>();
        let more = more + size_of::<Wellbeing>() - 2 * size_of::<f64>() + 2 * size_of::<u16>();
        let more = more + size_of::<Option<(UnitId, Day)>>() + size_of::<Granted>() + align_of::<Case>();
        assert!(size_of::<Case>() <= 824 + more, "{} bytes", size_of::<Case>());
    }
}
