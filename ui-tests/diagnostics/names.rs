// Names that do not exist.

use std::future::Future;

#[attributes]
pub fn variable(x: u8) -> Result<u8, ()> {
    Ok(missing)
}

#[attributes]
pub async fn variable_later(x: u8) -> Result<u8, ()> {
    Ok(missing)
}

#[attributes]
pub fn typed(x: Missing) -> Result<u8, ()> {
    Ok(1)
}

#[attributes]
pub fn returned(x: u8) -> Result<Missing, ()> {
    todo!()
}

#[attributes]
pub async fn returned_later(x: u8) -> Result<Missing, ()> {
    todo!()
}

#[attributes]
pub async fn returned_plain_later(x: u8) -> Missing {
    todo!()
}

#[attributes]
pub fn returned_future(x: u8) -> impl Future<Output = Result<Missing, ()>> {
    async move { todo!() }
}

#[attributes]
pub fn module(x: u8) -> Result<u8, ()> {
    use missing::thing;
    missing::function(x)
}

#[attributes]
pub fn lifetime(x: &'missing u8) -> Result<&'missing u8, ()> {
    Ok(x)
}

#[attributes]
pub fn missing_lifetime(x: &u8, y: &u8) -> Result<&u8, ()> {
    Ok(x)
}

#[attributes]
pub async fn missing_lifetime_later(x: &u8, y: &u8) -> &u8 {
    x
}

#[attributes]
pub fn label(x: u8) -> Result<u8, ()> {
    loop {
        break 'missing;
    }
}

#[attributes]
pub fn outer_label(x: u8) -> Result<u8, ()> {
    continue;
}

#[attributes]
pub async fn outer_label_later(x: u8) {
    break;
}

#[attributes]
pub fn macros(x: u8) -> Result<u8, ()> {
    missing!(x)
}

#[attributes]
pub fn twice(x: u8, x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
pub async fn twice_later(x: String, x: String) {}

#[attributes]
pub fn generic<T, T>(x: T) {}

#[attributes]
pub fn bound<T: Missing>(x: T) {}

#[attributes]
pub fn ours(x: u8) -> Result<u8, ()> {
    Ok(_fedtrace_scope + fedtrace_scope + fedtrace_output + fedtrace_recording)
}

#[attributes]
#[missing]
pub fn attribute(x: u8) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
pub fn await_outside(x: u8) -> Result<u8, ()> {
    Ok(std::future::ready(x).await)
}

pub struct Own;

impl Own {
    #[attributes]
    pub fn no_self() -> u8 {
        self.x
    }

    #[attributes]
    pub async fn no_self_later() -> u8 {
        self.x
    }
}

impl Missing for Own {
    #[attributes]
    fn method(&self) {}
}

impl Clone for Own {
    #[attributes]
    fn copy(&self) -> Self {
        Own
    }
}
