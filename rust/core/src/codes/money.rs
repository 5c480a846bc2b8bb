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
