//! The thirteen decisions, each with its answers: the only places where an agent's judgement enters.
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
            /// The thirteen decisions.
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
        Community = 0, "community", "Convicted without an order: freed from remand and no longer waiting for a bed; a patient held for the court stays under s3 if still ill and is discharged if not, and any other detained patient stays as before. After a finding of unfitness or insanity, a supervision order and no conviction.";
        Treatment = 1, "community with treatment", "As community, and at home under a mental health treatment requirement, unless a conditional discharge or a CTO goes on.";
        Custody = 2, "custody", "A prison sentence from today: taken to prison from home, bail, s35, s36 or s38; under s48/49 the patient stays in hospital, now under s47/49. A wait for a bed that began in prison goes on, one for the court's order ends.";
        S35 = 3, "s35", "Remanded to hospital for a report, in the first bed that is free; without one within the court's limit the case is adjourned. The charge stays open, and the court sits again when the remand ends.";
        S36 = 4, "s36", "As s35, for treatment.";
        S38 = 5, "s38", "Convicted, under an interim hospital order, in the bed where the patient is or the first that is free within the court's limit; the charge stays open, and the court sits again when the order ends.";
        S37 = 6, "s37", "Convicted, under a hospital order: at once in the bed where the patient is, else in the first that is free; without one within the court's limit the charge is open again and the case is adjourned.";
        S37S41 = 7, "s37/41", "As s37, under restrictions: leave, moves and discharge need the Ministry's consent. After a finding of unfitness or insanity it is the CPIA's order, and no conviction.";
        S45A = 8, "s45A", "As s37, under restrictions and with a prison sentence: until its end the patient may be remitted to prison, from then on the patient is detained under notional s37.";
    }
    Referral = 1, "referral", Referral, "In-reach, court liaison or acute ward: refer to a tier, or hold." {
        Hold = 0, "hold", "Not referred: asked again after a while. For a patient of an acute ward, nothing more is asked for in this stay.";
        High = 1, "refer to high", "Referred to high secure care: the statutory clock starts, and its commissioner's assessment team is asked.";
        Medium = 2, "refer to medium", "Referred to medium secure care: the statutory clock starts, and its commissioner's assessment team is asked.";
        Low = 3, "refer to low", "Referred to low secure care: the statutory clock starts, and its commissioner's assessment team is asked.";
        Picu = 4, "refer to PICU", "Referred to a psychiatric intensive care unit: the statutory clock starts, and the commissioner's assessment team is asked.";
    }
    Assessment = 2, "assessment", Assessment, "Receiving unit: accept at a tier, refuse, or ask for another assessment." {
        Refuse = 0, "refuse", "Not accepted, and the refusal is counted: referred anew after a while, and given up after too many refusals. A step down is assessed again after a while, a step up is given up at once.";
        High = 1, "accept at high", "Accepted for high secure care: joins the queue for a bed, and for a prisoner two medical reports are asked for; a defendant whose bed needs an order joins the queue when the court makes it.";
        Medium = 2, "accept at medium", "As accept at high, for medium secure care.";
        Low = 3, "accept at low", "As accept at high, for low secure care.";
        Picu = 4, "accept at PICU", "As accept at high, for a psychiatric intensive care unit, whose beds are given out without a placement decision.";
        Another = 5, "another assessment", "Assessed once more by the same team when its capacity allows, at the cost of another assessment.";
    }
    Warrant = 3, "warrant", Warrant, "Ministry of Justice: grant, query or refuse a transfer or remission." {
        Query = 0, "query", "The Ministry asks back and decides again after a while; until then the bed stays held, or the remission asked for.";
        Grant = 1, "grant", "A prisoner's warrant is issued and the admission to the held bed is planned; if the warrant lapses first, it is asked for anew. A patient's day of return to prison or to court is planned.";
        Refuse = 2, "refuse", "A prisoner's wait ends: the held bed is given back and the referral dropped, until the illness is noticed anew. A patient is no longer ready to return, and goes back to the leave that was held.";
    }
    Placement = 4, "placement", Placement, "Commissioner: which of the free beds, or wait." {
        Wait = 0, "wait", "Takes none of the free beds: stays in the queue, and is looked at again tomorrow.";
        Own = 1, "own unit", "A bed of one's own commissioner is held: the admission is planned, but for a prisoner both reports and the Ministry's warrant come first.";
        Other = 2, "other area", "As own unit, in a bed of another commissioner, at the full price of its tier; it counts as out of area.";
        Spot = 3, "spot purchase", "As own unit, in another commissioner's independent unit, at the price of a spot purchase and from the money for these; it counts as out of area.";
    }
    Review = 5, "review", Review, "Responsible clinician: stay, leave, step up, step down, ready, remit." {
        Stay = 0, "stay", "Nothing changes; a patient who is ready loses hope.";
        MoreLeave = 1, "more leave", "The next grade of leave, and more hope; for a restricted patient the Ministry is asked for consent to it first.";
        LessLeave = 2, "less leave", "A grade of leave is taken away. Who is ready is so no longer, but keeps the leave: the place and team that are arranged, or the bed that is held, are given back.";
        StepUp = 3, "step up", "The tier above is asked for an assessment, and for a restricted patient the Ministry for consent to the move; until that is settled, reviews change nothing.";
        StepDown = 4, "step down", "Ready, and lacks the next bed: the tier below is asked for an assessment, and for a restricted patient the Ministry for consent to the move.";
        Ready = 5, "ready", "Ready to leave for the community or rehabilitation, and lacks a place, a team and funding, and under restrictions consent; funders are asked from the next day on.";
        Remit = 6, "remit", "Ready to go back to prison, or to court where there is no sentence: the Ministry is asked for a warrant of remission.";
    }
    Consent = 6, "consent", Consent, "Ministry of Justice: leave, transfer, discharge, absolute discharge." {
        Refuse = 0, "refuse", "No longer ready for a discharge or a step down: place, team or bed are given back, and the leave that was held goes on. Any other move is given up. Leave, and conditions in the community, stay as they are.";
        Grant = 1, "grant", "Leave: the next grade of it, and more hope. Transfer: a bed may be held. Discharge: leaves on the same day if place and team are arranged. Absolute discharge: the conditions end.";
    }
    Hearing = 7, "hearing", Hearing, "First-tier Tribunal: discharge or not." {
        NoDischarge = 0, "no discharge", "Nothing changes: the patient stays detained, or on conditions, until the next application or reference is heard.";
        Conditional = 1, "conditional discharge", "Discharged on conditions at once: to what is arranged, else home, with a mainstream team if one has room. The conditions may deprive of liberty where that is lawful.";
        Deferred = 2, "deferred conditional discharge", "Ready, and no consent of the Ministry is needed: discharged on conditions once funders have arranged place and team, and heard again if that takes long.";
        Absolute = 3, "absolute discharge", "Discharged at once and without an order, to what is arranged or else home; for a patient on conditional discharge, the conditions end.";
        Discharge = 4, "discharge", "Discharged at once and without an order, to what is arranged, else home, with a mainstream team if one has room.";
        NotEntitled = 5, "notify: not entitled", "Tells the Ministry that a transferred prisoner would not be discharged; nothing follows from it.";
        Entitled = 6, "notify: entitled", "Tells the Ministry that a transferred prisoner would be discharged: who can be remitted becomes ready, and the Ministry, asked for the warrant of remission, can't refuse it.";
    }
    Discharge = 8, "discharge", Discharge, "Funders: who pays for which place and team, or not yet." {
        NotYet = 0, "not yet", "Nobody pays yet: what is missing is noted, and funders are asked again after a while.";
        CollaborativeHomeForensic = 1, "collaborative: home, forensic team", "Leaves for home with a forensic team, paid by the collaborative: today, or, under restrictions, with the team's room kept until the Ministry consents.";
        CollaborativeSupportedForensic = 2, "collaborative: supported, forensic team", "As collaborative: home, forensic team, but to a supported place.";
        CollaborativeSupportedMainstream = 3, "collaborative: supported, mainstream team", "As collaborative: home, forensic team, but to a supported place and with a mainstream team.";
        AftercareHomeForensic = 4, "aftercare: home, forensic team", "Leaves for home with a forensic team, paid by the aftercare funder: today, or, under restrictions, with the team's room kept until the Ministry consents.";
        AftercareHomeMainstream = 5, "aftercare: home, mainstream team", "As aftercare: home, forensic team, but with a mainstream team.";
        AftercareSupportedForensic = 6, "aftercare: supported, forensic team", "As aftercare: home, forensic team, but to a supported place.";
        AftercareSupportedMainstream = 7, "aftercare: supported, mainstream team", "As aftercare: home, forensic team, but to a supported place and with a mainstream team.";
        AftercareRehabilitation = 8, "aftercare: rehabilitation ward", "Leaves today for an open or, for some, a locked rehabilitation ward, without a community team and under the same order; paid by the aftercare funder.";
    }
    Recall = 9, "recall", Recall, "Community team: watch, ask for recall, recall, admit." {
        Watch = 0, "watch", "Nothing but the next contact.";
        Ask = 1, "ask for recall", "Recalled, as the Ministry is taken to agree: joins the queue for a medium or low secure bed without an assessment, stays in the community until one is free, and is then detained under the order from before.";
        Cto = 2, "recall under CTO", "Recalled and the order revoked at once: detained again under the order from before, and admitted to an acute ward; who was in secure care, and isn't old, may be referred there from it.";
        Voluntary = 3, "voluntary admission", "Admitted to an acute ward, under s2 unless a conditional discharge, a CTO or a licence goes on; who was in secure care, and isn't old, may be referred there from it.";
    }
    Engagement = 10, "engagement", Engagement, "Patient: engage, withhold, be anxious about discharge, take up employment support." {
        Engage = 0, "engage", "At a review, engagement rises a step; at a contact in the community, employment support is not taken up.";
        Withhold = 1, "withhold", "At a review, engagement falls a step; at a contact in the community, employment support is not taken up.";
        Anxious = 2, "anxious about discharge", "At a review, engagement and hope fall a step.";
        Work = 3, "take up employment support", "At a contact in the community, employment support begins: the aftercare funder pays for it, and work becomes likelier.";
    }
    Commissioning = 11, "commissioning", None, "Commissioner, quarterly: open, close, buy, move money." {
        Keep = 0, "keep", "Says that nothing was changed. An answer is a word only, and changes nothing by itself.";
        OpenBeds = 1, "open beds", "Says that beds were opened, which the method itself does with `change_beds`.";
        CloseBeds = 2, "close beds", "Says that beds were closed, which the method itself does with `change_beds`; wards close after their notice.";
        BuyPlaces = 3, "buy places", "Says that supported places were bought, which the method itself does with `buy`.";
        BuyTeam = 4, "buy team", "Says that room in teams was bought, which the method itself does with `buy`.";
        BuyBeds = 5, "buy beds outside", "Says that money was moved to beds outside the contract, which the method itself does with `move_to_spot`.";
    }
    Coding = 12, "coding", Coding, "Responsible clinician: which need group a patient is coded as, where a price depends on it." {
        Standard = 0, "code standard", "Coded as of the standard group: an occupied day is paid its price.";
        Complex = 1, "code complex", "Coded as of the complex group: an occupied day is paid more.";
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
