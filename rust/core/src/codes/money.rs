//! Who pays for what.

use super::declare::codes;

codes! {
    /// Who pays.
    PayerKind {
        Collaborative = 0, "collaborative", "One of the provider collaboratives (medium and low secure).";
        National = 1, "NHS England", "NHS England (high secure).";
        Aftercare = 2, "aftercare", "An area's NHS and councils together (acute, rehabilitation, s117 aftercare).";
        Justice = 3, "justice", "Prisons, courts, tribunal and Ministry.";
        Society = 4, "society", "Victims and society (cost of crime).";
    }
}

codes! {
    /// Who pays or is paid: the payers first, under their codes among them.
    PartyKind {
        Collaborative = 0, "collaborative", "One of the provider collaboratives (medium and low secure).";
        National = 1, "NHS England", "NHS England (high secure).";
        Aftercare = 2, "aftercare", "An area's NHS and councils together (acute, rehabilitation, s117 aftercare).";
        Justice = 3, "justice", "Prisons, courts, tribunal and Ministry.";
        Society = 4, "society", "Victims and society (cost of crime).";
        Public = 5, "public funds", "Where the payers' money comes from.";
        Provider = 6, "provider", "A trust or company that runs units, wards and teams.";
        Staff = 7, "staff", "Pay of those who work for providers.";
        Suppliers = 8, "suppliers", "Whatever else providers spend money on, buildings among it.";
        Courts = 9, "prisons and courts", "Prisons, courts, tribunal and Ministry, as those who do the work.";
        Housing = 10, "housing", "Landlords and staff of supported accommodation.";
        Crime = 11, "harm by crime", "No payee: the other side of what crime costs society.";
    }
}

codes! {
    /// Side of an account.
    Side {
        Income = 0, "income", "What a party was paid.";
        Spending = 1, "spending", "What it paid.";
    }
}

codes! {
    /// What a part of a provider's income may depend on.
    Goal {
        Stay = 0, "stay", "Stays: days of patients who have been in the unit for long, for each bed-day of an open ward.";
        Wait = 1, "wait", "Waits: days from acceptance to admission, for each admission.";
        Readmission = 2, "readmission", "Readmissions: returns to hospital soon after moving on, for each patient who moved on.";
        Recovery = 3, "recovery", "Outcomes: patients whose symptoms were low at the last reading, for each who moved on.";
        Feedback = 4, "feedback", "Service-user feedback: hope as patients report it at the year's end, in millionths, for each patient.";
    }
}

codes! {
    /// What money was spent on, or what health was gained.
    Spend {
        HighBed = 0, "high secure bed", "High secure bed-days.";
        MediumBed = 1, "medium secure bed", "Medium secure bed-days.";
        LowBed = 2, "low secure bed", "Low secure bed-days.";
        PicuBed = 3, "PICU bed", "PICU bed-days.";
        AcuteBed = 4, "acute bed", "Acute bed-days.";
        RehabBed = 5, "rehabilitation bed", "Open and locked rehabilitation bed-days.";
        Supported = 6, "supported accommodation", "Supported places.";
        Forensic = 7, "community forensic team", "Specialist community forensic follow-up.";
        Mainstream = 8, "mainstream team", "Mainstream community mental health team.";
        Assessment = 9, "assessment", "Assessments for admission.";
        Tribunal = 10, "tribunal", "Tribunal hearings.";
        Casework = 11, "casework", "Ministry casework on restricted patients.";
        Prison = 12, "prison", "Prison places, with the supplement while acutely ill.";
        Crime = 13, "crime", "Cost of crime but the harm to victims: police, courts, security.";
        Spot = 14, "spot purchase", "Secure beds bought outside the contract.";
        Employment = 15, "employment support", "Individual placement and support.";
        Qaly = 16, "QALY", "Quality-adjusted life years lived by people on the pathway.";
        Reinvested = 17, "reinvested", "Savings spent on other parts of the pathway.";
        Liaison = 18, "liaison and diversion", "Liaison and diversion assessments.";
        Requirement = 19, "treatment requirement", "Treatment in primary care under a mental health treatment requirement.";
        Victims = 20, "victims", "Harm to victims of crime, and their lost output.";
        Recharge = 21, "recharge", "Days of one commissioner's patients in beds that another has bought: from the one to the other.";
        Wards = 22, "opening and closing", "What it costs to open and to close wards, once.";
        Allocation = 23, "allocation", "Money that public funds give a payer for a year; in no ledger, it is not spent on care yet.";
        Package = 24, "pathway package", "Money that public funds give the holder of a package, by person and day; in no ledger.";
        HandedBack = 25, "handed back", "Money that a payer gives back to public funds at the year's close; in no ledger.";
        Fixed = 26, "fixed cost", "What providers spend on open wards, full or empty; in no ledger, it is paid from what they are paid.";
        Variable = 27, "variable cost", "What providers spend on patients; in no ledger, it is paid from what they are paid.";
        Withheld = 28, "withheld", "Income that depended on goals which a unit hasn't reached: the holder of the contract keeps it, so that it is below 0.";
        Breach = 29, "breach", "What commissioners pay public funds for days over the transfer limit; in no ledger, it buys no care, but it counts against their budgets.";
        Programme = 30, "programme", "Money of a programme, on its way to the aftercare funder that holds its places; in no ledger, as the funder's own spending is.";
        SetUp = 31, "set-up", "What it costs to set up a place or the caseload of a team that a programme has bought, once.";
        Staff = 32, "staff", "Posts that a programme pays for, in teams that work referrals up and assess.";
    }
}

codes! {
    /// What a programme buys.
    Bought {
        Supported = 0, "supported places", "Places in supported accommodation.";
        Forensic = 1, "forensic teams", "People whom specialist community forensic teams follow up.";
        Mainstream = 2, "mainstream teams", "People from the pathway whom mainstream teams follow up.";
        Rehabilitation = 3, "rehabilitation beds", "Beds on open rehabilitation wards.";
        MediumWards = 4, "medium secure wards", "Wards of medium secure units, in beds.";
        LowWards = 5, "low secure wards", "Wards of low secure units, in beds.";
        InReach = 6, "in-reach posts", "Posts in the mental health teams of prisons, which work referrals up.";
        Assessment = 7, "assessment posts", "Posts in the teams that assess for secure units.";
    }
}

codes! {
    /// What a payer has no money for.
    Refusal {
        Spot = 0, "spot purchase", "A bed outside the contract: a commissioner.";
        Elsewhere = 1, "bed elsewhere", "A bed that another commissioner has bought, at its price, where there are units of one's own.";
        Team = 2, "team", "Follow-up by a community team of somebody at home.";
        Supported = 3, "supported place", "A supported place, with its team.";
        Rehabilitation = 4, "rehabilitation", "A bed on a rehabilitation ward.";
        Ward = 5, "ward", "Beds that a commissioner has ordered to open.";
        Purchase = 6, "purchase", "Places or teams that a commissioner would buy.";
    }
}

codes! {
    /// What a commissioner orders.
    Order {
        Keep = 0, "keep", "Nothing in this quarter.";
        OpenBeds = 1, "open beds", "Beds of a unit to open.";
        CloseBeds = 2, "close beds", "Beds of a unit to close.";
        Supported = 3, "supported places", "Places in supported accommodation of an area.";
        Forensic = 4, "forensic teams", "People whom an area's specialist community forensic team follows up.";
        Mainstream = 5, "mainstream teams", "People from the pathway whom an area's mainstream teams follow up.";
        Rehabilitation = 6, "rehabilitation beds", "Beds on open rehabilitation wards of an area.";
        Spot = 7, "spot budget", "Money for beds outside the contract.";
    }
}

codes! {
    /// Why a commissioner orders something, or nothing.
    OrderReason {
        Unsaid = 0, "unsaid", "Whoever ordered gave no reason.";
        NoNeed = 1, "no need", "Nothing that the rule looks at asks for an order.";
        Overspent = 2, "overspent", "The commissioner is committed to more than it has.";
        NoMoney = 3, "no money", "Something is needed, and neither what is left over nor what it would release pays for it.";
        Queue = 4, "queue", "More wait for beds than the beds that are to open will take.";
        Empty = 5, "empty beds", "So many beds are empty that closing a ward pays.";
        Pays = 6, "pays for itself", "Patients who could leave release more than what they lack costs.";
        LeftOver = 7, "left over", "Money that is left over pays for what patients lack who could leave.";
    }
}

codes! {
    /// What a commissioner's contract pays for.
    Contract {
        Block = 0, "block", "Beds bought in advance, full or empty.";
        Results = 1, "payment by results", "A price a day, by cluster.";
        Package = 2, "pathway package", "A package for the whole pathway.";
        Led = 3, "provider-led", "Provider-led, with a share of the gain.";
    }
}
