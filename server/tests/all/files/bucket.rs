//! A store that speaks as much S3 as whole files need, on a port of the system's, and stops in the middle when it is told to.
//!
//! Left out: signatures, files in parts, lists. That we speak S3 as others do is shown before a foreign store
//! (`interop/bucket.py`).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{post, put};
use tokio::sync::watch;

/// The store, and what lies in it.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub address: SocketAddr,
    lies: Arc<Lies>,
}

#[derive(Debug)]
struct Lies {
    objects: Mutex<BTreeMap<String, Bytes>>,
    puts: AtomicUsize,
    /// Whether whoever puts something waits for the answer until this is taken back.
    is_held: watch::Sender<bool>,
}

impl Bucket {
    /// Opens it; it ends with the test's runtime.
    pub async fn open() -> Self {
        let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = door.local_addr().unwrap();
        let lies = Arc::new(Lies {
            objects: Mutex::default(),
            puts: AtomicUsize::new(0),
            is_held: watch::Sender::new(false),
        });
        let routes = Router::new()
            .route("/konvent", post(remove))
            .route("/konvent/{key}", put(keep).get(read))
            .with_state(Arc::clone(&lies));
        tokio::spawn(async move { axum::serve(door, routes).await });
        Self { address, lies }
    }

    /// What stands in the settings.
    pub fn settings(&self) -> String {
        format!(
            "[files.s3]\nbucket = 'konvent'\nendpoint = 'http://{}'\naccess_key = 'a'\nsecret_key = 's'\n",
            self.address
        )
    }

    /// How many files lie here.
    pub fn count(&self) -> usize {
        self.lies.objects.lock().unwrap().len()
    }

    /// How often something was put here.
    pub fn puts(&self) -> usize {
        self.lies.puts.load(Ordering::Relaxed)
    }

    /// Takes bytes and says nothing, or answers again.
    pub fn hold(&self, is_held: bool) {
        self.lies.is_held.send_replace(is_held);
    }
}

async fn keep(State(lies): State<Arc<Lies>>, Path(key): Path<String>, body: Bytes) -> Response {
    lies.puts.fetch_add(1, Ordering::Relaxed);
    lies.objects.lock().unwrap().insert(key, body);
    let mut held = lies.is_held.subscribe();
    held.wait_for(|is_held| !is_held).await.unwrap();
    [(header::ETAG, "\"1\"")].into_response()
}

async fn read(
    State(lies): State<Arc<Lies>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(bytes) = lies.objects.lock().unwrap().get(&key).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let asked = headers[header::RANGE].to_str().unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = asked.split_once('-').unwrap();
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    let told = format!("bytes {first}-{last}/{}", bytes.len());
    let head = [(header::ETAG, "\"1\"".to_owned()), (header::CONTENT_RANGE, told)];
    (StatusCode::PARTIAL_CONTENT, head, bytes.slice(first..=last)).into_response()
}

/// `DeleteObjects`: the names stand in a document.
async fn remove(State(lies): State<Arc<Lies>>, document: String) -> String {
    let names = document.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
    let mut objects = lies.objects.lock().unwrap();
    let mut gone = String::new();
    for name in names {
        objects.remove(name);
        gone.push_str("<Deleted><Key>");
        gone.push_str(name);
        gone.push_str("</Key></Deleted>");
    }
    format!("<DeleteResult>{gone}</DeleteResult>")
}
