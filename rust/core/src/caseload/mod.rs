//! Everyone the pathway knows: one row a person, with the four parallel states of a case.

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::{Agenda, DUES, Due, Entry};
use crate::caseload::clinical::Clinical;
use crate::caseload::user_columns::OwnColumns;
use crate::codes::{Ethnicity, Legal, Offence, Place, Sex, Stage};
use crate::draw::{Key, Purpose};
use crate::hazards::HAZARDS;
use crate::hazards::clock::Clock;

pub mod agenda;
pub mod clinical;
pub mod readout;
pub mod user_columns;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// No unit.
pub const NO_UNIT: u16 = u16::MAX;
/// No commissioner.
pub const NO_ONE: u8 = u8::MAX;

/// Diagnosis: a psychotic illness.
pub const PSYCHOSIS: u8 = 1;
/// Diagnosis: a personality disorder.
pub const PERSONALITY: u8 = 2;
/// Diagnosis: an intellectual disability or autism.
pub const DISABILITY: u8 = 4;
/// Diagnosis: a substance use disorder.
pub const SUBSTANCE: u8 = 8;

/// How a person came to need a bed: the order of the queue and the rows of the output depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Route {
    /// From prison, under s47 or s48.
    Prison = 0,
    /// By a court's order.
    Court = 1,
    /// Recall, revocation or readmission.
    Recall = 2,
    /// From acute, PICU or rehabilitation wards.
    Civil = 3,
    /// Down a tier.
    StepDown = 4,
    /// Up a tier.
    StepUp = 5,
}

/// One person on the pathway.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    // Who.
    /// Identity.
    pub person: u64,
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
    /// Times on the caseload before this one [count].
    pub contacts: u8,
    /// Fell ill in prison, this time.
    pub fell_ill: bool,
    /// Diagnoses, a set of [`PSYCHOSIS`], [`PERSONALITY`], [`DISABILITY`], [`SUBSTANCE`].
    pub diagnoses: u8,
    /// Primary diagnosis.
    pub primary: u8,
    /// Offending history band before the present charge, 0 to 3.
    pub convictions: u8,
    /// Offending history that charges raise and quiet years fade, 0 (none) to 3 (prolific).
    pub history: u8,

    // The four states.
    /// Place.
    pub place: Place,
    /// Legal status.
    pub legal: Legal,
    /// Stage.
    pub stage: Stage,
    /// Clinical state: latent, never seen by a decision.
    pub clinical: Clinical,

    // Where.
    /// Unit, or [`NO_UNIT`].
    pub unit: u16,
    /// Area of the ward or supported place, where it isn't a unit.
    pub ward_area: u8,
    /// Followed up by a specialist community forensic team.
    pub forensic_team: bool,
    /// Followed up by a mainstream team.
    pub mainstream_team: bool,

    // Crime and court.
    /// Main offence of the present or last charge.
    pub offence: Offence,
    /// Grave offence.
    pub grave: bool,
    /// Tried in the Crown Court.
    pub crown: bool,
    /// A charge is open: a court has still to dispose.
    pub charged: bool,
    /// Liaison and diversion reports to the court.
    pub report: bool,
    /// Day of release from a sentence, or [`NEVER`] [d].
    pub release: Day,
    /// First charge since discharge from medium or high secure care counts as a reconviction when convicted.
    pub discharged_secure: bool,
    /// The court has ordered this status as soon as a bed is there.
    pub ordered: Option<Legal>,

    // Waiting.
    /// How the person came to need a bed.
    pub route: Route,
    /// Tier referred to or accepted at.
    pub target: Place,
    /// Day on which the need was identified, or -1 [d].
    pub need: Day,
    /// Day of the first request for a medical report, or -1 [d].
    pub statutory: Day,
    /// Day on which both reports reached the Ministry, or -1 [d].
    pub ministry: Day,
    /// Reports are in.
    pub reports_in: bool,
    /// Assessments in this referral [count].
    pub assessments: u8,
    /// Refusals in this referral [count].
    pub refusals: u8,
    /// Team that assesses, an index of commissioners.
    pub assessor: u8,
    /// Unit whose bed is held, or [`NO_UNIT`].
    pub held: u16,
    /// The held bed is on a PICU: `held` is the area of its ward.
    pub held_ward: bool,
    /// Waits at home for a bed on an acute ward.
    pub awaits_ward: bool,
    /// The held bed is outside one's own collaborative.
    pub held_other: bool,
    /// The held bed is bought outside the contract.
    pub held_spot: bool,
    /// Day on which the present wait for a bed began [d].
    pub queued: Day,

    // In hospital.
    /// First day in this place and unit [d].
    pub since: Day,
    /// First day with this provider, or -1 [d].
    pub provider_since: Day,
    /// First day of unbroken secure care, or -1 [d].
    pub secure_since: Day,
    /// Stage to return to after a wait inside hospital (leave grade).
    pub grade: Stage,
    /// Day on which ready, or -1 [d].
    pub ready: Day,
    /// What is missing, a set of [`crate::codes::Reason`].
    pub missing: u8,
    /// Accommodation arranged: place, or none.
    pub arranged: Option<Place>,
    /// Arranged team is a forensic one.
    pub arranged_forensic: bool,
    /// A team is arranged with the place.
    pub arranged_team: bool,
    /// The aftercare funder pays for the team, not the collaborative.
    pub aftercare_payer: bool,
    /// Area of the arranged place.
    pub ward_area_arranged: u8,
    /// Site of the present or last secure unit: the provider.
    pub site: u16,
    /// Ministry or tribunal has agreed to the discharge.
    pub consent: bool,
    /// What the Ministry is asked (code of `asked_for`), or 255.
    pub asked: u8,
    /// Setbacks in this tier [count].
    pub setbacks: u8,
    /// Day of the last absconding, or -1 [d].
    pub absconded: Day,
    /// Place left by absconding.
    pub awol_from: Place,
    /// A tribunal hearing is listed.
    pub listed: bool,
    /// The hearing was applied for by the patient.
    pub applied: bool,
    /// Bought outside the contract.
    pub spot: bool,
    /// In a unit outside one's own collaborative.
    pub out_of_area: bool,
    /// Waits of this admission: clinical, Ministry, statutory; -1 where it doesn't apply [d].
    pub waits: [i32; 3],

    // After discharge.
    /// Day of the last discharge to the community, or -1 [d].
    pub discharged: Day,
    /// Day of the last discharge that follows medium or high secure care, or -1 [d].
    pub secure_exit: Day,
    /// Recalls and secure readmissions [count].
    pub recalls: u8,
    /// In paid work.
    pub employed: bool,
    /// Employment support was offered and not answered.
    pub work_offered: bool,
    /// Was ever in high, medium or low secure care, or restricted: stays for life.
    pub ever_secure: bool,
    /// Last contact with the pathway [d].
    pub last_contact: Day,

    // The books.
    /// Money and health are accrued up to this day [d].
    pub accrued: Day,
    /// Spell: first day, source, legal status at start.
    pub spell_start: Day,
    /// Where the spell came from; 255 at the start.
    pub spell_source: u8,
    /// Legal status at the start of the spell.
    pub spell_legal: Legal,
    /// Commissioner that pays for the bed, or [`NO_ONE`].
    pub payer: u8,

    /// Days on which things fall due, by [`Due`].
    pub due: [Day; DUES],
    /// Day up to which what the hazard clocks say is on the agenda [d] -- internal state.
    pub noted: Day,
    /// Hazard clocks, in order of [`crate::hazards::Hazard`].
    pub clocks: [Clock; HAZARDS],
    #[serde(with = "crate::shared::array")]
    ordinals: [u16; Purpose::ALL.len()],
}

impl Case {
    /// A new case at home with no history.
    pub fn new(person: u64, row: u32, born: Day, sex: Sex, today: Day) -> Case {
        Case {
            person,
            row,
            born,
            sex,
            ethnicity: Ethnicity::White,
            area: 0,
            deprivation: 3,
            contacts: 0,
            fell_ill: false,
            diagnoses: 0,
            primary: 0,
            convictions: 0,
            history: 0,
            place: Place::Home,
            legal: Legal::None,
            stage: Stage::None,
            clinical: Clinical::default(),
            unit: NO_UNIT,
            ward_area: 0,
            forensic_team: false,
            mainstream_team: false,
            offence: Offence::None,
            grave: false,
            crown: false,
            charged: false,
            report: false,
            release: NEVER,
            discharged_secure: false,
            ordered: None,
            route: Route::Prison,
            target: Place::Home,
            need: -1,
            statutory: -1,
            ministry: -1,
            reports_in: false,
            assessments: 0,
            refusals: 0,
            assessor: NO_ONE,
            held: NO_UNIT,
            held_ward: false,
            awaits_ward: false,
            held_other: false,
            held_spot: false,
            queued: -1,
            since: today,
            provider_since: -1,
            secure_since: -1,
            grade: Stage::None,
            ready: -1,
            missing: 0,
            arranged: None,
            arranged_forensic: false,
            arranged_team: false,
            aftercare_payer: false,
            ward_area_arranged: 0,
            site: u16::MAX,
            consent: false,
            asked: NO_ONE,
            setbacks: 0,
            absconded: -1,
            awol_from: Place::Home,
            listed: false,
            applied: false,
            spot: false,
            out_of_area: false,
            waits: [-1; 3],
            discharged: -1,
            secure_exit: -1,
            recalls: 0,
            employed: false,
            work_offered: false,
            ever_secure: false,
            last_contact: today,
            accrued: today,
            spell_start: today,
            spell_source: NO_ONE,
            spell_legal: Legal::None,
            payer: NO_ONE,
            due: [NEVER; DUES],
            noted: -1,
            clocks: [Clock::default(); HAZARDS],
            ordinals: [0; Purpose::ALL.len()],
        }
    }

    /// Returns the ordinal of the next question of this purpose for this person, and counts it.
    ///
    /// Questions of an earlier time on the caseload have smaller ordinals.
    pub fn next(&mut self, purpose: Purpose) -> u64 {
        let o = self.ordinals[purpose as usize];
        self.ordinals[purpose as usize] = o.wrapping_add(1);
        u64::from(self.contacts) << 20 | u64::from(o)
    }

    /// Draws one uniform number for the next question of this purpose.
    pub fn draw(&mut self, key: Key, purpose: Purpose) -> f64 {
        let ordinal = self.next(purpose);
        key.uniform(self.person, purpose, ordinal)
    }

    /// Whether the case has a diagnosis.
    pub fn has(&self, diagnosis: u8) -> bool {
        self.diagnoses & diagnosis != 0
    }

    /// Age in years, with its fraction [a].
    pub fn age(&self, today: Day) -> f64 {
        f64::from(today - self.born) / crate::calendar::YEAR
    }

    /// Whether the person is alive and on the books.
    pub fn present(&self) -> bool {
        !matches!(self.place, Place::Dead | Place::Left)
    }
}

/// All cases.
#[derive(Clone, Debug)]
pub struct Caseload {
    /// Rows; a row keeps its index for the whole run.
    pub cases: Vec<Case>,
    /// Row of a person.
    pub by_person: BTreeMap<u64, u32>,
    /// What falls due when.
    pub agenda: Agenda,
    /// Columns that a researcher has attached.
    pub own: OwnColumns,
}

impl Caseload {
    /// An empty caseload for the days `first..end`.
    pub fn new(first: Day, end: Day) -> Caseload {
        Caseload {
            cases: Vec::new(),
            by_person: BTreeMap::new(),
            agenda: Agenda::new(first, end),
            own: OwnColumns::default(),
        }
    }

    /// Returns the rows of those who are on the books, in order.
    pub fn on_books(&self) -> Vec<u32> {
        (0..).zip(&self.cases).filter(|(_, case)| case.present()).map(|(row, _)| row).collect()
    }

    /// A caseload of these cases and own columns, with the agenda from `today` on: what falls due follows from the cases.
    pub fn of(cases: Vec<Case>, own: OwnColumns, today: Day, end: Day) -> Caseload {
        let mut agenda = Agenda::new(today, end);
        let mut by_person = BTreeMap::new();
        for (case, c) in (0..).zip(&cases).filter(|(_, c)| c.present()) {
            by_person.insert(c.person, case);
            for (due, day) in (0..).zip(&c.due) {
                agenda.add(*day, Entry { case, due, hazard: 0 });
            }
            for (hazard, clock) in (0..).zip(&c.clocks) {
                agenda.add(clock.due(), Entry { case, due: Due::Hazard as u8, hazard });
            }
        }
        Caseload { cases, by_person, agenda, own }
    }

    /// Asks the memory for some cases at once, before they are looked at one by one: a case takes a dozen lines of a cache
    /// that holds few of them.
    pub fn fetch(&self, cases: impl Iterator<Item = u32>) {
        let mut sum = 0.0;
        for case in cases {
            let c = &self.cases[case as usize];
            sum += c.clocks.iter().step_by(3).map(Clock::rate).sum::<f64>();
            sum += c.clinical.risk + f64::from(c.due[0]) + f64::from(c.ordinals[0]) + f64::from(c.area);
        }
        std::hint::black_box(sum);
    }

    /// Puts something on a case's agenda, in place of what of this kind was there.
    pub fn plan(&mut self, case: u32, due: Due, day: Day) {
        self.cases[case as usize].due[due as usize] = day;
        if day != NEVER {
            self.agenda.add(day, Entry { case, due: due as u8, hazard: 0 });
        }
    }

    /// Takes something off a case's agenda.
    pub fn cancel(&mut self, case: u32, due: Due) {
        self.cases[case as usize].due[due as usize] = NEVER;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn someone() -> Case {
        Case::new(7, 0, 10_000, Sex::Female, 40_000)
    }

    #[test]
    fn a_question_never_has_the_same_ordinal_twice() {
        let mut first = someone();
        let mut asked: Vec<u64> = (0..100).map(|_| first.next(Purpose::Review)).collect();
        let mut again = Case { contacts: 1, ..someone() };
        asked.extend((0..100).map(|_| again.next(Purpose::Review)));
        assert!(asked.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn one_question_leaves_the_ordinals_of_others_alone() {
        let (mut a, mut b) = (someone(), someone());
        a.next(Purpose::Review);
        assert_eq!(a.next(Purpose::Consent), b.next(Purpose::Consent));
    }

    #[test]
    fn a_new_day_takes_the_place_of_the_one_that_was_planned() {
        let mut c = Caseload::new(100, 200);
        c.cases.push(someone());
        c.plan(0, Due::Review, 120);
        c.plan(0, Due::Review, 150);
        assert_eq!(c.cases[0].due[Due::Review as usize], 150);
        c.cancel(0, Due::Review);
        assert_eq!(c.cases[0].due[Due::Review as usize], NEVER);
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
}
