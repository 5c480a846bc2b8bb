//! The exchange with the caseload: who is taken, what is reported of them meanwhile, and who is given back or replaced.
//!
//! While somebody is on the caseload it owns all their clocks; the row stays the same.

use super::arrival::{Arrival, CaseloadReport};
use super::columns::{NOTHING_DUE, Person, Presence};
use super::events::Ordinals;
use super::lanes::lanes;
use super::outcome::{Entrant, Outcome};
use super::prisoners::Held;
use super::residents::{NEVER_STOP, Population};
use super::sentences::Sentence;
use super::tally::{Count, Counts};
use super::tried::age_group;
use crate::calendar::Day;
use crate::codes::{Disorder, Justice, Offence, Sex};
use crate::draw::{Ordinal, Purpose};
use crate::plan::{AGES, Exact};

/// Ordinal of the identity of somebody's replacement: a person's children have those before it.
const REPLACEMENT: u64 = 7;

/// Times on the caseload that are told apart.
const MOST_CONTACTS: u32 = 7;

/// Number of an offence in the tables; of one that isn't known, that of all others.
fn number(offence: Offence) -> usize {
    if offence == Offence::None { Offence::Other as usize - 1 } else { offence as usize - 1 }
}

/// Whole years of an age, as tables count them.
fn whole(age: f64) -> usize {
    (age.max(0.0) as usize).min(AGES - 1)
}

impl Population {
    /// Takes somebody to the caseload: the population does nothing with the row until it is given back.
    pub fn take(&mut self, row: u32) {
        self.register.change(row, |p| p.bits.set_on_caseload(1));
    }

    /// Draws the sentence that a court passes on an offence, grave or not, by two uniform numbers, at the level of sentences
    /// of the year.
    pub(crate) fn sentence(&self, sex: Sex, offence: Offence, (crown, grave): (bool, bool), u: [f64; 2]) -> Sentence {
        let (rates, o) = (&self.living.rates, number(offence));
        let sentences = &rates.offending.sentences;
        let shares = if crown || offence == Offence::Murder {
            sentences.of_gravity(sex as usize, o, grave)
        } else {
            *sentences.of(sex as usize, o, false)
        };
        sentences.draw(&shares, u, &rates.levels)
    }

    /// Draws a sentence of the Crown Court for an offence, grave or not, that is met on any day of it: its term, and what is
    /// left of it.
    pub(crate) fn sentence_left(&self, sex: Sex, offence: Offence, grave: bool, u: [f64; 3]) -> Sentence {
        let sentences = &self.living.rates.offending.sentences;
        sentences.draw_serving(&sentences.of_gravity(sex as usize, number(offence), grave), u)
    }

    /// Draws the offence of a charge as that of everybody of this sex and age, by a uniform number.
    pub(crate) fn offence(&self, sex: Sex, age: f64, u: f64) -> Offence {
        self.living.rates.offending.offence((sex as usize, whole(age)), u)
    }

    /// Whether a charge is bound for the Crown Court, by a uniform number.
    pub(crate) fn tried_at_crown(&self, offence: Offence, u: f64) -> bool {
        offence != Offence::None && self.living.rates.offending.tried_at_crown(offence, u)
    }

    /// Charges on which people of this sex and age are remanded in custody, at the level of custody of the year [share].
    pub(crate) fn remanded(&self, sex: Sex, age: f64, (offence, crown): (Offence, bool)) -> f64 {
        let rates = &self.living.rates;
        rates.offending.remanded((sex as usize, whole(age)), offence, crown, &rates.levels)
    }

    /// Whether a charge that is tried at the Crown Court is grave, by a uniform number.
    pub(crate) fn is_grave(&self, offence: Offence, u: f64) -> bool {
        u < self.living.rates.offending.sentences.grave(number(offence))
    }

    /// Draws the offence of somebody in prison: which, whether it was tried at the Crown Court, and whether it was grave.
    /// `everybody`: one of all who are there, not of those who came today.
    pub(crate) fn offence_of_prisoner(
        &self,
        (sex, age): (Sex, f64),
        held: Held,
        everybody: bool,
        u: [f64; 2],
    ) -> (Offence, bool, bool) {
        let (offending, group) = (&self.living.rates.offending, age_group(age.max(0.0) as usize));
        let (offence, crown) = offending.prisoners.draw((sex, group), held, everybody, u[0]);
        let grave = match held {
            Held::Remand(_) => self.is_grave(offence, u[1]),
            Held::Sentence(term) => offending.sentences.is_grave(sex as usize, number(offence), term, u[1]),
        };
        (offence, crown, crown && grave)
    }

    /// Whether a row holds this person, present, for the caseload.
    pub(crate) fn holds(&self, row: u32, person: u64) -> bool {
        (row as usize) < self.rows() && {
            let found = self.resident(row);
            found.person == person && found.present && found.on_caseload
        }
    }

    /// Sets where somebody on the caseload stands with justice.
    pub fn set_justice(&mut self, row: u32, justice: Justice) {
        self.register.change(row, |p| {
            p.bits.set_justice(justice as u32);
            p.due = NOTHING_DUE;
        });
    }

    /// Counts something that the caseload did to somebody whom it holds.
    pub fn report(&mut self, row: u32, what: CaseloadReport, day: Day) {
        let count = match what {
            CaseloadReport::Charge => {
                self.register.change(row, |p| p.bits.raise_history());
                Count::Charges
            }
            CaseloadReport::Reception => Count::Receptions,
        };
        let person = self.register.columns.get(row as usize);
        self.counts.add(count, person.bits, self.living.period.age_on(person.born, day));
    }

    /// The offending history of somebody on the caseload fades a step.
    pub fn fade(&mut self, row: u32) {
        self.register.change(row, |p| p.bits.set_history(p.bits.history().saturating_sub(1)));
    }

    /// Somebody on the caseload dies.
    pub fn die(&mut self, row: u32, day: Day) {
        self.leave(row, Presence::Dead, day);
    }

    /// Somebody on the caseload goes for good, whose equal is there already.
    pub fn depart(&mut self, row: u32, day: Day) {
        self.leave(row, Presence::Left, day);
    }

    /// Takes somebody on the caseload out of the population.
    fn leave(&mut self, row: u32, how: Presence, day: Day) {
        let mut person = self.register.columns.get(row as usize);
        self.counts.exit(&self.living.period, &person, how, day);
        person.leave(how, day);
        self.register.columns.update(row as usize, person);
    }

    /// Gives somebody back on `day`: they live the rest of the period in the population, unless a contact comes at once.
    ///
    /// Who is given back at liberty with a stage of justice that the caseload knows the end of passes it as `until`.
    /// `fell_ill` says that the person fell ill in prison: while the population stands still, as many are ill as were.
    pub fn give_back(&mut self, row: u32, day: Day, until: Option<Day>, fell_ill: bool) -> Option<Arrival> {
        let mut person = self.register.columns.get(row as usize);
        person.bits.set_contacts((person.bits.contacts() + 1).min(MOST_CONTACTS));
        person.set_due_day(until);
        self.keep_number_of_ill(&mut person, fell_ill);
        self.rejoin(row, person, day)
    }

    /// Replaces a person who is on the caseload for good, or has died there, with an identical one without pathway history,
    /// so that frozen runs stay stationary: somebody else of the same area, sex, age, ethnic group, illness and history, who
    /// may be the caseload's next contact. `fell_ill` as in [`Population::give_back`].
    pub fn replace_with_equal(&mut self, row: u32, day: Day, fell_ill: bool) -> Option<Arrival> {
        let mut person = self.register.columns.get(row as usize);
        person.id = self.living.key.hash(person.id, Purpose::Identity, Ordinal::counted(REPLACEMENT));
        person.bits.set_presence(Presence::Present as u32);
        person.begin(Justice::None, false, None);
        person.bits.set_parity(0);
        person.bits.set_contacts(0);
        self.keep_number_of_ill(&mut person, fell_ill);
        self.counts.enter(&self.living.period, &person, Count::Arrived, day);
        let row = self.register.settle([(person, day, false)])[0];
        self.rejoin(row, person, day + 1)
    }

    /// Somebody who fell ill in prison is well again where nobody falls ill outside.
    fn keep_number_of_ill(&self, person: &mut Person, fell_ill: bool) {
        if fell_ill && !self.living.period.renews {
            person.bits.set_disorder(Disorder::None as u32);
        }
    }

    /// Lets somebody live the rest of the period in the population from a day on, unless a contact comes at once.
    fn rejoin(&mut self, row: u32, mut person: Person, day: Day) -> Option<Arrival> {
        person.bits.set_on_caseload(0);
        person.bits.set_quiet_years(0);
        let mut out = Outcome::counting(std::mem::replace(&mut self.counts, Counts::new(0)));
        let walk = self.living.walk();
        let handed = match self.living.mode.exact {
            Exact::Events => {
                // A budget of its own: the year's first one may be used up.
                let ordinal = Ordinals::new(walk.period, person.bits.contacts()).rejoining();
                let budgets = lanes(walk.key.block(person.id, Purpose::Again, ordinal));
                walk.live(&mut person, budgets, day, &mut out)
            }
            Exact::Daily => walk.walk(&mut person, day, &mut out),
        };
        if handed.is_some() {
            person.bits.set_on_caseload(1);
        }
        self.register.columns.update(row as usize, person);
        self.counts = out.counts;
        self.let_in(&out.births);
        handed.map(|(day, contact)| self.arrival((row, day, contact)))
    }

    /// Lets in the children of somebody who came back; a newborn meets nobody from the caseload within the year.
    fn let_in(&mut self, births: &[Entrant]) {
        let Some(bounds) = self.bounds.as_ref().filter(|_| !births.is_empty()) else { return };
        let mut out = Outcome::new(self.living.areas);
        let newcomers = self.living.refresh(1, &NEVER_STOP).let_in(births, bounds, &mut out);
        self.counts.merge(&out.counts);
        self.register.settle(newcomers.into_iter().map(|(person, day)| (person, day, true)));
    }
}
