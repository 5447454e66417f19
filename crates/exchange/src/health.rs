//! Health, readiness and figures, for this computer only. Nothing here names a unit or a title.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::sequencer::Published;

/// What the status port tells.
#[derive(Clone)]
struct Status {
    published: Arc<Published>,
    failed: watch::Receiver<bool>,
    stopping: watch::Receiver<bool>,
    figures: PrometheusHandle,
}

/// Serves the status port until `stopping` becomes true. Returns the address that it has.
pub async fn serve(
    address: SocketAddr,
    published: Arc<Published>,
    mut stopping: watch::Receiver<bool>,
) -> std::io::Result<SocketAddr> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    // A second recorder in one process is refused; the first one then keeps counting.
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("figures are counted elsewhere in this process");
    }
    let status = Status {
        failed: published.failed(),
        stopping: stopping.clone(),
        published,
        figures,
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(prometheus))
        .with_state(status);
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let until = async move {
            // An error means that whoever could stop us is gone.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        if let Err(error) = axum::serve(listener, router)
            .with_graceful_shutdown(until)
            .await
        {
            tracing::error!(%error, "the status port ended");
        }
    });
    Ok(address)
}

async fn ready(State(status): State<Status>) -> (StatusCode, &'static str) {
    if *status.failed.borrow() {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store failed; restart the exchange\n",
        )
    } else if status.published.held().is_some() {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the clock is not trusted; set it right, then have the authority confirm the time\n",
        )
    } else if *status.stopping.borrow() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn prometheus(State(status): State<Status>) -> String {
    let newest = status.published.newest();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge; exact up to 2^53 entries"
    )]
    metrics::gauge!("yichuan_log_size").set(newest.size as f64);
    status.figures.render()
}
