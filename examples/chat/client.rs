//! What clients do.

use std::error::Error;

use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// Uses all that the server has, and stops it in the middle of the last answer.
pub async fn use_all(url: &str, stop: watch::Sender<bool>) -> Result<(), Box<dyn Error>> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    for path in ["/nowhere?since=s1", "/forever"] {
        // Whatever a client says of traces is not believed.
        let request = http
            .get(format!("{url}{path}"))
            .header("uber-trace-id", "abc:1:0:1");
        println!("GET {path}: {}", request.send().await?.status());
    }
    chat(url).await?;

    let mut answer = http.get(url).send().await?;
    let mut received = Vec::from(answer.chunk().await?.unwrap_or_default());
    stop.send_replace(true);
    while let Some(chunk) = answer.chunk().await? {
        received.extend(chunk);
    }
    println!("GET /: {:?}", String::from_utf8_lossy(&received));
    Ok(())
}

async fn chat(url: &str) -> Result<(), Box<dyn Error>> {
    let (mut socket, _) = connect_async(format!("{}/websocket", url.replacen("http", "ws", 1))).await?;
    for text in ["hello", "is anybody there?"] {
        socket.send(Message::text(text)).await?;
        let heard = socket.next().await.ok_or("the server hung up")??;
        println!("websocket: {heard}");
    }
    socket.close(None).await?;
    // Until the server has closed it, too.
    while let Some(Ok(_)) = socket.next().await {}
    Ok(())
}
