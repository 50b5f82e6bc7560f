//! What operators and their machines ask: alive, ready, metrics, documents.
//!
//! Needs no key, so it tells nothing of any workspace.

use std::time::Duration;

use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use causerie_core::Fault;

use crate::app::App;
use crate::observe::{observe, render_metrics};
use crate::problem::{Problem, Trouble, problems_html};

/// How long `/readyz` waits for the storage.
const READY_WITHIN: Duration = Duration::from_secs(1);

/// The resources of this module, with the methods that they take.
const ALLOW: &str = "GET, HEAD";

macro_rules! resource {
    ($cfg:ident, $path:literal, $handler:expr) => {
        $cfg.service(
            web::resource($path)
                .wrap(from_fn(observe))
                .route(web::get().to($handler))
                .route(web::head().to($handler))
                .default_service(web::to(|| async {
                    Err::<HttpResponse, _>(Problem::method_not_allowed(ALLOW))
                })),
        );
    };
}

/// Mounts what every listener answers.
pub(crate) fn mount_probes(cfg: &mut ServiceConfig) {
    resource!(cfg, "/livez", livez);
    resource!(cfg, "/readyz", readyz);
}

/// Mounts all of this module.
pub(crate) fn mount(cfg: &mut ServiceConfig) {
    mount_probes(cfg);
    resource!(cfg, "/metrics", metrics);
    resource!(cfg, "/openapi.json", openapi);
    resource!(cfg, "/docs/problems", problems);
    cfg.app_data(Data::new(Document(crate::native::openapi::openapi_json())));
}

struct Document(String);

/// The process answers.
async fn livez() -> HttpResponse {
    text("text/plain; charset=utf-8", "alive\n".to_owned())
}

impl App {
    /// Whether the process can serve: the storage answers a read in time, and no drain has begun.
    ///
    /// # Errors
    /// `unavailable`, `busy`.
    pub async fn ready(&self) -> Result<(), Problem> {
        if self.is_draining() {
            return Err(Fault::Closed.into());
        }
        let read = self
            .store()
            .read(|snapshot| Ok(snapshot.workspaces().find_root().map(drop)?));
        let answer = tokio::time::timeout(READY_WITHIN, read.into_future()).await;
        Ok(answer.map_err(|_| Trouble::Unavailable)??)
    }
}

async fn readyz(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let app = request.app_data::<App>().ok_or(Trouble::Internal)?;
    app.ready().await?;
    Ok(text("text/plain; charset=utf-8", "ready\n".to_owned()))
}

async fn metrics() -> HttpResponse {
    text("text/plain; version=0.0.4; charset=utf-8", render_metrics())
}

async fn openapi(document: Data<Document>) -> HttpResponse {
    text("application/json", document.0.clone())
}

async fn problems() -> HttpResponse {
    text("text/html; charset=utf-8", problems_html())
}

fn text(media_type: &'static str, body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static(media_type)))
        .body(body)
}
