#[fedtrace::trace(err(level = "info"))]
fn send() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = send();
}
