//! The dictionaries of the data: which code of the engine is which word, fixed before the first row is written.
//!
//! Most words come from [`stepdown_core::codes`]; the names of units, areas, commissioners, parties and programmes come with the run.

use std::sync::Arc;

use arrow_array::StringArray;

pub use stepdown_core::codes::Vocabulary;

/// Whether a column of this vocabulary needs two bytes an index: it may hold more than 127 words.
pub const fn is_wide(vocabulary: Vocabulary) -> bool {
    matches!(vocabulary, Vocabulary::Label | Vocabulary::Unit | Vocabulary::Party)
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
    /// Providers: trusts and companies.
    pub providers: Vec<String>,
    /// Programmes: a name for each thing that one buys.
    pub programmes: Vec<String>,
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

    /// Returns whoever pays or is paid in order of index: payers, public funds, providers, and where money ends.
    pub fn parties(&self) -> Vec<String> {
        let ends = ["staff", "suppliers", "prisons and courts", "housing", "harm by crime"];
        let providers = self.providers.iter().map(|name| format!("provider: {name}"));
        let rest = ["public funds".to_owned()].into_iter().chain(providers).chain(ends.map(str::to_owned));
        self.payers().into_iter().chain(rest).collect()
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

    /// Prepares the words of (code, word).
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
                        Vocabulary::Party => number(&names.parties()),
                        Vocabulary::Programme => number(&names.programmes),
                        fixed => fixed.words().into_iter().map(|(code, word, _)| (code, word)).collect(),
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
    use stepdown_core::codes::Label;

    use super::*;

    #[test]
    fn narrow_vocabularies_fit_one_byte() {
        for v in Vocabulary::ALL.iter().filter(|v| !is_wide(**v)) {
            assert!(v.words().len() <= 127, "{}", v.name());
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
