//! Reads the core's own source: which module names which, without comments, text and test code.
//!
//! [`Module::read_all`] gives every file under `src/` as a flat list of tokens; [`Module::references`] the modules that
//! its code names by a path (`crate::x::y`, `super::x`, or a child of its own), in a `use` line or anywhere else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Where the source is.
pub(crate) fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// A token, or a bracket of a group, and its line.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// The token as it is written; operators of several characters are one token.
    pub text: String,
    /// Line, counted from 1.
    pub line: usize,
}

impl Token {
    /// Whether it is a name (or a keyword).
    pub(crate) fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// A file of the core.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// Path from the root of the crate: `["world", "capacity"]` is `world/capacity.rs`.
    pub path: Vec<String>,
    /// File, below `src/`.
    pub file: String,
    /// Tokens of everything but test code.
    pub tokens: Vec<Token>,
    /// Its children that are for tests only.
    test_files: Vec<String>,
}

/// A path that the code of a module names.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The path from the root of the crate.
    pub path: Vec<String>,
    /// Line.
    pub line: usize,
}

/// Operators of several characters, longest first.
const OPERATORS: [&str; 22] = [
    "<<=", ">>=", "..=", "...", "::", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "==", "!=", "<=", ">=", "=>",
    "->", "&&", "||", "..",
];

fn flatten(stream: TokenStream, out: &mut Vec<Token>) {
    let mut run = String::new();
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Punct(punct) => {
                run.push(punct.as_char());
                if punct.spacing() == Spacing::Joint {
                    continue;
                }
                let mut rest = run.as_str();
                while !rest.is_empty() {
                    let known = OPERATORS.iter().find(|o| rest.starts_with(**o)).map_or(1, |o| o.len());
                    out.push(Token { text: rest[..known].to_owned(), line });
                    rest = &rest[known..];
                }
                run.clear();
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), out);
                out.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
            TokenTree::Ident(name) => out.push(Token { text: name.to_string(), line }),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                // Text and characters are no code; numbers are kept, as fields of tuples are numbers.
                let number = text.starts_with(|c: char| c.is_ascii_digit());
                out.push(Token { text: if number { text } else { "\"\"".to_owned() }, line });
            }
        }
    }
}

/// Returns the index of the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (k, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return k;
        }
    }
    tokens.len() - 1
}

/// Returns the index of the bracket that opens what the one at `close` closes.
pub(crate) fn opening(tokens: &[Token], close: usize) -> usize {
    let mut depth = 0;
    for k in (0..=close).rev() {
        match tokens[k].text.as_str() {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return k;
        }
    }
    0
}

/// Whether these tokens stand at `at`.
pub(crate) fn stands(tokens: &[Token], at: usize, wanted: &[&str]) -> bool {
    tokens.len() >= at + wanted.len() && tokens[at..].iter().zip(wanted).all(|(token, text)| token.text == *text)
}

/// Leaves out every item behind `#[cfg(test)]`, and all documentation; names the files that are modules behind it.
fn without_tests(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
    let (mut out, mut files) = (Vec::with_capacity(tokens.len()), Vec::new());
    let mut k = 0;
    while k < tokens.len() {
        if stands(tokens, k, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            k += 7;
            while tokens[k].text == "#" {
                k = closing(tokens, k + 1) + 1;
            }
            if tokens[k].text == "pub" {
                k = if tokens[k + 1].text == "(" { closing(tokens, k + 1) } else { k } + 1;
            }
            if tokens[k].text == "mod" && stands(tokens, k + 2, &[";"]) {
                files.push(tokens[k + 1].text.clone());
            }
            while k < tokens.len() && tokens[k].text != ";" && tokens[k].text != "{" {
                k = if tokens[k].text == "(" || tokens[k].text == "[" { closing(tokens, k) } else { k } + 1;
            }
            k = if k < tokens.len() && tokens[k].text == "{" { closing(tokens, k) } else { k } + 1;
        } else if stands(tokens, k, &["#", "[", "doc"]) {
            k = closing(tokens, k + 1) + 1;
        } else if stands(tokens, k, &["#", "!", "[", "doc"]) {
            k = closing(tokens, k + 2) + 1;
        } else {
            out.push(tokens[k].clone());
            k += 1;
        }
    }
    (out, files)
}

impl Module {
    /// Reads every file of the core, in order of name, but those that are for tests only.
    pub(crate) fn read_all() -> Vec<Module> {
        let mut modules = Vec::new();
        Module::read_folder(&src(), &mut modules);
        modules.sort_by(|a, b| a.path.cmp(&b.path));
        let for_tests: Vec<Vec<String>> = modules
            .iter()
            .flat_map(|m| m.test_files.iter().map(|name| m.path.iter().chain([name]).cloned().collect()))
            .collect();
        modules.retain(|m| !for_tests.iter().any(|path| m.path.starts_with(path)));
        modules
    }

    fn read_folder(folder: &Path, out: &mut Vec<Module>) {
        for entry in fs::read_dir(folder).expect("a folder of the source") {
            let path = entry.expect("an entry of the source").path();
            if path.is_dir() {
                Module::read_folder(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(Module::read(&path));
            }
        }
    }

    fn read(file: &Path) -> Module {
        let text = fs::read_to_string(file).expect("a file of the source");
        let stream: TokenStream = text.parse().expect("Rust");
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let below = file.strip_prefix(src()).expect("below the source").with_extension("");
        let mut path: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if path.last().is_some_and(|last| last == "mod" || last == "lib") {
            path.pop();
        }
        let file = file.strip_prefix(src()).expect("below the source").to_string_lossy().into_owned();
        let (tokens, test_files) = without_tests(&tokens);
        Module { path, file, tokens, test_files }
    }

    /// Top folder or file: `world` of `world/capacity.rs`; nothing for the root of the crate.
    pub(crate) fn top(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// Whether it has an `impl` block of a type.
    pub(crate) fn implements(&self, name: &str) -> bool {
        (0..self.tokens.len()).any(|k| stands(&self.tokens, k, &["impl", name, "{"]))
    }

    /// The paths that its code names; `known` are the paths of all modules.
    pub(crate) fn references(&self, known: &BTreeSet<Vec<String>>) -> Vec<Reference> {
        let mut out = Vec::new();
        self.walk(0, self.tokens.len(), &self.path, known, &mut out);
        out
    }

    fn walk(&self, from: usize, to: usize, here: &[String], known: &BTreeSet<Vec<String>>, out: &mut Vec<Reference>) {
        let tokens = &self.tokens;
        let mut k = from;
        while k < to {
            // A module in the same file: `super` is this file there.
            if tokens[k].text == "mod" && k + 2 < to && tokens[k + 2].text == "{" {
                let end = closing(tokens, k + 2);
                let inner: Vec<String> = here.iter().cloned().chain([tokens[k + 1].text.clone()]).collect();
                self.walk(k + 3, end, &inner, known, out);
                k = end + 1;
                continue;
            }
            let begins = tokens[k].is_name() && (k == 0 || !["::", "."].contains(&tokens[k - 1].text.as_str()));
            if !begins || k + 1 >= to || tokens[k + 1].text != "::" {
                k += 1;
                continue;
            }
            let mut path: Vec<String> = here.to_vec();
            let child: Vec<String> = here.iter().cloned().chain([tokens[k].text.clone()]).collect();
            match tokens[k].text.as_str() {
                "crate" => path.clear(),
                "super" => drop(path.pop()),
                "self" => {}
                _ if known.contains(&child) => path = child,
                _ => {
                    k += 1;
                    continue;
                }
            }
            k = self.follow(k + 1, path, out);
        }
    }

    /// Reads on behind the first part of a path, at `::`; returns the index behind the path.
    fn follow(&self, mut k: usize, mut path: Vec<String>, out: &mut Vec<Reference>) -> usize {
        let tokens = &self.tokens;
        while tokens[k].text == "::" {
            match tokens[k + 1].text.as_str() {
                "super" => drop(path.pop()),
                "self" => {}
                "{" => {
                    let end = closing(tokens, k + 1);
                    let mut part = k + 2;
                    while part < end {
                        // A part is a path of its own, below this one.
                        let mut below = path.clone();
                        if tokens[part].text != "self" {
                            below.push(tokens[part].text.clone());
                        }
                        part = self.follow(part + 1, below, out);
                        while part < end && tokens[part].text != "," {
                            part += 1;
                        }
                        part += 1;
                    }
                    return end + 1;
                }
                _ if tokens[k + 1].is_name() => path.push(tokens[k + 1].text.clone()),
                _ => break,
            }
            k += 2;
        }
        out.push(Reference { path, line: tokens[k - 1].line });
        k
    }
}

/// Returns the module that a path leads into: its longest part that is one.
pub(crate) fn module_of(path: &[String], known: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    (1..=path.len()).rev().map(|n| &path[..n]).find(|part| known.contains(*part)).map(<[String]>::to_vec)
}
