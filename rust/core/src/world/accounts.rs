//! Money and health: contracts as the commissioner sees them, and the accounts by area, payer and kind.

use serde::{Deserialize, Serialize};

use crate::caseload::Team;
use crate::codes::{Contract, PayerKind, Place, Spend};
use crate::law::places::{self, Tariff};
use crate::log::{Ledger, LedgerRow};
use crate::plan::{MoneyParams, Plan};

/// The contract of a commissioner, by the code that its attribute holds; what is no code counts as provider-led.
pub fn contract(code: f64) -> Contract {
    Contract::from_code(code as u8).unwrap_or(Contract::Led)
}

/// Days of a week over pounds of a thousand: £/d to k£/week.
pub const WEEKLY: f64 = 7.0 / 1000.0;

/// What an emptied bed releases to its commissioner [£/d].
pub fn release(p: &MoneyParams, contract: Contract, gain: f64, price: f64, spot: bool) -> f64 {
    let varying = (1.0 - p.fixed_share) * price;
    match contract {
        Contract::Block => p.block_release * price,
        Contract::Results => price,
        Contract::Package => varying,
        Contract::Led if spot => gain * (price * p.spot_premium - varying),
        Contract::Led => gain * varying,
    }
}

/// What a commissioner pays for a bed in its own units [£/d].
pub fn own_bed(p: &MoneyParams, contract: Contract, price: f64) -> f64 {
    match contract {
        Contract::Block => 0.0,
        Contract::Results => price,
        Contract::Package | Contract::Led => (1.0 - p.fixed_share) * price,
    }
}

/// What one more day earns the provider [£/d].
pub fn margin(p: &MoneyParams, contract: Contract, gain: f64, price: f64) -> f64 {
    let varying = (1.0 - p.fixed_share) * price;
    match contract {
        Contract::Block => 0.0,
        Contract::Results => price - varying,
        Contract::Package => -varying,
        Contract::Led => -varying * gain,
    }
}

/// Price of a day in a place [£/d]; 0 where nobody pays a price.
pub fn price(p: &MoneyParams, place: Place) -> f64 {
    match places::properties(place).tariff {
        Some(Tariff::High) => p.high,
        Some(Tariff::Medium) => p.medium,
        Some(Tariff::Low) => p.low,
        Some(Tariff::Picu) => p.picu,
        Some(Tariff::Acute) => p.acute,
        Some(Tariff::Rehabilitation) => p.rehab,
        Some(Tariff::Supported) => p.supported,
        None => 0.0,
    }
}

/// Price of a day with a community team [£/d].
pub fn team_price(p: &MoneyParams, team: Team) -> f64 {
    match team {
        Team::Forensic => p.forensic,
        Team::Mainstream => p.mainstream,
    }
}

/// The accounts of the year: pence and millionths of a QALY, by area, payer and kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accounts {
    payers: usize,
    commissioners: usize,
    areas: usize,
    pence: Vec<i64>,
    qaly: Vec<i64>,
    /// Everything booked so far, all years [pence] -- for the invariant that money is conserved.
    pub total: i64,
    /// Everything closed so far [pence].
    pub closed: i64,
}

impl Accounts {
    /// Empty accounts.
    pub fn new(plan: &Plan) -> Accounts {
        let (areas, commissioners) = (plan.areas.len(), plan.commissioners.len());
        let payers = commissioners + areas + 2;
        Accounts {
            payers,
            commissioners,
            areas,
            pence: vec![0; areas * payers * Spend::ALL.len()],
            qaly: vec![0; areas * payers * Spend::ALL.len()],
            total: 0,
            closed: 0,
        }
    }

    /// Whether both are the accounts of the same payers and areas.
    pub fn fits(&self, other: &Accounts) -> bool {
        let shape = |b: &Accounts| (b.payers, b.commissioners, b.areas, b.pence.len(), b.qaly.len());
        shape(self) == shape(other)
    }

    /// Index of an area's aftercare funder among the payers.
    pub fn aftercare(&self, area: u8) -> usize {
        self.commissioners + usize::from(area)
    }

    /// Index of the justice system.
    pub fn justice(&self) -> usize {
        self.payers - 2
    }

    /// Index of society.
    pub fn society(&self) -> usize {
        self.payers - 1
    }

    fn at(&self, area: u8, payer: usize, spend: Spend) -> usize {
        (usize::from(area) * self.payers + payer) * Spend::ALL.len() + spend as usize
    }

    /// Books pounds.
    pub fn pay(&mut self, area: u8, payer: usize, spend: Spend, pounds: f64) {
        let pence = libm::round(pounds * 100.0) as i64;
        let at = self.at(area, payer, spend);
        self.pence[at] += pence;
        self.total += pence;
    }

    /// Books health.
    pub fn live(&mut self, area: u8, qaly: f64) {
        let at = self.at(area, self.society(), Spend::Qaly);
        self.qaly[at] += libm::round(qaly * 1e6) as i64;
    }

    /// Kind of a payer.
    fn kind(&self, payer: usize) -> PayerKind {
        match payer {
            k if k + 1 < self.commissioners => PayerKind::Collaborative,
            k if k + 1 == self.commissioners => PayerKind::National,
            k if k < self.commissioners + self.areas => PayerKind::Aftercare,
            k if k == self.justice() => PayerKind::Justice,
            _ => PayerKind::Society,
        }
    }

    /// Closes the year: writes its rows and starts anew.
    pub fn close(&mut self, year: i32, ledger: &mut Ledger) {
        for area in 0..self.areas as u8 {
            for payer in 0..self.payers {
                for spend in Spend::ALL {
                    let at = self.at(area, payer, *spend);
                    let (pence, micro_qaly) = (self.pence[at], self.qaly[at]);
                    if pence != 0 || micro_qaly != 0 {
                        self.closed += pence;
                        ledger.push(LedgerRow {
                            year,
                            area,
                            payer: payer as u8,
                            payer_kind: self.kind(payer) as u8,
                            spend: *spend as u8,
                            pence,
                            micro_qaly,
                        });
                    }
                }
            }
        }
        self.pence.fill(0);
        self.qaly.fill(0);
    }

    /// Forgets what was booked: the settling period is not reported.
    pub fn forget(&mut self) {
        self.pence.fill(0);
        self.qaly.fill(0);
        self.total = 0;
        self.closed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> MoneyParams {
        let kinds =
            ["murder", "violence", "wounding", "sexual", "rape", "robbery", "theft", "damage", "arson", "other"];
        let parts = kinds.into_iter().chain(["offences", "victims"]);
        let crime: std::collections::BTreeMap<&str, f64> = parts.map(|part| (part, 1.0)).collect();
        serde_json::from_value(serde_json::json!({
            "high": 4.0, "medium": 3.0, "low": 2.0, "picu": 1.0, "acute": 1.0, "rehab": 1.0, "supported": 1.0,
            "forensic": 1.0, "mainstream": 1.0, "prison": 1.0, "prison_unwell": 1.0, "assessment": 1.0, "hearing": 1.0,
            "casework": 1.0, "liaison": 1.0, "requirement": 1.0, "employment": 1.0, "crime": crime, "spot_premium": 1.25, "fixed_share": 0.75,
            "block_release": 0.05, "cluster_price": 1.0, "cluster_cost": 1.0
        }))
        .expect("a whole set of prices")
    }

    #[test]
    fn contracts_release_what_the_design_says() {
        let p = params();
        let price = 100.0;
        assert_eq!(release(&p, Contract::Block, 0.5, price, false), 5.0);
        assert_eq!(release(&p, Contract::Results, 0.5, price, false), 100.0);
        assert_eq!(release(&p, Contract::Package, 0.5, price, false), 25.0);
        assert_eq!(release(&p, Contract::Led, 0.5, price, false), 12.5);
        assert_eq!(release(&p, Contract::Led, 0.5, price, true), 50.0);
    }

    #[test]
    fn a_block_pays_nothing_more_for_its_own_bed_and_earns_nothing_more_by_a_day() {
        let p = params();
        assert_eq!(own_bed(&p, Contract::Block, 100.0), 0.0);
        assert_eq!(margin(&p, Contract::Block, 0.5, 100.0), 0.0);
        assert_eq!(margin(&p, Contract::Results, 0.5, 100.0), 75.0);
        assert_eq!(margin(&p, Contract::Led, 0.4, 100.0), -10.0);
    }
}
