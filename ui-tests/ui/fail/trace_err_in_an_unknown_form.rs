#[fedtrace::trace(err(Pretty))]
fn send() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = send();
}
