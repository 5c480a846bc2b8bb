//! One resident's period, from event to event.
//!
//! Each hazard has a budget, a unit exponential, and its event falls on the day on which the integrated hazard has used
//! the budget up. Where a rate changes (a birthday, an event), what was used stays used: only the day of that hazard's own
//! event moves. After an event the hazard gets its next budget. Rates are those at the start of the day for everything
//! that happens on it, and events of one day come in the order of [`Hazard`], after what was due.

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, YEAR};
use crate::codes::{Disorder, Justice};
use crate::draw::{Key, Ordinal, Purpose, unit};

use super::Contact;
use super::columns::{NOTHING_DUE, Person, Presence};
use super::offending::{OffendingRates, Verdict, days};
use super::rates::{Hazard, Period, Rates, code, lane_unit};
use super::tally::{Count, Counts};

/// A newborn, or somebody who arrives: what their identity and attributes follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Entrant {
    /// Born: mother, births before, day, and the mother's bits (area, ethnicity, deprivation).
    Born { mother: u64, before: u8, day: Day, bits: super::columns::Bits },
    /// Arrived: area, day, number on that day.
    Arrived { area: u8, day: Day, number: u32 },
}

impl Entrant {
    /// Day on which they come.
    pub fn day(&self) -> Day {
        match *self {
            Entrant::Born { day, .. } | Entrant::Arrived { day, .. } => day,
        }
    }
}

/// What a stretch of people leaves behind.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Births.
    pub births: Vec<Entrant>,
    /// Who is handed to the caseload: index within the stretch, day, and why.
    pub handed: Vec<(u32, Day, Contact)>,
    /// Slots whose people died or left in an earlier period: index within the stretch.
    pub vacated: Vec<u32>,
    /// Counts of events.
    pub counts: Counts,
}

impl Outcome {
    /// Starts an empty outcome.
    pub fn new(areas: usize) -> Outcome {
        Outcome { births: Vec::new(), handed: Vec::new(), vacated: Vec::new(), counts: Counts::new(areas) }
    }
}

/// How often each question of a person was asked in this period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    base: u64,
    charges: u64,
    verdicts: u64,
    supervised: u64,
    moves: u64,
}

impl Asked {
    /// Starts counting, for a person with so many contacts with the caseload before.
    pub fn new(period: &Period, contacts: u32) -> Asked {
        Asked { base: period.year << 24 | u64::from(contacts) << 16, charges: 0, verdicts: 0, supervised: 0, moves: 0 }
    }

    fn next(base: u64, count: &mut u64) -> Ordinal {
        *count += 1;
        Ordinal::counted(base | (*count - 1))
    }

    /// Ordinal of the budget number `n` of a hazard, after the first.
    pub fn budget(self, hazard: usize, n: u64) -> Ordinal {
        Ordinal::counted(self.base | (hazard as u64) << 12 | (n & 0xFFF))
    }
}

/// Hazards from a day on: until the next birthday, and after it.
struct Clock {
    today: Day,
    turn: Day,
    end: Day,
    /// Until the birthday [1/d].
    young: [f64; Hazard::COUNT],
    /// From the birthday on [1/d].
    old: [f64; Hazard::COUNT],
}

impl Clock {
    /// Integrated hazard from today up to a day.
    #[inline]
    fn integral(&self, hazard: usize, until: Day) -> f64 {
        let young = f64::from(until.min(self.turn) - self.today);
        self.young[hazard] * young + self.old[hazard] * f64::from((until - self.turn).max(0))
    }
}

/// Budgets of the hazards: what was drawn, and what of it is used up.
struct Budgets {
    /// Uniform numbers; a budget is the unit exponential `-ln(1 - u)`.
    drawn: [f64; Hazard::COUNT],
    spent: [f64; Hazard::COUNT],
}

impl Budgets {
    /// Returns the day on which a hazard uses its budget up; the end if it doesn't.
    #[inline]
    fn falls(&self, i: usize, clock: &Clock) -> Day {
        let total = self.spent[i] + clock.integral(i, clock.end);
        // 1 - exp(-x) ≤ x: most budgets need no logarithm.
        if self.drawn[i] >= total {
            return clock.end;
        }
        let budget = -libm::log1p(-self.drawn[i]);
        if budget >= total {
            return clock.end;
        }
        let (left, first) = (budget - self.spent[i], clock.young[i] * f64::from(clock.turn - clock.today));
        if left < first {
            (clock.today + (left / clock.young[i]) as Day).clamp(clock.today, clock.turn - 1)
        } else {
            (clock.turn + ((left - first) / clock.old[i]) as Day).min(clock.end - 1)
        }
    }
}

/// What the exact walk needs.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub rates: &'a Rates,
    pub period: &'a Period,
    pub key: Key,
}

impl Walk<'_> {
    /// Lives a person from `start` to the end of the period. Returns why and when the caseload takes over, if it does.
    pub fn live(
        &self,
        p: &mut Person,
        lanes: [u32; Hazard::COUNT],
        start: Day,
        out: &mut Outcome,
    ) -> Option<(Day, Contact)> {
        let mut asked = Asked::new(self.period, p.bits.contacts());
        let mut budgets = Budgets { drawn: lanes.map(lane_unit), spent: [0.0; Hazard::COUNT] };
        let mut again = [0; Hazard::COUNT];
        let mut today = start;
        while today < self.period.to {
            let clock = self.clock(p, today);
            let mut falls: [Day; Hazard::COUNT] = std::array::from_fn(|i| budgets.falls(i, &clock));
            let before = p.bits;
            // As long as no rate changes, the days of all other events stand.
            while p.bits.same_rates(before) {
                let due = if p.due == NOTHING_DUE { clock.end } else { Day::from(p.due).max(today) };
                let next = falls.iter().fold(due, |a, b| a.min(*b));
                if next >= clock.end {
                    return None;
                }
                if due == next
                    && let Some(contact) = self.apply_due(p, next, &mut asked, out)
                {
                    return Some((next, contact));
                }
                for (i, hazard) in Hazard::ALL.into_iter().enumerate() {
                    if falls[i] != next {
                        continue;
                    }
                    if let Some(contact) = self.apply_hazard(p, hazard, next, &mut asked, out) {
                        return Some((next, contact));
                    }
                    if !p.bits.present() {
                        return None;
                    }
                    again[i] += 1;
                    budgets.drawn[i] = unit(self.key.block(p.id, Purpose::Again, asked.budget(i, again[i]))[0]);
                    // Begins on the next day: what the hazard runs up till then is not its own.
                    budgets.spent[i] = -clock.integral(i, next + 1);
                    falls[i] = budgets.falls(i, &clock).max(next + 1);
                }
                if !p.bits.same_rates(before) {
                    for (i, spent) in budgets.spent.iter_mut().enumerate() {
                        *spent += clock.integral(i, next + 1);
                    }
                    today = next + 1;
                }
            }
        }
        None
    }

    /// The person's hazards from today on, as long as nothing happens.
    fn clock(&self, p: &Person, today: Day) -> Clock {
        let end = self.period.to;
        let age = self.period.age_on(p.born, today);
        let birthday = self.period.birthday(p.born);
        let turn = if birthday > today && birthday < end { birthday } else { end };
        let hazards = |age: usize| self.rates.hazards(p.bits, age, self.period.quiet).map(|h| h * (1.0 / YEAR));
        let young = hazards(age);
        let old = if turn < end { hazards(age + 1) } else { young };
        Clock { today, turn, end, young, old }
    }

    /// Ends the justice stage that is due: the court sits, a prisoner is released, supervision ends.
    pub fn apply_due(&self, p: &mut Person, day: Day, asked: &mut Asked, out: &mut Outcome) -> Option<Contact> {
        let justice = Justice::ALL[p.bits.justice() as usize];
        let long = p.bits.grave() == 1;
        match justice {
            Justice::Bail | Justice::Remand => {
                let remanded = justice == Justice::Remand;
                let ordinal = Asked::next(asked.base, &mut asked.verdicts);
                let who = (p.bits.sex() as usize, self.period.age_on(p.born, day));
                match self.rates.offending.draw_verdict(
                    self.key,
                    (p.id, ordinal),
                    who,
                    (remanded, long),
                    &self.rates.levels,
                ) {
                    Verdict::Custody(served, long) => {
                        if !remanded {
                            self.count(p, Count::Receptions, day, out);
                        }
                        self.stage(p, Justice::Sentenced, long, Some(day + served));
                        return Self::custody_of_the_ill(p, false);
                    }
                    Verdict::Order(length) => self.stage(p, Justice::Order, false, Some(day + length)),
                    Verdict::Free => self.stage(p, Justice::None, false, None),
                }
            }
            Justice::Sentenced | Justice::Recalled => {
                let ordinal = Asked::next(asked.base, &mut asked.supervised);
                let mean = self.rates.offending.licence(long);
                let length = days(mean, self.key.uniform(p.id, Purpose::Supervised, ordinal));
                self.stage(p, Justice::Licence, long, Some(day + length));
            }
            Justice::Licence | Justice::Order | Justice::None => self.stage(p, Justice::None, false, None),
        }
        None
    }

    /// Lets a hazard's event happen, if it still can. Returns why the caseload takes over, if it does.
    pub fn apply_hazard(
        &self,
        p: &mut Person,
        hazard: Hazard,
        day: Day,
        asked: &mut Asked,
        out: &mut Outcome,
    ) -> Option<Contact> {
        let custody = p.bits.in_custody();
        match hazard {
            Hazard::Fade => p.bits.set_history(p.bits.history().saturating_sub(1)),
            Hazard::Charge if !custody => return self.charge(p, day, asked, out),
            Hazard::Call => {
                if p.bits.justice() == code(Justice::Licence) {
                    let ordinal = Asked::next(asked.base, &mut asked.supervised);
                    let mean = self.rates.offending.parameters.recalled;
                    let length = days(mean, self.key.uniform(p.id, Purpose::Supervised, ordinal));
                    self.stage(p, Justice::Recalled, p.bits.grave() == 1, Some(day + length));
                    return Self::custody_of_the_ill(p, false);
                }
                if p.bits.justice() == code(Justice::None) && p.bits.disorder() != Disorder::None as u32 {
                    return Some(Contact::Civil);
                }
            }
            Hazard::Onset if p.bits.disorder() == Disorder::None as u32 => {
                p.bits.set_disorder(Disorder::Psychosis as u32);
                self.count(p, Count::Onsets, day, out);
                return Self::custody_of_the_ill(p, true);
            }
            Hazard::Birth if p.bits.parity() < 7 => {
                let before = p.bits.parity() as u8;
                p.bits.set_parity(u32::from(before) + 1);
                out.births.push(Entrant::Born { mother: p.id, before, day, bits: p.bits });
            }
            Hazard::Move if !custody => {
                let ordinal = Asked::next(asked.base, &mut asked.moves);
                let u = self.key.uniform(p.id, Purpose::Moved, ordinal);
                p.bits.set_area(self.rates.demography.destination(p.bits.area() as usize, u) as u32);
            }
            Hazard::Leave if !custody => self.exit(p, Presence::Left, day, out),
            Hazard::Death => self.exit(p, Presence::Dead, day, out),
            _ => {}
        }
        None
    }

    fn charge(&self, p: &mut Person, day: Day, asked: &mut Asked, out: &mut Outcome) -> Option<Contact> {
        self.count(p, Count::Charges, day, out);
        p.bits.raise_history();
        let ordinal = Asked::next(asked.base, &mut asked.charges);
        let (sex, age) = (p.bits.sex() as usize, self.period.age_on(p.born, day));
        let charge = self.rates.offending.draw_charge(self.key, (p.id, ordinal), (sex, age), &self.rates.levels);
        if OffendingRates::for_caseload(Disorder::ALL[p.bits.disorder() as usize], charge) {
            return Some(Contact::Charge { offence: charge.offence, crown: charge.crown, remanded: charge.remanded });
        }
        let until = Some(day + charge.delay);
        if charge.remanded {
            self.count(p, Count::Receptions, day, out);
            self.stage(p, Justice::Remand, charge.crown, until);
        } else if p.bits.justice() != code(Justice::Bail) {
            self.stage(p, Justice::Bail, charge.crown, until);
        }
        None
    }

    /// The ill in prison are the caseload's.
    fn custody_of_the_ill(p: &Person, fell_ill: bool) -> Option<Contact> {
        let custody = p.bits.in_custody() && p.bits.disorder() == Disorder::Psychosis as u32;
        custody.then(|| Contact::Custody {
            justice: Justice::ALL[p.bits.justice() as usize],
            until: (p.due != NOTHING_DUE).then_some(Day::from(p.due)),
            fell_ill,
        })
    }

    fn stage(&self, p: &mut Person, justice: Justice, grave: bool, until: Option<Day>) {
        p.bits.set_justice(code(justice));
        p.bits.set_grave(u32::from(grave));
        p.due = until.map_or(NOTHING_DUE, |d| d.min(Day::from(NOTHING_DUE - 1)) as u16);
    }

    fn exit(&self, p: &mut Person, how: Presence, day: Day, out: &mut Outcome) {
        out.counts.exit(self.period, p.bits, p.born, how, day);
        p.bits.set_presence(how as u32);
        p.due = day as u16;
    }

    fn count(&self, p: &Person, what: Count, day: Day, out: &mut Outcome) {
        out.counts.add(what, p.bits, self.period.age_on(p.born, day));
    }
}
