//! Queries to a server that gives credit.

use std::sync::Arc;

use super::balances;
use super::balances::{Balance, Unusable};
use super::credit::Account;
use crate::sampling::poller::endpoint::Endpoint;
use crate::sampling::poller::thread::Poller;
use crate::util::counter::count;
use crate::util::diagnostics::{NowAndThen, warn, warn_now_and_then};
use crate::util::escape::EscapedText;
use crate::util::percent;

/// The approximate limit on the bytes of a URL; servers often limit URLs to 8 KiB.
const MAX_URL: usize = 4096;

/// Queries the server for credit at intervals, on a separate thread.
pub(crate) struct CreditPoll {
    endpoint: Endpoint,
    service_name: String,
    account: Arc<Account>,
    /// The last operation of a query that failed. The next round begins after it, so that one bad query does
    /// not block all others.
    failed: String,
    warned: NowAndThen,
    /// Whether it was logged that this server gives no credit at all.
    is_hopeless: bool,
}

struct Question {
    url: String,
    last_operation: String,
}

enum Problem {
    /// The server does not support credit.
    NoCredit(String),
    Other(String),
}

impl CreditPoll {
    pub(crate) fn new(endpoint: Endpoint, service_name: String, account: Arc<Account>) -> Self {
        Self {
            endpoint,
            service_name,
            account,
            failed: String::new(),
            warned: NowAndThen::new(),
            is_hopeless: false,
        }
    }

    /// Requests credit for all operations, and sends nothing if there are none.
    pub(crate) fn round(&mut self, poller: &Poller) {
        for question in self.questions() {
            if !poller.is_wanted() {
                return;
            }
            match ask(poller, &question.url) {
                Ok(balances) => {
                    self.account.add(balances);
                    // TracerCounts only after the credit is available.
                    count(&self.account.updates);
                }
                Err(problem) => {
                    count(&self.account.failed_updates);
                    self.failed = question.last_operation;
                    return self.tell(problem);
                }
            }
        }
        self.failed.clear();
    }

    fn questions(&self) -> Vec<Question> {
        let mut operations = self.account.operations();
        let done = operations.partition_point(|operation| *operation <= self.failed);
        operations.rotate_left(done);
        let client_id = self.account.client_id.get().map_or("", String::as_str);
        let base = self
            .endpoint
            .asking(&[("service", &self.service_name), ("uuid", client_id)]);
        let mut questions: Vec<Question> = Vec::new();
        for operation in operations {
            let more = format!("&operations={}", percent::encode(&operation));
            match questions.last_mut() {
                Some(question) if question.url.len() + more.len() <= MAX_URL => {
                    question.url.push_str(&more);
                    question.last_operation = operation;
                }
                _ => questions.push(Question {
                    url: format!("{base}{more}"),
                    last_operation: operation,
                }),
            }
        }
        questions
    }

    fn tell(&mut self, problem: Problem) {
        let url = self.endpoint.shown();
        match problem {
            Problem::NoCredit(problem) => {
                if !std::mem::replace(&mut self.is_hopeless, true) {
                    warn(format_args!(
                        "no span can be forced: {url} gives no credit, like every current Jaeger server ({}); \
                         remove the throttler, or configure a server that gives credit",
                        EscapedText(&problem)
                    ));
                }
            }
            Problem::Other(problem) => warn_now_and_then(&self.warned, || {
                format!(
                    "no credit for forced spans from {url}, what is left stays: {}",
                    EscapedText(&problem)
                )
            }),
        }
    }
}

fn ask(poller: &Poller, url: &str) -> Result<Vec<Balance>, Problem> {
    let body = poller.get(url).map_err(|no_answer| match no_answer.status {
        Some(404) => Problem::NoCredit(no_answer.to_string()),
        _ => Problem::Other(no_answer.to_string()),
    })?;
    balances::read(&body).map_err(|unusable| match unusable {
        Unusable::NoBalances => Problem::NoCredit("the answer has no balances".to_owned()),
        Unusable::Wrong(problem) => Problem::Other(format!("the answer {problem}")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::credit::{MAX_OPERATION_BYTES, MAX_OPERATIONS};
    use super::*;

    fn poll() -> CreditPoll {
        let endpoint = Endpoint::of_setting("", "http://host:5778/credits", "").unwrap();
        let account = Arc::new(Account::new());
        account.client_id.set("7".to_owned()).unwrap();
        CreditPoll::new(endpoint, "hs main".to_owned(), account)
    }

    fn urls(poll: &CreditPoll) -> Vec<String> {
        poll.questions()
            .into_iter()
            .map(|question| question.url)
            .collect()
    }

    #[test]
    fn all_operations_are_asked_about_in_one_question_escaped() {
        let poll = poll();
        assert!(urls(&poll).is_empty(), "nothing is asked about no operation");
        for operation in ["b", "a&c=é", "b"] {
            poll.account.spend(operation);
        }
        assert_eq!(
            urls(&poll),
            ["http://host:5778/credits?service=hs%20main&uuid=7&operations=a%26c%3D%C3%A9&operations=b"]
        );
    }

    #[test]
    fn many_operations_are_asked_about_in_several_questions_and_none_of_them_twice() {
        let poll = poll();
        for length in [0, MAX_OPERATION_BYTES] {
            poll.account.spend(&"x".repeat(length));
        }
        for index in 0..MAX_OPERATIONS {
            poll.account.spend(&format!("{index:é>100}"));
        }
        let urls = urls(&poll);
        assert!(urls.len() > 1 && urls.iter().all(|url| url.len() <= MAX_URL));
        let asked: Vec<_> = urls
            .iter()
            .flat_map(|url| url.split("&operations=").skip(1))
            .collect();
        let mut once = asked.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((asked.len(), once.len()), (MAX_OPERATIONS, MAX_OPERATIONS));
    }

    #[test]
    fn a_service_with_a_long_name_is_asked_about_one_operation_at_a_time() {
        let mut poll = poll();
        poll.service_name = "s".repeat(MAX_URL);
        for operation in ["a", "b"] {
            poll.account.spend(operation);
        }
        assert_eq!(urls(&poll).len(), 2);
    }

    #[test]
    fn the_next_round_begins_behind_a_question_that_failed() {
        let mut poll = poll();
        for operation in ["a", "b", "c"] {
            poll.account.spend(operation);
        }
        for (failed, expected) in [("b", "c a b"), ("c", "a b c"), ("bb", "c a b")] {
            poll.failed = failed.to_owned();
            let expected = expected.split(' ').map(|name| format!("&operations={name}"));
            assert!(
                urls(&poll)[0].ends_with(&expected.collect::<String>()),
                "{failed}"
            );
        }
    }
}
