use fedtrace::{trace, trace_with_opname};

#[trace]
#[trace_with_opname("send")]
fn send() {}

fn main() {
    send();
}
