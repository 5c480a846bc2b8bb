//! Budgets: what a payer may still commit itself to, and what it has to refuse.
//!
//! A commissioner's budget is what public funds give it in a year: what it spent in the year before the first reported day, moved
//! a little towards its share by formula, times its attribute `funding`. An aftercare funder's is its attribute `budget`, for
//! supported places, rehabilitation and teams; acute and intensive care are paid for whatever they cost.
//!
//! A payer may commit itself to something more a day as long as two sums with it fit what there is: what is spent so far and what
//! is committed for the rest of the year, and a whole year of what is committed. There is the budget; for a commissioner also what
//! it has kept of earlier years, less what it overspent, and an overdraft. Who asks is answered from running sums, in pence: what
//! was spent up to the last quarter's close is read from the accounts, what came since is reckoned day by day from what is
//! committed. What the law asks for isn't asked here: it is spent, and what is overspent is carried.

use serde::{Deserialize, Serialize};

use super::World;
use super::accounts::pence;
use super::capacity::Ward;
use super::settlement;
use crate::agents::{Kind, aftercare_funder, commissioner};
use crate::calendar::{Day, YEAR, date, year_start};
use crate::codes::{Contract, Place, Refusal, Spend};
use crate::ids::{CaseId, CommissionerId, UnitId};
use crate::log::{BudgetRow, Budgeting, RefusalRow};

/// What a commissioner pays for by the piece: it goes on, but no commitment says so.
const ONCE: [Spend; 3] = [Spend::Assessment, Spend::Employment, Spend::Requirement];

/// What an aftercare budget is for.
const AFTERCARE: [Spend; 6] =
    [Spend::Supported, Spend::RehabBed, Spend::Forensic, Spend::Mainstream, Spend::SetUp, Spend::Staff];

/// Places and teams that a funder commits itself to.
const WARDS: [Ward; 5] = [Ward::Supported, Ward::OpenRehab, Ward::LockedRehab, Ward::Forensic, Ward::Mainstream];

/// Whether a day is the last of a quarter.
pub(crate) fn ends_quarter(day: Day) -> bool {
    let (_, month, first) = date(day + 1);
    first == 1 && month % 3 == 1
}

/// Budgets and commitments, by payer: commissioners, then the aftercare funder of each area.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Budgets {
    commissioners: usize,
    /// Committed by commissioners [pence/d].
    rate: Vec<i64>,
    /// Spent by commissioners by the piece [pence/d].
    once: Vec<i64>,
    /// Spent this year up to the last quarter's close [pence].
    booked: Vec<i64>,
    /// Reckoned to be spent since [pence].
    reckoned: Vec<i64>,
    /// Days of the year that were reckoned [d].
    days: i64,
    /// Spent by commissioners in the year before the first reported day [pence/d].
    before: Option<Vec<i64>>,
    /// Budgets of commissioners before their attribute `funding` [£/a]; none until the first reported day.
    base: Option<Vec<f64>>,
    /// The part of each budget in the accounts that follows from base and attributes [£/a].
    given: Vec<f64>,
    /// People for whom a package paid at the last quarter's close [persons].
    people: Vec<i64>,
    /// Refused for the first time in this quarter [count].
    refused: Vec<i32>,
    /// Whether anything was refused in this quarter.
    bound: Vec<bool>,
    /// Rows of the last quarter.
    pub closed: Budgeting,
}

impl Budgets {
    /// No budgets yet.
    pub fn new(commissioners: usize, areas: usize) -> Budgets {
        let payers = commissioners + areas;
        Budgets {
            commissioners,
            rate: vec![0; commissioners],
            once: vec![0; commissioners],
            booked: vec![0; payers],
            reckoned: vec![0; payers],
            days: 0,
            before: None,
            base: None,
            given: vec![0.0; payers],
            people: vec![0; commissioners],
            refused: vec![0; payers],
            bound: vec![false; payers],
            closed: Budgeting::default(),
        }
    }

    /// Whether both are budgets of the same payers, and the sums can be.
    pub fn fits(&self, other: &Budgets) -> bool {
        let shape = |b: &Budgets| {
            let sums = [&b.rate, &b.once, &b.booked, &b.reckoned, &b.people].map(Vec::len);
            (b.commissioners, sums, b.given.len(), b.refused.len(), b.bound.len())
        };
        let sums = [&self.rate, &self.once, &self.booked, &self.reckoned, &self.people];
        let sound = sums.into_iter().chain(&self.before).flatten().all(|n| n.unsigned_abs() < 1 << 52);
        let money = self.given.iter().chain(self.base.iter().flatten()).all(|x| x.is_finite());
        let opened = self.before.as_ref().is_none_or(|list| list.len() == self.commissioners)
            && self.base.as_ref().is_none_or(|list| list.len() == self.commissioners);
        shape(self) == shape(other) && sound && money && opened && self.closed.is_whole()
    }

    /// Payers that have a budget.
    fn payers(&self) -> std::ops::Range<usize> {
        0..self.given.len()
    }

    fn new_year(&mut self) {
        self.booked.fill(0);
        self.reckoned.fill(0);
        self.days = 0;
    }
}

/// What a day of a bed is to those who pay for it, beside open wards [pence/d].
#[derive(Clone, Copy)]
struct BedCost {
    /// Paid by the commissioner that the patient belongs to.
    mine: i64,
    /// Paid by the holder of the contract, if it is another; below 0 if it is paid more than it pays.
    host: i64,
}

impl World {
    /// What a day in a unit's bed costs a commissioner's patient of a kind, beside open wards.
    fn cost_of_bed(&self, mine: CommissionerId, unit: UnitId, spot: bool, complex: bool) -> BedCost {
        let (u, p) = (&self.units[unit], &self.p.money);
        let terms = self.accounts.terms(u.commissioner);
        let price = settlement::price(p, u.tier);
        let daily = settlement::daily(p, terms, price, complex);
        if spot {
            let back = settlement::standing(p, terms, u.tier);
            BedCost { mine: pence(settlement::spot(p, price)), host: pence(-back) }
        } else if u.commissioner == mine || terms == Contract::Results {
            BedCost { mine: pence(daily), host: 0 }
        } else {
            BedCost { mine: pence(price), host: pence(daily - price) }
        }
    }

    /// What a bed of a unit would cost the commissioner of somebody who waits for it, a day, beyond what the present bed costs it.
    pub(crate) fn cost_of_moving(&self, i: CaseId, unit: UnitId, spot: bool) -> i64 {
        let c = self.case(i);
        let mine = self.commissioner(c.area, c.target);
        let cost = self.cost_of_bed(mine, unit, spot, settlement::complex(c)).mine;
        cost - self.cost_of_staying(i, mine)
    }

    /// What the present secure bed of somebody costs a commissioner a day; nothing if another pays for it.
    pub(crate) fn cost_of_staying(&self, i: CaseId, who: CommissionerId) -> i64 {
        let c = self.case(i);
        let Some(unit) = c.placement.unit else { return 0 };
        let payer = c.placement.payer.unwrap_or_else(|| self.commissioner(c.area, c.place));
        if payer == who { self.cost_of_bed(who, unit, c.placement.spot, settlement::complex(c)).mine } else { 0 }
    }

    /// Price of a place or team that is counted by area [pence/d].
    fn price_of_ward(&self, ward: Ward) -> i64 {
        let p = &self.p.money;
        pence(match ward {
            Ward::Supported => p.supported,
            Ward::Picu => p.picu,
            Ward::Acute => p.acute,
            Ward::OpenRehab | Ward::LockedRehab => p.rehab,
            Ward::Forensic => p.forensic,
            Ward::Mainstream => p.mainstream,
        })
    }

    /// Adds up what commissioners are committed to: open wards, patients in beds, places and teams.
    pub(crate) fn reckon_commitments(&mut self) {
        let limited = self.limited();
        let mut rate = vec![0; self.plan.commissioners.len()];
        for u in &self.units.all {
            let beds = if limited { u.standing() } else { u.standing().max(u.occupied + u.held) };
            let standing = settlement::standing(&self.p.money, self.accounts.terms(u.commissioner), u.tier);
            let works: f64 = u.works.iter().map(|w| w.daily).sum();
            rate[u.commissioner.index()] += pence(standing * f64::from(beds) + works);
        }
        for i in &self.inpatients {
            let c = self.case(*i);
            let Some(unit) = c.placement.unit else { continue };
            let mine = c.placement.payer.unwrap_or_else(|| self.commissioner(c.area, c.place));
            let cost = self.cost_of_bed(mine, unit, c.placement.spot, settlement::complex(c));
            rate[mine.index()] += cost.mine;
            rate[self.units[unit].commissioner.index()] += cost.host;
        }
        for area in 0..self.plan.areas.len() as u8 {
            for ward in WARDS {
                let others = self.wards.used_in(ward, area) - self.wards.funded_in(ward, area);
                let taken = others - self.programmes.given(ward, area);
                rate[self.collaborative(area).index()] += i64::from(taken) * self.price_of_ward(ward);
            }
        }
        self.programmes.committed(&self.p.money, &mut rate);
        self.programmes.for_wards(&self.p.money, |area| self.collaborative(area), &mut rate);
        self.budgets.rate = rate;
    }

    /// What a payer with a budget is committed to a day [pence/d].
    fn committed(&self, payer: usize) -> i64 {
        match payer.checked_sub(self.budgets.commissioners) {
            None => self.budgets.rate[payer] + self.budgets.once[payer],
            Some(area) => {
                let area = area as u8;
                WARDS.iter().map(|w| i64::from(self.wards.funded_in(*w, area)) * self.price_of_ward(*w)).sum()
            }
        }
    }

    /// A payer's budget of the year [pence]; commissioners have one from the first reported day on.
    fn budget_of(&self, payer: usize) -> Option<i64> {
        let opened = self.budgets.base.is_some();
        if payer < self.budgets.commissioners {
            let who = CommissionerId(payer as u8);
            if self.accounts.terms(who) == Contract::Package {
                let daily = self.accounts.package(who) * self.budgets.people[payer] as f64;
                return opened.then(|| pence(daily * YEAR));
            }
            return opened.then(|| pence(self.accounts.budget(payer)));
        }
        let area = payer - self.budgets.commissioners;
        let attribute = || self.agents.of(Kind::AftercareFunder).get(area, aftercare_funder::budget);
        let pounds = if opened { self.accounts.budget(payer) } else { attribute() * self.plan.mode.fraction };
        Some(pence(pounds))
    }

    /// What a payer may spend in a year in all [pence].
    fn allowance(&self, payer: usize) -> Option<i64> {
        let budget = self.budget_of(payer)?;
        if payer >= self.budgets.commissioners {
            return Some(budget);
        }
        let overdraft = libm::round(budget as f64 * self.p.money.overdraft) as i64;
        Some(budget + self.accounts.reserve(CommissionerId(payer as u8)) + overdraft)
    }

    fn spent_of(&self, payer: usize) -> i64 {
        self.budgets.booked[payer] + self.budgets.reckoned[payer]
    }

    /// Whether a payer has money for so much more a day [pence/d]. What costs it nothing more is never refused.
    pub(crate) fn affords(&self, payer: usize, cost: i64) -> bool {
        let allowance = self.allowance(payer).filter(|_| cost > 0 && self.limited());
        allowance.is_none_or(|allowance| self.claimed(payer, cost) <= allowance as f64)
    }

    /// What a payer will have spent this year, or in a whole year, whichever is more, with so much more a day [pence].
    fn claimed(&self, payer: usize, more: i64) -> f64 {
        let rate = (self.committed(payer) + more) as f64;
        let left = f64::from(year_start(self.year() + 1) - self.today());
        (self.spent_of(payer) as f64 + rate * left).max(rate * YEAR)
    }

    /// What a payer has left over, this year or in a whole year, whichever is less; below 0 if more is committed [pence/a].
    pub fn left_over(&self, payer: usize) -> i64 {
        self.allowance(payer).map_or(0, |allowance| libm::floor(allowance as f64 - self.claimed(payer, 0)) as i64)
    }

    /// Whether a commissioner has money for one more bed outside the contract, in what it has set aside for that.
    pub fn spot_left(&self, who: CommissionerId, tier: Place) -> f64 {
        let table = self.agents.of(Kind::Commissioner);
        let aside = table.get(who.index(), commissioner::spot_budget) * self.plan.mode.fraction;
        let price = settlement::spot(&self.p.money, settlement::price(&self.p.money, tier));
        aside - (f64::from(self.queues.spot[who.index()]) + 1.0) * price * YEAR
    }

    /// Notes that a commissioner has spent so much at once, which no commitment says [pence].
    pub(crate) fn note_spent(&mut self, payer: usize, pence: i64) {
        if let Some(reckoned) = self.budgets.reckoned.get_mut(payer) {
            *reckoned += pence;
        }
    }

    /// Notes that a commissioner is committed to so much more a day from today on [pence/d].
    pub(crate) fn commit(&mut self, who: CommissionerId, cost: i64) {
        self.budgets.rate[who.index()] += cost;
    }

    /// Notes that a payer refuses something for want of money, and if that is `new` logs it. `left` is what it has left for that,
    /// if that isn't what it has left at all [pence/a].
    pub(crate) fn log_refusal(&mut self, payer: usize, what: Refused, cost: i64, left: Option<i64>, new: bool) {
        self.budgets.bound[payer] = true;
        if !new {
            return;
        }
        self.budgets.refused[payer] += 1;
        if self.reported() {
            let (person, area) = what.person.map_or((-1, u8::MAX), |i| (self.case(i).number, self.case(i).area));
            self.log.refusals.push(RefusalRow {
                year: self.year(),
                day: self.today(),
                payer: payer as u8,
                payer_kind: self.accounts.kind(payer) as u8,
                what: what.what as u8,
                person,
                area,
                unit: what.unit.map_or(u16::MAX, |unit| unit.0),
                cost,
                available: left.unwrap_or_else(|| self.left_over(payer)),
            });
        }
    }

    /// Counts the day to what is spent.
    pub(crate) fn reckon_day(&mut self) {
        for payer in self.budgets.payers() {
            self.budgets.reckoned[payer] += self.committed(payer);
        }
        self.budgets.days += 1;
    }

    /// Ends the settling period: what a day of its last year came to is what budgets start from.
    pub(crate) fn end_settling(&mut self) {
        let days = i64::from(self.today() + 1 - self.plan.calendar.first).max(1);
        for k in 0..self.budgets.commissioners {
            let spent: i64 = ONCE.iter().map(|spend| self.accounts.spending(k, Some(*spend))).sum();
            self.budgets.once[k] = spent / days;
        }
        let b = &mut self.budgets;
        let days = b.days.max(1);
        let mean = |k: usize| b.reckoned[k] / days + b.once[k];
        b.before = (b.days > 0).then(|| (0..b.commissioners).map(mean).collect());
        b.new_year();
        b.refused.fill(0);
        b.bound.fill(false);
    }

    /// Begins another year.
    pub(crate) fn begin_budget_year(&mut self) {
        self.budgets.new_year();
    }

    /// Draws up the commissioners' budgets: what each spent in the year before, and a part of it by formula.
    pub(crate) fn draw_up_budgets(&mut self) {
        let before = self.budgets.before.clone().unwrap_or_else(|| self.budgets.rate.clone());
        let spent: Vec<f64> = before.iter().map(|daily| *daily as f64 / 100.0 * YEAR).collect();
        let formula = self.p.money.formula;
        let table = self.agents.of(Kind::Commissioner);
        let shares: Vec<f64> = (0..spent.len()).map(|k| table.get(k, commissioner::fair_share)).collect();
        let all: f64 = shares.iter().sum();
        let national = self.national().index();
        let total: f64 = spent[..national].iter().sum();
        let base = |k: usize| {
            let fair = if all > 0.0 && k != national { total * shares[k] / all } else { spent[k] };
            (1.0 - formula) * spent[k] + formula * fair
        };
        self.budgets.base = Some((0..spent.len()).map(base).collect());
    }

    /// Has budgets in the accounts follow the attributes; what else was added to a budget stays.
    pub(crate) fn grant_budgets(&mut self) {
        let Some(base) = self.budgets.base.as_ref() else { return };
        let fraction = self.plan.mode.fraction;
        let (commissioners, funders) = (self.agents.of(Kind::Commissioner), self.agents.of(Kind::AftercareFunder));
        let now = |payer: usize| match payer.checked_sub(base.len()) {
            None => base[payer] * commissioners.get(payer, commissioner::funding),
            Some(area) => funders.get(area, aftercare_funder::budget) * fraction,
        };
        let now: Vec<f64> = self.budgets.payers().map(now).collect();
        for (payer, pounds) in now.into_iter().enumerate() {
            if pounds != self.budgets.given[payer] {
                let other = self.accounts.budget(payer) - self.budgets.given[payer];
                self.accounts.set_budget(payer, pounds + other);
                self.budgets.given[payer] = pounds;
            }
        }
    }

    /// Sets for how many people packages pay.
    pub(crate) fn count_packages(&mut self, people: Vec<i64>) {
        self.budgets.people = people;
    }

    /// Closes the quarter, or what there was of it: reads what was spent from the accounts, in which everybody has been accrued, and
    /// writes a row for each payer.
    pub(crate) fn close_quarter(&mut self) {
        if self.budgets.base.is_none() {
            return;
        }
        let (year, day) = (self.year(), self.today());
        let left = i64::from(year_start(year + 1) - 1 - day);
        let mut rows = Budgeting::default();
        for payer in self.budgets.payers() {
            let of = |spend: Spend| self.accounts.spending(payer, Some(spend));
            // What programmes have paid back.
            let granted = self.accounts.income(payer, Some(Spend::Programme));
            let spent = if payer < self.budgets.commissioners {
                let back = of(Spend::HandedBack) + self.accounts.income(payer, Some(Spend::Recharge)) + granted;
                self.budgets.once[payer] = ONCE.map(of).iter().sum::<i64>() / self.budgets.days.max(1);
                self.accounts.spending(payer, None) - back
            } else {
                AFTERCARE.map(of).iter().sum::<i64>() - granted
            };
            (self.budgets.booked[payer], self.budgets.reckoned[payer]) = (spent, 0);
            let reserve =
                if payer < self.budgets.commissioners { self.accounts.reserve(CommissionerId(payer as u8)) } else { 0 };
            rows.push(BudgetRow {
                year,
                day,
                payer: payer as u8,
                payer_kind: self.accounts.kind(payer) as u8,
                budget: self.budget_of(payer).unwrap_or(0),
                spent,
                forecast: spent + self.committed(payer) * left,
                reserve,
                refused: self.budgets.refused[payer],
                bound: u8::from(self.budgets.bound[payer]),
            });
        }
        self.budgets.refused.fill(0);
        self.budgets.bound.fill(false);
        self.log.budgets.extend(&rows);
        self.budgets.closed = rows;
    }
}

/// What is refused: to whom, or which unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// What was asked for.
    pub what: Refusal,
    /// The person who needs it.
    pub person: Option<CaseId>,
    /// The unit whose bed or ward it was.
    pub unit: Option<UnitId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Legal;
    use crate::world::accrual;

    const MINE: CommissionerId = CommissionerId(0);

    /// A small world whose budgets are drawn up from what is committed on its first day, times `funding`.
    fn opened(funding: f64) -> World {
        let mut w = World::small();
        (w.p.money.formula, w.p.money.overdraft) = (0.0, 0.0);
        w.set_all(Kind::Commissioner, "funding", funding);
        w.reckon_commitments();
        accrual::open_budgets(&mut w);
        w
    }

    #[test]
    fn a_quarter_ends_four_times_a_year() {
        let days: Vec<_> = (year_start(2024)..year_start(2025)).filter(|day| ends_quarter(*day)).map(date).collect();
        assert_eq!(days, [(2024, 6, 30), (2024, 9, 30), (2024, 12, 31), (2025, 3, 31)]);
    }

    #[test]
    fn what_is_committed_is_what_a_day_books() {
        for contract in Contract::ALL {
            let mut w = World::small();
            w.accounts.agree(vec![*contract; 3]);
            let all = [
                w.put(Place::Medium, Legal::S37),
                w.put_with(Place::Low, Legal::S37, |c| c.placement.spot = true),
                w.put(Place::High, Legal::S37),
                w.put_with(Place::Medium, Legal::S37, |c| c.area = 1),
                w.put(Place::Supported, Legal::None),
            ];
            w.case_mut(all[3]).placement.payer = Some(CommissionerId(1));
            w.reckon_commitments();
            let funder = w.accounts.aftercare(0);
            let committed = [0, 1, 2, funder].map(|payer| w.committed(payer));
            accrual::settle_units(&mut w);
            w.pass(1);
            for i in all {
                accrual::accrue(&mut w, i);
            }
            let spent = |payer| w.accounts.spending(payer, None) - w.accounts.income(payer, Some(Spend::Recharge));
            for (payer, committed) in [0, 1, 2, funder].into_iter().zip(committed) {
                assert!((spent(payer) - committed).abs() <= 3, "{}, payer {payer}", contract.name());
            }
        }
    }

    #[test]
    fn a_commitment_must_fit_this_year_and_a_whole_year() {
        let mut w = opened(1.0);
        let rate = w.committed(0);
        let budget = libm::round(rate as f64 * YEAR) as i64;
        assert!((w.budget_of(0).unwrap_or(0) - budget).abs() < 100);
        assert!(w.affords(0, 0) && w.affords(0, -5) && !w.affords(0, 10));
        w.set_all(Kind::Commissioner, "funding", 1.0 + 1000.0 / rate as f64);
        w.grant_budgets();
        assert!(w.affords(0, 990) && !w.affords(0, 1010), "a thousand pence a day more");
        // What was overspent earlier in the year counts against the rest of it.
        w.budgets.booked[0] = budget / 100;
        assert!(!w.affords(0, 10) && w.left_over(0) < 0);
        w.plan.mode.capacity = crate::plan::Capacity::Unlimited;
        assert!(w.affords(0, 1 << 40));
    }

    #[test]
    fn an_overdraft_may_be_used_and_not_more() {
        let mut w = opened(1.0);
        w.p.money.overdraft = 0.01;
        let share = libm::floor(w.committed(0) as f64 * 0.01) as i64;
        assert!(w.affords(0, share - 10) && !w.affords(0, share + 10));
    }

    #[test]
    fn a_budget_is_what_was_spent_and_a_part_by_formula() {
        let mut w = World::small();
        w.p.money.formula = 0.5;
        w.set_all(Kind::Commissioner, "funding", 1.0);
        w.agents.set("commissioner", 0, "fair_share", 0.75).expect("declared");
        w.agents.set("commissioner", 1, "fair_share", 0.25).expect("declared");
        w.budgets.before = Some(vec![10_000, 30_000, 50_000]);
        w.draw_up_budgets();
        w.grant_budgets();
        let daily = [0, 1, 2].map(|k| w.accounts.budget(k) / YEAR);
        for (found, expected) in daily.into_iter().zip([200.0, 200.0, 500.0]) {
            assert!((found - expected).abs() < 1e-9, "{found} and not {expected}");
        }
    }

    #[test]
    fn what_else_is_added_to_a_budget_stays_when_its_attribute_moves() {
        let mut w = opened(1.0);
        let before = w.accounts.budget(0);
        w.accounts.set_budget(0, before + 500.0);
        w.set_all(Kind::Commissioner, "funding", 2.0);
        w.grant_budgets();
        assert!((w.accounts.budget(0) - 2.0 * before - 500.0).abs() < 1e-6);
        let funder = w.accounts.aftercare(0);
        w.set_all(Kind::AftercareFunder, "budget", 0.0);
        w.grant_budgets();
        assert_eq!(w.accounts.budget(funder), 0.0);
    }

    #[test]
    fn a_quarter_closes_with_what_the_accounts_say_and_goes_on_from_it() {
        let mut w = opened(1.0);
        let i = w.put(Place::Supported, Legal::None);
        let funder = w.accounts.aftercare(0);
        for _ in 0..10 {
            w.reckon_day();
            w.pass(1);
        }
        assert_eq!(w.spent_of(funder), 10 * pence(w.p.money.supported));
        accrual::accrue(&mut w, i);
        let refused = Refused { what: Refusal::Ward, person: None, unit: Some(UnitId(2)) };
        w.log_refusal(MINE.index(), refused, 100, None, true);
        w.log_refusal(MINE.index(), refused, 100, None, false);
        w.close_quarter();
        let rows = &w.budgets.closed;
        assert_eq!((rows.len(), rows.spent[funder], w.spent_of(funder)), (5, 143_000, 143_000));
        assert_eq!((rows.refused[0], rows.bound[0], rows.bound[funder]), (1, 1, 0));
        let left = i64::from(year_start(w.year() + 1) - 1 - w.today());
        assert_eq!(rows.forecast[funder], 143_000 + left * 14_300);
        w.close_quarter();
        assert_eq!((w.budgets.closed.refused[0], w.budgets.closed.bound[0]), (0, 0));
        assert_eq!((w.log.refusals.len(), w.log.budgets.len()), (1, 10));
    }
}
