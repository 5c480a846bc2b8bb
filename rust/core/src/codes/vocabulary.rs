//! The lists of words that a column of the data can draw from.

use super::decision::Decision;
use super::declare::codes;
use super::events::{Ending, Event, WardEvent};
use super::label::Label;
use super::money::{Bought, Contract, Goal, Order, OrderReason, PartyKind, PayerKind, Refusal, Side, Spend};
use super::people::{Diagnosis, Disorder, Ethnicity, Justice, Offence, Sex};
use super::purpose::Purpose;
use super::states::{AskedFor, Legal, Place, Reason, Stage};

codes! {
    /// A closed list of words that a column draws from.
    Vocabulary {
        Sex = 0, "sex", "Sex.";
        Ethnicity = 1, "ethnicity", "Ethnic group.";
        Place = 2, "place", "Place.";
        Legal = 3, "legal status", "Legal status.";
        Event = 4, "event", "Kind of event.";
        Label = 5, "label", "State, reason set, offence or answer.";
        Decision = 6, "decision", "Decision.";
        Cause = 7, "cause", "Hazard or legal cause.";
        Ending = 8, "ending", "How a spell ended.";
        PayerKind = 9, "payer kind", "Kind of payer.";
        Spend = 10, "spend", "What money was spent on.";
        Diagnoses = 11, "diagnoses", "Set of diagnoses.";
        Diagnosis = 12, "diagnosis", "One diagnosis.";
        AgeBand = 13, "age band", "Five-year age band.";
        Unit = 14, "unit", "Units of the run.";
        Area = 15, "area", "Areas of the run.";
        Commissioner = 16, "commissioner", "Commissioners of the run.";
        Payer = 17, "payer", "Payers of the run.";
        Stage = 18, "stage", "Stage of waiting for, or going through, care.";
        Reason = 19, "reason", "What a person who is ready to leave still lacks.";
        Offence = 20, "offence", "Main offence.";
        Justice = 21, "justice", "Where a person stands with criminal justice.";
        Disorder = 22, "disorder", "Severe mental disorder that the population knows of.";
        Contract = 23, "contract", "What a commissioner's contract pays for.";
        AskedFor = 24, "asked for", "What the Ministry is asked for.";
        Party = 25, "party", "Whoever pays or is paid in a run.";
        PartyKind = 26, "party kind", "Kind of whoever pays or is paid.";
        Side = 27, "side", "Side of an account.";
        WardEvent = 28, "ward event", "What happened to a ward.";
        Goal = 29, "goal", "What a part of a provider's income may depend on.";
        Programme = 30, "programme", "Programmes of the run.";
        Bought = 31, "bought", "What a programme buys.";
        Refusal = 32, "refusal", "What a payer has no money for.";
        Order = 33, "order", "What a commissioner orders.";
        OrderReason = 34, "order reason", "Why a commissioner orders something, or nothing.";
    }
}

/// A code, the word that the data carries for it, and one line on what it means.
type Word = (u16, String, &'static str);

impl Vocabulary {
    /// Returns the words in order of code, of a vocabulary that is the same in every run; nothing of one that comes with a
    /// run (units, areas, commissioners, payers, parties, programmes).
    pub fn words(self) -> Vec<Word> {
        let fixed = match self {
            Vocabulary::Sex => Sex::WORDS,
            Vocabulary::Ethnicity => Ethnicity::WORDS,
            Vocabulary::Place => Place::WORDS,
            Vocabulary::Legal => Legal::WORDS,
            Vocabulary::Event => Event::WORDS,
            Vocabulary::Decision => Decision::WORDS,
            Vocabulary::Cause => Purpose::WORDS,
            Vocabulary::Ending => Ending::WORDS,
            Vocabulary::PayerKind => PayerKind::WORDS,
            Vocabulary::Spend => Spend::WORDS,
            Vocabulary::PartyKind => PartyKind::WORDS,
            Vocabulary::Side => Side::WORDS,
            Vocabulary::WardEvent => WardEvent::WORDS,
            Vocabulary::Goal => Goal::WORDS,
            Vocabulary::Refusal => Refusal::WORDS,
            Vocabulary::Order => Order::WORDS,
            Vocabulary::OrderReason => OrderReason::WORDS,
            Vocabulary::Stage => Stage::WORDS,
            Vocabulary::Reason => Reason::WORDS,
            Vocabulary::Offence => Offence::WORDS,
            Vocabulary::Justice => Justice::WORDS,
            Vocabulary::Disorder => Disorder::WORDS,
            Vocabulary::Contract => Contract::WORDS,
            Vocabulary::Bought => Bought::WORDS,
            Vocabulary::AskedFor => AskedFor::WORDS,
            Vocabulary::Label => return Label::vocabulary().into_iter().map(|(code, word)| (code, word, "")).collect(),
            Vocabulary::Diagnoses => {
                return (0..1 << Diagnosis::ALL.len()).map(|set| (set, diagnoses(set), "")).collect();
            }
            Vocabulary::Diagnosis => {
                return Diagnosis::ALL.iter().map(|d| (1 << *d as u16, d.name().to_owned(), "")).collect();
            }
            Vocabulary::AgeBand => return (0..19).map(|band| (band, age_band(band), "")).collect(),
            Vocabulary::Unit
            | Vocabulary::Area
            | Vocabulary::Commissioner
            | Vocabulary::Payer
            | Vocabulary::Party
            | Vocabulary::Programme => return Vec::new(),
        };
        fixed.iter().map(|(code, name, doc)| (u16::from(*code), (*name).to_owned(), *doc)).collect()
    }
}

/// Returns the words of a set of diagnoses: bit k for the diagnosis with code k.
fn diagnoses(set: u16) -> String {
    let names: Vec<&str> = Diagnosis::ALL.iter().filter(|d| set >> **d as u16 & 1 == 1).map(|d| d.name()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" + ") }
}

/// Returns the words of a five-year age band.
fn age_band(band: u16) -> String {
    if band == 18 { "90 and over".to_owned() } else { format!("{}-{}", 5 * band, 5 * band + 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_things() {
        // `Label` is a union of lists whose answers repeat between decisions, and says so; every other list is clear.
        for v in Vocabulary::ALL.iter().filter(|v| **v != Vocabulary::Label) {
            let mut words: Vec<String> = v.words().into_iter().map(|(_, word, _)| word).collect();
            words.sort();
            let all = words.len();
            words.dedup();
            assert_eq!(words.len(), all, "{}", v.name());
        }
    }

    #[test]
    fn the_words_of_a_vocabulary_stand_in_order_of_code() {
        for v in Vocabulary::ALL {
            assert!(v.words().is_sorted_by(|a, b| a.0 < b.0), "{}", v.name());
        }
    }
}
