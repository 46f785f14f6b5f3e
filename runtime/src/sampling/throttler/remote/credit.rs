//! The credit of each operation.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, OnceLock};

use super::balances::Balance;
use crate::util::diagnostics::{NowAndThen, warn_now_and_then};
use crate::util::lock::lock;

/// The cost of one span.
const COST: f64 = 1.0;
/// The most credit of an operation. Above 2^53, subtracting the cost would have no effect.
const MAX_CREDIT: f64 = 1_000_000.0;
/// The most operations with credit.
pub(crate) const MAX_OPERATIONS: usize = 512;
/// The most bytes of an operation's name.
pub(crate) const MAX_OPERATION_BYTES: usize = 512;

/// The credit of each operation that spans were forced for, and the counts of queries.
#[derive(Debug)]
pub(crate) struct Account {
    credit: Mutex<BTreeMap<String, f64>>,
    pub(crate) client_id: OnceLock<String>,
    pub(crate) updates: AtomicU64,
    pub(crate) failed_updates: AtomicU64,
    warned: NowAndThen,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self {
            credit: Mutex::default(),
            client_id: OnceLock::new(),
            updates: AtomicU64::new(0),
            failed_updates: AtomicU64::new(0),
            warned: NowAndThen::new(),
        }
    }

    fn credit(&self) -> MutexGuard<'_, BTreeMap<String, f64>> {
        lock(&self.credit)
    }

    /// Spends the credit of one span. Returns whether there was enough. From the first call on, credit for
    /// the operation is requested.
    pub(crate) fn spend(&self, operation: &str) -> bool {
        let mut credit = self.credit();
        if let Some(credit) = credit.get_mut(operation) {
            let is_enough = *credit >= COST;
            if is_enough {
                *credit -= COST;
            }
            return is_enough;
        }
        if credit.len() < MAX_OPERATIONS && operation.len() <= MAX_OPERATION_BYTES {
            credit.insert(operation.to_owned(), 0.0);
            return false;
        }
        drop(credit);
        warn_now_and_then(&self.warned, || {
            format!(
                "there is no credit for further operations: at most {MAX_OPERATIONS} are asked for, with names of at \
                 most {MAX_OPERATION_BYTES} bytes; do the names of spans contain a variable part?"
            )
        });
        false
    }

    /// The known operations, in alphabetical order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.credit().keys().cloned().collect()
    }

    /// Adds credit. Unknown operations are ignored, so that a server cannot fill the memory.
    pub(crate) fn add(&self, balances: Vec<Balance>) {
        let mut credit = self.credit();
        for Balance { operation, balance } in balances {
            if let Some(credit) = credit.get_mut(&operation) {
                *credit = (*credit + balance).min(MAX_CREDIT);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(account: &Account, operation: &str, balance: f64) {
        let operation = operation.to_owned();
        account.add(vec![Balance { operation, balance }]);
    }

    fn spent(account: &Account, operation: &str, times: usize) -> usize {
        (0..times).filter(|_| account.spend(operation)).count()
    }

    #[test]
    fn a_balance_is_added_to_the_credit_and_a_span_costs_one() {
        let account = Account::new();
        assert!(!account.spend("a"), "there is none at first");
        add(&account, "a", 2.5);
        assert_eq!(spent(&account, "a", 5), 2);
        add(&account, "a", 0.5);
        assert_eq!(spent(&account, "a", 5), 1, "the half was kept");
        assert_eq!(account.operations(), ["a"]);
    }

    #[test]
    fn a_huge_balance_is_used_up_nevertheless() {
        let account = Account::new();
        account.spend("a");
        for _ in 0..3 {
            add(&account, "a", f64::MAX);
        }
        assert_eq!(spent(&account, "a", 1_000_010), 1_000_000);
    }

    #[test]
    fn operations_are_bounded_in_number_and_in_bytes() {
        let account = Account::new();
        assert!(!account.spend(&"x".repeat(MAX_OPERATION_BYTES + 1)));
        assert_eq!(account.operations().len(), 0);
        for index in 0..2 * MAX_OPERATIONS {
            assert!(!account.spend(&index.to_string()));
        }
        assert_eq!(account.operations().len(), MAX_OPERATIONS);
        add(&account, "7", 1.0);
        assert!(account.spend("7"));
    }

    #[test]
    fn credit_that_nobody_asked_for_is_not_kept() {
        let account = Account::new();
        add(&account, "a", 5.0);
        assert!(account.operations().is_empty());
        assert_eq!(spent(&account, "a", 5), 0);
    }
}
