//! The same traces in a browser: in a file, and, with `--serve`, on a page while they happen.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use axum::Router;
use fedtrace::page::Traces;
use tokio::net::TcpListener;
use tokio::time;

use crate::homeserver::Homeserver;
use crate::{OURS, ROOM, STRANGER, Story, TRUSTED, listen, router, send_message};

/// Writes the traces of all servers to a file that any browser shows. Returns its path.
pub fn write(story: &Story) -> Result<PathBuf, Box<dyn Error>> {
    let servers: Vec<_> = story
        .servers()
        .filter_map(|server| Some((server.spans.process()?, server.spans.finished_spans())))
        .collect();
    let spans = servers
        .iter()
        .flat_map(|(process, spans)| spans.iter().map(move |span| (process, span)));
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let path = folder.join("federation.html");
    fs::write(&path, fedtrace::html(spans))?;
    Ok(path)
}

/// Lets Alice send a message every second, and shows what happens on a page, until somebody ends the program.
#[tokio::main]
pub async fn serve() -> Result<(), Box<dyn Error>> {
    let (listeners, resolver) = listen(&[OURS, TRUSTED, STRANGER]).await?;
    let (mut traces, mut guards) = (Traces::new(), Vec::new());
    for (name, listener) in [OURS, TRUSTED, STRANGER].into_iter().zip(listeners) {
        let (server, guard) = Homeserver::new(name, &resolver)?;
        traces = traces.watch(&server.tracer);
        guards.push(guard);
        forget_spans(&server);
        router::serve(&server, listener);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("\nAlice sends a message every second. The page of traces, until Ctrl+C:\n");
    println!("    http://{}/\n", listener.local_addr()?);
    let page = Router::new().fallback_service(traces.service().loopback_only());
    let page = page.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener, page).into_future());
    let mut every_second = time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        // A message that is refused is on the page as well.
        let _ = send_message(&resolver, OURS, ROOM).await;
    }
}

/// The report is over, so that nobody reads the spans that a server keeps for it.
fn forget_spans(server: &Arc<Homeserver>) {
    let spans = server.spans.clone();
    tokio::spawn(async move {
        loop {
            time::sleep(Duration::from_secs(1)).await;
            drop(spans.take());
        }
    });
}
