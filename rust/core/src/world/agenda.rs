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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::codes::{Legal, Place, Purpose};

    /// Lets a hazard's clock run out on a day: there is no other way than to wind until it does.
    fn wind_to_run_out_today(w: &mut World, i: CaseId, hazard: Hazard) {
        let today = w.today();
        // A rate so great that whatever is left of the budget is used up in a day.
        w.pass(-1);
        w.wind(i, hazard);
        w.pass(1);
        let due: Day = w.case_mut(i).clocks[hazard as usize].set(1e9, today - 1);
        assert_eq!(due, today);
        w.caseload.agenda.add(today, Entry::hazard(i, hazard as usize));
    }

    #[test]
    fn what_falls_due_today_is_sorted_by_person_each_once() {
        let mut w = World::small();
        let mut all: Vec<CaseId> = (0..12).map(|_| w.put(Place::Home, Legal::None)).collect();
        let today = w.today();
        for i in all.iter().chain(&all) {
            w.caseload.schedule(*i, Due::Contact, today);
        }
        w.open_agenda();
        all.sort_by_key(|i| w.case(*i).person);
        assert_eq!(w.take_due(Due::Contact), all);
        assert!(w.take_due(Due::Contact).is_empty());
    }

    #[test]
    fn what_was_put_off_cancelled_or_outlived_does_not_fall_due() {
        let mut w = World::small();
        let [later, never, dead] = [0; 3].map(|_| w.put(Place::Home, Legal::None));
        let today = w.today();
        for i in [later, never, dead] {
            w.caseload.schedule(i, Due::Contact, today);
        }
        w.caseload.schedule(later, Due::Contact, today + 1);
        w.caseload.cancel(never, Due::Contact);
        w.case_mut(dead).place = Place::Dead;
        w.open_agenda();
        assert!(w.take_due(Due::Contact).is_empty());
        w.pass(1);
        w.open_agenda();
        assert_eq!(w.take_due(Due::Contact), [later]);
    }

    #[test]
    fn yesterdays_list_is_forgotten() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        w.due_today(i, Due::Contact);
        w.happens_today(i, Hazard::Relapse);
        w.open_agenda();
        assert!(w.due.iter().all(Vec::is_empty) && w.ran_out.is_empty());
    }

    #[test]
    fn a_hazard_that_runs_out_is_taken_once_and_wound_anew() {
        let mut w = World::small();
        let all: Vec<CaseId> = (0..5).map(|_| w.put(Place::Home, Legal::None)).collect();
        for i in &all {
            wind_to_run_out_today(&mut w, *i, Hazard::Relapse);
        }
        w.open_agenda();
        w.stale.clear();
        let taken = w.take_hazard(Hazard::Relapse);
        assert_eq!(taken.len(), 5);
        assert!(taken.windows(2).all(|p| w.case(p[0]).person < w.case(p[1]).person));
        // The clock stands still until a rate is set at the close of the day.
        assert!(taken.iter().all(|i| w.case(*i).clocks[Hazard::Relapse as usize].due() == crate::calendar::NEVER));
        assert_eq!(w.stale, taken);
        assert!(w.take_hazard(Hazard::Death).is_empty());
        w.pass(1);
        w.open_agenda();
        assert!(w.take_hazard(Hazard::Relapse).is_empty());
    }

    #[test]
    fn a_clock_that_was_set_to_another_day_does_not_run_out_today() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        wind_to_run_out_today(&mut w, i, Hazard::Relapse);
        let today = w.today();
        w.case_mut(i).clocks[Hazard::Relapse as usize].set(0.0, today);
        w.open_agenda();
        assert!(w.ran_out.is_empty());
    }

    #[test]
    fn each_time_that_a_hazard_is_taken_its_budget_is_another() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let due = |w: &mut World| {
            w.ran_out = vec![(Hazard::Relapse, i)];
            assert_eq!(w.take_hazard(Hazard::Relapse), [i]);
            let today = w.today();
            w.case_mut(i).clocks[Hazard::Relapse as usize].set(1e-3, today)
        };
        let (first, second) = (due(&mut w), due(&mut w));
        assert!(first != second);
    }

    #[test]
    fn who_has_died_today_is_taken_by_no_hazard() {
        let mut w = World::small();
        let i = w.put(Place::Dead, Legal::None);
        w.happens_today(i, Hazard::Relapse);
        assert!(w.take_hazard(Hazard::Relapse).is_empty());
    }

    #[test]
    fn clocks_are_set_to_the_rates_and_fall_due_by_them() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        w.case_mut(i).due.set(Due::RateChange, None);
        w.reset_clocks();
        assert!(w.stale.is_empty());
        let expected = rates::rates(&w, i);
        for hazard in Hazard::ALL {
            let clock = w.case(i).clocks[hazard as usize];
            assert_eq!(clock.rate(), expected[hazard as usize] / YEAR, "{hazard:?}");
            if clock.due() < w.plan.calendar.end {
                let entries = w.caseload.agenda.take(clock.due());
                assert!(entries.iter().any(|e| e.case == i && e.hazard == hazard as u8), "{hazard:?}");
            }
        }
    }

    #[test]
    fn what_runs_out_after_the_next_change_of_rates_is_looked_at_again_then() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let today = w.today();
        w.caseload.schedule(i, Due::RateChange, today + 1);
        w.reset_clocks();
        assert_eq!(w.case(i).scheduled_until, today + 1);
        let later = (today + 2..w.plan.calendar.end).flat_map(|day| w.caseload.agenda.take(day));
        assert_eq!(later.filter(|e| e.due == Due::Hazard).count(), 0);
        w.caseload.cancel(i, Due::RateChange);
        w.mark_rates_stale(i);
        w.reset_clocks();
        let end = w.plan.calendar.end;
        let due = Hazard::ALL.map(|h| w.case(i).clocks[h as usize].due());
        let within = due.iter().filter(|day| (today + 2..=end).contains(*day)).count();
        let later = (today + 2..=end).flat_map(|day| w.caseload.agenda.take(day));
        assert_eq!(later.filter(|e| e.due == Due::Hazard).count(), within);
    }

    #[test]
    fn the_referee_draws_for_everybody_every_day_and_winds_no_clock() {
        let mut w = World::small();
        w.plan.mode.exact = Exact::Daily;
        w.p.recovery.community = 1e9;
        let ill = w.put_with(Place::Home, Legal::None, |c| c.clinical.unwell = true);
        let dead = w.put_with(Place::Dead, Legal::None, |c| c.clinical.unwell = true);
        w.reset_clocks();
        assert_eq!(w.case(ill).clocks[Hazard::Recovery as usize].rate(), 0.0);
        for _ in 0..3 {
            w.open_agenda();
            assert!(w.ran_out.contains(&(Hazard::Recovery, ill)));
            assert!(w.ran_out.iter().all(|(_, i)| *i != dead));
            w.pass(1);
        }
    }

    #[test]
    fn hazards_come_in_their_order_and_within_one_by_person() {
        let mut w = World::small();
        let all: Vec<CaseId> = (0..6).map(|_| w.put(Place::Home, Legal::None)).collect();
        for hazard in [Hazard::Relapse, Hazard::Death] {
            for i in &all {
                wind_to_run_out_today(&mut w, *i, hazard);
            }
        }
        w.open_agenda();
        let keys: Vec<(Hazard, u64)> = w.ran_out.iter().map(|(h, i)| (*h, w.case(*i).person.0)).collect();
        assert!(keys.len() == 12 && keys.is_sorted());
        assert_eq!(Purpose::Death, Hazard::Death.purpose());
    }
}
