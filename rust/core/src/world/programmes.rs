//! Programmes: what their money has bought, where, and who has it.
//!
//! A line is one thing that a programme buys. A place that a programme has bought is one more in its area, and the programme pays
//! for whoever is given it ([`crate::caseload::Grant`]), as long as the person stays and the programme has the place. Who writes
//! here, and when, is in `transitions/programmes.rs`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::accounts::pence;
use super::capacity::Wards;
use super::settlement;
use crate::calendar::Day;
use crate::caseload::{Granted, Team};
use crate::codes::{Bought, Place};
use crate::error::SimError;
use crate::ids::{CommissionerId, UnitId};
use crate::law::places::Ward;
use crate::plan::{MoneyParams, Plan};

/// What a line has in an area, and did there this year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// Open places, or people whom a team can follow up [count].
    pub open: i32,
    /// ... given to somebody [count].
    pub taken: i32,
    /// Bought this year [count].
    pub bought: i32,
    /// People who came into them from a secure bed this year [persons].
    pub moved: i32,
    /// Money of the year that is set aside for them [pence].
    pub awarded: i64,
    /// Spent this year [pence].
    pub spent: i64,
    /// ... of it on setting up [pence].
    pub set_up: i64,
    /// What the beds cost that people came from, for the days since [pence].
    pub released: i64,
    /// What bids of the year promised to release in a year [pence].
    pub promised: i64,
    /// Score of the best bid of the year [thousandths].
    pub score: i64,
    /// Open at the close of the year before [count].
    pub before: i32,
}

/// Places that are bought and still to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Area, an index.
    pub area: u8,
    /// Places [count].
    pub places: i32,
    /// Day on which they open [d].
    pub opens: Day,
}

/// What closed wards release to a commissioner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// A day, of the wards that are closed [pence/d].
    pub daily: i64,
    /// The same, less what opening and closing wards costs on the day [pence/d].
    pub net: i64,
}

/// What a commissioner may reinvest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pot {
    /// Money that is there and not set aside for anything [pence].
    pub cash: i64,
    /// What comes in each day, without what it cost to close the wards [pence/d].
    pub daily: i64,
    /// What came in this year [pence].
    pub given: i64,
}

/// One thing that a programme buys: what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// By area.
    pub areas: Vec<Here>,
    /// What is still to open.
    pub lots: Vec<Lot>,
    /// Money of the year, with what was carried into it [pence].
    pub money: i64,
    /// What is carried into the next year [pence].
    pub carried: i64,
    /// By commissioner, where the money comes from closed wards.
    pub pots: Vec<Pot>,
    /// What wards released on the last days, and can't be spent yet: by day, then by commissioner.
    pub delayed: VecDeque<Vec<Released>>,
    /// Wards that it has opened or is opening: area, unit, beds.
    pub wards: Vec<(u8, UnitId, i32)>,
}

impl Line {
    /// Places that are open or still to open, in areas of some kind [count].
    pub fn has(&self, within: impl Fn(usize) -> bool) -> i32 {
        let open = self.areas.iter().enumerate().filter(|(area, _)| within(*area)).map(|(_, here)| here.open);
        let lots = self.lots.iter().filter(|lot| within(usize::from(lot.area))).map(|lot| lot.places);
        open.chain(lots).sum()
    }

    /// Money of the year that is set aside [pence].
    pub fn awarded(&self) -> i64 {
        self.areas.iter().map(|here| here.awarded).sum()
    }
}

/// What a line buys, and who pays for it.
#[derive(Clone, Debug)]
struct Terms {
    thing: Thing,
    payer: Payer,
    /// It is what commissioners order.
    ordered: bool,
}

/// Who pays for a line.
#[derive(Clone, Debug)]
enum Payer {
    /// Public funds, with new money.
    Public,
    /// A payer, out of what it has.
    One(usize),
    /// The collaborative of each area, which closed the wards.
    Collaboratives(Vec<usize>),
}

/// All programmes of a run.
#[derive(Clone, Debug, Default)]
pub struct Programmes {
    /// What each line has, in the order of the plan.
    pub lines: Vec<Line>,
    terms: Vec<Terms>,
}

/// A post that programmes pay for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// In the mental health team of an area's prisons.
    InReach,
    /// In the team that assesses for the units of an area's collaborative.
    Assessment,
}

/// What a programme buys, by how it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Places or room in teams that people are given, counted by area.
    Ward(Ward),
    /// Beds of wards of a secure tier.
    Beds(Place),
    /// Posts.
    Post(Post),
}

/// How what a programme buys is counted.
pub const fn counted(buys: Bought) -> Thing {
    match buys {
        Bought::Supported => Thing::Ward(Ward::Supported),
        Bought::Forensic => Thing::Ward(Ward::Forensic),
        Bought::Mainstream => Thing::Ward(Ward::Mainstream),
        Bought::Rehabilitation => Thing::Ward(Ward::OpenRehab),
        Bought::MediumWards => Thing::Beds(Place::Medium),
        Bought::LowWards => Thing::Beds(Place::Low),
        Bought::InReach => Thing::Post(Post::InReach),
        Bought::Assessment => Thing::Post(Post::Assessment),
    }
}

impl Programmes {
    /// Reads the plan's programmes; nothing is bought yet.
    ///
    /// # Errors
    /// [`SimError::Plan`] if one buys nothing that can be bought.
    pub fn new(plan: &Plan) -> Result<Programmes, SimError> {
        let mut found = Programmes::default();
        for (k, line) in plan.programmes.iter().enumerate() {
            let buys = Bought::from_name(&line.buys)
                .ok_or_else(|| SimError::Plan(format!("programmes[{k}].buys: {} can't be bought", line.buys)))?;
            let reinvests = line.from_wards.is_some();
            let payer = match line.payer {
                Some(payer) => Payer::One(usize::from(payer)),
                None if reinvests || line.ordered => {
                    Payer::Collaboratives(plan.areas.iter().map(|area| usize::from(area.collaborative)).collect())
                }
                None => Payer::Public,
            };
            found.terms.push(Terms { thing: counted(buys), payer, ordered: line.ordered });
            let pots = if reinvests { plan.commissioners.len() } else { 0 };
            found.lines.push(Line {
                areas: vec![Here::default(); plan.areas.len()],
                pots: vec![Pot::default(); pots],
                ..Line::default()
            });
        }
        Ok(found)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line of what commissioners order of a kind.
    pub fn ordered(&self, buys: Bought) -> Option<usize> {
        self.terms.iter().position(|terms| terms.ordered && terms.thing == counted(buys))
    }

    /// What commissioners are committed to a day for lines that they pay for: what is open and what is to open, taken or not [pence/d].
    pub fn committed(&self, p: &MoneyParams, rate: &mut [i64]) {
        for (k, line) in self.lines.iter().enumerate().filter(|(_, line)| line.has(|_| true) > 0) {
            let each = pence(self.price(p, k as u8));
            for area in 0..line.areas.len() {
                let payer = self.payer(k as u8, area as u8).and_then(|payer| rate.get_mut(payer));
                if let Some(rate) = payer {
                    *rate += each * i64::from(line.has(|there| there == area));
                }
            }
        }
    }

    /// What a line buys.
    pub fn thing(&self, line: usize) -> Thing {
        self.terms[line].thing
    }

    /// Posts that lines have filled, in areas of some kind [count].
    pub fn posts(&self, post: Post, within: impl Fn(u8) -> bool) -> i32 {
        let lines = self.terms.iter().zip(&self.lines).filter(|(terms, _)| terms.thing == Thing::Post(post));
        let areas = lines.flat_map(|(_, line)| line.areas.iter().enumerate());
        areas.filter(|(area, _)| within(*area as u8)).map(|(_, here)| here.open).sum()
    }

    /// What programmes give the commissioners for wards, a day [pence/d].
    pub fn for_wards(&self, p: &MoneyParams, holder: impl Fn(u8) -> CommissionerId, rate: &mut [i64]) {
        for (k, line) in self.lines.iter().enumerate().filter(|(k, _)| matches!(self.thing(*k), Thing::Beds(_))) {
            let price = self.price(p, k as u8);
            for (area, here) in line.areas.iter().enumerate() {
                rate[holder(area as u8).index()] -= pence(price * f64::from(here.open));
            }
        }
    }

    /// Who pays for what a line has in an area, an index of the payers; public funds if none.
    pub fn payer(&self, line: u8, area: u8) -> Option<usize> {
        match &self.terms[usize::from(line)].payer {
            Payer::Public => None,
            Payer::One(payer) => Some(*payer),
            Payer::Collaboratives(by_area) => by_area.get(usize::from(area)).copied(),
        }
    }

    /// Price of a day of what a line buys [£/d].
    pub fn price(&self, p: &MoneyParams, line: u8) -> f64 {
        match self.terms[usize::from(line)].thing {
            Thing::Ward(Ward::Supported) => settlement::price(p, Place::Supported),
            Thing::Ward(Ward::Picu) => settlement::price(p, Place::Picu),
            Thing::Ward(Ward::Acute) => settlement::price(p, Place::Acute),
            Thing::Ward(Ward::OpenRehab) => settlement::price(p, Place::OpenRehab),
            Thing::Ward(Ward::LockedRehab) => settlement::price(p, Place::LockedRehab),
            Thing::Ward(Ward::Forensic) => settlement::team_price(p, Team::Forensic),
            Thing::Ward(Ward::Mainstream) => settlement::team_price(p, Team::Mainstream),
            Thing::Beds(tier) => settlement::norm(p, tier) * settlement::price(p, tier),
            Thing::Post(_) => settlement::post_price(&p.programme),
        }
    }

    /// What a line has in an area.
    pub fn here_mut(&mut self, line: u8, area: u8) -> &mut Here {
        &mut self.lines[usize::from(line)].areas[usize::from(area)]
    }

    /// The first line that has a free place of a kind in an area.
    pub fn room(&self, ward: Ward, area: u8) -> Option<u8> {
        let free = |line: &Line| line.areas.get(usize::from(area)).is_some_and(|here| here.taken < here.open);
        let found =
            self.terms.iter().zip(&self.lines).position(|(terms, line)| terms.thing == Thing::Ward(ward) && free(line));
        found.map(|line| line as u8)
    }

    /// Places of a kind in an area for which programmes pay [count].
    pub fn given(&self, ward: Ward, area: u8) -> i32 {
        let lines = self.terms.iter().zip(&self.lines).filter(|(terms, _)| terms.thing == Thing::Ward(ward));
        lines.map(|(_, line)| line.areas[usize::from(area)].taken).sum()
    }

    /// Free places of a kind in an area, and those that are still to open [count].
    pub fn spare(&self, ward: Ward, area: usize) -> i32 {
        let lines = self.terms.iter().zip(&self.lines).filter(|(terms, _)| terms.thing == Thing::Ward(ward));
        lines.map(|(_, line)| line.has(|there| there == area) - line.areas[area].taken).sum()
    }

    /// Adds the places that are open to those of the areas.
    pub fn open_in(&self, wards: &mut Wards) {
        for (terms, line) in self.terms.iter().zip(&self.lines) {
            let Thing::Ward(ward) = terms.thing else { continue };
            for (area, here) in line.areas.iter().enumerate() {
                wards.add(ward, area, here.open);
            }
        }
    }

    /// Takes up what lines had; those that the plan has beside them have nothing yet.
    pub fn resume(&mut self, had: Vec<Line>) {
        for (line, had) in self.lines.iter_mut().zip(had) {
            *line = had;
        }
    }

    /// Whether lines of a snapshot can be those of the plan's first programmes.
    pub fn fits(&self, had: &[Line]) -> bool {
        let shape = |line: &Line| (line.areas.len(), line.pots.len());
        let sound = |line: &Line| {
            let areas = line.areas.iter().all(|here| 0 <= here.taken && here.taken <= here.open && here.open < 1 << 24);
            let known = |lot: &Lot| usize::from(lot.area) < line.areas.len() && (0..1 << 24).contains(&lot.places);
            let pots = line.delayed.iter().all(|day| day.len() == line.pots.len());
            areas && pots && line.lots.iter().all(known)
        };
        had.len() <= self.lines.len() && had.iter().zip(&self.lines).all(|(a, b)| shape(a) == shape(b) && sound(a))
    }

    /// Says what is wrong where places of programmes are taken that nobody has, or more than there are.
    pub fn taken(&self, people: impl Iterator<Item = (u8, Granted)>) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut found: Vec<Vec<i32>> = self.lines.iter().map(|line| vec![0; line.areas.len()]).collect();
        for (area, granted) in people {
            for grant in granted.now.iter().chain(&granted.arranged).flatten() {
                found[usize::from(grant.line)][usize::from(area)] += 1;
            }
        }
        for (k, (line, found)) in self.lines.iter().zip(&found).enumerate() {
            for (area, (here, found)) in line.areas.iter().zip(found).enumerate() {
                if here.taken != *found || here.taken > here.open {
                    let (taken, open) = (here.taken, here.open);
                    return Some(format!(
                        "line {k} of the programmes counts {taken} of {open} places taken in area {area}, and {found} people have one"
                    ));
                }
            }
        }
        None
    }
}
