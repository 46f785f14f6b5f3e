// Bodies that do not end normally, and something in each deserves a warning.

use std::future::Future;
use std::pin::Pin;

pub struct Gate(pub u8);

#[attributes]
pub async fn after_a_loop(mut n: u8) -> u8 {
    loop {
        n += 1;
    }
    n += 2;
}

#[attributes]
pub async fn after_a_return(mut n: u8) -> u8 {
    n += 1;
    return n;
    n
}

#[attributes]
pub async fn after_a_panic(mut n: u8) -> Result<u8, ()> {
    n += 1;
    panic!("{n}");
    Ok(n)
}

#[attributes]
pub fn after_a_panic_fallible(mut n: u8) -> Result<u8, ()> {
    n += 1;
    panic!("{n}");
    Ok(n)
}

#[attributes]
pub async fn in_the_value_of_a_return(mut n: u8) -> u8 {
    n += 1;
    return loop { return n };
}

#[attributes]
pub async fn after_a_return_of_a_closure(n: u8) -> impl Fn(u8) -> u8 {
    return move |x: u8| x + n;
    drop(n);
}

#[attributes]
pub fn before_a_boxed_future(mut n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    n += 1;
    panic!("{n}");
    drop(n);
    todo!()
}

#[attributes]
pub async fn unused_argument(n: u8, mut text: String) -> u8 {
    text.push('x');
    panic!("{text}")
}

#[attributes]
pub async fn unused_mutability(mut n: u8) -> u8 {
    return n;
}

#[attributes]
pub fn unused_mutability_fallible(mut n: u8) -> Result<u8, ()> {
    return Ok(n);
}

#[attributes]
pub async fn unused_assignment(mut n: u8, mut text: String) -> u8 {
    text.push('x');
    n = 3;
    panic!("{text}")
}

#[attributes]
pub async fn unused_argument_of_a_loop(mut n: u8, x: u8) {
    loop {
        n += 1;
        if n > 9 {
            return;
        }
    }
}

#[attributes]
pub async fn unused_local(mut n: u8) -> Result<u8, ()> {
    let x = n;
    n += 1;
    return Ok(n);
}

#[attributes]
pub async fn unused_label(mut n: u8) -> Result<u8, ()> {
    'outer: loop {
        n += 1;
        if n > 9 {
            return Err(());
        }
    }
}

#[attributes]
pub async fn todo_with_unused_arguments(mut n: u8, text: String) -> Result<u8, ()> {
    todo!()
}

#[attributes]
pub fn todo_with_unused_arguments_fallible(mut n: u8, text: String) -> Result<u8, ()> {
    todo!()
}

impl Gate {
    #[attributes]
    pub async fn unused_argument(mut self, mut n: u8, x: u8) -> u8 {
        self.0 = 3;
        loop {
            n += self.0;
            if n > 9 {
                return n;
            }
        }
    }

    #[attributes]
    pub fn after_a_return(mut self) -> Result<u8, ()> {
        self.0 = 3;
        return Ok(self.0);
        Err(())
    }
}
