//! What of a plan the days before a day depend on: two plans that agree on it lead to the same state on that day.
//!
//! So a run may leave a snapshot with another policy, as long as the policies part on its day at the earliest, and the fork
//! is what a whole run of that policy would have been.

use serde_json::{Map, Value};

use crate::calendar::{Day, date, financial_year, year_start};
use crate::error::SimError;
use crate::population::YEARS_AHEAD;

/// Returns a plan without its name and without what begins or ends on `day` or later.
///
/// # Errors
/// [`SimError::Plan`] if the document is no plan.
pub fn past(document: &[u8], day: Day) -> Result<Value, SimError> {
    let fault = |what: &str| SimError::Plan(format!("{what}: not that of a plan"));
    let mut plan: Map<String, Value> = serde_json::from_slice(document).map_err(|e| SimError::Plan(e.to_string()))?;
    plan.remove("name");
    let begins = |step: &Value, key: &str| step.get(key).and_then(Value::as_i64).is_some_and(|d| d >= i64::from(day));
    let calendar = plan.get_mut("calendar").and_then(Value::as_object_mut).ok_or_else(|| fault("calendar"))?;
    // The population has lived as far ahead as the end of the financial year of the last day.
    let first = calendar.get("first").and_then(Value::as_i64).ok_or_else(|| fault("calendar.first"))?;
    let lived = year_start(financial_year((day - 1).max(first as Day)) + 1);
    let end = calendar.get("end").and_then(Value::as_i64).ok_or_else(|| fault("calendar.end"))?;
    calendar.insert("end".to_owned(), end.min(i64::from(lived)).into());
    if let Some(population) = plan.get_mut("population").and_then(Value::as_object_mut)
        && let Some(Value::Array(mut years)) = population.remove("years")
    {
        let known = i64::from(financial_year(lived - 1) + YEARS_AHEAD);
        years.retain(|row| row.get("year").and_then(Value::as_i64).is_some_and(|year| year <= known));
        if !years.is_empty() {
            population.insert("years".to_owned(), years.into());
        }
    }
    for steps in plan.get_mut("levers").and_then(Value::as_object_mut).ok_or_else(|| fault("levers"))?.values_mut() {
        let steps = steps.as_array_mut().ok_or_else(|| fault("levers"))?;
        steps.retain(|step| !begins(step, "from"));
        for step in steps.iter_mut().filter(|step| begins(step, "until")) {
            step["until"] = Value::Null;
        }
    }
    for list in ["beds", "changes", "programmes"] {
        if let Some(changes) = plan.get_mut(list).and_then(Value::as_array_mut) {
            changes.retain(|change| !begins(change, "day"));
        }
    }
    if let Some(Value::Array(mut programmes)) = plan.remove("programmes") {
        // Orders look as far ahead as the year after theirs.
        let known = i64::from(financial_year((day - 1).max(first as Day)) + 1);
        for years in programmes.iter_mut().filter_map(|p| p.get_mut("pounds").and_then(Value::as_array_mut)) {
            years.retain(|row| row.get("year").and_then(Value::as_i64).is_some_and(|year| year <= known));
        }
        if !programmes.is_empty() {
            plan.insert("programmes".to_owned(), programmes.into());
        }
    }
    Ok(Value::Object(plan))
}

/// Says where two pasts part, if they do.
pub fn parting(snapshot: &Value, plan: &Value, day: Day) -> Option<String> {
    let (y, m, d) = date(day);
    let on = format!("{y}-{m:02}-{d:02}");
    let (path, there, here) = first_difference(snapshot, plan)?;
    Some(match path.split('.').next() {
        Some("levers" | "beds" | "changes" | "programmes") => {
            format!("{path} is not the same before {on}: a policy may part from that of the snapshot from {on} on")
        }
        _ => format!("{path} is {there} in the snapshot and {here} in the scenario"),
    })
}

/// The first place where two documents differ, and what stands there.
fn first_difference(a: &Value, b: &Value) -> Option<(String, String, String)> {
    let join = |key: String, (path, x, y): (String, String, String)| {
        (if path.is_empty() { key } else { format!("{key}.{path}") }, x, y)
    };
    let short = |v: Option<&Value>| match v.map(Value::to_string) {
        Some(text) if text.chars().count() <= 40 => text,
        Some(_) => "something else".to_owned(),
        None => "absent".to_owned(),
    };
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            x.keys().chain(y.keys()).find(|key| x.get(*key) != y.get(*key)).map(|key| match (x.get(key), y.get(key)) {
                (Some(p), Some(q)) => first_difference(p, q).map(|found| join(key.clone(), found)).unwrap_or_default(),
                (p, q) => (key.clone(), short(p), short(q)),
            })
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            let at = x.iter().zip(y).position(|(p, q)| p != q)?;
            first_difference(&x[at], &y[at]).map(|found| join(at.to_string(), found))
        }
        _ => (a != b).then(|| (String::new(), short(Some(a)), short(Some(b)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = 46_000;

    fn plan(name: &str, relapse: f64, levers: &str, beds: &str) -> Vec<u8> {
        format!(
            r#"{{"name":"{name}","calendar":{{"first":44286,"start":45381,"end":47573}},"parameters":{{"relapse":{relapse}}},
            "levers":{levers},"beds":{beds},"changes":[]}}"#
        )
        .into_bytes()
    }

    fn told(a: &[u8], b: &[u8]) -> Option<String> {
        parting(&past(a, DAY).expect("a plan"), &past(b, DAY).expect("a plan"), DAY)
    }

    #[test]
    fn policies_that_part_later_share_their_past() {
        let a = plan("a", 0.3, r#"{"x":[{"from":45000,"until":null,"value":1}]}"#, "[]");
        let b = plan(
            "b",
            0.3,
            r#"{"x":[{"from":45000,"until":46000,"value":1},{"from":46000,"until":null,"value":2}]}"#,
            r#"[{"day":46000,"unit":1,"change":2}]"#,
        );
        assert_eq!(told(&a, &b), None);
    }

    #[test]
    fn a_policy_that_acted_before_the_day_is_told_by_name_and_date() {
        let a = plan("a", 0.3, r#"{"x":[]}"#, "[]");
        let b = plan("a", 0.3, r#"{"x":[{"from":45999,"until":null,"value":1}]}"#, "[]");
        let said = told(&a, &b).expect("they part");
        assert!(said.contains("levers.x") && said.contains("2025-12-11"), "{said}");
    }

    #[test]
    fn years_of_the_population_may_differ_once_no_quiet_year_was_told_of_them() {
        let with = |years: &str| {
            format!(r#"{{"calendar":{{"first":44286,"end":60000}},"levers":{{}},"population":{years}}}"#).into_bytes()
        };
        let (none, late) = (with("{}"), with(r#"{"years":[{"year":2029,"arrests":2.0}]}"#));
        let soon = with(r#"{"years":[{"year":2028,"arrests":2.0}]}"#);
        assert_eq!(told(&none, &late), None);
        assert!(told(&none, &soon).expect("they part").starts_with("population.years is absent"));
    }

    #[test]
    fn of_a_programme_that_has_begun_the_year_ahead_is_past_and_one_that_begins_later_is_not() {
        let with = |programmes: &str| {
            format!(r#"{{"calendar":{{"first":44286,"end":60000}},"levers":{{}}{programmes}}}"#).into_bytes()
        };
        let fund = |day: Day, next: f64, then: f64| {
            let years = format!(r#"[{{"year":2026,"pounds":{next}}},{{"year":2027,"pounds":{then}}}]"#);
            with(&format!(r#","programmes":[{{"day":{day},"pounds":{years}}}]"#))
        };
        assert_eq!(told(&with(""), &fund(46_113, 1.0, 1.0)), None);
        assert_eq!(told(&fund(45_748, 1.0, 1.0), &fund(45_748, 1.0, 2.0)), None);
        let said = told(&fund(45_748, 1.0, 1.0), &fund(45_748, 2.0, 1.0)).expect("they part");
        assert!(said.starts_with("programmes.0.pounds") && said.contains("2025-12-11"), "{said}");
        assert!(told(&with(""), &fund(45_748, 1.0, 1.0)).is_some());
    }

    #[test]
    fn another_number_is_told_with_both_values() {
        let (a, b) = (plan("a", 0.3, "{}", "[]"), plan("a", 0.4, "{}", "[]"));
        assert_eq!(told(&a, &b).unwrap(), "parameters.relapse is 0.3 in the snapshot and 0.4 in the scenario");
    }
}
