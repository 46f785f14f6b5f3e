//! `#[fedtrace::test]` together with the attributes of other crates that run tests.

use fedtrace::start_active_span;
use fedtrace::testing::{TestTracer, assert_trace};
use rstest::{fixture, rstest};
use test_case::test_case;

#[fixture]
fn user() -> String {
    "@alice:example.org".to_owned()
}

#[fedtrace::test]
#[rstest]
#[case("a", 1)]
#[case("b", 2)]
fn cases_and_fixtures_of_rstest_stand_beside_the_tracer(
    #[case] name: &'static str,
    test: &TestTracer,
    user: String,
    #[case] mut count: usize,
) {
    count += user.len();
    drop(start_active_span(name));
    assert_eq!(
        test.finished_span(name).operation_name.len() + user.len(),
        count.min(user.len() + 1)
    );
}

#[rstest]
#[case(1)]
#[case(2)]
#[fedtrace::test]
fn below_rstest_there_is_a_tracer_but_no_parameter(#[case] number: u8) {
    let _scope = start_active_span("case");
    assert!(number > 0 && fedtrace::trace_id().is_some());
}

#[fedtrace::test]
#[rstest]
#[case(1)]
#[tokio::test]
async fn rstest_runs_async_cases(#[case] number: u8, test: &TestTracer) {
    drop(start_active_span("case"));
    tokio::task::yield_now().await;
    assert_eq!(test.finished_spans().len(), usize::from(number));
}

#[fedtrace::test]
#[test_case(2, 1; "two and one")]
#[test_case(3, 2; "three and two")]
fn cases_of_test_case_stand_beside_the_tracer(more: usize, less: usize, test: &TestTracer) {
    for _ in 0..less {
        drop(start_active_span("turn"));
    }
    assert_eq!(test.finished_spans().len() + 1, more);
}

#[fedtrace::test]
#[test_case(1 => 1)]
fn test_case_sees_what_the_function_returns(number: usize) -> usize {
    number
}

#[fedtrace::test]
#[test]
fn a_plain_test_attribute_below_makes_no_second_test(test: &TestTracer) {
    assert_trace!(test, {});
}

#[fedtrace::test]
#[should_panic = "assertion"]
#[allow(clippy::assertions_on_constants)]
fn a_test_that_should_panic_does() {
    assert!(false);
}

#[fedtrace::test]
#[ignore = "to see that it is"]
fn an_ignored_test_is_ignored() {
    unreachable!();
}

#[fedtrace::test]
fn patterns_and_generic_results_work(test: &TestTracer) -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = "0".parse()?;
    assert_eq!(test.finished_spans().len(), count);
    Ok(())
}
