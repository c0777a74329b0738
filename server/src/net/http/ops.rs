//! For whoever runs the server and balances load: is it alive, and may newcomers be sent to it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::house::House;
use crate::readiness::State as Readiness;

/// `GET /healthz`: the process runs and answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the storage takes what is written, there is room on the disk, and the house is not about to close.
pub(super) async fn readyz(State(house): State<Arc<House>>) -> (StatusCode, &'static str) {
    if house.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "closing\n");
    }
    match house.readiness().look(&house).await {
        Readiness::Ready => (StatusCode::OK, "ready\n"),
        Readiness::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "disk\n"),
        Readiness::NoStorage => (StatusCode::SERVICE_UNAVAILABLE, "storage\n"),
    }
}
