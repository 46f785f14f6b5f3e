#[fedtrace::trace(ret)]
fn send() -> impl Fn(&str) -> usize {
    |text| text.len()
}

fn main() {
    let _ = send();
}
