//! The accounts: double entry, in pence. What one party books as spending another books as income, in one call.
//!
//! Parties are numbered: commissioners, the aftercare funder of each area, justice, society; these are the payers, the only ones
//! whom the ledger knows. Then public funds, providers, and where money ends: staff, suppliers, prisons and courts, housing, harm by
//! crime. There are four ways to book, and no other:
//!
//! - [`Accounts::pay`]: a payer buys care for somebody of an area; the ledger has it.
//! - [`Accounts::buy`]: the same of a provider, which spends all of it on that service the same day.
//! - [`Accounts::recharge`]: one commissioner pays another for a bed; in the ledger spending of the one and less of the other.
//! - [`Accounts::transfer`]: between any two, and in no ledger: allocations, packages, money of programmes, fines, money handed back, a
//!   provider's costs.
//!
//! A payer's budget of the year is [`Accounts::budget`], what it has spent [`Accounts::spending`] and been given
//! [`Accounts::income`], what it has kept of earlier years [`Accounts::reserve`]. Contracts are in [`super::settlement`].

use serde::{Deserialize, Serialize};

use super::capacity::Units;
use super::goals::Incentives;
use crate::agents::{Agents, Kind, commissioner};
use crate::codes::{Contract, PartyKind, PayerKind, Side, Spend};
use crate::ids::{CommissionerId, ProviderId};
use crate::log::{AccountRow, Accounting, ContractRow, Contracts, Ledger, LedgerRow};
use crate::plan::Plan;
use crate::world::settlement;

/// Kinds of spending.
const SPENDS: usize = Spend::ALL.len();
/// Kinds of parties.
const KINDS: usize = PartyKind::ALL.len();

/// Pounds in whole pence.
pub(crate) fn pence(pounds: f64) -> i64 {
    libm::round(pounds * 100.0) as i64
}

/// What a commissioner's own units did in a year under its contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnUnits {
    /// Days of beds in open wards [bed-days].
    pub open: i64,
    /// Days on which such a bed was occupied, or kept for somebody, and not bought by another outside the contract [bed-days].
    pub occupied: i64,
    /// Paid to their providers for them, whoever paid [pence].
    pub paid: i64,
    /// What the beds of the first day would have cost at the norm [pence].
    pub reference: i64,
    /// The price of the occupied days [pence].
    pub value: i64,
    /// Spent once on opening and closing wards [pence].
    pub wards: i64,
}

/// The accounts of the year: pence and millionths of a QALY.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accounts {
    commissioners: usize,
    areas: usize,
    providers: usize,
    staff_share: f64,
    /// The ledger: by area, payer and kind.
    pence: Vec<i64>,
    qaly: Vec<i64>,
    /// By party, kind of spending and kind of the other party.
    spent: Vec<i64>,
    earned: Vec<i64>,
    /// The contract in force of each commissioner: what accrues is settled by it.
    terms: Vec<Contract>,
    /// Reach in force of a price by need group, of each commissioner's contract [share].
    reach: Vec<f64>,
    /// What public funds give each payer in a year [£/a].
    budgets: Vec<f64>,
    /// Kept of earlier years, by commissioner; below 0 if overspent [pence].
    reserves: Vec<i64>,
    /// What a package pays for a person and day, by commissioner [£/d].
    packages: Vec<f64>,
    own: Vec<OwnUnits>,
    /// Goals on which income depends.
    pub incentives: Incentives,
    /// Beds of each unit on the first reported day.
    pub first_beds: Vec<i32>,
    /// Everything booked in the ledger so far, all years [pence] -- for the invariant that money is conserved.
    pub total: i64,
    /// Everything closed in the ledger so far [pence].
    pub closed: i64,
}

impl Accounts {
    /// Empty accounts.
    pub fn new(plan: &Plan, agents: &Agents, units: &Units) -> Accounts {
        let (areas, commissioners, providers) = (plan.areas.len(), plan.commissioners.len(), units.providers.len());
        let payers = commissioners + areas + 2;
        let parties = payers + 1 + providers + 5;
        Accounts {
            commissioners,
            areas,
            providers,
            staff_share: plan.parameters.money.staff_share,
            pence: vec![0; areas * payers * SPENDS],
            qaly: vec![0; areas],
            spent: vec![0; parties * SPENDS * KINDS],
            earned: vec![0; parties * SPENDS * KINDS],
            terms: Accounts::agreed(agents),
            reach: Accounts::clustering(agents),
            budgets: vec![0.0; payers],
            reserves: vec![0; commissioners],
            packages: vec![0.0; commissioners],
            own: vec![OwnUnits::default(); commissioners],
            incentives: Incentives::new(units.all.len(), commissioners),
            first_beds: Vec::new(),
            total: 0,
            closed: 0,
        }
    }

    /// Whether both are the accounts of the same parties and areas.
    pub fn fits(&self, other: &Accounts) -> bool {
        let shape = |b: &Accounts| {
            let lists = [&b.pence, &b.qaly, &b.spent, &b.earned, &b.reserves].map(Vec::len);
            let more = [b.terms.len(), b.reach.len(), b.budgets.len(), b.packages.len(), b.own.len()];
            (b.commissioners, b.areas, b.providers, lists, more)
        };
        let sound = |list: &[f64]| list.iter().all(|x| x.is_finite());
        let goals = self.incentives.fits(&other.incentives);
        shape(self) == shape(other) && goals && sound(&self.reach) && sound(&self.budgets) && sound(&self.packages)
    }

    /// The contract that each commissioner's attributes say.
    pub fn agreed(agents: &Agents) -> Vec<Contract> {
        let table = agents.of(Kind::Commissioner);
        (0..table.len()).map(|k| settlement::contract(table.get(k, commissioner::contract))).collect()
    }

    /// The reach of a price by need group that each commissioner's attributes say [share].
    pub fn clustering(agents: &Agents) -> Vec<f64> {
        let table = agents.of(Kind::Commissioner);
        (0..table.len()).map(|k| table.get(k, commissioner::clustering).clamp(0.0, 1.0)).collect()
    }

    /// The reach of a price by need group in a commissioner's contract that is in force [share].
    pub fn reach(&self, who: CommissionerId) -> f64 {
        self.reach[who.index()]
    }

    /// Puts another reach of a price by need group in force; what has accrued under the present one must have been booked.
    pub fn cluster(&mut self, reach: Vec<f64>) {
        self.reach = reach;
    }

    /// The contract of a commissioner that is in force.
    pub fn terms(&self, who: CommissionerId) -> Contract {
        self.terms[who.index()]
    }

    /// Puts other contracts in force; what has accrued under the present ones must have been booked.
    pub fn agree(&mut self, terms: Vec<Contract>) {
        self.terms = terms;
    }

    /// Number of payers: commissioners, aftercare funders, justice and society.
    pub fn payers(&self) -> usize {
        self.commissioners + self.areas + 2
    }

    /// Number of parties.
    pub fn parties(&self) -> usize {
        self.payers() + 1 + self.providers + 5
    }

    /// Index of an area's aftercare funder among the parties.
    pub fn aftercare(&self, area: u8) -> usize {
        self.commissioners + usize::from(area)
    }

    /// Index of the justice system.
    pub fn justice(&self) -> usize {
        self.payers() - 2
    }

    /// Index of society.
    pub fn society(&self) -> usize {
        self.payers() - 1
    }

    /// Index of public funds.
    pub fn public(&self) -> usize {
        self.payers()
    }

    /// Index of a provider.
    pub fn provider(&self, who: ProviderId) -> usize {
        self.payers() + 1 + who.index()
    }

    fn sink(&self, k: usize) -> usize {
        self.payers() + 1 + self.providers + k
    }

    /// Index of the staff of all providers.
    pub fn staff(&self) -> usize {
        self.sink(0)
    }

    /// Index of all suppliers.
    pub fn suppliers(&self) -> usize {
        self.sink(1)
    }

    /// Index of prisons and courts, as those who do the work.
    pub fn courts(&self) -> usize {
        self.sink(2)
    }

    /// Index of landlords and staff of supported accommodation.
    pub fn housing(&self) -> usize {
        self.sink(3)
    }

    /// Index of the other side of what crime costs society.
    pub fn crime(&self) -> usize {
        self.sink(4)
    }

    /// Kind of a party.
    pub fn kind(&self, party: usize) -> PartyKind {
        let first_provider = self.payers() + 1;
        match party {
            k if k + 1 < self.commissioners => PartyKind::Collaborative,
            k if k + 1 == self.commissioners => PartyKind::National,
            k if k < self.commissioners + self.areas => PartyKind::Aftercare,
            k if k == self.justice() => PartyKind::Justice,
            k if k == self.society() => PartyKind::Society,
            k if k == self.public() => PartyKind::Public,
            k if k < first_provider + self.providers => PartyKind::Provider,
            k if k == self.staff() => PartyKind::Staff,
            k if k == self.suppliers() => PartyKind::Suppliers,
            k if k == self.courts() => PartyKind::Courts,
            k if k == self.housing() => PartyKind::Housing,
            _ => PartyKind::Crime,
        }
    }

    fn ledger_at(&self, area: u8, payer: usize, spend: Spend) -> usize {
        (usize::from(area) * self.payers() + payer) * SPENDS + spend as usize
    }

    fn at(party: usize, spend: Spend, other: PartyKind) -> usize {
        (party * SPENDS + spend as usize) * KINDS + other as usize
    }

    /// Posts to both sides.
    fn post(&mut self, payer: usize, payee: usize, spend: Spend, pence: i64) {
        let (from, to) = (self.kind(payer), self.kind(payee));
        self.spent[Accounts::at(payer, spend, to)] += pence;
        self.earned[Accounts::at(payee, spend, from)] += pence;
    }

    /// Books pounds that one party pays another, and that are no spending on somebody's care.
    pub fn transfer(&mut self, payer: usize, payee: usize, spend: Spend, pounds: f64) -> i64 {
        let pence = pence(pounds);
        self.post(payer, payee, spend, pence);
        pence
    }

    /// Books pounds that a payer spends on care, for somebody of an area or in a unit that stands there; returns the pence.
    pub fn pay(&mut self, area: u8, payer: usize, payee: usize, spend: Spend, pounds: f64) -> i64 {
        let pence = self.transfer(payer, payee, spend, pounds);
        let at = self.ledger_at(area, payer, spend);
        self.pence[at] += pence;
        self.total += pence;
        pence
    }

    /// Books what a payer buys of a provider, which spends all of it on that service.
    pub fn buy(&mut self, area: u8, payer: usize, provider: ProviderId, spend: Spend, pounds: f64) {
        let payee = self.provider(provider);
        self.pay(area, payer, payee, spend, pounds);
        self.run(provider, Spend::Variable, pounds);
    }

    /// Books what a provider spends, on staff and on everything else.
    pub fn run(&mut self, provider: ProviderId, spend: Spend, pounds: f64) {
        let (payer, all) = (self.provider(provider), pence(pounds));
        let pay = pence(pounds * self.staff_share);
        self.post(payer, self.staff(), spend, pay);
        self.post(payer, self.suppliers(), spend, all - pay);
    }

    /// Books what a commissioner pays another for its patient's days in a bed that the other has bought.
    pub fn recharge(&mut self, area: u8, payer: CommissionerId, host: CommissionerId, pounds: f64) {
        let pence = self.pay(area, payer.index(), host.index(), Spend::Recharge, pounds);
        let back = self.ledger_at(area, host.index(), Spend::Recharge);
        self.pence[back] -= pence;
        self.total -= pence;
    }

    /// Books what a commissioner keeps of what it has paid the provider of a unit, because goals weren't reached [pence].
    pub fn withhold(&mut self, area: u8, host: CommissionerId, provider: ProviderId, pence: i64) {
        if pence == 0 {
            return;
        }
        let (payer, payee) = (host.index(), self.provider(provider));
        self.post(payer, payee, Spend::Withheld, -pence);
        let at = self.ledger_at(area, payer, Spend::Withheld);
        self.pence[at] -= pence;
        self.total -= pence;
        self.own[payer].paid -= pence;
    }

    /// Books health.
    pub fn live(&mut self, area: u8, qaly: f64) {
        self.qaly[usize::from(area)] += libm::round(qaly * 1e6) as i64;
    }

    /// What public funds give a payer in a year, at the present [£/a]; under a package what they would give without it.
    pub fn budget(&self, payer: usize) -> f64 {
        self.budgets[payer]
    }

    /// Sets what public funds give a payer in a year, from today on [£/a].
    pub fn set_budget(&mut self, payer: usize, pounds: f64) {
        self.budgets[payer] = pounds;
    }

    /// What a payer has kept of earlier years; below 0 if it overspent [pence].
    pub fn reserve(&self, who: CommissionerId) -> i64 {
        self.reserves[who.index()]
    }

    /// What a package pays its holder for a person and day [£/d].
    pub fn package(&self, who: CommissionerId) -> f64 {
        self.packages[who.index()]
    }

    /// Sets what a package pays its holder for a person and day [£/d].
    pub fn set_package(&mut self, who: CommissionerId, pounds: f64) {
        self.packages[who.index()] = pounds;
    }

    /// What a party was paid so far this year, of a kind or of all [pence].
    pub fn income(&self, party: usize, of: Option<Spend>) -> i64 {
        Accounts::sum(&self.earned, party, of)
    }

    /// What a party has paid so far this year, of a kind or of all [pence].
    pub fn spending(&self, party: usize, of: Option<Spend>) -> i64 {
        Accounts::sum(&self.spent, party, of)
    }

    /// What a party was paid and hasn't spent this year [pence].
    pub fn balance(&self, party: usize) -> i64 {
        self.income(party, None) - self.spending(party, None)
    }

    fn sum(side: &[i64], party: usize, of: Option<Spend>) -> i64 {
        let first = party * SPENDS * KINDS;
        match of {
            Some(spend) => side[first + spend as usize * KINDS..][..KINDS].iter().sum(),
            None => side[first..first + SPENDS * KINDS].iter().sum(),
        }
    }

    /// What a commissioner's own units did so far this year.
    pub fn own_mut(&mut self, who: CommissionerId) -> &mut OwnUnits {
        &mut self.own[who.index()]
    }

    /// What a commissioner's own units did so far this year.
    pub fn own(&self, who: CommissionerId) -> OwnUnits {
        self.own[who.index()]
    }

    /// Gives every payer its money of one of `days` days of a year; justice is given what it spends, at the close of the year, and
    /// aftercare funders what acute and intensive care cost them.
    pub fn allocate(&mut self, days: f64) {
        for payer in 0..self.commissioners + self.areas {
            let package = payer < self.commissioners && self.terms[payer] == Contract::Package;
            if !package && self.budgets[payer] != 0.0 {
                self.transfer(self.public(), payer, Spend::Allocation, self.budgets[payer] / days);
            }
        }
    }

    /// Settles the year with public funds: justice is given what it spent, and so are aftercare funders, who hand back what is left; a
    /// collaborative under a provider-led contract keeps its share of what is left, other commissioners nothing, and the rest is
    /// handed back. What a commissioner has overspent stays.
    fn settle(&mut self, gain: impl Fn(usize) -> f64) {
        for payer in (self.commissioners..self.commissioners + self.areas).chain([self.justice()]) {
            match self.balance(payer) {
                left if left > 0 => self.post(payer, self.public(), Spend::HandedBack, left),
                left => self.post(self.public(), payer, Spend::Allocation, -left),
            }
        }
        for k in 0..self.commissioners {
            let left = self.balance(k);
            let kept = match self.terms[k] {
                _ if left <= 0 => left,
                Contract::Led => libm::round(left as f64 * gain(k).clamp(0.0, 1.0)) as i64,
                Contract::Block | Contract::Results | Contract::Package => 0,
            };
            self.post(k, self.public(), Spend::HandedBack, left - kept);
            self.reserves[k] += kept;
        }
    }

    /// Closes the year: settles it, writes its rows and starts anew.
    pub fn close(
        &mut self,
        year: i32,
        gain: impl Fn(usize) -> f64,
        ledger: &mut Ledger,
        accounts: &mut Accounting,
        contracts: &mut Contracts,
    ) {
        self.settle(gain);
        self.write_ledger(year, ledger);
        self.write_accounts(year, accounts);
        self.write_contracts(year, contracts);
        self.forget_year();
    }

    /// Writes what the payers spent.
    pub(crate) fn write_ledger(&mut self, year: i32, ledger: &mut Ledger) {
        for area in 0..self.areas as u8 {
            for payer in 0..self.payers() {
                for spend in Spend::ALL {
                    let pence = self.pence[self.ledger_at(area, payer, *spend)];
                    let health = *spend == Spend::Qaly && payer == self.society();
                    let micro_qaly = if health { self.qaly[usize::from(area)] } else { 0 };
                    if pence != 0 || micro_qaly != 0 {
                        self.closed += pence;
                        let payer_kind = self.kind(payer) as u8;
                        debug_assert!(PayerKind::from_code(payer_kind).is_some());
                        let (payer, spend) = (payer as u8, *spend as u8);
                        ledger.push(LedgerRow { year, area, payer, payer_kind, spend, pence, micro_qaly });
                    }
                }
            }
        }
    }

    /// Writes both sides of every party.
    fn write_accounts(&self, year: i32, accounts: &mut Accounting) {
        for party in 0..self.parties() {
            let (number, party_kind) = (party as u16, self.kind(party) as u8);
            for (side, sums) in [(Side::Income, &self.earned), (Side::Spending, &self.spent)] {
                for spend in Spend::ALL {
                    for other in PartyKind::ALL {
                        let pence = sums[Accounts::at(party, *spend, *other)];
                        if pence != 0 {
                            accounts.push(AccountRow {
                                year,
                                party: number,
                                party_kind,
                                side: side as u8,
                                spend: *spend as u8,
                                other_kind: *other as u8,
                                pence,
                            });
                        }
                    }
                }
            }
        }
    }

    /// Writes what each commissioner's contract came to.
    fn write_contracts(&self, year: i32, contracts: &mut Contracts) {
        for (k, own) in self.own.iter().enumerate() {
            contracts.push(ContractRow {
                year,
                commissioner: k as u8,
                contract: self.terms[k] as u8,
                open_days: own.open,
                occupied_days: own.occupied,
                paid: own.paid,
                wards: own.wards,
                cash_released: own.reference - own.paid,
                notional_saving: own.reference - own.value,
                income: self.income(k, None),
                spending: self.spending(k, None) - self.spending(k, Some(Spend::HandedBack)),
                handed_back: self.spending(k, Some(Spend::HandedBack)),
                reserve: self.reserves[k],
            });
        }
    }

    fn forget_year(&mut self) {
        for sums in [&mut self.pence, &mut self.qaly, &mut self.spent, &mut self.earned] {
            sums.fill(0);
        }
        self.own.fill(OwnUnits::default());
    }

    /// Forgets what was booked: the settling period is not reported.
    pub fn forget(&mut self) {
        self.forget_year();
        self.reserves.fill(0);
        self.total = 0;
        self.closed = 0;
    }

    /// Whether money of a kind is in no ledger, because it buys no care.
    const fn apart(spend: Spend) -> bool {
        matches!(spend, Spend::Allocation | Spend::Package | Spend::HandedBack | Spend::Programme | Spend::Breach)
    }

    /// Returns what doesn't balance: a kind of money between two kinds of parties of which one side booked something else than the
    /// other, or a payer whose ledger isn't what its account says.
    pub fn unbalanced(&self) -> Option<String> {
        let mut between = vec![0i64; SPENDS * KINDS * KINDS];
        let (mut ledger, mut account) = (vec![0i64; self.payers()], vec![0i64; self.parties()]);
        for (party, account) in account.iter_mut().enumerate() {
            let own = self.kind(party) as usize;
            for spend in Spend::ALL {
                for other in PartyKind::ALL {
                    let at = Accounts::at(party, *spend, *other);
                    let (from, to) = (own, *other as usize);
                    between[(*spend as usize * KINDS + from) * KINDS + to] += self.spent[at];
                    between[(*spend as usize * KINDS + to) * KINDS + from] -= self.earned[at];
                    if !Accounts::apart(*spend) {
                        *account += self.spent[at] - self.earned[at];
                    }
                }
            }
        }
        if let Some((k, difference)) = between.iter().enumerate().find(|(_, d)| **d != 0) {
            let (spend, from, to) = (Spend::ALL[k / (KINDS * KINDS)], k / KINDS % KINDS, k % KINDS);
            let (from, to) = (PartyKind::ALL[from].name(), PartyKind::ALL[to].name());
            return Some(format!("{}: {from} spent {difference} pence more than {to} earned", spend.name()));
        }
        for (k, pence) in self.pence.iter().enumerate() {
            ledger[k / SPENDS % self.payers()] += pence;
        }
        let wrong = (0..self.payers()).find(|k| ledger[*k] != account[*k])?;
        Some(format!("payer {wrong} has {} pence in the ledger and {} in its account", ledger[wrong], account[wrong]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn every_party_has_an_index_of_its_own_and_a_kind() {
        let w = World::small();
        let a = &w.accounts;
        let named =
            [a.justice(), a.society(), a.public(), a.staff(), a.suppliers(), a.courts(), a.housing(), a.crime()];
        let kinds = named.map(|party| a.kind(party));
        let names = kinds.map(PartyKind::name);
        assert_eq!(
            names,
            [
                "justice",
                "society",
                "public funds",
                "staff",
                "suppliers",
                "prisons and courts",
                "housing",
                "harm by crime"
            ]
        );
        assert_eq!([0, 2, a.aftercare(0)].map(|k| a.kind(k).name()), ["collaborative", "NHS England", "aftercare"]);
        assert!((0..w.units.providers.len()).all(|k| a.kind(a.provider(ProviderId(k as u16))) == PartyKind::Provider));
        assert_eq!(a.crime() + 1, a.parties());
        for (payer, party) in PayerKind::ALL.iter().zip(PartyKind::ALL) {
            assert_eq!((*payer as u8, payer.name()), (*party as u8, party.name()));
        }
    }

    #[test]
    fn what_one_spends_another_earns_to_the_penny() {
        let mut w = World::small();
        let a = &mut w.accounts;
        let (funder, provider) = (a.aftercare(1), a.provider(ProviderId(0)));
        a.buy(1, funder, ProviderId(0), Spend::AcuteBed, 470.55);
        a.recharge(0, CommissionerId(0), CommissionerId(1), 720.0);
        assert_eq!((a.spending(funder, None), a.income(provider, Some(Spend::AcuteBed))), (47_055, 47_055));
        assert_eq!((a.balance(provider), a.income(a.staff(), None) + a.income(a.suppliers(), None)), (0, 47_055));
        assert_eq!((a.balance(0), a.balance(1)), (-72_000, 72_000));
        assert_eq!(a.total, 47_055, "a recharge is no more spending");
        assert_eq!(a.unbalanced(), None);
    }

    #[test]
    fn a_penny_that_only_one_side_has_is_found() {
        let mut w = World::small();
        w.accounts.transfer(0, 1, Spend::Recharge, 1.0);
        assert!(w.accounts.unbalanced().is_some_and(|said| said.contains("payer 0")), "a transfer of no ledger");
        let mut w = World::small();
        let housing = w.accounts.housing();
        w.accounts.pay(0, 0, housing, Spend::Supported, 1.0);
        w.accounts.earned[Accounts::at(housing, Spend::Supported, PartyKind::Collaborative)] += 1;
        let said = w.accounts.unbalanced().unwrap_or_default();
        assert!(
            said.contains("supported accommodation: collaborative spent -1 pence more than housing earned"),
            "{said}"
        );
    }

    /// The accounts after a year in which each commissioner was given 1000 pounds and spent 400.
    fn closed(contract: Contract, gain: f64) -> (World, Contracts) {
        let mut w = World::small();
        w.accounts.agree(vec![contract; 3]);
        for k in 0..3 {
            w.accounts.transfer(w.accounts.public(), k, Spend::Allocation, 1000.0);
            let housing = w.accounts.housing();
            w.accounts.pay(0, k, housing, Spend::Supported, 400.0);
        }
        let (mut ledger, mut accounts, mut contracts) = Default::default();
        w.accounts.close(2024, |_| gain, &mut ledger, &mut accounts, &mut contracts);
        (w, contracts)
    }

    #[test]
    fn a_provider_led_contract_keeps_its_share_and_hands_the_rest_back() {
        for (contract, gain, kept) in [
            (Contract::Led, 0.25, 15_000),
            (Contract::Led, 0.0, 0),
            (Contract::Block, 0.25, 0),
            (Contract::Results, 0.25, 0),
            (Contract::Package, 0.25, 0),
        ] {
            let (w, contracts) = closed(contract, gain);
            assert_eq!(w.accounts.reserve(CommissionerId(0)), kept, "{}", contract.name());
            assert_eq!((contracts.handed_back[0], contracts.reserve[0]), (60_000 - kept, kept));
            assert_eq!((contracts.income[0], contracts.spending[0]), (100_000, 40_000));
        }
    }

    #[test]
    fn what_is_overspent_is_carried_and_nothing_is_handed_back() {
        let mut w = World::small();
        let housing = w.accounts.housing();
        w.accounts.agree(vec![Contract::Led; 3]);
        w.accounts.pay(0, 1, housing, Spend::Supported, 400.0);
        let (mut ledger, mut accounts, mut contracts) = Default::default();
        w.accounts.close(2024, |_| 0.5, &mut ledger, &mut accounts, &mut contracts);
        assert_eq!((w.accounts.reserve(CommissionerId(1)), contracts.handed_back[1]), (-40_000, 0));
        assert_eq!(ledger.pence.iter().sum::<i64>(), 40_000);
    }

    #[test]
    fn money_is_given_day_by_day_and_justice_what_it_spent() {
        let mut w = World::small();
        let (justice, courts) = (w.accounts.justice(), w.accounts.courts());
        w.accounts.agree(vec![Contract::Block, Contract::Package, Contract::Block]);
        for payer in 0..3 {
            w.accounts.set_budget(payer, 365.0);
        }
        w.accounts.allocate(365.0);
        assert_eq!([0, 1, 2].map(|k| w.accounts.income(k, Some(Spend::Allocation))), [100, 0, 100]);
        w.accounts.pay(0, justice, courts, Spend::Prison, 142.0);
        w.accounts.settle(|_| 0.0);
        assert_eq!((w.accounts.income(justice, None), w.accounts.balance(justice)), (14_200, 0));
        assert_eq!(w.accounts.unbalanced(), None);
    }
}
