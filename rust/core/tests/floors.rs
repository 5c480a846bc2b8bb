//! The floors of the core: imports run down only, no two modules need each other, a phase calls nothing but what is below.
//!
//! The floors are the paragraphs of `lib.rs`, from the top down; who moves a module to another floor moves it there.
//! Code under `#[cfg(test)]` may reach anywhere. Whatever is known to break a rule stands in a list with the day on which
//! it was found, and has to go from the list as soon as it has been mended.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use source::{Module, closing, module_of, opening, src, stands};

const IMPORTS: &str = "imports run down only";
const METHODS: &str = "methods of the world are called from their own floor or above";
const NEIGHBOURS: &str = "no modules of a floor need each other";
const ORDER: &str = "files of a folder stand in an order, their parent above or below all of them";
const ONE_CALLER: &str = "the day is the only caller of a phase";
const PHASES_APART: &str = "no phase calls another";
const ONE_WRITER: &str = "each field of a case is written by one file";

/// Fails if a rule is broken.
///
/// `faults` are what is wrong and the line, if it is on one.
fn holds(rule: &str, faults: &[(String, Option<usize>)]) {
    let said: Vec<String> =
        faults.iter().map(|(what, line)| line.map_or(what.clone(), |line| format!("{what}, line {line}"))).collect();
    assert!(said.is_empty(), "{rule}:\n  {}", said.join("\n  "));
}

/// The modules of the top folder by floor, the top floor first.
fn floors() -> Vec<Vec<String>> {
    let text = fs::read_to_string(src().join("lib.rs")).expect("the root of the crate");
    let mut floors = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            floors.push(Vec::new());
        }
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';')) {
            floors.last_mut().expect("there is one").push(name.to_owned());
        }
    }
    floors.retain(|floor| !floor.is_empty());
    floors
}

/// The floor of each module, counted from the top.
fn floor_of() -> BTreeMap<String, usize> {
    floors().into_iter().enumerate().flat_map(|(k, floor)| floor.into_iter().map(move |name| (name, k))).collect()
}

/// Which module names which: (file, line, module that is named).
struct Uses {
    modules: Vec<Module>,
    of: Vec<Vec<(usize, Vec<String>)>>,
}

impl Uses {
    fn read() -> Uses {
        let modules = Module::read_all();
        let known: BTreeSet<Vec<String>> = modules.iter().map(|m| m.path.clone()).collect();
        let of = modules
            .iter()
            .map(|module| {
                let named = module.references(&known).into_iter();
                let named = named.filter_map(|r| Some((r.line, module_of(&r.path, &known)?)));
                named.filter(|(_, path)| !path.is_empty() && *path != module.path).collect()
            })
            .collect();
        Uses { modules, of }
    }

    fn all(&self) -> impl Iterator<Item = (&Module, usize, &[String])> {
        let pairs = self.modules.iter().zip(&self.of);
        pairs.flat_map(|(module, uses)| uses.iter().map(move |(line, path)| (module, *line, path.as_slice())))
    }
}

/// Who needs whom.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// Returns a circle, if there is one: names in order, the first again at the end.
fn circle(edges: &Edges) -> Option<Vec<String>> {
    fn visit<'a>(
        at: &'a str,
        edges: &'a Edges,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(first) = way.iter().position(|name| *name == at) {
            return Some(way[first..].iter().chain([&at]).map(|name| (*name).to_owned()).collect());
        }
        if done.contains(at) {
            return None;
        }
        way.push(at);
        let found = edges.get(at).into_iter().flatten().find_map(|next| visit(next, edges, way, done));
        way.pop();
        done.insert(at);
        found
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|name| visit(name, edges, &mut Vec::new(), &mut done))
}

#[test]
fn every_module_of_the_top_folder_stands_on_one_floor() {
    let listed: Vec<String> = floors().concat();
    let mut tops: BTreeSet<String> = Module::read_all().iter().map(|m| m.top().to_owned()).collect();
    tops.remove("");
    assert_eq!(listed.len(), tops.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), tops);
}

#[test]
fn imports_run_down_only() {
    let (uses, floor) = (Uses::read(), floor_of());
    let mut faults = Vec::new();
    for (module, line, path) in uses.all().filter(|(module, ..)| !module.path.is_empty()) {
        if floor[&path[0]] < floor[module.top()] {
            faults.push((format!("{} names {}", module.file, path.join("::")), Some(line)));
        }
    }
    holds(IMPORTS, &faults);
}

#[test]
fn no_modules_of_a_floor_need_each_other() {
    let (uses, floor) = (Uses::read(), floor_of());
    let mut edges = Edges::new();
    for (module, _, path) in uses.all().filter(|(module, _, path)| module.top() != path[0]) {
        if !module.path.is_empty() && floor[module.top()] == floor[&path[0]] {
            edges.entry(module.top().to_owned()).or_default().insert(path[0].clone());
        }
    }
    holds(NEIGHBOURS, &circle(&edges).map(|way| (way.join(" > "), None)).into_iter().collect::<Vec<_>>());
}

#[test]
fn no_files_of_a_folder_need_each_other() {
    let uses = Uses::read();
    let folders: BTreeSet<&[String]> =
        uses.modules.iter().filter(|m| m.path.len() > 1).map(|m| &m.path[..m.path.len() - 1]).collect();
    let mut faults = Vec::new();
    for folder in folders {
        // A file of the folder, or all of a folder in it; the folder's own file is `mod`.
        let part = |path: &[String]| {
            path.starts_with(folder).then(|| path.get(folder.len()).map_or("mod", String::as_str).to_owned())
        };
        let mut edges = Edges::new();
        for (module, _, path) in uses.all() {
            // The state of a run holds what its children define, while they are `impl World`: such a child may name it.
            let of_world = folder == ["world"] && path == folder && module.implements("World");
            if let (Some(from), Some(to)) = (part(&module.path), part(path))
                && from != to
                && !of_world
            {
                edges.entry(from).or_default().insert(to);
            }
        }
        faults.extend(circle(&edges).map(|way| (format!("{}: {}", folder.join("/"), way.join(" > ")), None)));
    }
    holds(ORDER, &faults);
}

#[test]
fn only_the_day_calls_a_phase() {
    let uses = Uses::read();
    let mut faults = Vec::new();
    for (module, line, path) in uses.all().filter(|(_, _, path)| path[0] == "phases" && path.len() > 1) {
        if module.path != ["day"] && module.path != ["phases"] {
            faults.push((format!("{} names {}", module.file, path.join("::")), Some(line)));
        }
    }
    holds(ONE_CALLER, &faults);
}

/// Phases that others were once called through, `courts::hearing(…)`, and that have no namesake elsewhere.
const PHASES: [&str; 7] = ["courts", "reviews", "tribunals", "referrals", "matching", "aftercare", "illness"];

#[test]
fn no_phase_calls_another() {
    let mut faults = Vec::new();
    for module in Module::read_all().iter().filter(|m| m.top() == "phases") {
        for (k, token) in module.tokens.iter().enumerate().filter(|(_, t)| PHASES.contains(&t.text.as_str())) {
            if stands(&module.tokens, k + 1, &["::"]) && stands(&module.tokens, k + 3, &["("]) {
                let called = &module.tokens[k + 2].text;
                faults.push((format!("{} calls {}::{called}", module.file, token.text), Some(token.line)));
            }
        }
    }
    holds(PHASES_APART, &faults);
}

#[test]
fn methods_of_the_world_are_called_from_their_own_floor_or_above() {
    let (modules, floor) = (Module::read_all(), floor_of());
    // Where each method of the world stands, and the stretches in which `self` is a world.
    let mut home: BTreeMap<String, &Module> = BTreeMap::new();
    let mut stretches: Vec<(&Module, usize, usize)> = Vec::new();
    for module in &modules {
        let tokens = &module.tokens;
        for k in 0..tokens.len() {
            if stands(tokens, k, &["impl", "World", "{"]) {
                let end = closing(tokens, k + 2);
                stretches.push((module, k + 3, end));
                let named = (k + 3..end).filter(|at| tokens[*at].text == "fn").map(|at| tokens[at + 1].text.clone());
                home.extend(named.map(|name| (name, module)));
            }
        }
    }
    assert!(home.len() > 20, "the world has lost its methods: this tells nothing");
    let mut faults = Vec::new();
    for module in modules.iter().filter(|m| !m.path.is_empty()) {
        let tokens = &module.tokens;
        let inside =
            |k: usize| stretches.iter().any(|(m, from, to)| m.path == module.path && (*from..*to).contains(&k));
        for k in 0..tokens.len().saturating_sub(3) {
            let of_world = tokens[k].text == "world" || (tokens[k].text == "self" && inside(k));
            if !of_world || tokens[k + 1].text != "." || tokens[k + 3].text != "(" {
                continue;
            }
            let method = &tokens[k + 2].text;
            if let Some(at) = home.get(method).filter(|at| floor[at.top()] < floor[module.top()]) {
                faults.push((format!("{} calls `{method}` of {}", module.file, at.file), Some(tokens[k].line)));
            }
        }
    }
    holds(METHODS, &faults);
}

/// Floors whose files may write to a case, and on which each field has one writer.
const WRITERS: [&str; 5] = ["transitions", "phases", "requests", "readings", "world"];

/// The fields of a struct of the caseload, and of the structs that it is made of: `place`, `bed`, `bed.held`.
fn fields_of(name: &str, caseload: &[&Module], before: &str, out: &mut BTreeSet<String>) {
    for module in caseload {
        let tokens = &module.tokens;
        let Some(at) = (0..tokens.len()).find(|k| stands(tokens, *k, &["struct", name, "{"])) else { continue };
        let (mut k, end) = (at + 3, closing(tokens, at + 2));
        while k < end {
            if tokens[k].text == "#" {
                k = closing(tokens, k + 1) + 1;
                continue;
            }
            if tokens[k].text == "pub" {
                k = if tokens[k + 1].text == "(" { closing(tokens, k + 1) + 1 } else { k + 1 };
                continue;
            }
            let field = format!("{before}{}", tokens[k].text);
            let of = k + 2;
            k = of;
            let mut depth = 0;
            while k < end && (depth > 0 || tokens[k].text != ",") {
                depth += match tokens[k].text.as_str() {
                    "(" | "[" | "<" => 1,
                    ")" | "]" | ">" => -1,
                    _ => 0,
                };
                k += 1;
            }
            if k == of + 1 {
                fields_of(&tokens[of].text, caseload, &format!("{field}."), out);
            }
            out.insert(field);
            k += 1;
        }
    }
}

/// Names that stand for a case that may be written to in a file: `let c = world.case_mut(i)`, `c: &mut Case`, `for c in
/// &mut world.caseload.cases`. A case that is being made (`Case::new`) has no writer yet.
fn names_of_cases(module: &Module) -> BTreeSet<&str> {
    let tokens = &module.tokens;
    let mut names = BTreeSet::new();
    for k in 0..tokens.len() {
        if stands(tokens, k + 1, &[":", "&", "mut", "Case"]) {
            names.insert(tokens[k].text.as_str());
        }
        let bound = if stands(tokens, k, &["let"]) && stands(tokens, k + 2, &["="]) {
            tokens[k..].iter().position(|t| t.text == ";").map(|n| k + n)
        } else if stands(tokens, k, &["for"]) && stands(tokens, k + 2, &["in"]) {
            tokens[k..].iter().position(|t| t.text == "{").map(|n| k + n)
        } else {
            None
        };
        let Some(end) = bound else { continue };
        let last = &tokens[end - 1].text;
        let of = if last == ")" || last == "]" { opening(tokens, end - 1) - 1 } else { end - 1 };
        let source = tokens[of].text.as_str();
        let mutable = tokens[k..end].iter().any(|t| ["mut", "iter_mut", "get_mut"].contains(&t.text.as_str()));
        if source == "case_mut" || (mutable && tokens[k..end].iter().any(|t| t.text == "cases")) {
            names.insert(tokens[k + 1].text.as_str());
        }
    }
    names
}

/// The chain that ends at `last`: `["c", "bed", "held"]` for `c.bed.held[k]`; calls have their brackets, `case_mut()`.
fn chain(module: &Module, mut last: usize) -> Vec<String> {
    let tokens = &module.tokens;
    let mut parts = Vec::new();
    loop {
        let mut call = "";
        while tokens[last].text == "]" || tokens[last].text == ")" {
            call = if tokens[last].text == ")" { "()" } else { call };
            last = opening(tokens, last).saturating_sub(1);
        }
        parts.push(format!("{}{call}", tokens[last].text));
        if last < 2 || tokens[last - 1].text != "." {
            parts.reverse();
            return parts;
        }
        last -= 2;
    }
}

/// The fields of a case that a file writes, each with its lines.
fn writes(module: &Module, fields: &BTreeSet<String>) -> BTreeMap<String, Vec<usize>> {
    const ASSIGN: [&str; 11] = ["=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "%=", "<<=", ">>="];
    let (tokens, names) = (&module.tokens, names_of_cases(module));
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for k in 1..tokens.len() {
        // An assignment, or a borrow for writing of a field that is no part of its own: `&mut c.row`.
        let assigned = ASSIGN.contains(&tokens[k].text.as_str());
        let last = if assigned {
            k - 1
        } else if stands(tokens, k - 1, &["&", "mut"]) {
            let mut end = k + 1;
            while stands(tokens, end + 1, &["."]) || ["[", "("].contains(&tokens[end + 1].text.as_str()) {
                end = if tokens[end + 1].text == "." { end + 2 } else { closing(tokens, end + 1) };
            }
            end
        } else {
            continue;
        };
        let parts = chain(module, last);
        let root = parts
            .iter()
            .position(|p| p == "case_mut()" || p == "cases")
            .or_else(|| names.contains(parts[0].as_str()).then_some(0));
        let Some(root) = root else { continue };
        // As deep as the parts of a case go; what is in a field of another type is the field's.
        let mut field = String::new();
        for part in &parts[root + 1..] {
            let deeper = if field.is_empty() { part.clone() } else { format!("{field}.{part}") };
            if !fields.contains(&deeper) {
                break;
            }
            field = deeper;
        }
        let below = format!("{field}.");
        if !field.is_empty() && (assigned || !fields.iter().any(|f| f.starts_with(&below))) {
            found.entry(field).or_default().push(tokens[k].line);
        }
    }
    found
}

#[test]
fn each_field_of_a_case_is_written_by_one_file() {
    let modules = Module::read_all();
    let caseload: Vec<&Module> = modules.iter().filter(|m| m.top() == "caseload").collect();
    let mut fields = BTreeSet::new();
    fields_of("Case", &caseload, "", &mut fields);
    assert!(fields.len() > 50, "only {} fields: the struct was not understood", fields.len());

    let mut writers: BTreeMap<String, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for module in modules.iter().filter(|m| WRITERS.contains(&m.top())) {
        for (field, lines) in writes(module, &fields) {
            // Who writes a part as a whole writes each of its fields.
            let below = format!("{field}.");
            let inside = fields.iter().filter(|f| f.starts_with(&below)).cloned();
            for one in inside.chain([field.clone()]) {
                writers.entry(one).or_default().entry(&module.file).or_default().extend(&lines);
            }
        }
    }
    assert!(writers.len() > 50, "only {} fields are written: assignments were not understood", writers.len());

    let shared = writers.iter().filter(|(_, files)| files.len() > 1);
    let said = |(field, files): (&String, &BTreeMap<&str, Vec<usize>>)| {
        (format!("{field}: {}", files.keys().copied().collect::<Vec<_>>().join(", ")), None)
    };
    holds(ONE_WRITER, &shared.map(said).collect::<Vec<_>>());
}
