//! Contracts as money: what each pays for a bed, full or empty, and what that makes a bed worth to whoever decides. The ledger
//! ([`super::accrual`]) and the decisions both read it here, so that what an agent sees is what is booked.
//!
//! With P the price of a bed-day of a tier, which is its full cost C where a ward is as full as the norm `n`; `f` the share of
//! that cost which goes with an open ward, full or empty; `b` the share of a block contract that follows activity; H the
//! commissioner that holds the contract of the unit, X the one that a patient belongs to:
//!
//! | contract of H | H pays for each bed of an open ward, a day | paid for each occupied day | by |
//! | --- | --- | --- | --- |
//! | block | n (1 − b) P | b P | H |
//! | payment by results | 0 | P, times the cluster's price | X |
//! | pathway package | n f C | (1 − f) C, times the cluster's cost | H |
//! | provider-led | n f C | (1 − f) C, times the cluster's cost | H |
//!
//! Where a price by need group reaches a share of a contract ([`clustered`]), that share of the standing pay falls away, and of each
//! occupied day it is P times the price of the group that the unit has coded.
//!
//! Where X isn't H, and H has bought the bed (all but payment by results), X pays H the price P a day. A spot purchase is X's alone:
//! X pays the provider P times the premium, and H owes nothing for that bed on that day. Whatever it is paid, a provider spends
//! n f C for each bed of an open ward and (1 − f) C, times the cluster's cost, for each occupied day.

use crate::caseload::{Case, Team};
use crate::codes::{Contract, Diagnosis, Place};
use crate::law::places::{self, Tariff};
use crate::plan::{MoneyParams, ProgrammeParams};

/// The contract of a commissioner, by the code that its attribute holds; what is no code counts as provider-led.
pub fn contract(code: f64) -> Contract {
    Contract::from_code(code as u8).unwrap_or(Contract::Led)
}

/// Days of a week over pounds of a thousand: £/d to k£/week.
pub const WEEKLY: f64 = 7.0 / 1000.0;

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

/// Price of a day of a post that a programme pays for [£/d].
pub fn post_price(p: &ProgrammeParams) -> f64 {
    p.post_day
}

/// Share of a tier's beds at whose occupation its price covers its cost [share]; elsewhere beds are paid by the day.
pub fn norm(p: &MoneyParams, tier: Place) -> f64 {
    match places::properties(tier).tariff {
        Some(Tariff::High) => p.norm.high,
        Some(Tariff::Medium) => p.norm.medium,
        Some(Tariff::Low) => p.norm.low,
        Some(Tariff::Picu | Tariff::Acute | Tariff::Rehabilitation | Tariff::Supported) | None => 1.0,
    }
}

/// Whether a patient's cluster is dearer, and costs more, than the mean of the tier.
pub fn complex(c: &Case) -> bool {
    matches!(c.primary, Diagnosis::Personality | Diagnosis::Disability)
}

/// What an open ward costs its provider for each of its beds, full or empty [£/d].
pub fn fixed_cost(p: &MoneyParams, tier: Place) -> f64 {
    norm(p, tier) * p.fixed_share * price(p, tier)
}

/// What a patient costs the provider beside that [£/d].
pub fn variable_cost(p: &MoneyParams, price: f64, complex: bool) -> f64 {
    (1.0 - p.fixed_share) * price * if complex { p.cluster_cost } else { 1.0 }
}

/// What the holder of a contract pays the provider for each bed of an open ward, full or empty [£/d].
pub fn standing(p: &MoneyParams, contract: Contract, tier: Place) -> f64 {
    match contract {
        Contract::Block => norm(p, tier) * (1.0 - p.block_release) * price(p, tier),
        Contract::Results => 0.0,
        Contract::Package | Contract::Led => fixed_cost(p, tier),
    }
}

/// What the provider is paid for an occupied day besides [£/d].
pub fn daily(p: &MoneyParams, contract: Contract, price: f64, complex: bool) -> f64 {
    match contract {
        Contract::Block => p.block_release * price,
        Contract::Results => group_price(p, price, complex),
        Contract::Package | Contract::Led => variable_cost(p, price, complex),
    }
}

/// What depends on goals for each bed of an open ward [£/d]: a share of the contract's value.
pub fn at_risk(p: &MoneyParams, share: f64, tier: Place) -> f64 {
    share * norm(p, tier) * price(p, tier)
}

/// What a person's day pays the provider less what it costs it [£/d].
pub fn price_minus_cost(p: &MoneyParams, contract: Contract, price: f64, complex: bool) -> f64 {
    daily(p, contract, price, complex) - variable_cost(p, price, complex)
}

/// Price of an occupied day by need group [£/d].
pub fn group_price(p: &MoneyParams, price: f64, complex: bool) -> f64 {
    price * if complex { p.cluster_price } else { 1.0 }
}

/// What a contract comes to where a price by need group reaches a share of it: so much less of its own terms, so much of that.
pub fn clustered(reach: f64, contracted: f64, by_group: f64) -> f64 {
    contracted + reach * (by_group - contracted)
}

/// Price of a bed bought outside the contract [£/d].
pub fn spot(p: &MoneyParams, price: f64) -> f64 {
    price * p.spot_premium
}

/// What an emptied bed releases to its commissioner [£/d]: what is no longer paid, and under a provider-led contract the share of
/// it that is kept.
pub fn release(p: &MoneyParams, contract: Contract, gain: f64, price: f64, bought: bool) -> f64 {
    match contract {
        Contract::Led if bought => gain * (spot(p, price) - variable_cost(p, price, false)),
        Contract::Led => gain * daily(p, contract, price, false),
        Contract::Block | Contract::Results | Contract::Package => daily(p, contract, price, false),
    }
}

/// What one more day in a bed in its own units costs a commissioner [£/d].
pub fn own_bed(p: &MoneyParams, contract: Contract, price: f64) -> f64 {
    daily(p, contract, price, false)
}

/// What one more day earns the provider [£/d]. Where the collaborative is the provider, or the holder of a package, the day's cost
/// is its own.
pub fn margin(p: &MoneyParams, contract: Contract, gain: f64, price: f64) -> f64 {
    let varying = variable_cost(p, price, false);
    match contract {
        Contract::Block | Contract::Results => daily(p, contract, price, false) - varying,
        Contract::Package => -varying,
        Contract::Led => -varying * gain,
    }
}

/// What a contract makes of a bed of a tier [£/d].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Price of a bed-day.
    pub price: f64,
    /// Paid for a bed of an open ward, full or empty: what each bed of a ward that closes releases.
    pub open_bed: f64,
    /// Paid for an occupied day besides.
    pub occupied_day: f64,
    /// What a patient who leaves releases to the commissioner.
    pub released: f64,
    /// Price of a bed outside the contract.
    pub spot: f64,
}

/// What a contract makes of a bed of a tier, for a standard patient.
pub fn terms(p: &MoneyParams, contract: Contract, gain: f64, tier: Place) -> Terms {
    let price = price(p, tier);
    Terms {
        price,
        open_bed: standing(p, contract, tier),
        occupied_day: daily(p, contract, price, false),
        released: release(p, contract, gain, price, false),
        spot: spot(p, price),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_those_that_are_booked() {
        let p = params();
        let of = |contract| {
            let terms = terms(&p, contract, 0.5, Place::Medium);
            (terms.price, terms.open_bed, terms.occupied_day, terms.released, terms.spot)
        };
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert_eq!(of(Contract::Results), (100.0, 0.0, 100.0, 100.0, 125.0));
        let (_, open, day, released, _) = of(Contract::Block);
        assert!(near(open, 0.8 * 95.0) && near(day, 5.0) && near(released, 5.0));
        let (_, open, day, released, _) = of(Contract::Led);
        assert!(near(open, 0.8 * 75.0) && near(day, 25.0) && near(released, 12.5), "it keeps half");
    }

    fn params() -> MoneyParams {
        let kinds =
            ["murder", "violence", "wounding", "sexual", "rape", "robbery", "theft", "damage", "arson", "other"];
        let parts = kinds.into_iter().chain(["offences", "victims"]);
        let crime: std::collections::BTreeMap<&str, f64> = parts.map(|part| (part, 1.0)).collect();
        let goal = serde_json::json!({"weight": 1.0, "threshold": 1.0, "full": 0.0});
        let programme = serde_json::json!({"inflation": 0.0, "place_days": 1.0, "team_days": 1.0, "place_cost": 1.0, "forensic_cost": 1.0,
                "mainstream_cost": 1.0, "bed_cost": 1.0, "post_day": 1.0, "post_cost": 1.0, "post_days": 1.0, "in_reach_week": 1.0,
                "assessment_week": 1.0, "bid_size": 0.5, "bid_noise": 0.5});
        serde_json::from_value(serde_json::json!({
            "high": 400.0, "medium": 100.0, "low": 80.0, "picu": 1.0, "acute": 1.0, "rehab": 1.0, "supported": 1.0,
            "forensic": 1.0, "mainstream": 1.0, "prison": 1.0, "prison_unwell": 1.0, "assessment": 1.0, "hearing": 1.0,
            "casework": 1.0, "liaison": 1.0, "requirement": 1.0, "employment": 1.0, "crime": crime, "spot_premium": 1.25, "fixed_share": 0.75,
            "block_release": 0.05, "cluster_price": 1.1, "cluster_cost": 1.2, "staff_share": 0.7, "formula": 0.1, "overdraft": 0.0,
            "norm": {"high": 0.9, "medium": 0.8, "low": 0.9},
            "goal": {
                "stay": goal, "wait": goal, "readmission": goal, "recovery": goal, "feedback": goal,
                "long": {"high": 1.0, "medium": 1.0, "low": 1.0}, "soon": 1.0, "by_reading": 0.0
            },
            "ward": {"notice": 1.0, "moves_after": 0.0, "close_cost": 1.0, "open_days": 1.0, "open_cost": 1.0},
            "programme": programme
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
    fn a_day_earns_what_it_pays_less_what_it_costs() {
        let p = params();
        assert_eq!(own_bed(&p, Contract::Block, 100.0), 5.0);
        assert_eq!(margin(&p, Contract::Block, 0.5, 100.0), -20.0);
        assert_eq!(margin(&p, Contract::Results, 0.5, 100.0), 75.0);
        assert_eq!(margin(&p, Contract::Package, 0.4, 100.0), -25.0);
        assert_eq!(margin(&p, Contract::Led, 0.4, 100.0), -10.0);
    }

    #[test]
    fn at_the_norm_every_contract_pays_what_a_ward_costs() {
        let p = params();
        let (beds, occupied) = (20.0, 16.0);
        let cost = beds * fixed_cost(&p, Place::Medium) + occupied * variable_cost(&p, 100.0, false);
        assert!((cost - 1600.0).abs() < 1e-9);
        for contract in Contract::ALL {
            let paid = beds * standing(&p, *contract, Place::Medium) + occupied * daily(&p, *contract, 100.0, false);
            assert!((paid - cost).abs() < 1e-9, "{}", contract.name());
        }
    }

    #[test]
    fn a_day_pays_what_it_costs_where_the_collaborative_is_the_provider_and_less_under_block() {
        let p = params();
        for (contract, plain, complex) in [
            (Contract::Block, -20.0, -25.0),
            (Contract::Results, 75.0, 80.0),
            (Contract::Package, 0.0, 0.0),
            (Contract::Led, 0.0, 0.0),
        ] {
            let found = [false, true].map(|complex| price_minus_cost(&p, contract, 100.0, complex));
            assert!((found[0] - plain).abs() + (found[1] - complex).abs() < 1e-9, "{}: {found:?}", contract.name());
        }
    }

    #[test]
    fn only_payment_by_results_pays_for_the_cluster_and_no_empty_bed() {
        let p = params();
        for (contract, empty, more) in [
            (Contract::Block, 76.0, 0.0),
            (Contract::Results, 0.0, 10.0),
            (Contract::Package, 60.0, 5.0),
            (Contract::Led, 60.0, 5.0),
        ] {
            assert!((standing(&p, contract, Place::Medium) - empty).abs() < 1e-9, "{}", contract.name());
            let dearer = daily(&p, contract, 100.0, true) - daily(&p, contract, 100.0, false);
            assert!((dearer - more).abs() < 1e-9, "{}", contract.name());
        }
    }
}
