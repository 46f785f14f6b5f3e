struct Server;

#[fedtrace::trace_with_opname("server")]
impl Server {
    fn send(&self) {}
}

fn main() {
    Server.send();
}
