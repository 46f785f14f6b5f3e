// Futures that are to be sent, and cannot.

use std::future::Future;
use std::pin::Pin;

pub fn spawned(own: std::rc::Rc<u8>) {
    fn is_send<T: Send>(_: T) {}
    is_send(not_send(own));
    is_send(not_send_inside());
}

#[attributes]
pub async fn not_send(own: std::rc::Rc<u8>) -> Result<u8, ()> {
    std::future::ready(()).await;
    Ok(*own)
}

#[attributes]
pub async fn not_send_inside() {
    let own = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(own);
}

#[attributes]
pub fn not_send_boxed(own: std::rc::Rc<u8>) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { *own })
}

#[attributes]
pub fn not_send_future() -> impl Future<Output = u8> + Send {
    async move {
        let own = std::rc::Rc::new(1);
        std::future::ready(()).await;
        *own
    }
}

#[attributes]
pub async fn inner_of_other() {
    not_send_inside().await;
}

pub fn spawned_outer() {
    fn is_send<T: Send>(_: T) {}
    is_send(inner_of_other());
    is_send(Own.method());
}

pub struct Own;

impl Own {
    #[attributes]
    pub async fn method(self) {
        let own = std::cell::RefCell::new(1);
        let borrowed = &own;
        std::future::ready(()).await;
        drop(borrowed);
    }
}
