#[fedtrace::tag_args(skip(email), redact(email))]
fn invite(email: &str) {
    let _ = email;
}

fn main() {
    invite("a@b");
}
