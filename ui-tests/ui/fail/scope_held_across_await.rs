use std::future::Future;

fn spawn(_: impl Future<Output = ()> + Send) {}

fn main() {
    spawn(async {
        let _scope = fedtrace::start_active_span("request");
        std::future::ready(()).await;
    });
}
