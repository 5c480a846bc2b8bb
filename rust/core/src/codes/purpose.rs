//! Why a random number is drawn, and why something happened.

use super::declare::codes;

codes! {
    /// Why a number is drawn. Tags are permanent: never reuse or renumber one.
    Purpose {
        None = 0, "none", "No draw.";
        Cell = 1, "cell", "Attributes of the people who are there at the start.";
        Identity = 2, "identity", "Identity of a newcomer.";
        Year = 3, "year", "The year's budgets of a resident: one block for all hazards.";
        Again = 4, "again", "A further budget of a resident's hazard within the year.";
        Born = 5, "born", "Attributes of a newborn.";
        Arrived = 6, "arrived", "Attributes of somebody who moves to England.";
        Moved = 7, "moved", "Where a resident moves to.";
        Offence = 8, "offence", "Offence, mode of trial and remand at a charge.";
        Verdict = 9, "verdict", "Sentence and its length, in the population.";
        Supervised = 10, "supervised", "Licence and recall, in the population.";
        Disorder = 11, "disorder", "Diagnoses of a person who enters the caseload.";
        Frailty = 12, "frailty", "A person's lasting traits: static risk, response to treatment, resilience.";
        Start = 13, "start", "The synthetic cross-section of the caseload at the start.";
        Death = 14, "death", "Natural death on the caseload.";
        Suicide = 15, "suicide", "Suicide on the caseload.";
        Relapse = 16, "relapse", "An illness becomes acute.";
        Recovery = 17, "recovery", "An acute illness remits.";
        Reoffence = 18, "reoffence", "An offence that ends in a charge, on the caseload.";
        Abscond = 19, "abscond", "Absconding, or failing to return from leave.";
        Return = 20, "return", "Return after absconding.";
        Assault = 21, "assault", "A serious assault in hospital.";
        Noticed = 22, "noticed", "In-reach, liaison or ward staff notice an illness.";
        Work = 23, "work", "Starting or ending paid work.";
        Drift = 24, "drift", "Change of latent risk between two readings.";
        Reading = 25, "reading", "Noise of a reading.";
        Programme = 26, "programme", "Progress in a treatment programme.";
        CourtDelay = 27, "court delay", "Days until a court sits.";
        Disposal = 28, "disposal", "Decision: disposal.";
        Referral = 29, "referral", "Decision: referral.";
        Assessment = 30, "assessment", "Decision: assessment.";
        Warrant = 31, "warrant", "Decision: warrant.";
        Placement = 32, "placement", "Order of equals in a queue.";
        Review = 33, "review", "Decision: review.";
        Consent = 34, "consent", "Decision: consent.";
        Hearing = 35, "hearing", "Decision: hearing.";
        Discharge = 36, "discharge", "Decision: discharge.";
        Recall = 37, "recall", "Decision: recall.";
        Engagement = 38, "engagement", "Decision: engagement.";
        WarrantDelay = 39, "warrant delay", "Days until the Ministry answers on a warrant.";
        ConsentDelay = 40, "consent delay", "Days until the Ministry answers on consent.";
        ReportDelay = 41, "report delay", "Days until both medical reports are in.";
        AssessDelay = 42, "assessment delay", "Days that an assessment takes once begun.";
        MoveDelay = 43, "move delay", "Days from warrant or acceptance to admission.";
        HearingDelay = 44, "hearing delay", "Days from application to hearing.";
        Application = 45, "application", "A patient applies to the tribunal.";
        RemitDelay = 46, "remission delay", "Days until prison or court takes a patient back.";
        Sentence = 47, "sentence", "Verdict and sentence of a defendant on the caseload.";
        WardStay = 49, "ward stay", "Days on an acute ward, PICU or rehabilitation ward.";
        Accommodation = 50, "accommodation", "A community place given up or changed.";
        LicenceRecall = 52, "licence recall", "Recall on licence.";
        AbsoluteEnd = 53, "absolute end", "Absolute discharge considered by the Ministry.";
        Withdraw = 54, "withdraw", "An application is withdrawn.";
        CivilNeed = 55, "civil need", "An ill resident comes to need secure care outside the courts.";
        Queue = 57, "queue", "Hash of person and queue: order of equals.";
        Outcome = 58, "outcome", "Severity of an offence.";
        Activation = 60, "activation", "Order in which agents are asked from Python: a shuffle.";
        Own = 61, "own", "A researcher's rule, in a stream that it names.";
        Fading = 62, "fading", "A history of offending fades, on the caseload.";
        Charged = 63, "charged", "What comes with the charge that opens a case: grave, acutely ill, seen by liaison.";
        ReviewDay = 64, "review day", "Day of the next review.";
        LicenceTime = 65, "licence time", "Days in prison after a recall on licence.";
        RecallTier = 66, "recall tier", "Tier to which a conditionally discharged patient is recalled.";
        Deprivation = 67, "deprivation of liberty", "Whether a conditional discharge deprives of liberty.";
        CommunityOrder = 68, "community order", "Whether a discharge is under a community treatment order.";
        Late = 69, "late referral", "Whether an identified person is referred late.";
        ReferralDelay = 70, "referral delay", "Days until a late referral.";
        Locked = 71, "locked ward", "Whether the rehabilitation ward on offer is a locked one.";
        AbsentOffence = 72, "offence while absent", "Whether somebody absent without leave offends.";
        Remand = 73, "remand", "Whether a charge on the caseload means custody.";
        Slot = 74, "slot", "The people of the first day, before anybody fills a place.";
        PrisonEntry = 75, "prison entry", "Offence and illness of a prisoner who comes to the pathway's notice.";
        StartKnown = 77, "known at the start", "Secure care before the prison of the first day.";
        FirstState = 78, "first state", "Engagement, hope and risk when the pathway meets a person.";
        OrderLength = 79, "order length", "Length of a treatment requirement.";
        LifeRecall = 80, "life recall", "Whether somebody on licence for life is recalled, in the population.";
        Breach = 81, "breach", "Whether somebody breaks a treatment requirement.";
        Warning = 82, "warning", "Whether a breach or deterioration comes before an offence, and how long.";
        UnitRefuses = 83, "unit refuses", "Whether a unit with a free bed refuses a person, in a round of its own.";
        TeamRefuses = 84, "team refuses", "Whether a community team with room refuses a person, in a round of its own.";
        CaseCloses = 85, "case closes", "Whether a mainstream team closes the case of somebody without an order.";
        Wellbeing = 86, "wellbeing", "Whether home, somebody close and the metabolic syndrome come or go.";
        HopeReport = 87, "hope report", "Noise of the hope that is reported at the end of a year.";
        Home = 88, "home", "Whether somebody who comes home has a settled home.";
        Bid = 89, "bid", "How a bid for a programme's money is judged.";
        Coding = 90, "coding", "Decision: coding.";
        SingleAssessment = 91, "single assessment", "Whether one assessment holds for every unit and tier.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tags that nothing is drawn for any more: liaison report, team ends, cluster, migrate, sentence at the start. They are
    /// never used again.
    const RETIRED: [u8; 5] = [48, 51, 56, 59, 76];

    #[test]
    fn a_retired_tag_is_never_used_again() {
        assert!(RETIRED.iter().all(|tag| Purpose::from_code(*tag).is_none()));
    }

    #[test]
    fn every_tag_is_in_use_or_retired() {
        let last = Purpose::ALL.iter().map(|p| *p as u8).max().unwrap_or_default();
        assert!((0..=last).all(|tag| Purpose::from_code(tag).is_some() != RETIRED.contains(&tag)));
    }
}
