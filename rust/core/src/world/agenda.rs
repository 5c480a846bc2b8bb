//! What falls due today, and the clocks of hazards.

use crate::calendar::YEAR;
use crate::caseload::agenda::{Due, Entry};
use crate::hazards::Hazard;
use crate::hazards::clock::Clock;
use crate::plan::records::Exact;
use crate::world::{World, rates};

/// Cases that are prefetched at once.
const PREFETCH: usize = 8;

impl World {
    /// Resets the clocks of the cases that were touched today, in event mode; in daily mode rates are read afresh each day.
    pub(crate) fn reset_clocks(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        if self.plan.mode.exact == Exact::Events {
            for some in touched.chunks(PREFETCH) {
                self.caseload.fetch(some.iter().copied());
                for i in some {
                    let rates = rates::rates(self, *i).map(|a_year| a_year / YEAR);
                    let case = &mut self.caseload.cases[*i as usize];
                    // What runs out after the next turn is looked at again then: most of it will have moved by that day.
                    let (noted, turn) = (case.noted, case.due[Due::Turn as usize]);
                    case.noted = turn;
                    for (h, rate) in rates.into_iter().enumerate() {
                        let before = case.clocks[h];
                        let same = rate == before.rate();
                        if same && (noted == turn || rate == 0.0) {
                            continue;
                        }
                        let due = case.clocks[h].set(rate, self.today);
                        let known = due <= noted && (same || due == before.due());
                        if due <= turn && !known {
                            self.caseload.agenda.add(due, Entry { case: *i, due: Due::Hazard as u8, hazard: h as u8 });
                        }
                    }
                }
            }
        }
        touched.clear();
        self.touched = touched;
    }

    /// Sorts what is due today by kind, each in order of person; the hazards whose clock has run out likewise.
    pub(crate) fn open_agenda(&mut self) {
        for list in &mut self.due {
            list.clear();
        }
        self.ran_out.clear();
        for entries in self.caseload.agenda.take(self.today).chunks(PREFETCH) {
            self.caseload.fetch(entries.iter().map(|e| e.case));
            for e in entries {
                let c = &self.caseload.cases[e.case as usize];
                if e.due == Due::Hazard as u8 {
                    if c.present() && c.clocks[e.hazard as usize].due() == self.today {
                        self.ran_out.push((Hazard::ALL[e.hazard as usize], e.case));
                    }
                } else if c.due[e.due as usize] == self.today && c.present() {
                    self.due[e.due as usize].push(e.case);
                }
            }
        }
        if self.plan.mode.exact == Exact::Daily {
            self.draw_hazards_daily();
        }
        let cases = &self.caseload.cases;
        for list in &mut self.due {
            list.sort_unstable_by_key(|i| cases[*i as usize].person);
            list.dedup();
        }
        self.ran_out.sort_unstable_by_key(|(h, i)| (*h as u8, cases[*i as usize].person));
        self.ran_out.dedup();
    }

    /// The referee: every person, every hazard, a Bernoulli draw keyed by the day.
    fn draw_hazards_daily(&mut self) {
        for i in 0..self.caseload.cases.len() as u32 {
            if !self.case(i).present() {
                continue;
            }
            let rates = rates::rates(self, i);
            for (hazard, rate) in Hazard::ALL.into_iter().zip(rates) {
                let ordinal = 1 << 40 | self.today as u64;
                let p = crate::draw::daily(rate);
                if p > 0.0 && self.key.uniform(self.case(i).person, hazard.purpose(), ordinal) < p {
                    self.ran_out.push((hazard, i));
                }
            }
        }
    }

    /// Takes a list of what is due today; each case once.
    pub(crate) fn take_due(&mut self, due: Due) -> Vec<u32> {
        std::mem::take(&mut self.due[due as usize])
    }

    /// Takes today's events of one hazard and winds their clocks anew.
    pub(crate) fn take_hazard(&mut self, hazard: Hazard) -> Vec<u32> {
        let out: Vec<u32> =
            self.ran_out.iter().filter(|(h, i)| *h == hazard && self.case(*i).present()).map(|(_, i)| *i).collect();
        let (key, today) = (self.key, self.today);
        for i in &out {
            let c = self.case_mut(*i);
            let ordinal = c.next(hazard.purpose());
            c.clocks[hazard as usize] = Clock::wind(key, c.person, hazard.purpose(), ordinal, today);
            self.touch(*i);
        }
        out
    }
}
