//! The doors at which platforms knock: with a key like everybody, or with a signature in place of one.
//!
//! What may come in is decided by the core.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use causerie_core::channel::Channel;
use causerie_core::{Caller, ChannelId, Error, Kind, Workspace, act};

use super::Call;
use super::caller::{SIGNATURE, Standing};
use crate::app::{App, SignedCall};
use crate::problem::{Problem, Trouble};
use crate::rate::Doing;

/// What makes a signed call the only one of its kind, for its platform.
pub(super) const CALL_ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");

/// A request about a channel, of somebody who is let in or proves that they are its platform.
pub struct Knock(Result<Call, Unproved>);

/// A request of which a signature says who it is from, not verified yet.
struct Unproved {
    app: App,
    request: HttpRequest,
    payload: Payload,
}

impl Knock {
    /// Lets in who holds a key, or signed the request with the signing secret of the channel in the path. The
    /// body of a signed request has been received then.
    ///
    /// # Errors
    /// `signature_invalid`, `rate_limited`, and those of receiving.
    pub async fn enter(self) -> Result<Call, Problem> {
        match self.0 {
            Ok(call) => Ok(call),
            Err(unproved) => unproved.prove().await,
        }
    }
}

impl Unproved {
    async fn prove(self) -> Result<Call, Problem> {
        let (workspace, channel, secret) = self.find_secret().await?;
        let (app, now) = (self.app.clone(), self.app.clock().now());
        let workspace = Arc::new(workspace);
        let caller = Caller::of_platform(Arc::clone(&workspace));
        let mut call = Call {
            app: self.app,
            standing: Standing::Platform(caller, channel.id),
            confined: None,
            request: self.request,
            payload: self.payload,
            body: Bytes::new(),
        };
        call.receive_whole().await?;
        let headers = call.request.headers();
        let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let signed = SignedCall {
            id: said(CALL_ID).unwrap_or_default(),
            timestamp: said(TIMESTAMP).unwrap_or_default(),
            signature: said(SIGNATURE).unwrap_or_default(),
            body: &call.body,
        };
        if !(app.signing().verify)(&secret, signed, now) {
            return Err(Trouble::SignatureInvalid.into());
        }
        let doing = Doing::of(call.request.method());
        if let Some(allowance) = app.rates().take(&workspace, doing, NonZeroU32::MIN) {
            call.request.extensions_mut().insert(allowance);
        }
        Ok(call)
    }

    /// The secret that the channel in the path signs with. Whoever has none does not learn which channels there
    /// are.
    async fn find_secret(&self) -> Result<(Workspace, Channel, String), Problem> {
        let invalid = || Problem::new(Trouble::SignatureInvalid);
        let written = self.request.match_info().get("channel_id");
        let id = ChannelId::parse(written.unwrap_or_default()).map_err(|_| invalid())?;
        let found = self
            .app
            .store()
            .read(move |snapshot| act::find_channel_anywhere(snapshot, id));
        let (workspace, channel) = found.await.map_err(|error| match error {
            Error::Refusal(refusal) if refusal.kind() == Kind::NotFound => invalid(),
            other => other.into(),
        })?;
        let signs = channel.reach.is_signed();
        let sealed = channel.secret.as_ref().filter(|_| signs);
        let place = Channel::seal_place(id);
        let secret = sealed.and_then(|sealed| self.app.vault().open(&place, sealed));
        Ok((workspace, channel, secret.ok_or_else(invalid)?))
    }
}

impl FromRequest for Knock {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<App>().cloned() else {
            return std::future::ready(Err(Trouble::Internal.into()));
        };
        let mut payload = payload.take();
        let call = Call::from_request(request, &mut payload).into_inner();
        let knock = Self(call.map_err(|_| Unproved {
            app,
            request: request.clone(),
            payload,
        }));
        std::future::ready(Ok(knock))
    }
}

impl fmt::Debug for Knock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Knock")
    }
}
