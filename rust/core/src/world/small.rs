//! A small world for tests: two areas, a unit for each tier and sex, a few hundred people, nobody on the caseload.
//!
//! Three lines make a case: a world, a person in a place under a legal status, something due today.
//!
//! ```text
//! let mut w = World::small();
//! let i = w.put(Place::Medium, Legal::S37);
//! w.due_today(i, Due::Review);
//! ```
//!
//! Nobody decides by scores here: until a test says otherwise ([`World::says`]) an agent draws among what the law allows.
//! `tests/evidence/test_small_world.py` writes the plan.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use super::World;
use super::capacity::Ward;
use crate::agents::Kind;
use crate::calendar::Day;
use crate::caseload::agenda::Due;
use crate::caseload::{Bed, Case, HeldBed};
use crate::choices::deciders;
use crate::codes::{Event, Label, Legal, Place, Question, Spend, Stage};
use crate::draw::Key;
use crate::hazards::Hazard;
use crate::ids::{CaseId, PersonId, UnitId};
use crate::law::{self, places};
use crate::levers::{Lever, Levers};
use crate::log::Ledger;
use crate::plan::{Demography, LeverStep, Plan, ScoreRow};
use crate::population::Population;

/// A score that no draw outweighs.
const CERTAIN: f64 = 1e3;

impl World {
    /// A small world on its first reported day, with every invariant checked.
    pub(crate) fn small() -> World {
        let mut plan = Plan::read(include_bytes!("small.json")).expect("the small world can be read");
        // A test lives a few days, in which nobody grows older: to find the balance of frozen ages would take half a minute.
        plan.mode.demography = Demography::Moving;
        // Nobody is refused by chance.
        plan.parameters.beds.refused = 0.0;
        let aftercare = &mut plan.parameters.aftercare;
        (aftercare.refused_forensic, aftercare.refused_mainstream) = (0.0, 0.0);
        let key = Key { seed: 1, replicate: 0 };
        let going = AtomicBool::new(false);
        let mut world = World::around(plan, key, 1, true, |inputs| Population::start(inputs, 1, &going))
            .expect("the small world can be built");
        world.today = world.plan.calendar.start;
        world.caseload = crate::caseload::Caseload::new(world.today, world.plan.calendar.end + 1);
        world.refresh_levers();
        world
    }

    /// Has whoever is asked give this answer from now on, where the law allows it.
    pub(crate) fn says<Q: Question>(&mut self, answer: Q) {
        let given = self.plan.choices.get_mut(Q::DECISION.name()).expect("every decision is declared");
        let option = Q::DECISION.options()[usize::from(answer.code())].to_owned();
        // The default has no rows: the others are made unlikely instead.
        let others = Q::DECISION.options().iter().skip(1);
        given.rows = others
            .map(|o| ScoreRow {
                option: (*o).to_owned(),
                term: "1".to_owned(),
                parameter: "test".to_owned(),
                value: if *o == option { CERTAIN } else { -CERTAIN },
            })
            .collect();
        self.read_choices();
    }

    /// Reads the plan's choices anew, after a test has changed them.
    pub(crate) fn read_choices(&mut self) {
        self.deciders = deciders::deciders(&self.plan, &self.agents, self.levers.names()).expect("it can be read");
    }

    /// Opens the case of a well person in a place under a legal status, as if it had begun today: in a bed, with a team or in
    /// prison as the place asks for it.
    pub(crate) fn put(&mut self, place: Place, legal: Legal) -> CaseId {
        self.put_with(place, legal, |_| {})
    }

    /// As [`World::put`], of a case that is changed before it is opened.
    pub(crate) fn put_with(&mut self, place: Place, legal: Legal, change: impl FnOnce(&mut Case)) -> CaseId {
        let row = self.caseload.cases.len() as u32;
        let r = self.population.resident(row);
        self.population.take(row);
        let today = self.today();
        let mut c = Case::new(PersonId(r.person), row, r.born, r.sex, today);
        c.area = r.area;
        c.clinical.at = today;
        c.clinical.pace = 1.0;
        c.clinical.frailty = 1.0;
        c.clinical.flight = 1.0;
        c.place = place;
        c.legal = legal;
        c.spell.legal = legal;
        let (charged, sentenced) = (law::awaits_court(legal) || place == Place::Remand, place == Place::Prison);
        let transferred = matches!(legal, Legal::S45A | Legal::S47S49 | Legal::S47);
        c.offending.charged = charged;
        // Before a magistrates' court the Ministry has no say.
        c.offending.crown = legal == Legal::S48S49;
        c.offending.release = (sentenced || transferred).then_some(today + 1000);
        c.past.ever_secure = places::secure(place) || law::conditional(legal);
        if places::hospital(place) {
            c.stage = Stage::Treatment;
            c.grade = Stage::Treatment;
            c.placement.provider_since = Some(today);
        }
        if law::conditional(legal) || legal == Legal::Cto {
            c.past.discharged = Some(today);
            c.past.secure_exit = c.past.ever_secure.then_some(today);
        }
        change(&mut c);
        self.open_in_bed(c)
    }

    /// Opens a case, in a bed of the first unit of its tier and sex or a place of its area where it needs one.
    fn open_in_bed(&mut self, mut c: Case) -> CaseId {
        if places::secure(c.place) {
            let unit = self.units.pool(c.place, c.sex)[0];
            self.units[unit].occupied += 1;
            c.placement.unit = Some(unit);
            c.placement.provider = Some(self.units[unit].provider);
            c.placement.secure_since = Some(self.today());
            c.placement.payer = Some(self.commissioner(c.area, c.place));
        }
        if let Some(ward) = Ward::of(c.place) {
            c.placement.ward_area = c.area;
            self.wards.take(ward, c.area);
        }
        let secure = c.placement.unit.is_some();
        let i = self.open(c);
        if secure {
            self.inpatients.push(i);
        }
        if self.case(i).wait.is_some() {
            self.queues.waits.push(i);
        }
        i
    }

    /// Schedules what is due for everybody wherever they stand, and isn't yet: a court, a review, the end of a stay, of a status
    /// and of a sentence. Who lives on through whole days needs it.
    pub(crate) fn settle_in(&mut self) {
        for i in self.caseload.ids().collect::<Vec<_>>() {
            self.settle_one_in(i);
        }
    }

    fn settle_one_in(&mut self, i: CaseId) {
        let c = self.case(i);
        let (place, legal, since, release) = (c.place, c.legal, c.legal_since, c.offending.release);
        let today = self.today();
        let expiry = match legal {
            Legal::Licence => Some(today + 365),
            _ => law::period_ends(&self.p.law, legal, since, today),
        };
        let due = [
            (Due::Court, c.offending.charged.then_some(today + 60)),
            (Due::Review, places::secure(place).then_some(today + 91)),
            (Due::WardEnd, (places::hospital(place) && !places::secure(place)).then_some(today + 30)),
            (Due::Expiry, expiry),
            (Due::Release, release),
            (Due::Admission, (places::community(place) && law::detained(legal)).then_some(today + 1)),
        ];
        for (due, day) in due {
            if let (None, Some(day)) = (self.case(i).due.get(due), day) {
                self.caseload.schedule(i, due, day);
            }
        }
    }

    /// Has something fall due for a case today.
    pub(crate) fn due_today(&mut self, i: CaseId, due: Due) {
        self.due[due as usize].push(i);
    }

    /// Has a hazard's clock run out for a case today.
    pub(crate) fn happens_today(&mut self, i: CaseId, hazard: Hazard) {
        self.ran_out.push((hazard, i));
    }

    /// Lets days pass in which nothing happens.
    pub(crate) fn pass(&mut self, days: i32) {
        self.today += days;
    }

    /// Makes a person acutely ill, or well.
    pub(crate) fn unwell(&mut self, i: CaseId, unwell: bool) {
        self.case_mut(i).clinical.unwell = unwell;
    }

    /// What has been logged of a kind about a case: what was before and after.
    pub(crate) fn logged(&self, i: CaseId, event: Event) -> Vec<(Label, Label)> {
        let person = self.case(i).number;
        let log = &self.log.events;
        let rows = (0..log.person.len()).filter(|k| log.person[*k] == person && log.event[*k] == event as u8);
        rows.map(|k| (Label(log.from[k]), Label(log.to[k]))).collect()
    }

    /// In how many days something falls due for a case, if it does.
    pub(crate) fn due_in(&self, i: CaseId, due: Due) -> Option<Day> {
        self.case(i).due.get(due).map(|day| day - self.today())
    }

    /// Keeps a bed of the first unit of a tier for a case, and returns which.
    pub(crate) fn hold_bed(&mut self, i: CaseId, tier: Place) -> UnitId {
        let unit = self.units.pool(tier, self.case(i).sex)[0];
        self.units[unit].held += 1;
        self.case_mut(i).held = Some(HeldBed { bed: Bed::Unit(unit), other: false, spot: false });
        unit
    }

    /// Panics with what is broken, if anything is: what must hold at the close of any day.
    pub(crate) fn must_hold(&mut self) {
        // As at the close of a day: who has left a secure bed is counted as an inpatient no longer.
        self.inpatients.sort_unstable();
        self.inpatients.dedup();
        let cases = &self.caseload;
        self.inpatients.retain(|i| places::secure(cases[*i].place));
        assert_eq!(super::invariants::broken(self, self.today()), None);
        if let Some(fault) = &self.fault {
            panic!("{fault}");
        }
    }
}

impl World {
    /// The plan of a small world in which nobody is born, moves or comes to England: a year of it is lived in no time.
    pub(crate) fn small_plan() -> Plan {
        let mut plan = Plan::read(include_bytes!("small.json")).expect("the small world can be read");
        plan.mode.demography = Demography::Moving;
        let people = &mut plan.parameters.people;
        (people.births, people.immigration, people.emigration) = (0.0, 0.0, 0.0);
        plan
    }

    /// The world of a plan on the first day of its settling period, with everybody who is on the pathway then.
    pub(crate) fn of_plan(plan: Plan) -> World {
        let key = Key { seed: 1, replicate: 0 };
        World::new(plan, key, 1, true, &AtomicBool::new(false)).expect("the world can be built")
    }

    /// Sets an attribute of every agent of a kind; places and teams follow it at once.
    pub(crate) fn set_all(&mut self, kind: Kind, attribute: &str, value: f64) {
        for agent in 0..self.agents.of(kind).len() {
            self.agents.set(kind.name(), agent, attribute, value).expect("the attribute is declared");
        }
        self.wards.refresh(&self.agents);
    }

    /// Gives a lever its value everywhere, from today on.
    pub(crate) fn pull(&mut self, lever: Lever, value: f64) {
        let step = LeverStep { from: self.today, until: None, ramp: 0, value, areas: None };
        self.levers = Levers::new(&BTreeMap::from([(lever.name().to_owned(), vec![step])]));
        self.refresh_levers();
    }

    /// What has been booked of a kind, by payer: pence, or millionths of a QALY.
    pub(crate) fn booked(&self, spend: Spend) -> Vec<(usize, i64)> {
        let mut rows = Ledger::default();
        self.accounts.clone().write_ledger(self.year(), &mut rows);
        let of_kind = (0..rows.len()).map(|k| rows.row(k)).filter(|row| row.spend == spend as u8);
        of_kind.map(|row| (usize::from(row.payer), row.pence + row.micro_qaly)).collect()
    }

    /// Lives the next day from its first phase to its last; panics with what is broken at its close, if anything is.
    pub(crate) fn live_tomorrow(&mut self) {
        self.today += 1;
        let fault = self.step(&AtomicBool::new(false)).err();
        assert_eq!(fault.map(|f| f.to_string()), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anybody_can_be_put_anywhere() {
        let mut w = World::small();
        for place in Place::ALL.iter().filter(|p| !matches!(p, Place::Dead | Place::Left | Place::Awol)) {
            w.put(*place, if places::hospital(*place) { Legal::S3 } else { Legal::None });
        }
        w.must_hold();
    }

    #[test]
    fn who_is_asked_says_what_the_test_wants() {
        use crate::codes::Review;
        use crate::decisions::queue::DecisionQueue;
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        for answer in [Review::Stay, Review::Ready, Review::StepUp] {
            w.says(answer);
            let mut queue = DecisionQueue::new();
            queue.add(i, Review::Stay | Review::Ready | Review::StepUp);
            assert_eq!(w.ask(&queue), [answer]);
        }
    }
}
