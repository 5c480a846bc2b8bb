//! What falls due today, and the clocks of hazards.

use super::{World, rates};
use crate::calendar::YEAR;
use crate::caseload::agenda::{Due, Entry};
use crate::draw::{self, Ordinal};
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::plan::Exact;

/// Cases that are prefetched at once.
const PREFETCH: usize = 8;

impl World {
    /// Resets the clocks of the cases whose rates are stale, in event mode; in daily mode rates are read afresh each day.
    pub(crate) fn reset_clocks(&mut self) {
        let mut stale = std::mem::take(&mut self.stale);
        stale.sort_unstable();
        stale.dedup();
        if self.plan.mode.exact == Exact::Events {
            for some in stale.chunks(PREFETCH) {
                self.caseload.fetch(some.iter().copied());
                for i in some {
                    self.reset_clocks_of(*i);
                }
            }
        }
        stale.clear();
        self.stale = stale;
    }

    fn reset_clocks_of(&mut self, i: CaseId) {
        let rates = rates::rates(self, i).map(|a_year| a_year / YEAR);
        let case = &mut self.caseload.cases[i.index()];
        // What runs out after the next change of rates is looked at again then: most of it will have moved by that day.
        let (before_that, until) = (case.scheduled_until, case.due.get(Due::RateChange));
        let until = until.unwrap_or(crate::calendar::NEVER);
        case.scheduled_until = until;
        for (h, rate) in rates.into_iter().enumerate() {
            let before = case.clocks[h];
            let same = rate == before.rate();
            if same && (before_that == until || rate == 0.0) {
                continue;
            }
            let due = case.clocks[h].set(rate, self.today);
            let known = due <= before_that && (same || due == before.due());
            if due <= until && !known {
                self.caseload.agenda.add(due, Entry::hazard(i, h));
            }
        }
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
                let c = &self.caseload[e.case];
                if e.due == Due::Hazard {
                    if c.present() && c.clocks[usize::from(e.hazard)].due() == self.today {
                        self.ran_out.push((Hazard::ALL[usize::from(e.hazard)], e.case));
                    }
                } else if c.due.is_on(e.due, self.today) && c.present() {
                    self.due[e.due as usize].push(e.case);
                }
            }
        }
        if self.plan.mode.exact == Exact::Daily {
            self.draw_hazards_daily();
        }
        let caseload = &self.caseload;
        for list in &mut self.due {
            list.sort_unstable_by_key(|i| caseload[*i].person);
            list.dedup();
        }
        self.ran_out.sort_unstable_by_key(|(h, i)| (*h, caseload[*i].person));
        self.ran_out.dedup();
    }

    /// The referee: every person, every hazard, a Bernoulli draw keyed by the day.
    fn draw_hazards_daily(&mut self) {
        for i in self.caseload.ids() {
            if !self.case(i).present() {
                continue;
            }
            for (hazard, rate) in Hazard::ALL.into_iter().zip(rates::rates(self, i)) {
                let ordinal = Ordinal::counted(1 << 40 | self.today as u64);
                let p = draw::daily(rate);
                if p > 0.0 && self.key.uniform(self.case(i).person.0, hazard.purpose(), ordinal) < p {
                    self.ran_out.push((hazard, i));
                }
            }
        }
    }

    /// Takes a list of what is due today; each case once.
    pub(crate) fn take_due(&mut self, due: Due) -> Vec<CaseId> {
        std::mem::take(&mut self.due[due as usize])
    }

    /// Takes today's events of one hazard and winds their clocks anew.
    pub(crate) fn take_hazard(&mut self, hazard: Hazard) -> Vec<CaseId> {
        let out: Vec<CaseId> =
            self.ran_out.iter().filter(|(h, i)| *h == hazard && self.case(*i).present()).map(|(_, i)| *i).collect();
        for i in &out {
            self.wind(*i, hazard);
            self.mark_rates_stale(*i);
        }
        out
    }
}
