//! The four parallel states of a case, in words: place, legal status, stage, and what is missing.

use super::declare::codes;

codes! {
    /// Place: the first of the four parallel states.
    Place {
        Home = 0, "own home", "In the community, in one's own home or the family's.";
        Supported = 1, "supported accommodation", "In supported accommodation.";
        Remand = 2, "prison (remand)", "In prison, not sentenced.";
        Prison = 3, "prison (sentenced)", "In prison, sentenced or recalled.";
        High = 4, "high secure", "In a high secure hospital.";
        Medium = 5, "medium secure", "In a medium secure unit.";
        Low = 6, "low secure", "In a low secure unit.";
        Picu = 7, "PICU", "On a psychiatric intensive care unit.";
        Acute = 8, "acute ward", "On an acute mental health ward.";
        OpenRehab = 9, "open rehabilitation", "On an open rehabilitation ward.";
        LockedRehab = 10, "locked rehabilitation", "On a locked rehabilitation ward.";
        Awol = 11, "absent without leave", "Absent without leave from hospital.";
        Dead = 12, "dead", "Dead.";
        Left = 13, "left", "Left England, or left the pathway's books.";
    }
}

codes! {
    /// Legal status under the Mental Health Act 1983 as amended, or the criminal law.
    Legal {
        None = 0, "none", "No order: informal, or a prisoner under criminal law alone.";
        S2 = 1, "s2", "Detained for assessment, 28 days; then under s3 if still ill, else informal.";
        S3 = 2, "s3", "Detained for treatment: 6 months, 6 months, then yearly, renewed as long as the patient is kept.";
        S35 = 3, "s35", "Remanded to hospital for a report; the court sits again when it runs out.";
        S36 = 4, "s36", "Remanded to hospital for treatment (Crown Court); the court sits again when it runs out.";
        S37 = 5, "s37", "Hospital order without restriction, renewed as s3 is.";
        Notional37 = 6, "notional s37", "As if under a hospital order, without restriction: a sentence has ended in hospital, and the patient stays in the same bed. Renewed as s3 is.";
        S38 = 7, "s38", "Interim hospital order, renewed while its treatment is under way; then the court sits again.";
        S37S41 = 8, "s37/41", "Hospital order with restriction (Crown Court); without an end of its own, until a discharge, which may be on conditions.";
        Cpia = 9, "CPIA s37/41", "Hospital order with restriction after a finding of unfitness or insanity.";
        S45A = 10, "s45A", "Hospital direction with a prison sentence and a limitation direction, until remission to prison or the end of the sentence; then notional s37 in the same bed.";
        S47S49 = 11, "s47/49", "Sentenced prisoner transferred, restricted, until remission to prison or the end of the sentence; then notional s37 in the same bed, or the restriction order that lay under the sentence.";
        S47 = 12, "s47", "Sentenced prisoner transferred, without restriction; as s47/49 when the sentence ends.";
        S48S49 = 13, "s48/49", "Unsentenced prisoner transferred, restricted, until remission or the court's disposal; after a prison sentence s47/49.";
        Cd = 14, "conditional discharge", "Restricted patient discharged on conditions, until recall or absolute discharge.";
        CdDol = 15, "conditional discharge with deprivation of liberty", "Conditional discharge whose conditions deprive of liberty (from 18 February 2026).";
        Cto = 16, "community treatment order", "Discharged from detention under a community treatment order, renewed while ill; recall restores the section from before.";
        Mhtr = 17, "mental health treatment requirement", "Community order with a mental health treatment requirement.";
        Licence = 18, "licence", "Released from prison on licence.";
        AbsoluteDischarge = 19, "absolute discharge", "Discharged absolutely.";
        Supervision = 20, "supervision order", "Supervised in the community after a finding of unfitness or insanity.";
    }
}

codes! {
    /// Stage: where a person stands in waiting for, or going through, care.
    Stage {
        None = 0, "none", "Not waiting and not in treatment.";
        AwaitingCourt = 1, "awaiting court", "Charged; the court has still to dispose.";
        Unseen = 2, "unseen", "In need of hospital, not identified yet.";
        Identified = 3, "identified", "The need is identified; nobody has referred yet.";
        Referred = 4, "referred", "Referred; waits for an assessment.";
        Accepted = 5, "accepted", "Accepted; waits for a bed.";
        BedHeld = 6, "bed held", "A bed is offered and held; reports and warrant are awaited.";
        Reported = 7, "reported", "Two medical reports are with the Ministry.";
        Warranted = 8, "warranted", "The warrant is issued; it names the hospital and lapses after 14 days.";
        Admission = 9, "admission", "Just admitted; assessment on the ward.";
        Treatment = 10, "treatment", "In treatment, no leave.";
        EscortedLeave = 11, "escorted leave", "In treatment, with escorted leave.";
        UnescortedLeave = 12, "unescorted leave", "In treatment, with unescorted leave.";
        Trial = 13, "trial", "On trial leave to the next place.";
        Ready = 14, "ready", "Ready to leave; something is missing.";
        FollowUp = 15, "follow-up", "Discharged, under a team.";
        Settled = 16, "settled", "Discharged, no team.";
    }
}

codes! {
    /// What a ready person still lacks: why a discharge, a move or a remission waits.
    Reason {
        Place = 0, "place", "No accommodation.";
        Team = 1, "team", "No community team has accepted.";
        Consent = 2, "consent", "Ministry or tribunal has still to agree.";
        Funding = 3, "funding", "No funder has agreed to pay.";
        NextBed = 4, "next bed", "No bed at the next tier.";
        Prison = 5, "prison", "Prison has still to take the person back.";
        Court = 6, "court", "The court has still to sit.";
    }
}

codes! {
    /// How a person came to need a bed: the order of the queue and the rows of the output depend on it.
    Route {
        Prison = 0, "prison", "From prison, under s47 or s48.";
        Court = 1, "court", "By a court's order.";
        Recall = 2, "recall", "Recall, revocation or readmission.";
        Civil = 3, "civil", "From acute, PICU or rehabilitation wards.";
        StepDown = 4, "step down", "Down a tier.";
        StepUp = 5, "step up", "Up a tier.";
    }
}

codes! {
    /// What the Ministry is asked for.
    AskedFor {
        Leave = 0, "leave", "Leave from hospital.";
        Transfer = 1, "transfer", "A transfer to another hospital.";
        Discharge = 2, "discharge", "A conditional discharge.";
        AbsoluteDischarge = 3, "absolute discharge", "An absolute discharge.";
        Admission = 4, "admission", "A warrant of transfer from prison to hospital.";
        Remission = 5, "remission", "A warrant of remission to prison or court.";
    }
}
