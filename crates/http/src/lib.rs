//! Causerie over HTTP: the native API under `/v1`, and the kit that every other surface shares.
//!
//! Translates and decides nothing: rules live in `causerie-core`. Knows no database.
//!
//! A request passes [`observe`] (request id, problem documents, metrics), the door of [`auth`], one
//! handler of `native`, the store of the core, and comes back as a view. [`App`] holds what they
//! share, [`configure`] mounts them, [`serve`] listens.

mod app;
pub mod auth;
mod echo;
pub mod extract;
mod health;
pub mod members;
mod mount;
mod native;
pub mod observe;
pub mod problem;
mod rate;
mod reply;
mod serve;
pub mod surface;
mod transfer;

pub use actix_web::http::{Method, StatusCode, header};
pub use actix_web::web::ServiceConfig;
pub use actix_web::{HttpRequest, HttpResponse};
pub use app::{App, AppConfig, Ports, SignedCall, Signing, configure};
pub use echo::configure_echo;
pub use members::Members;
pub use mount::{Mount, Origin, Route, configure_surface, mount_surface, resource, route};
pub use native::openapi::openapi_json;
pub use observe::{install_metrics, metrics_markdown};
pub use problem::{Problem, problems_markdown};
pub use rate::Allowance;
pub use reply::{Answered, Raw, Rendered, Shown};
pub use serve::{ServeConfig, serve, serve_mounted, serve_with};
pub use surface::{Credential, Surface};
pub use transfer::{UploadDoor, Way, media_link};
