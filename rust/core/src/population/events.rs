//! What happens to a resident: a hazard's event, or the end of a stage of justice on the day that was set for it.
//!
//! Evidence: that of the hazards. Draws: [`Purpose::Offence`], [`Purpose::Verdict`], [`Purpose::Supervised`],
//! [`Purpose::Moved`], [`Purpose::LifeRecall`].

use super::arrival::Contact;
use super::columns::{Person, Presence};
use super::offending::{OffendingRates, Verdict, days};
use super::outcome::{Entrant, Outcome};
use super::period::Period;
use super::rates::{Hazard, Rates};
use super::sentences::Term;
use super::tally::Count;
use crate::calendar::{Day, Days};
use crate::codes::{Disorder, Justice};
use crate::draw::{Key, Ordinal, Purpose};

/// Births of a person that are told apart: more don't happen.
pub(super) const MOST_BIRTHS: u32 = 7;

/// How often each question of a person was asked in this period, so that each answer has an ordinal of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordinals {
    /// Period and contacts with the caseload before: what all ordinals of the person in this period begin with.
    base: u64,
    /// Charges so far [count].
    charges: u64,
    /// Verdicts so far [count].
    verdicts: u64,
    /// Licences and recalls so far [count].
    supervised: u64,
    /// Moves so far [count].
    moves: u64,
}

impl Ordinals {
    /// Starts counting, for a person with so many contacts with the caseload before.
    pub(super) fn new(period: &Period, contacts: u32) -> Ordinals {
        let base = period.year << 24 | u64::from(contacts) << 16;
        Ordinals { base, charges: 0, verdicts: 0, supervised: 0, moves: 0 }
    }

    /// Returns the ordinal of the next question of a kind, and counts it.
    fn next(&mut self, kind: impl FnOnce(&mut Ordinals) -> &mut u64) -> Ordinal {
        let base = self.base;
        let count = kind(self);
        *count += 1;
        Ordinal::counted(base | (*count - 1))
    }

    /// Ordinal of the budgets with which somebody goes on whom the caseload has given back.
    pub(super) fn rejoining(self) -> Ordinal {
        Ordinal::counted(self.base | 0xFFFF)
    }

    /// Ordinal of the budget number `n` of a hazard, after the first.
    pub(super) fn budget(self, hazard: usize, n: u64) -> Ordinal {
        Ordinal::counted(self.base | (hazard as u64) << 12 | (n & 0xFFF))
    }
}

/// What living a person's period needs.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    /// Rates of the run, at the levels of the period.
    pub rates: &'a Rates,
    /// The period.
    pub period: &'a Period,
    /// Key of the run.
    pub key: Key,
}

impl Walk<'_> {
    /// Ends the stage of justice that is due: the court sits, a prisoner is released, supervision ends. Returns why the
    /// caseload takes over, if it does.
    pub(super) fn apply_due(
        &self,
        p: &mut Person,
        day: Day,
        ordinals: &mut Ordinals,
        out: &mut Outcome,
    ) -> Option<Contact> {
        let long = p.bits.serious() == 1;
        match p.justice() {
            Justice::Bail => return self.sentence(p, day, false, ordinals, out),
            Justice::Remand => return self.sentence(p, day, true, ordinals, out),
            Justice::Sentenced | Justice::Recalled => {
                let mean = self.rates.offending.licence(long);
                let length = self.supervised(p, mean, ordinals);
                p.begin(Justice::Licence, long, Some(day + length));
            }
            // Released by the Parole Board, on licence for life.
            Justice::Life => p.begin(Justice::Licence, true, None),
            Justice::Licence | Justice::Order | Justice::None => p.begin(Justice::None, false, None),
        }
        None
    }

    /// Lets a hazard's event happen, if it still can. Returns why the caseload takes over, if it does.
    pub(super) fn apply_hazard(
        &self,
        p: &mut Person,
        hazard: Hazard,
        day: Day,
        ordinals: &mut Ordinals,
        out: &mut Outcome,
    ) -> Option<Contact> {
        let liberty = !p.bits.in_custody();
        match hazard {
            Hazard::Charge if liberty => return self.charge(p, day, ordinals, out),
            Hazard::Call => return self.call(p, day, ordinals),
            Hazard::Onset if p.bits.disorder() == Disorder::None as u32 => {
                p.bits.set_disorder(Disorder::Psychosis as u32);
                self.count(p, Count::Onsets, day, out);
                return p.ill_in_custody(true);
            }
            Hazard::Fade => p.bits.set_history(p.bits.history().saturating_sub(1)),
            Hazard::Birth if p.bits.parity() < MOST_BIRTHS => {
                let before = p.bits.parity() as u8;
                p.bits.set_parity(u32::from(before) + 1);
                out.births.push(Entrant::Born { mother: p.id, before, day, bits: p.bits });
            }
            Hazard::Move if liberty => {
                let ordinal = ordinals.next(|o| &mut o.moves);
                let u = self.key.uniform(p.id, Purpose::Moved, ordinal);
                p.bits.set_area(self.rates.demography.destination(p.bits.area() as usize, u) as u32);
            }
            Hazard::Leave if liberty => self.exit(p, Presence::Left, day, out),
            Hazard::Death => self.exit(p, Presence::Dead, day, out),
            Hazard::Charge | Hazard::Onset | Hazard::Birth | Hazard::Move | Hazard::Leave => {}
        }
        None
    }

    /// A court sits on somebody who was on bail, or `remanded`.
    fn sentence(
        &self,
        p: &mut Person,
        day: Day,
        remanded: bool,
        ordinals: &mut Ordinals,
        out: &mut Outcome,
    ) -> Option<Contact> {
        let question = (p.id, ordinals.next(|o| &mut o.verdicts));
        let who = (p.bits.sex() as usize, self.period.age_on(p.born, day));
        let court = (remanded, p.bits.serious() == 1);
        match self.rates.offending.draw_verdict(self.key, question, who, court, &self.rates.levels) {
            Verdict::Custody(sentence) => {
                if !remanded {
                    self.count(p, Count::Receptions, day, out);
                }
                let (justice, long) = match sentence.term {
                    Term::Short => (Justice::Sentenced, false),
                    Term::Long => (Justice::Sentenced, true),
                    Term::Life => (Justice::Life, true),
                };
                p.begin(justice, long, Some(day + sentence.days));
                return p.ill_in_custody(false);
            }
            Verdict::Order(length) => p.begin(Justice::Order, false, Some(day + length)),
            Verdict::Free => p.begin(Justice::None, false, None),
        }
        None
    }

    /// Somebody at liberty is charged.
    fn charge(&self, p: &mut Person, day: Day, ordinals: &mut Ordinals, out: &mut Outcome) -> Option<Contact> {
        self.count(p, Count::Charges, day, out);
        p.bits.raise_history();
        if p.on_life_licence() {
            return self.recall_for_life(p, day, ordinals);
        }
        let question = (p.id, ordinals.next(|o| &mut o.charges));
        let who = (p.bits.sex() as usize, self.period.age_on(p.born, day));
        let charge = self.rates.offending.draw_charge(self.key, question, who, &self.rates.levels);
        if OffendingRates::for_caseload(Disorder::ALL[p.bits.disorder() as usize], charge) {
            return Some(Contact::Charge { offence: charge.offence, crown: charge.crown, remanded: charge.remanded });
        }
        let until = Some(day + charge.delay);
        if charge.remanded {
            self.count(p, Count::Receptions, day, out);
            p.begin(Justice::Remand, charge.crown, until);
        } else if p.justice() != Justice::Bail {
            p.begin(Justice::Bail, charge.crown, until);
        }
        None
    }

    /// Somebody on licence is recalled to prison; somebody with a disorder under no order comes to need secure care.
    fn call(&self, p: &mut Person, day: Day, ordinals: &mut Ordinals) -> Option<Contact> {
        match p.justice() {
            Justice::Licence if p.on_life_licence() => {
                // The hazard is that of licences that end: fewer are recalled from one for life.
                let justice = &self.rates.offending.parameters;
                let u = self.key.uniform(p.id, Purpose::LifeRecall, ordinals.next(|o| &mut o.supervised));
                if u < justice.life.recall / justice.recall { self.recall_for_life(p, day, ordinals) } else { None }
            }
            Justice::Licence => {
                let length = self.supervised(p, self.rates.offending.parameters.recalled, ordinals);
                p.begin(Justice::Recalled, p.bits.serious() == 1, Some(day + length));
                p.ill_in_custody(false)
            }
            Justice::None => (p.bits.disorder() != Disorder::None as u32).then_some(Contact::Civil),
            Justice::Bail
            | Justice::Remand
            | Justice::Sentenced
            | Justice::Recalled
            | Justice::Order
            | Justice::Life => None,
        }
    }

    /// Somebody on licence for life goes back to prison, until the Parole Board releases again.
    fn recall_for_life(&self, p: &mut Person, day: Day, ordinals: &mut Ordinals) -> Option<Contact> {
        let length = self.supervised(p, self.rates.offending.parameters.life.recalled, ordinals);
        p.begin(Justice::Life, true, Some(day + length));
        p.ill_in_custody(false)
    }

    /// Draws the length of a licence or of a time in prison after a recall, by its mean [d].
    fn supervised(&self, p: &Person, mean: f64, ordinals: &mut Ordinals) -> Days {
        days(mean, self.key.uniform(p.id, Purpose::Supervised, ordinals.next(|o| &mut o.supervised)))
    }

    /// Somebody dies or leaves England.
    fn exit(&self, p: &mut Person, how: Presence, day: Day, out: &mut Outcome) {
        out.counts.exit(self.period, p, how, day);
        p.leave(how, day);
    }

    /// Counts an event.
    fn count(&self, p: &Person, what: Count, day: Day, out: &mut Outcome) {
        out.counts.add(what, p.bits, self.period.age_on(p.born, day));
    }
}

impl Person {
    /// Whether somebody is on licence for life: the only licence without an end.
    fn on_life_licence(&self) -> bool {
        self.justice() == Justice::Licence && self.due_day().is_none()
    }

    /// Why the caseload takes somebody over who is ill in prison.
    fn ill_in_custody(&self, fell_ill: bool) -> Option<Contact> {
        let theirs = self.bits.in_custody() && self.bits.disorder() == Disorder::Psychosis as u32;
        theirs.then(|| Contact::Custody { justice: self.justice(), until: self.due_day(), fell_ill })
    }
}
