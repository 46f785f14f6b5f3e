//! The two listeners, and the layers around their routes.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::{Listener, ListenerExt as _};
use fedtrace::tower::{FederationLayer, ServerLayer};
use tokio::net::TcpListener;

use crate::authentication::authenticate;
use crate::configuration::Configuration;
use crate::homeserver::Shared;
use crate::tls::TlsListener;
use crate::{client_api, federation_api};

/// Listens for homeservers and for clients.
pub(crate) async fn start(configuration: &Configuration, homeserver: Shared) -> Result<(), Box<dyn Error>> {
    let federation = federation_api::authenticated()
        .layer(FederationLayer::new())
        .layer(from_fn_with_state(homeserver.clone(), authenticate))
        .merge(federation_api::public())
        .layer(ServerLayer::new())
        .with_state(homeserver.clone());
    let clients = client_api::routes()
        .layer(ServerLayer::new())
        .with_state(homeserver);
    let listener = TcpListener::bind(configuration.listeners.federation).await?;
    serve(TlsListener::new(listener, configuration)?, federation);
    serve(TcpListener::bind(configuration.listeners.client).await?, clients);
    Ok(())
}

fn serve(listener: impl Listener<Addr = SocketAddr>, routes: Router) {
    // A listener that is tapped tells the address of the other side, whatever it is.
    let listener = listener.tap_io(|_| ());
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
}
