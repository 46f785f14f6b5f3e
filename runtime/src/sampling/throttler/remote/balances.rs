//! Answers of a server that gives credit.

use serde_json::Value;

/// The credit that a server gives for an operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Balance {
    pub(crate) operation: String,
    pub(crate) balance: f64,
}

/// The error of an answer that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The JSON is something else: Jaeger 2 answers every query with a sampling strategy.
    NoBalances,
    Wrong(String),
}

/// Parses an answer of a server that gives credit. Missing numbers are zero, as in protobuf's JSON.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Balance>, Unusable> {
    let answer: Value =
        serde_json::from_slice(body).map_err(|error| wrong(format!("is not JSON: {error}")))?;
    match answer.get("balances") {
        None => Err(Unusable::NoBalances),
        // Go may write an empty list like this.
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(balances)) => balances.iter().map(one).collect(),
        Some(_) => Err(wrong("has balances that are not a list")),
    }
}

fn one(entry: &Value) -> Result<Balance, Unusable> {
    let operation = entry.get("operation").and_then(Value::as_str);
    let balance = match entry.get("balance") {
        None | Some(Value::Null) => Some(0.0),
        Some(balance) => balance.as_f64().filter(|balance| *balance >= 0.0),
    };
    Ok(Balance {
        operation: operation
            .ok_or_else(|| wrong("has a balance without an operation"))?
            .to_owned(),
        balance: balance.ok_or_else(|| wrong("has a balance that is not a number of at least 0"))?,
    })
}

fn wrong(problem: impl Into<String>) -> Unusable {
    Unusable::Wrong(problem.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balances_are_read_by_operation_and_what_else_there_is_does_not_matter() {
        for (text, expected) in [
            (r#"{"balances":[]}"#, &[][..]),
            (r#"{"balances":null}"#, &[]),
            (r#"{"balances":[{"operation":"a","balance":2.5}]}"#, &[("a", 2.5)]),
            (
                r#"{"more":{},"balances":[{"operation":"a","balance":1,"more":null},{"operation":"b"},
                    {"operation":"c","balance":null}]}"#,
                &[("a", 1.0), ("b", 0.0), ("c", 0.0)],
            ),
        ] {
            let expected = expected.iter().map(|(operation, balance)| Balance {
                operation: (*operation).to_owned(),
                balance: *balance,
            });
            assert_eq!(read(text.as_bytes()), Ok(expected.collect()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_as_a_whole() {
        for (text, problem) in [
            ("", "is not JSON"),
            ("404 page not found", "is not JSON"),
            (
                r#"{"balances":[{"operation":"a","balance":1e999}]}"#,
                "is not JSON",
            ),
            (r#"{"balances":[{"operation":"a","balance":NaN}]}"#, "is not JSON"),
            (r#"{"balances":{}}"#, "has balances that are not a list"),
            (
                r#"{"balances":[{"operation":"a","balance":1},{"operation":"b","balance":-1}]}"#,
                "has a balance that is not a number",
            ),
            (
                r#"{"balances":[{"operation":"a","balance":"1"}]}"#,
                "has a balance that is not a number",
            ),
            (
                r#"{"balances":[{"balance":1}]}"#,
                "has a balance without an operation",
            ),
            (r#"{"balances":[null]}"#, "has a balance without an operation"),
        ] {
            match read(text.as_bytes()) {
                Err(Unusable::Wrong(error)) => assert!(error.starts_with(problem), "{text} gives {error}"),
                other => panic!("{text} gives {other:?}"),
            }
        }
    }

    #[test]
    fn an_answer_about_something_else_is_told_apart() {
        for text in [
            "{}",
            "[]",
            "null",
            r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1}}"#,
        ] {
            assert_eq!(read(text.as_bytes()), Err(Unusable::NoBalances), "{text}");
        }
    }
}
