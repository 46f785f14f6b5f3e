// editions: 2021 2024
// Methods that write to a `self` that they own, where only `Drop` reads it, or nothing does.

use std::cell::RefCell;
use std::rc::Rc;

use futures::executor::block_on;

type Log = Rc<RefCell<Vec<String>>>;

struct Transaction {
    open: bool,
    name: &'static str,
    counts: [u8; 2],
    log: Log,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let line = format!("{} {} {:?}", self.name, self.open, self.counts);
        self.log.borrow_mut().push(line);
    }
}

macro_rules! close {
    ($transaction:ident) => {
        $transaction.open = false
    };
}

impl Transaction {
    #[attributes]
    fn commit(mut self) -> Result<(), ()> {
        self.open = false;
        Ok(())
    }

    #[attributes]
    async fn commit_later(mut self) -> Result<(), ()> {
        self.open = false;
        Ok(())
    }

    #[attributes]
    fn commit_without_result(mut self) {
        self.open = false;
    }

    #[attributes]
    async fn commit_without_result_later(mut self) {
        self.open = false;
    }

    #[attributes]
    async fn commit_with_an_argument(mut self, mut name: &'static str) -> bool {
        name = name.trim();
        self.name = name;
        true
    }

    #[attributes]
    fn in_a_branch(mut self, close: bool) -> Result<u8, ()> {
        if close {
            self.open = false;
            return Err(());
        }
        match self.counts[0] {
            0 => self.name = "zero",
            n => self.counts[1] = n,
        }
        Ok(1)
    }

    #[attributes]
    async fn in_a_loop(mut self) -> Result<u8, ()> {
        for count in 0..3 {
            self.counts[0] = count;
        }
        self.counts[1] += 1;
        Ok(1)
    }

    #[attributes]
    async fn in_a_tuple(mut self) -> u8 {
        (self.open, self.name) = (false, "tuple");
        1
    }

    #[attributes]
    fn in_a_macro(mut self) -> Result<(), ()> {
        close!(self);
        Ok(())
    }

    #[attributes]
    async fn in_a_macro_later(mut self) {
        close!(self);
    }

    #[attributes]
    fn as_a_whole(mut self, other: Self) -> Result<(), ()> {
        self = other;
        Ok(())
    }

    #[attributes]
    async fn as_a_whole_later(mut self, other: Self) {
        self = other;
    }

    #[attributes]
    fn in_a_box(mut self: Box<Self>) -> Result<(), ()> {
        self.open = false;
        Ok(())
    }

    #[attributes]
    async fn in_a_box_later(mut self: Box<Self>) {
        self.open = false;
    }

    #[attributes]
    async fn before_a_panic(mut self, panics: bool) -> Result<u8, ()> {
        self.open = false;
        if panics {
            panic!("as it should");
        }
        return Ok(1);
    }
}

struct Position {
    x: u8,
    y: u8,
}

impl Position {
    #[attributes]
    fn forget(mut self) -> Result<u8, ()> {
        let x = self.x;
        self.x = 0;
        self.y = x;
        Ok(x)
    }

    #[attributes]
    async fn forget_later(mut self) -> u8 {
        let x = self.x + self.y;
        self.x = 0;
        x
    }

    #[attributes]
    async fn replaced_later(mut self) -> u8 {
        let x = self.x;
        self = Self { x: 1, y: 2 };
        x
    }
}

pub fn run() -> Vec<String> {
    let log = Log::default();
    let new = |name| Transaction {
        open: true,
        name,
        counts: [0, 0],
        log: log.clone(),
    };
    let _ = new("commit").commit();
    let _ = block_on(new("later").commit_later());
    new("plain").commit_without_result();
    block_on(new("plain later").commit_without_result_later());
    block_on(new("argument").commit_with_an_argument(" renamed "));
    let _ = new("branch").in_a_branch(true);
    let _ = new("branch").in_a_branch(false);
    let _ = block_on(new("loop").in_a_loop());
    block_on(new("").in_a_tuple());
    let _ = new("macro").in_a_macro();
    block_on(new("macro later").in_a_macro_later());
    let _ = new("one").as_a_whole(new("two"));
    block_on(new("one").as_a_whole_later(new("two")));
    let _ = Box::new(new("box")).in_a_box();
    block_on(Box::new(new("box later")).in_a_box_later());
    let _ = block_on(new("panic").before_a_panic(false));
    let mut said = log.borrow().clone();
    let position = || Position { x: 1, y: 2 };
    said.push(format!("{:?}", position().forget()));
    said.push(block_on(position().forget_later()).to_string());
    said.push(block_on(position().replaced_later()).to_string());
    said
}
