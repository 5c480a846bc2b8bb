//! The one evaluator of decisions: declared in Python, executed here.

use crate::codes::Decision;

/// Returns the names of a decision's options, in order of code. Permanent: they are in the data.
pub const fn options(decision: Decision) -> &'static [&'static str] {
    match decision {
        Decision::Disposal => &[
            "community", "community with treatment", "custody", "s35", "s36", "s38", "s37", "s37/41", "s45A",
        ],
        Decision::Referral => &["hold", "refer to high", "refer to medium", "refer to low", "refer to PICU"],
        Decision::Assessment => {
            &["refuse", "accept at high", "accept at medium", "accept at low", "accept at PICU", "another assessment"]
        }
        Decision::Warrant => &["query", "grant", "refuse"],
        Decision::Placement => &["wait", "own unit", "other area", "spot purchase"],
        Decision::Review => &[
            "stay", "more leave", "less leave", "step up", "step down", "ready", "remit",
        ],
        Decision::Consent => &["refuse", "grant"],
        Decision::Tribunal => &[
            "no discharge", "conditional discharge", "deferred conditional discharge", "absolute discharge",
            "discharge", "notify: not entitled", "notify: entitled",
        ],
        Decision::Discharge => &[
            "not yet",
            "collaborative: home, forensic team",
            "collaborative: supported, forensic team",
            "collaborative: supported, mainstream team",
            "aftercare: home, forensic team",
            "aftercare: home, mainstream team",
            "aftercare: supported, forensic team",
            "aftercare: supported, mainstream team",
            "aftercare: rehabilitation ward",
        ],
        Decision::Recall => &["watch", "ask for recall", "recall under CTO", "voluntary admission"],
        Decision::Engagement => &["engage", "withhold", "anxious about discharge", "take up employment support"],
        Decision::Commissioning => &["keep", "open beds", "close beds", "buy places", "buy team"],
    }
}
