//! One vocabulary for what was before and after an event.

use enumset::EnumSet;

use super::decision::{Decision, Question};
use super::people::Offence;
use super::states::{Legal, Place, Reason, Stage};

/// A value of `from` or `to` in a row of events: one vocabulary over places, legal statuses, stages, reasons and answers.
///
/// Zero is "nothing". Blocks of 32 keep the lists apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Label(pub u16);

impl Label {
    /// Nothing to say.
    pub const NONE: Label = Label(0);

    /// Where the block of places begins.
    const PLACE: u16 = 32;
    /// Where the block of legal statuses begins.
    const LEGAL: u16 = 64;
    /// Where the block of stages begins.
    const STAGE: u16 = 96;
    /// Where the block of offences begins.
    const OFFENCE: u16 = 256;

    /// The label of a place.
    pub const fn place(p: Place) -> Label {
        Label(Label::PLACE + p as u16)
    }
    /// The label of a legal status.
    pub const fn legal(l: Legal) -> Label {
        Label(Label::LEGAL + l as u16)
    }
    /// The label of a stage.
    pub const fn stage(s: Stage) -> Label {
        Label(Label::STAGE + s as u16)
    }
    /// The label of a set of reasons (so 128 values).
    pub fn reasons(reasons: EnumSet<Reason>) -> Label {
        Label(128 + u16::from(reasons.as_u8()))
    }
    /// The label of an offence.
    pub const fn offence(o: Offence) -> Label {
        Label(Label::OFFENCE + o as u16)
    }
    /// The label of an answer to a decision.
    pub const fn answer(decision: Decision, option: u8) -> Label {
        Label(288 + decision as u16 * 32 + option as u16)
    }

    /// The label of an answer.
    pub fn of<Q: Question>(answer: Q) -> Label {
        Label::answer(Q::DECISION, answer.code())
    }

    /// Returns every label with its text, in order of code; the public dictionary of `from` and `to`.
    pub fn vocabulary() -> Vec<(u16, String)> {
        fn block(out: &mut Vec<(u16, String)>, from: u16, words: &[(u8, &str, &str)]) {
            out.extend(words.iter().map(|(code, name, _)| (from + u16::from(*code), (*name).to_owned())));
        }
        let mut out = vec![(0, "none".to_owned())];
        block(&mut out, Label::PLACE, Place::WORDS);
        block(&mut out, Label::LEGAL, Legal::WORDS);
        block(&mut out, Label::STAGE, Stage::WORDS);
        for mask in 0..128u8 {
            let reasons = EnumSet::<Reason>::from_u8_truncated(mask);
            let names: Vec<&str> = reasons.iter().map(Reason::name).collect();
            let text = if names.is_empty() { "nothing missing".to_owned() } else { names.join(" + ") };
            out.push((Label::reasons(reasons).0, text));
        }
        block(&mut out, Label::OFFENCE, Offence::WORDS);
        for d in Decision::ALL {
            for (k, name) in d.options().iter().enumerate() {
                out.push((Label::answer(*d, k as u8).0, (*name).to_owned()));
            }
        }
        out
    }
}
