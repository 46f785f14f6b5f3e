#[fedtrace::tag_args(reveal(acess_token))]
fn send(access_token: u32) {
    let _ = access_token;
}

fn main() {
    send(1);
}
