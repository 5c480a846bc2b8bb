//! The twelve decisions, each with its answers: the only places where an agent's judgement enters.
//!
//! One declaration makes a decision: its type, its answers with their labels, the purpose of its draws, and its default, which
//! is the answer with code 0. A queue of a decision returns that type, and what the law allows is a set of it.

use enumset::EnumSetType;

use super::declare::codes;
use super::purpose::Purpose;

/// A decision, as a type: its values are the answers.
pub trait Question: EnumSetType + Copy + 'static {
    /// The decision.
    const DECISION: Decision;
    /// Every answer, in order of code; the first is the default.
    const ANSWERS: &'static [Self];

    /// Returns the code of an answer: its place among the options.
    fn code(self) -> u8;

    /// Returns the answer of a code, or the default where there is none.
    fn of(code: u8) -> Self {
        Self::ANSWERS.get(usize::from(code)).copied().unwrap_or(Self::ANSWERS[0])
    }
}

/// Declares the decisions.
macro_rules! decisions {
    ($($name:ident = $code:literal, $text:literal, $purpose:ident, $doc:literal {
        $($answer:ident = $option:literal, $label:literal, $means:literal;)+
    })+) => {
        codes! {
            /// The twelve decisions.
            Decision { $($name = $code, $text, $doc;)+ }
        }

        impl Decision {
            /// Returns the labels of the answers, in order of code; the first is the default. Permanent: they are in the data.
            pub const fn options(self) -> &'static [&'static str] {
                match self { $(Decision::$name => &[$($label),+],)+ }
            }

            /// Returns the name of each answer in the code and what it means, in order of code.
            pub const fn answers(self) -> &'static [(&'static str, &'static str)] {
                match self { $(Decision::$name => &[$((stringify!($answer), $means)),+],)+ }
            }

            /// Returns the purpose of the draws; `commissioning` draws nothing.
            pub const fn purpose(self) -> Purpose {
                match self { $(Decision::$name => Purpose::$purpose,)+ }
            }
        }

        $(
            codes! {
                #[doc = $doc]
                $name { $($answer = $option, $label, $means;)+ }
            }

            impl Question for $name {
                const DECISION: Decision = Decision::$name;
                const ANSWERS: &'static [$name] = $name::ALL;

                fn code(self) -> u8 {
                    self as u8
                }
            }
        )+
    };
}

decisions! {
    Disposal = 0, "disposal", Disposal, "Criminal court: what becomes of a defendant with a disorder." {
        Community = 0, "community", "A sentence in the community, or none.";
        Treatment = 1, "community with treatment", "A community order with a mental health treatment requirement.";
        Custody = 2, "custody", "A prison sentence.";
        S35 = 3, "s35", "Remand to hospital for a report.";
        S36 = 4, "s36", "Remand to hospital for treatment (Crown Court).";
        S38 = 5, "s38", "Interim hospital order.";
        S37 = 6, "s37", "Hospital order.";
        S37S41 = 7, "s37/41", "Hospital order with restriction (Crown Court).";
        S45A = 8, "s45A", "Hospital direction with a prison sentence (Crown Court).";
    }
    Referral = 1, "referral", Referral, "In-reach, court liaison or acute ward: refer to a tier, or hold." {
        Hold = 0, "hold", "Nothing yet; looked at again.";
        High = 1, "refer to high", "Refer to high secure care.";
        Medium = 2, "refer to medium", "Refer to medium secure care.";
        Low = 3, "refer to low", "Refer to low secure care.";
        Picu = 4, "refer to PICU", "Refer to a psychiatric intensive care unit.";
    }
    Assessment = 2, "assessment", Assessment, "Receiving unit: accept at a tier, refuse, or ask for another assessment." {
        Refuse = 0, "refuse", "Not accepted.";
        High = 1, "accept at high", "Accepted for high secure care.";
        Medium = 2, "accept at medium", "Accepted for medium secure care.";
        Low = 3, "accept at low", "Accepted for low secure care.";
        Picu = 4, "accept at PICU", "Accepted for a psychiatric intensive care unit.";
        Another = 5, "another assessment", "Assessed once more.";
    }
    Warrant = 3, "warrant", Warrant, "Ministry of Justice: grant, query or refuse a transfer or remission." {
        Query = 0, "query", "The Ministry asks back, and answers later.";
        Grant = 1, "grant", "The warrant is issued.";
        Refuse = 2, "refuse", "The warrant is refused.";
    }
    Placement = 4, "placement", Placement, "Commissioner: which of the free beds, or wait." {
        Wait = 0, "wait", "None of them: waits on.";
        Own = 1, "own unit", "A bed of one's own collaborative.";
        Other = 2, "other area", "A bed of another collaborative.";
        Spot = 3, "spot purchase", "A bed bought outside the contract.";
    }
    Review = 5, "review", Review, "Responsible clinician: stay, leave, step up, step down, ready, remit." {
        Stay = 0, "stay", "Nothing changes.";
        MoreLeave = 1, "more leave", "The next grade of leave.";
        LessLeave = 2, "less leave", "A grade of leave is taken away; who is ready is so no longer.";
        StepUp = 3, "step up", "Referred to the tier above.";
        StepDown = 4, "step down", "Referred to the tier below.";
        Ready = 5, "ready", "Ready to leave for the community or rehabilitation.";
        Remit = 6, "remit", "To go back to prison or court.";
    }
    Consent = 6, "consent", Consent, "Ministry of Justice: leave, transfer, discharge, absolute discharge." {
        Refuse = 0, "refuse", "The Ministry refuses.";
        Grant = 1, "grant", "The Ministry agrees.";
    }
    Hearing = 7, "hearing", Hearing, "First-tier Tribunal: discharge or not." {
        NoDischarge = 0, "no discharge", "The patient stays detained, or on conditions.";
        Conditional = 1, "conditional discharge", "Discharged on conditions, at once.";
        Deferred = 2, "deferred conditional discharge", "Discharged on conditions once place and team are there.";
        Absolute = 3, "absolute discharge", "Discharged absolutely.";
        Discharge = 4, "discharge", "Discharged from detention.";
        NotEntitled = 5, "notify: not entitled", "Tells the Ministry that a transferred prisoner would not be discharged.";
        Entitled = 6, "notify: entitled", "Tells the Ministry that a transferred prisoner would be discharged.";
    }
    Discharge = 8, "discharge", Discharge, "Funders: who pays for which place and team, or not yet." {
        NotYet = 0, "not yet", "Nobody pays yet.";
        CollaborativeHomeForensic = 1, "collaborative: home, forensic team", "The collaborative pays a forensic team; home.";
        CollaborativeSupportedForensic = 2, "collaborative: supported, forensic team", "The collaborative pays a supported place and a forensic team.";
        CollaborativeSupportedMainstream = 3, "collaborative: supported, mainstream team", "The collaborative pays a supported place and a mainstream team.";
        AftercareHomeForensic = 4, "aftercare: home, forensic team", "The aftercare funder pays a forensic team; home.";
        AftercareHomeMainstream = 5, "aftercare: home, mainstream team", "The aftercare funder pays a mainstream team; home.";
        AftercareSupportedForensic = 6, "aftercare: supported, forensic team", "The aftercare funder pays a supported place and a forensic team.";
        AftercareSupportedMainstream = 7, "aftercare: supported, mainstream team", "The aftercare funder pays a supported place and a mainstream team.";
        AftercareRehabilitation = 8, "aftercare: rehabilitation ward", "The aftercare funder pays a rehabilitation ward.";
    }
    Recall = 9, "recall", Recall, "Community team: watch, ask for recall, recall, admit." {
        Watch = 0, "watch", "Seen again; nothing else.";
        Ask = 1, "ask for recall", "The Ministry is asked to recall a conditionally discharged patient.";
        Cto = 2, "recall under CTO", "Recalled under the community treatment order.";
        Voluntary = 3, "voluntary admission", "Admitted to an acute ward, informally or under s2.";
    }
    Engagement = 10, "engagement", Engagement, "Patient: engage, withhold, be anxious about discharge, take up employment support." {
        Engage = 0, "engage", "Takes part in treatment.";
        Withhold = 1, "withhold", "Withdraws from treatment.";
        Anxious = 2, "anxious about discharge", "Withdraws, for fear of leaving.";
        Work = 3, "take up employment support", "Takes up employment support.";
    }
    Commissioning = 11, "commissioning", None, "Commissioner, quarterly: open, close, buy, move money." {
        Keep = 0, "keep", "Nothing changes.";
        OpenBeds = 1, "open beds", "Opens beds.";
        CloseBeds = 2, "close beds", "Closes beds as they fall empty.";
        BuyPlaces = 3, "buy places", "Buys supported places.";
        BuyTeam = 4, "buy team", "Buys capacity of a team.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_first_answer_and_codes_count_up_from_it() {
        fn check<Q: Question>() {
            assert!((0..).zip(Q::ANSWERS).all(|(k, answer)| answer.code() == k));
            assert_eq!(Q::DECISION.options().len(), Q::ANSWERS.len());
            assert!(Q::of(250) == Q::ANSWERS[0]);
        }
        check::<Disposal>();
        check::<Hearing>();
        check::<Discharge>();
        check::<Commissioning>();
    }
}
