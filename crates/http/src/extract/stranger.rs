//! Requests that need no key: of somebody who wants to get one, or something that stands for one.
//!
//! Gives no access to any workspace.

use std::fmt;
use std::future::{Ready, ready};
use std::mem;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use causerie_core::KeySecret;

use super::body::receive_bytes;
use crate::app::App;
use crate::auth::Admitted;
use crate::problem::{Problem, Trouble};
use crate::surface::{Surface, known_surface};
use crate::transfer::Form;

/// A request of somebody who need not be let in.
pub struct Stranger {
    app: App,
    request: HttpRequest,
    payload: Payload,
}

impl Stranger {
    /// What all requests share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The request as it came.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The surface that the request came to, if it is this one.
    pub fn surface<S: Surface>(&self) -> Option<&S> {
        known_surface(&self.request)
    }

    /// Who holds this key, within the limits of the door.
    ///
    /// # Errors
    /// `key_unknown`, `key_revoked`, `key_expired`, `busy`.
    pub async fn present(&self, secret: &KeySecret) -> Result<Arc<Admitted>, Problem> {
        Ok(self.app.door().admit(secret).await?)
    }

    pub(crate) async fn receive(&mut self) -> Result<Bytes, Problem> {
        receive_bytes(&self.app, &self.request, &mut self.payload).await
    }

    pub(crate) fn form(&mut self) -> Result<Form, Problem> {
        let body = mem::replace(&mut self.payload, Payload::None);
        Form::of(&self.app, &self.request, body)
    }
}

impl FromRequest for Stranger {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<App>().cloned().ok_or(Trouble::Internal);
        ready(app.map_err(Problem::from).map(|app| Self {
            app,
            request: request.clone(),
            payload: payload.take(),
        }))
    }
}

impl fmt::Debug for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stranger")
    }
}
