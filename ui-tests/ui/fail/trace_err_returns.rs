#[fedtrace::trace(err = is_failure()?)]
fn send() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = send();
}
