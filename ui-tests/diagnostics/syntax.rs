// Half-typed bodies: the errors of the parser, and none about missing functions.

pub fn calls() {
    half_let(1);
    let _ = half_let_fallible(1);
    drop(half_call(1));
    Own.half_dot();
    half_match(1);
    half_future(1);
}

#[attributes]
pub fn half_let(x: u8) {
    let y =
}

#[attributes]
pub fn half_let_fallible(x: u8) -> Result<u8, ()> {
    let y = x
    Ok(y)
}

#[attributes]
pub async fn half_call(x: u8) -> u8 {
    half_let(x, )
    x.
}

#[attributes]
pub fn half_middle(x: u8) -> Result<u8, ()> {
    let z = Own.;
    let y = x.
    half_match(y);
    Ok(y)
}

#[attributes]
pub fn half_match(x: u8) -> u8 {
    match x {
        1 =>
    }
}

#[attributes]
pub fn half_future(x: u8) -> impl std::future::Future<Output = u8> {
    async move {
        x +
    }
}

#[attributes]
pub fn half_else(x: u8) {
    if x == 1 {
    } else
}

pub struct Own;

impl Own {
    #[attributes]
    pub fn half_dot(&self) {
        self.
    }

    #[attributes]
    pub fn half_if(&self) -> Result<u8, ()> {
        if self. {
            Ok(1)
        }
    }
}
