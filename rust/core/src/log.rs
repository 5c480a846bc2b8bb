//! What a run leaves behind: append-only columns, drained once a year by whoever writes them.
//!
//! Each struct is one table of the output contract, one `Vec` a column. Codes are those of [`crate::codes`].
//! What is published as a number is signed, so that readers can subtract (a test of the writer holds that).
//! A column's documentation is public up to ` -- `; what follows says how it is stored.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// Declares a table: a struct of columns with `push`, `len`, `is_empty` and `clear`.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident / $row:ident { $($field:ident : $ty:ty, $doc:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name { $(#[doc = $doc] pub $field: Vec<$ty>,)+ }

        #[doc = concat!("One row of [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $row { $(#[doc = $doc] pub $field: $ty,)+ }

        impl $name {
            /// Columns in order, each with its documentation.
            pub const COLUMNS: &'static [(&'static str, &'static str)] = &[$((stringify!($field), $doc),)+];
            /// Appends a row.
            pub fn push(&mut self, row: $row) { $(self.$field.push(row.$field);)+ }
            /// Appends the rows of another table.
            pub fn extend(&mut self, other: &$name) { $(self.$field.extend_from_slice(&other.$field);)+ }
            /// Returns a row.
            pub fn row(&self, k: usize) -> $row { $row { $($field: self.$field[k],)+ } }
            /// Number of rows.
            pub fn len(&self) -> usize { [$(self.$field.len(),)+][0] }
            /// Whether every column has as many rows as the first.
            pub fn is_whole(&self) -> bool { [$(self.$field.len(),)+].iter().all(|rows| *rows == self.len()) }
            /// Whether there is no row.
            pub fn is_empty(&self) -> bool { self.len() == 0 }
            /// Forgets every row, keeps the memory.
            pub fn clear(&mut self) { $(self.$field.clear();)+ }
        }
    };
}

table! {
    /// One row per event on the pathway, in the order in which they happened.
    Events / EventRow {
        person: i64, "Number of the person: the same in every table, and nobody else's. -- [`crate::caseload::Case::number`]";
        day: Day, "Day of the event. -- days since 1900-01-01";
        event: u8, "What happened. -- [`crate::codes::Event`]";
        from: u16, "State, reason set or offence before. -- [`crate::codes::Label`]";
        to: u16, "State, reason set or answer after. -- [`crate::codes::Label`]";
        unit: u16, "Unit concerned, if any. -- index into the plan's units; 65535 for none";
        area: u8, "Area of the person. -- index into the plan's areas";
        decision: u8, "Decision that caused it, if any. -- [`crate::codes::Decision`]; 255 for none";
        cause: u8, "Hazard or legal cause. -- [`crate::draw::Purpose`] as u8; 0 for none";
    }
}

table! {
    /// One row per spell (a stay in one place and unit), written when it ends, or at the end of the run.
    Spells / SpellRow {
        person: i64, "Number of the person: the same in every table, and nobody else's. -- [`crate::caseload::Case::number`]";
        place: u8, "Where. -- [`crate::codes::Place`]";
        unit: u16, "Unit, where the place has one. -- 65535 for none";
        area: u8, "Area of the person at the end of the spell.";
        commissioner: u8, "Commissioner that paid, if one did. -- index; 255 for none";
        legal: u8, "Legal status at the start. -- [`crate::codes::Legal`]";
        legal_end: u8, "Legal status at the end.";
        start: Day, "First day.";
        end: Day, "Day after the last; the day of the report for an open spell.";
        ending: u8, "How it ended. -- [`crate::codes::Ending`]";
        destination: u8, "Where to; nothing while open. -- [`crate::codes::Place`]; 255 if open";
        source: u8, "Where from; nothing at the start of the run. -- [`crate::codes::Place`]; 255 at the start";
        secure_start: Day, "First day of the unbroken time in any secure tier; nothing outside. -- -1 outside";
        provider_start: Day, "First day of the unbroken time with this provider, a trust or company with all of its sites and wards; nothing outside hospital. -- -1 outside";
        wait_clinical: i32, "Days from need identified to admission, where it applies. -- -1 where not";
        wait_ministry: i32, "Days from both reports at the Ministry to admission, where it applies. -- -1 where not";
        wait_statutory: i32, "Days from the first request for a medical report to admission, where it applies. -- -1 where not";
        ready_days: i32, "Days between ready and leaving; 0 if never ready.";
        out_of_area: u8, "The unit lies outside the person's collaborative. -- 1 if so";
        spot: u8, "Bought outside the contract. -- 1 if so";
    }
}

table! {
    /// One row per person on the pathway, written at first contact.
    People / PersonRow {
        person: i64, "Number of the person: the same in every table, and nobody else's. -- [`crate::caseload::Case::number`]";
        sex: u8, "Sex. -- [`crate::codes::Sex`]";
        born: Day, "Birth day.";
        ethnicity: u8, "Ethnic group. -- [`crate::codes::Ethnicity`]";
        deprivation: i32, "Fifth of deprivation, 1 (most deprived) to 5.";
        area: u8, "Area at first contact.";
        diagnoses: u8, "Set of diagnoses. -- 1 psychosis, 2 personality disorder, 4 intellectual disability or autism, 8 substance use";
        primary: u8, "Primary diagnosis. -- 1, 2 or 4, as in the set";
        first_contact: Day, "Day of first contact.";
        from_start: u8, "On the books when the run started. -- 1 if so";
    }
}

table! {
    /// Day by commissioner, tier and sex: beds, who is in them, who waits, what is missing.
    Daily / DailyRow {
        day: Day, "Day, at its close.";
        commissioner: u8, "Commissioner: a collaborative or NHS England. -- index; the last is NHS England";
        tier: u8, "High, medium, low secure or PICU. -- [`crate::codes::Place`]";
        sex: u8, "Sex of the beds.";
        beds: i32, "Open beds.";
        held: i32, "Empty and held for somebody.";
        occupied: i32, "Occupied.";
        waiting: i32, "Accepted people of this commissioner waiting for a bed of this tier.";
        ready: i32, "Patients ready to leave.";
        no_place: i32, "... of them lacking a place: no supported home is free where they come from.";
        no_team: i32, "... lacking a team.";
        no_consent: i32, "... lacking consent.";
        no_funding: i32, "... lacking funding.";
        no_bed: i32, "... lacking the next bed.";
        no_prison: i32, "... waiting for prison or court to take them.";
        held_up: i32, "... held up by commissioning: lacking a place, a team, funding or the next bed, whatever else they lack.";
        out_of_area: i32, "Patients of this commissioner in another's units.";
    }
}

table! {
    /// Day by area: prisoners who wait for hospital, and the places and teams of the area, open and taken.
    Areas / AreaRow {
        day: Day, "Day, at its close.";
        area: u8, "Area: of the prisoners who wait, where their homes are.";
        waiting: i32, "Prisoners whose need for hospital is identified and who are not there yet, whatever they wait for.";
        over14_need: i32, "... past 14 days from the day on which the need was identified.";
        over28_need: i32, "... past 28 days.";
        over14_referral: i32, "... past 14 days from the referral that is under way; another referral begins anew.";
        over28_referral: i32, "... past 28 days.";
        over14_request: i32, "... past 14 days from the first request for a medical report, the statutory clock.";
        over28_request: i32, "... past 28 days.";
        supported: i32, "Supported places that the area's aftercare funder has open.";
        supported_taken: i32, "... lived in, or arranged for somebody who is about to leave hospital.";
        picu: i32, "PICU beds open to the pathway.";
        picu_taken: i32, "... occupied, or held.";
        acute: i32, "Acute beds open to the pathway.";
        acute_taken: i32, "... occupied.";
        open_rehabilitation: i32, "Beds on open rehabilitation wards.";
        open_rehabilitation_taken: i32, "... occupied, or arranged.";
        locked_rehabilitation: i32, "Beds on locked rehabilitation wards.";
        locked_rehabilitation_taken: i32, "... occupied, or arranged.";
        forensic_team: i32, "People whom the area's community forensic team can follow up.";
        forensic_team_taken: i32, "... whom it follows up, or has accepted.";
        mainstream_team: i32, "People from the pathway whom the area's mainstream teams can follow up.";
        mainstream_team_taken: i32, "... whom they follow up, or have accepted.";
    }
}

table! {
    /// Year by area, payer and kind: money and health.
    Ledger / LedgerRow {
        year: i32, "Financial year (of its 1 April).";
        area: u8, "Area of the person; of the unit, for what a contract pays for open beds.";
        payer: u8, "Payer: a collaborative, NHS England, an aftercare funder, justice or society. -- index in that order";
        payer_kind: u8, "Kind of payer. -- [`crate::codes::PayerKind`]";
        spend: u8, "What was bought, or gained. -- [`crate::codes::Spend`]";
        pence: i64, "Money [pence].";
        micro_qaly: i64, "Health [millionths of a QALY].";
    }
}

table! {
    /// Year by party, side, kind of money and kind of the other party: every booking, twice.
    Accounting / AccountRow {
        year: i32, "Financial year (of its 1 April).";
        party: u16, "Who paid, or was paid. -- payers in their order, public funds, providers, staff, suppliers, prisons and courts, housing, harm by crime";
        party_kind: u8, "Kind of that party. -- [`crate::codes::PartyKind`]";
        side: u8, "Whether this is income or spending. -- [`crate::codes::Side`]";
        spend: u8, "What was bought, or given. -- [`crate::codes::Spend`]";
        other_kind: u8, "Kind of the party on the other side. -- [`crate::codes::PartyKind`]";
        pence: i64, "Money [pence].";
    }
}

table! {
    /// Year by commissioner: its contract, its own units, what it was given, spent, kept and handed back.
    Contracts / ContractRow {
        year: i32, "Financial year (of its 1 April).";
        commissioner: u8, "Commissioner: a collaborative or NHS England. -- index; the last is NHS England";
        contract: u8, "Contract in force at the close of the year. -- [`crate::codes::Contract`]";
        open_days: i64, "Days of beds in open wards of its units.";
        occupied_days: i64, "Days on which one of these beds was occupied, or kept for somebody, under the contract.";
        paid: i64, "Paid to the providers of its units under the contract, whoever paid [pence].";
        wards: i64, "Paid once for opening and closing wards [pence].";
        cash_released: i64, "Cash: what the beds of the first day cost at the norm, less what was paid [pence].";
        notional_saving: i64, "Not cash: what the beds of the first day cost at the norm, less the occupied days at their price [pence].";
        income: i64, "Given by public funds, and paid by other commissioners [pence].";
        spending: i64, "Spent on everything [pence].";
        handed_back: i64, "Handed back to public funds at the year's close [pence].";
        reserve: i64, "Kept of this year and of those before; below 0 if overspent [pence].";
    }
}

table! {
    /// Year by unit and goal, where income depends on goals: what was measured, what was at risk and what was paid of it.
    Goals / GoalRow {
        year: i32, "Financial year (of its 1 April).";
        unit: u16, "Unit. -- index into the plan's units";
        commissioner: u8, "Commissioner that holds the contract. -- index";
        tier: u8, "Tier of its beds. -- [`crate::codes::Place`]";
        goal: u8, "Goal. -- [`crate::codes::Goal`]";
        measured: i64, "What was measured, in all: see the vocabulary.";
        of: i64, "Of how many bed-days, admissions or patients; with none, the goal is reached.";
        at_risk: i64, "Income that depended on the goal [pence].";
        paid: i64, "Paid of it; the rest was withheld [pence].";
    }
}

table! {
    /// Year by commissioner and tier: what decisions were other than they would have been without the money.
    Gaming / GamingRow {
        year: i32, "Financial year (of its 1 April).";
        commissioner: u8, "Commissioner that holds the contract. -- index";
        tier: u8, "Tier of the unit, or of the unit that was asked. -- [`crate::codes::Place`]";
        moved: i64, "Expected moves on more (fewer, if below 0) than without the goals' money, in millionths.";
        early: i64, "... of these, of patients whose true risk was above the clinicians' threshold, or who were acutely unwell, in millionths.";
        refused: i64, "Expected refusals more than if price and cost were equal, of people whose day costs more than it pays, in millionths.";
        coded_up: i64, "Expected codes above a patient's true need group more than if both groups had one price, in millionths.";
        left_early: i64, "Patients who moved on (to a lower tier, a rehabilitation ward or the community) while their true risk was above the clinicians' threshold, or acutely unwell, whatever made them move.";
        returned: i64, "... of them, or of those of the year before, those who came back within money.goal.soon days, in the year of the return.";
    }
}

table! {
    /// One row per order and event of a ward.
    WardEvents / WardRow {
        year: i32, "Financial year (of its 1 April).";
        day: Day, "Day of the event.";
        unit: u16, "Unit of the ward. -- index into the plan's units";
        commissioner: u8, "Commissioner that holds the contract. -- index";
        tier: u8, "Tier of its beds. -- [`crate::codes::Place`]";
        sex: u8, "Sex of the beds.";
        event: u8, "What happened. -- [`crate::codes::WardEvent`]";
        beds: i32, "Beds concerned.";
        moved: i32, "Patients who were moved to other units since the order; of a ward that closed.";
    }
}

table! {
    /// Year by programme, thing and area: what it bought, spent and released.
    ProgrammeYears / ProgrammeRow {
        year: i32, "Financial year (of its 1 April).";
        programme: u8, "Name of the programme. -- index into the plan's programmes";
        area: u8, "Area of the places; nothing for money of the year that no area was awarded. -- index; 255 for none";
        buys: u8, "What is bought. -- [`crate::codes::Bought`]";
        awarded: i64, "Money of the year that the area was awarded: what its places would cost if they were always taken, and setting them up [pence].";
        spent: i64, "Spent: on places that were taken, and on setting up [pence].";
        set_up: i64, "... of it on setting up [pence].";
        unspent: i64, "Awarded and not spent [pence].";
        bought: i32, "Places, or people for whom a team is to have room, that were bought in the year.";
        open: i32, "Places open at the close of the year.";
        taken: i32, "... of them taken, or arranged for somebody who is about to leave hospital.";
        moved: i32, "People who came into one of them from a secure bed in the year.";
        released: i64, "Not cash: days in its places of people who came from a secure bed, at the price of that bed; where one programme pays the place and another the team, each has its part [pence].";
        promised: i64, "What the area's bids of the year promised to release in a year: the price of the beds of those for whom it was awarded places [pence].";
        score: i64, "Score of the area's best bid of the year, in the logarithm; 0 where there was none [thousandths].";
    }
}

table! {
    /// Quarter by payer: its budget, what it has spent and is committed to, and whether it had to refuse anything.
    Budgeting / BudgetRow {
        year: i32, "Financial year (of its 1 April).";
        day: Day, "Last day of the quarter, or of the run.";
        payer: u8, "Payer: a collaborative, NHS England or an aftercare funder. -- index in that order";
        payer_kind: u8, "Kind of payer. -- [`crate::codes::PayerKind`]";
        budget: i64, "What public funds give it in the year [pence].";
        spent: i64, "Spent so far this year: by a commissioner on everything, less what others paid it for beds; by an aftercare funder on supported places, rehabilitation and teams [pence].";
        forecast: i64, "What it will have spent at the year's end, if it goes on as it is committed now [pence].";
        reserve: i64, "Kept of earlier years, below 0 if overspent; of aftercare funders 0 [pence].";
        refused: i32, "People and wards that it refused something in the quarter for want of money, each thing once.";
        bound: u8, "The budget bound: something was refused in the quarter. -- 1 if so";
    }
}

table! {
    /// One row per person or ward that a payer refused something for want of money, the first time.
    Refusals / RefusalRow {
        year: i32, "Financial year (of its 1 April).";
        day: Day, "Day on which it was first refused.";
        payer: u8, "Payer that refused. -- index";
        payer_kind: u8, "Kind of payer. -- [`crate::codes::PayerKind`]";
        what: u8, "What was refused. -- [`crate::codes::Refusal`]";
        person: i64, "Person who needs it; nobody where it is a ward. -- -1 for nobody";
        area: u8, "Area of the person; none where it is a ward. -- 255 for none";
        unit: u16, "Unit whose bed or ward it was, if any. -- 65535 for none";
        cost: i64, "What it would have cost the payer a day, less what the person's present bed costs it [pence].";
        available: i64, "What the payer had left for it: of this year, or of a whole year of what it is committed to, whichever is less; below 0 if it is committed to more [pence a year].";
    }
}

table! {
    /// One row per order of a commissioner, given between two days: what, how much of it was done, and why.
    Orders / OrderRow {
        year: i32, "Financial year (of its 1 April).";
        day: Day, "First day after the quarter that the commissioner looked at.";
        commissioner: u8, "Commissioner that orders. -- index";
        what: u8, "What is ordered. -- [`crate::codes::Order`]";
        unit: u16, "Unit whose beds they are, if any. -- 65535 for none";
        area: u8, "Area of places and teams, if any. -- 255 for none";
        wanted: i32, "Beds, places, or people whom a team follows up; below 0 if there are to be fewer.";
        done: i32, "... that were ordered: fewer where money or beds didn't do.";
        cost: i64, "What they will cost the commissioner a day; below 0 if they release it [pence].";
        available: i64, "What the commissioner had left before, of this year, or of a whole year of what it is committed to, whichever is less; below 0 if it was committed to more [pence a year].";
        why: u8, "Why. -- [`crate::codes::OrderReason`]";
    }
}

table! {
    /// Year by area, sex and five-year age band: the whole population on 1 April, and what happened in the year.
    Tally / TallyRow {
        year: i32, "Financial year that ends.";
        area: u8, "Area.";
        sex: u8, "Sex.";
        age_band: u8, "Five-year age band. -- 0 is 0-4, 18 is 90 and over";
        alive: i64, "Alive and present at the end of the year.";
        ill: i64, "... with severe mental illness.";
        remand: i64, "... on remand in prison.";
        sentenced: i64, "... sentenced or recalled, in prison.";
        deaths: i64, "Deaths in the year.";
        births: i64, "Births in the year, by area, sex and age band of the child (band 0).";
        arrived: i64, "Moved to England in the year.";
        departed: i64, "Left England in the year.";
        onsets: i64, "First onsets of severe mental illness in the year.";
        charges: i64, "Charges in the year.";
        receptions: i64, "First receptions into prison in the year.";
        person_days: i64, "Person-days lived in England in the year.";
    }
}

table! {
    /// Year by area, sex and place: how people on the pathway live on its last day.
    Wellbeing / WellbeingRow {
        year: i32, "Financial year that ends.";
        area: u8, "Area of the person.";
        sex: u8, "Sex.";
        place: u8, "Where the person is. -- [`crate::codes::Place`]";
        people: i64, "People on the pathway on the last day of the year.";
        employed: i64, "... in paid work.";
        settled: i64, "... with a settled home; none in prison or hospital.";
        close: i64, "... with somebody close.";
        metabolic: i64, "... with the metabolic syndrome.";
        hope: i64, "Sum of the hope that they report, each between 0 and 1 [millionths].";
    }
}

impl Areas {
    /// Returns the rows of the last day.
    #[must_use]
    pub fn last_day(&self) -> Areas {
        let mut rows = Areas::default();
        let from = self.day.last().map_or(0, |last| self.day.partition_point(|day| day < last));
        (from..self.len()).for_each(|k| rows.push(self.row(k)));
        rows
    }
}

impl Daily {
    /// Returns the rows of the last day.
    #[must_use]
    pub fn last_day(&self) -> Daily {
        let mut rows = Daily::default();
        let from = self.day.last().map_or(0, |last| self.day.partition_point(|day| day < last));
        (from..self.len()).for_each(|k| rows.push(self.row(k)));
        rows
    }
}

/// Everything a run logs. Rows of the settling period are not kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// Events.
    pub events: Events,
    /// Spells.
    pub spells: Spells,
    /// People.
    pub people: People,
    /// Daily figures of beds.
    pub daily: Daily,
    /// Daily figures of areas.
    pub areas: Areas,
    /// Money and health.
    pub ledger: Ledger,
    /// Both sides of every account.
    pub accounts: Accounting,
    /// What each commissioner's contract came to.
    pub contracts: Contracts,
    /// What goals have paid.
    pub goals: Goals,
    /// What money has done to decisions.
    pub gaming: Gaming,
    /// Wards that were ordered, opened and closed.
    pub wards: WardEvents,
    /// What programmes bought, yearly.
    pub programmes: ProgrammeYears,
    /// What each payer had, spent and refused, by quarter.
    pub budgets: Budgeting,
    /// What was refused for want of money.
    pub refusals: Refusals,
    /// What commissioners ordered.
    pub orders: Orders,
    /// The whole population, yearly.
    pub tally: Tally,
    /// How people on the pathway live, yearly.
    pub wellbeing: Wellbeing,
}

impl Log {
    /// Whether every table has all of its columns.
    pub fn is_whole(&self) -> bool {
        let small =
            self.people.is_whole() && self.ledger.is_whole() && self.tally.is_whole() && self.wellbeing.is_whole();
        let small = small && self.accounts.is_whole() && self.contracts.is_whole() && self.wards.is_whole();
        let small = small && self.goals.is_whole() && self.gaming.is_whole();
        let small = small && self.programmes.is_whole();
        let small = small && self.budgets.is_whole() && self.refusals.is_whole() && self.orders.is_whole();
        small && self.events.is_whole() && self.spells.is_whole() && self.daily.is_whole() && self.areas.is_whole()
    }

    /// Forgets every row, keeps the memory: called when a year has been written.
    pub fn clear(&mut self) {
        self.events.clear();
        self.spells.clear();
        self.people.clear();
        self.daily.clear();
        self.areas.clear();
        self.ledger.clear();
        self.accounts.clear();
        self.contracts.clear();
        self.goals.clear();
        self.gaming.clear();
        self.wards.clear();
        self.programmes.clear();
        self.budgets.clear();
        self.refusals.clear();
        self.orders.clear();
        self.tally.clear();
        self.wellbeing.clear();
    }
}
