//! Who calls: the door in front of the routes, and the call as a handler sees it.
//!
//! What a caller may do is decided by the core.

use std::fmt;
use std::future::{Ready, ready};
use std::num::NonZeroU32;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::{
    Caller, ChannelId, Context, ConversationId, Error, Invalid, Kind, Participant, Scope,
    WorkspaceId, act,
};

use crate::app::App;
use crate::auth::Admitted;
use crate::native::API_KEY;
use crate::problem::{Problem, Trouble, Wrong};
use crate::rate::{Allowance, Doing};
use crate::surface::{Credential, Surface, credential_of, known_surface, surface_of};

/// With which the platform of a channel proves itself.
pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Middleware that lets in who presents a valid key, and nobody else. Runs before any handler looks at
/// the request.
///
/// # Errors
/// None of its own: problems are answers.
pub async fn gate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if surface_of(request.request()).is_open(request.request()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    match admit(request.request()).await {
        Ok(admitted) => {
            let workspace = admitted.caller().workspace();
            let doing = Doing::of(request.method());
            let app = request.app_data::<App>();
            let allowance = app.and_then(|app| app.rates().take(workspace, doing, NonZeroU32::MIN));
            if let Some(allowance) = allowance {
                request.extensions_mut().insert(allowance);
            }
            request.extensions_mut().insert(admitted);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        // Proves itself to the few handlers that ask for it; to all others nobody was let in.
        Err(_) if is_signed(&request) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => Ok(request.error_response(problem)),
    }
}

async fn admit(request: &HttpRequest) -> Result<Arc<Admitted>, Problem> {
    let app = request.app_data::<App>().ok_or(Trouble::Internal)?;
    let secret = match credential_of(request)? {
        Credential::Secret(secret) => secret,
        Credential::Key(id) => return Ok(app.door().admit_key(id).await?),
    };
    match app.door().admit_known(&secret) {
        Some(known) => Ok(known?),
        None => Ok(app.door().admit(&secret).await?),
    }
}

/// Whether a request says that it is signed, in place of a key.
fn is_signed(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(SIGNATURE)
        && !headers.contains_key(header::AUTHORIZATION)
        && !headers.contains_key(API_KEY)
}

/// As what somebody was let in.
pub(super) enum Standing {
    /// As the holder of a key.
    Key(Arc<Admitted>),
    /// As the platform of a channel, which signed the request.
    Platform(Caller, ChannelId),
}

/// One request of a caller who was let in.
pub struct Call {
    pub(super) app: App,
    pub(super) standing: Standing,
    /// As whom the caller acts from now on, with no more rights than before.
    pub(super) confined: Option<Caller>,
    pub(super) request: HttpRequest,
    pub(super) payload: Payload,
    pub(super) body: Bytes,
}

impl Call {
    /// What all requests share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        match (&self.confined, &self.standing) {
            (Some(confined), _) => confined,
            (None, Standing::Key(admitted)) => admitted.caller(),
            (None, Standing::Platform(caller, _)) => caller,
        }
    }

    /// Who was let in, with the key.
    ///
    /// # Errors
    /// `key_missing` when it was not with a key.
    pub fn admitted(&self) -> Result<&Admitted, Problem> {
        match &self.standing {
            Standing::Key(admitted) => Ok(admitted),
            Standing::Platform(..) => Err(Trouble::KeyMissing.into()),
        }
    }

    /// The surface that the request came to, if it is this one.
    pub fn surface<S: Surface>(&self) -> Option<&S> {
        known_surface(&self.request)
    }

    /// As whom the key speaks; a key that is bound to nobody gets a participant of its own. What is told of it may be
    /// as old as a key is trusted.
    ///
    /// # Errors
    /// `key_missing`, and those of [`take_voice`](act::take_voice).
    pub async fn voice(&self) -> Result<Arc<Participant>, Problem> {
        let admitted = self.admitted()?;
        if let Some(known) = admitted.voice() {
            return Ok(known);
        }
        let voice = match self.read(act::find_voice).await? {
            Some(known) => known,
            None => self.write(act::take_voice).await?,
        };
        Ok(admitted.speak_as(voice))
    }

    /// Lets the caller act as this participant from now on, and as nobody else.
    pub fn confine(&mut self, to: &Participant) {
        self.confined = Some(self.caller().confined_to(to));
    }

    /// The request as it came.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// What only who was let in with the same key can show again, for sealing answers that only they may read.
    ///
    /// # Errors
    /// `key_missing`, though the door has seen to it that there is one.
    pub(super) fn proof(&self) -> Result<String, Problem> {
        Ok(match credential_of(&self.request)? {
            Credential::Secret(secret) => secret.expose().to_owned(),
            Credential::Key(id) => {
                let parts: [&[u8]; 2] = [b"sealed answers", &id.to_bytes()];
                self.app.vault().sign(&parts).to_text()
            }
        })
    }

    /// Refuses callers that lack a scope, then those that call too often.
    ///
    /// # Errors
    /// `scope_missing`, `rate_limited`.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        self.caller().require(scope)?;
        self.within_rate()
    }

    /// The same for what only an administrator of the installation may.
    ///
    /// # Errors
    /// `scope_missing`, `not_allowed`, `rate_limited`.
    pub fn require_root(&self) -> Result<(), Problem> {
        self.caller().require_root()?;
        self.within_rate()
    }

    /// Refuses callers that call too often. The request was counted at the door.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn within_rate(&self) -> Result<(), Problem> {
        let extensions = self.request.extensions();
        extensions
            .get::<Allowance>()
            .map_or(Ok(()), Allowance::admit)
    }

    /// Counts a request that does the work of several as `more` requests more.
    ///
    /// # Errors
    /// `rate_limited`; `validation_failed` at `/messages` for more than the rate ever lets through at once.
    pub(crate) fn count_more(&self, more: usize) -> Result<(), Problem> {
        let mut extensions = self.request.extensions_mut();
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let (Some(count), Some(known)) = (NonZeroU32::new(more), extensions.get::<Allowance>())
        else {
            return Ok(());
        };
        let (known, burst) = (*known, known.limit());
        if more >= burst {
            let problem = format!("expected at most {burst}, as many as the rate lets through");
            let wrong = Wrong::at_pointer("/messages", &Invalid::new(problem));
            return Err(Problem::invalid(vec![wrong]));
        }
        let doing = Doing::of(self.request.method());
        let workspace = self.caller().workspace();
        let Some(taken) = self.app.rates().take(workspace, doing, count) else {
            return Ok(());
        };
        extensions.insert(known.then(taken));
        taken.admit()
    }

    /// The context of a change.
    pub fn context(&self) -> Context {
        self.app.context(self.caller())
    }

    /// Reads in one snapshot.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn read<T, W>(&self, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnOnce(&mut dyn Snapshot, &Context) -> Result<T, Error> + Send + 'static,
    {
        let cx = self.app.read_context(self.caller());
        let read = self.app.store().read(move |snapshot| work(snapshot, &cx));
        Ok(read.await?)
    }

    /// Changes something in one unit.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn write<T, W>(&self, mut work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnMut(&mut dyn Unit, &Context) -> Result<T, Error> + Send + 'static,
    {
        let cx = self.context();
        let write = self.app.store().write(move |unit| work(unit, &cx));
        Ok(write.await?)
    }

    /// Passes on what was understood of a request, or the problem with it; but if the thing that the
    /// request is about does not exist, that comes first. Costs nothing unless there is a problem.
    ///
    /// # Errors
    /// The problem, or the refusal of `look` if that says that something is not found.
    pub async fn unless_missing<T, W>(
        &self,
        understood: Result<T, Problem>,
        look: W,
    ) -> Result<T, Problem>
    where
        W: FnOnce(&mut dyn Snapshot, &Context) -> Result<(), Error> + Send + 'static,
    {
        match understood {
            Ok(understood) => Ok(understood),
            Err(problem) => self.refuse_missing(look).await.and(Err(problem)),
        }
    }

    /// Refuses a request whose thing does not exist, before more of it is looked at.
    ///
    /// # Errors
    /// The refusal of `look` if that says that something is not found.
    pub async fn refuse_missing<W>(&self, look: W) -> Result<(), Problem>
    where
        W: FnOnce(&mut dyn Snapshot, &Context) -> Result<(), Error> + Send + 'static,
    {
        // Whether a thing exists does not depend on the scope to read it.
        let mut cx = self.app.read_context(self.caller());
        if cx.caller.participant().is_none() {
            cx.caller = Caller::embedding(Arc::new(cx.caller.workspace().clone()));
        }
        match self
            .app
            .store()
            .read(move |snapshot| look(snapshot, &cx))
            .await
        {
            Err(Error::Refusal(refusal)) if refusal.kind() == Kind::NotFound => Err(refusal.into()),
            _ => Ok(()),
        }
    }

    /// The same, for requests about something in a conversation.
    ///
    /// # Errors
    /// The problem, or `conversation_not_found`.
    pub async fn unless_conversation_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: ConversationId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            act::find_conversation(snapshot, cx, id).map(drop)
        })
        .await
    }

    /// The same, for requests about a workspace.
    ///
    /// # Errors
    /// The problem, or `workspace_not_found`.
    pub async fn unless_workspace_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: WorkspaceId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            act::find_workspace(snapshot, cx, id).map(drop)
        })
        .await
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = request.extensions().get::<Arc<Admitted>>().cloned();
        let call = || {
            Ok(Self {
                app: request.app_data::<App>().ok_or(Trouble::Internal)?.clone(),
                standing: Standing::Key(admitted.ok_or(Trouble::KeyMissing)?),
                confined: None,
                request: request.clone(),
                payload: payload.take(),
                body: Bytes::new(),
            })
        };
        ready(call())
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("caller", self.caller())
            .finish_non_exhaustive()
    }
}
