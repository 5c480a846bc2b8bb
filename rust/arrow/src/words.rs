//! The words of the data: for each vocabulary, which code of the engine is which word, fixed before the first row.
//!
//! Most come from [`stepdown_core::codes`]; the names of units, areas, commissioners and payers come with the run.

use std::sync::Arc;

use arrow_array::StringArray;
use stepdown_core::codes::{Decision, Ending, Ethnicity, Event, Label, Legal, PayerKind, Place, Sex, Spend};
use stepdown_core::draw::Purpose;

/// A closed list of words that a column draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// Sex.
    Sex,
    /// Ethnic group.
    Ethnicity,
    /// Place.
    Place,
    /// Legal status.
    Legal,
    /// Kind of event.
    Event,
    /// State, reason set, offence or answer.
    Label,
    /// Decision.
    Decision,
    /// Hazard or legal cause.
    Cause,
    /// How a spell ended.
    Ending,
    /// Kind of payer.
    PayerKind,
    /// What money was spent on.
    Spend,
    /// Set of diagnoses.
    Diagnoses,
    /// One diagnosis.
    Diagnosis,
    /// Five-year age band.
    AgeBand,
    /// Units of the run.
    Unit,
    /// Areas of the run.
    Area,
    /// Commissioners of the run.
    Commissioner,
    /// Payers of the run.
    Payer,
}

impl Vocabulary {
    /// Every vocabulary.
    pub const ALL: &'static [Vocabulary] = &[
        Vocabulary::Sex,
        Vocabulary::Ethnicity,
        Vocabulary::Place,
        Vocabulary::Legal,
        Vocabulary::Event,
        Vocabulary::Label,
        Vocabulary::Decision,
        Vocabulary::Cause,
        Vocabulary::Ending,
        Vocabulary::PayerKind,
        Vocabulary::Spend,
        Vocabulary::Diagnoses,
        Vocabulary::Diagnosis,
        Vocabulary::AgeBand,
        Vocabulary::Unit,
        Vocabulary::Area,
        Vocabulary::Commissioner,
        Vocabulary::Payer,
    ];

    /// Name of the vocabulary in the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Vocabulary::Sex => "sex",
            Vocabulary::Ethnicity => "ethnicity",
            Vocabulary::Place => "place",
            Vocabulary::Legal => "legal status",
            Vocabulary::Event => "event",
            Vocabulary::Label => "label",
            Vocabulary::Decision => "decision",
            Vocabulary::Cause => "cause",
            Vocabulary::Ending => "ending",
            Vocabulary::PayerKind => "payer kind",
            Vocabulary::Spend => "spend",
            Vocabulary::Diagnoses => "diagnoses",
            Vocabulary::Diagnosis => "diagnosis",
            Vocabulary::AgeBand => "age band",
            Vocabulary::Unit => "unit",
            Vocabulary::Area => "area",
            Vocabulary::Commissioner => "commissioner",
            Vocabulary::Payer => "payer",
        }
    }

    /// Whether a column of this vocabulary needs two bytes an index: it may hold more than 127 words.
    pub const fn is_wide(self) -> bool {
        matches!(self, Vocabulary::Label | Vocabulary::Unit)
    }

    /// Returns (code, word, meaning) in order of code, for the vocabularies that are the same in every run.
    pub fn fixed(self) -> Vec<(u16, String, &'static str)> {
        macro_rules! all {
            ($codes:ident) => {
                $codes::ALL.iter().map(|v| (*v as u16, v.name().to_owned(), v.doc())).collect()
            };
        }
        match self {
            Vocabulary::Sex => all!(Sex),
            Vocabulary::Ethnicity => all!(Ethnicity),
            Vocabulary::Place => all!(Place),
            Vocabulary::Legal => all!(Legal),
            Vocabulary::Event => all!(Event),
            Vocabulary::Decision => all!(Decision),
            Vocabulary::Cause => all!(Purpose),
            Vocabulary::Ending => all!(Ending),
            Vocabulary::PayerKind => all!(PayerKind),
            Vocabulary::Spend => all!(Spend),
            Vocabulary::Label => Label::vocabulary().into_iter().map(|(code, word)| (code, word, "")).collect(),
            Vocabulary::Diagnoses => (0..16).map(|set| (set, diagnoses(set), "")).collect(),
            Vocabulary::Diagnosis => (0..4).map(|bit| (1 << bit, diagnoses(1 << bit), "")).collect(),
            Vocabulary::AgeBand => (0..19).map(|band| (band, age_band(band), "")).collect(),
            Vocabulary::Unit | Vocabulary::Area | Vocabulary::Commissioner | Vocabulary::Payer => Vec::new(),
        }
    }
}

/// Returns the words of a set of diagnoses.
fn diagnoses(set: u16) -> String {
    const NAMES: [&str; 4] =
        ["psychosis", "personality disorder", "intellectual disability or autism", "substance use"];
    let names: Vec<&str> =
        NAMES.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0).map(|(_, name)| *name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" + ") }
}

/// Returns the words of a five-year age band.
fn age_band(band: u16) -> String {
    if band == 18 { "90 and over".to_owned() } else { format!("{}-{}", 5 * band, 5 * band + 4) }
}

/// Names of the institutions of a run, in order of index.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Areas.
    pub areas: Vec<String>,
    /// Units.
    pub units: Vec<String>,
    /// Commissioners: collaboratives, then NHS England.
    pub commissioners: Vec<String>,
}

impl Names {
    /// Returns the payers in order of index: commissioners, the aftercare funder of each area, justice, society.
    pub fn payers(&self) -> Vec<String> {
        let aftercare = self.areas.iter().map(|area| format!("aftercare: {area}"));
        self.commissioners
            .iter()
            .cloned()
            .chain(aftercare)
            .chain(["justice".to_owned(), "society".to_owned()])
            .collect()
    }
}

/// One vocabulary, ready for columns: the position of each code, and the words.
#[derive(Clone, Debug)]
pub struct Words {
    /// Position in `values` by code; −1 where the code has no word.
    pub position: Vec<i16>,
    /// The words.
    pub values: Arc<StringArray>,
}

impl Words {
    /// Returns the word of a code, if it has one.
    pub fn word(&self, code: usize) -> Option<&str> {
        let position = usize::try_from(*self.position.get(code)?).ok()?;
        Some(self.values.value(position))
    }

    fn new(words: Vec<(u16, String)>) -> Words {
        let mut position = vec![-1; words.iter().map(|(code, _)| usize::from(*code) + 1).max().unwrap_or(0)];
        let mut values: Vec<String> = Vec::with_capacity(words.len());
        for (code, word) in words {
            // Answers repeat between decisions ("refuse"); readers want each word once in a dictionary.
            let k = values.iter().position(|known| *known == word).unwrap_or_else(|| {
                values.push(word);
                values.len() - 1
            });
            position[usize::from(code)] = k as i16;
        }
        Words { position, values: Arc::new(StringArray::from(values)) }
    }
}

/// The vocabularies of a run.
#[derive(Clone, Debug)]
pub struct Dictionary(Vec<Words>);

impl Dictionary {
    /// Fixes the words of a run.
    pub fn new(names: &Names) -> Dictionary {
        let number = |list: &[String]| (0..).zip(list.iter().cloned()).collect();
        Dictionary(
            Vocabulary::ALL
                .iter()
                .map(|v| {
                    Words::new(match v {
                        Vocabulary::Unit => number(&names.units),
                        Vocabulary::Area => number(&names.areas),
                        Vocabulary::Commissioner => number(&names.commissioners),
                        Vocabulary::Payer => number(&names.payers()),
                        fixed => fixed.fixed().into_iter().map(|(code, word, _)| (code, word)).collect(),
                    })
                })
                .collect(),
        )
    }

    /// Returns the words of a vocabulary.
    pub fn words(&self, vocabulary: Vocabulary) -> &Words {
        &self.0[vocabulary as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vocabularies_stand_in_the_order_of_their_codes() {
        for (k, v) in Vocabulary::ALL.iter().enumerate() {
            assert_eq!(*v as usize, k);
        }
    }

    #[test]
    fn no_word_means_two_things() {
        // `Label` is a union of lists whose answers repeat between decisions, and says so; every other list is clear.
        for v in Vocabulary::ALL.iter().filter(|v| **v != Vocabulary::Label) {
            let mut words: Vec<String> = v.fixed().into_iter().map(|(_, word, _)| word).collect();
            words.sort();
            let all = words.len();
            words.dedup();
            assert_eq!(words.len(), all, "{}", v.name());
        }
    }

    #[test]
    fn narrow_vocabularies_fit_one_byte() {
        for v in Vocabulary::ALL.iter().filter(|v| !v.is_wide()) {
            assert!(v.fixed().len() <= 127, "{}", v.name());
        }
    }

    #[test]
    fn every_label_of_the_engine_has_a_word() {
        let dictionary = Dictionary::new(&Names::default());
        let words = dictionary.words(Vocabulary::Label);
        for (code, _) in Label::vocabulary() {
            assert!(words.position[usize::from(code)] >= 0);
        }
    }
}
