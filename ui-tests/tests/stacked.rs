//! Tests whose functions are traced, with the attributes of test frameworks in every order.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use fedtrace::{tag_args, trace, trace_with_opname};
use rstest::{fixture, rstest};
use test_case::test_case;

#[trace]
#[test]
fn a_test_below() {}

#[test]
#[trace_with_opname("test")]
#[should_panic(expected = "as it should")]
fn a_test_above() {
    panic!("as it should");
}

#[test]
#[trace]
fn a_fallible_test() -> Result<(), String> {
    Ok(())
}

#[trace]
#[tokio::test]
async fn a_test_of_tokio_below() {
    tokio::task::yield_now().await;
}

#[tokio::test(flavor = "current_thread")]
#[trace]
async fn a_test_of_tokio_above() -> Result<(), String> {
    tokio::task::yield_now().await;
    Ok(())
}

#[test_case(1, "a")]
#[test_case(2, "bc"; "longer")]
#[trace]
#[tag_args]
fn cases_above(x: usize, text: &str) {
    assert_eq!(text.len(), x);
}

#[trace]
#[tag_args]
#[test_case(1 => 2)]
#[test_case(2 => 3)]
fn cases_below(x: usize) -> usize {
    x + 1
}

#[test_case(1)]
#[tokio::test]
#[trace]
async fn cases_of_tokio(x: usize) {
    tokio::task::yield_now().await;
    assert_eq!(x, 1);
}

#[fixture]
#[trace]
fn number() -> u8 {
    7
}

#[rstest]
#[case(7)]
#[trace]
#[tag_args]
fn rstest_above(#[case] x: u8, number: u8) {
    assert_eq!(x, number);
}

#[trace]
#[rstest]
fn rstest_below(#[values(1, 2)] x: u8, number: u8) {
    assert!(x < number);
}

#[rstest]
#[tokio::test]
#[trace]
#[tag_args]
async fn rstest_of_tokio(#[values(1, 2)] x: u8, number: u8) -> Result<(), String> {
    tokio::task::yield_now().await;
    if x > number { Err(x.to_string()) } else { Ok(()) }
}

#[axum::debug_handler]
#[trace]
#[tag_args]
async fn handler_below(State(name): State<String>, Path(number): Path<u8>) -> Result<String, StatusCode> {
    Ok(format!("{name}{number}"))
}

#[trace]
#[tag_args]
#[axum::debug_handler(state = String)]
async fn handler_above(State(name): State<String>, Path(number): Path<u8>) -> Result<String, StatusCode> {
    Ok(format!("{name}{number}"))
}

#[tag_args]
#[axum::debug_handler]
#[trace_with_opname("between")]
async fn handler_between() -> &'static str {
    "between"
}

#[tokio::test]
async fn handlers_of_axum_can_be_traced() {
    let router: Router = Router::new()
        .route("/below/{number}", get(handler_below))
        .route("/above/{number}", get(handler_above))
        .route("/between", get(handler_between))
        .with_state("a".to_owned());
    drop(router);
    let arguments = || (State("a".to_owned()), Path(1));
    let (State(name), path) = arguments();
    assert_eq!(handler_below(State(name), path).await, Ok("a1".to_owned()));
    let (state, path) = arguments();
    assert_eq!(handler_above(state, path).await, Ok("a1".to_owned()));
    assert_eq!(handler_between().await, "between");
}
