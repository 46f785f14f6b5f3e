use fedtrace::trace;

#[trace]
#[trace]
fn send() {}

fn main() {
    send();
}
