//! An application over an empty store, with one dialect and the native API, and a clock that stands.
//!
//! Knows no product; asserts nothing itself but what holds for all: statuses, the form of errors, what a retry gets.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::test::{self, TestRequest};
use causerie_core::act::{self, Bootstrap, CreateKey};
use causerie_core::channel::Channel;
use causerie_core::memory::Memory;
use causerie_core::outbound::{Handed, Parcel};
use causerie_core::port::{Clock, Courier, Handing, Ids, InboundMail, MailFault, MailReader};
use causerie_core::text::Name;
use causerie_core::{
    Caller, Context, HashCost, KeyId, KeySecret, ParticipantId, Position, Scopes, SecretHash,
    Store, Vault, Workspace,
};
use causerie_dialects::{Chosen, Dialect};
use causerie_http::{App, AppConfig, Ports, ServiceConfig, Signing, configure, configure_surface};
use causerie_testing::MemoryFiles;
use causerie_testing::fixture::{CountingIds, FixedClock};
use serde_json::Value;

/// What has to be known of a product to ask its dialect.
pub(crate) trait Product: Sized + 'static {
    const DIALECT: Dialect;
    /// What the paths of its tests begin with, after the dialect's prefix.
    const BASE: &'static str = "";

    /// The header in which its clients send their key.
    fn credential(key: &str) -> (&'static str, String) {
        ("Authorization", format!("Bearer {key}"))
    }

    /// Fails unless this is the body of an error as the product writes it.
    fn check_error(status: u16, body: &Value);
}

/// What came back.
pub(crate) struct Answer<P> {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    product: PhantomData<P>,
}

impl<P: Product> Answer<P> {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(of, _)| of == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("answers are UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// Fails unless it was done and there is nothing to say about it.
    #[track_caller]
    pub(crate) fn expect_nothing(&self) {
        assert_eq!((self.status, self.text().as_str()), (204, ""));
    }

    /// The body, if this is an error in the product's form with this status.
    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16) -> Value {
        let body = self.expect(status);
        self.expect_form();
        body
    }

    /// Fails unless this is an error in the product's form.
    #[track_caller]
    pub(crate) fn expect_form(&self) {
        assert_eq!(self.header("content-type"), Some("application/json"));
        P::check_error(self.status, &self.json());
    }
}

/// A request on its way.
pub(crate) struct Ask<P> {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    product: PhantomData<P>,
}

impl<P: Product> Ask<P> {
    pub(crate) fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
            product: PhantomData,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        let (name, value) = P::credential(key);
        self.header(name, value)
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    pub(crate) fn form(self, body: impl AsRef<[u8]>) -> Self {
        self.header("Content-Type", "application/x-www-form-urlencoded")
            .body(body)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn with_query(mut self, query: &str) -> Self {
        self.target = format!("{}?{query}", self.target);
        self
    }

    fn request(&self) -> TestRequest {
        let method = self.method.parse().expect("a method");
        let mut request = TestRequest::with_uri(&self.target).method(method);
        for (name, value) in &self.headers {
            request = request.append_header((name.as_str(), value.as_str()));
        }
        if self.body.is_empty() {
            request
        } else {
            request.set_payload(self.body.clone())
        }
    }
}

type Sent<P> = Pin<Box<dyn Future<Output = Answer<P>>>>;
type Served<P> = Rc<dyn Fn(TestRequest) -> Sent<P>>;

/// The whole of it.
pub(crate) struct Server<P> {
    pub(crate) clock: Arc<FixedClock>,
    /// The key of the workspace itself, which may do everything and which nobody is bound to.
    pub(crate) key: String,
    pub(crate) workspace: Arc<Workspace>,
    store: Store,
    ids: Arc<CountingIds>,
    app: App,
    served: Served<P>,
}

impl<P: Product> Server<P> {
    pub(crate) async fn new() -> Self {
        Self::with(&Chosen::default()).await
    }

    /// With what the installation has chosen.
    pub(crate) async fn with(chosen: &Chosen) -> Self {
        let (clock, ids) = (
            Arc::new(FixedClock::default()),
            Arc::new(CountingIds::default()),
        );
        let store = Memory::store();
        let (workspace, key) = bootstrap(&store, &ids);
        let ports = Ports {
            store: store.clone(),
            clock: Arc::<FixedClock>::clone(&clock),
            ids: Arc::<CountingIds>::clone(&ids),
            files: Arc::new(MemoryFiles::default()),
            vault: Arc::new(Vault::new(&[7; 32])),
            courier: Arc::new(Nobody),
            mail: Arc::new(Nobody),
            signing: Signing {
                new_secret: |_| String::new(),
                verify: |_, _, _| false,
            },
        };
        let config = AppConfig {
            key_trust: Duration::ZERO,
            ..AppConfig::default()
        };
        let app = App::new(ports, HashCost::Cheapest, config);
        Self {
            served: serve(configure(&app, &[P::DIALECT.at(chosen)])).await,
            clock,
            key,
            workspace,
            store,
            ids,
            app,
        }
    }

    /// Where a path of the product is on the main listener.
    pub(crate) fn under(path: &str) -> String {
        format!("{}{}{path}", P::DIALECT.prefix, P::BASE)
    }

    pub(crate) async fn send(&self, ask: &Ask<P>) -> Answer<P> {
        (self.served)(ask.request()).await
    }

    /// Sends what has an idempotency key twice; fails unless the second answer is the first again. Gives the body.
    pub(crate) async fn send_twice(&self, ask: &Ask<P>, status: u16) -> Value {
        let (first, again) = (self.send(ask).await, self.send(ask).await);
        assert_eq!(first.header("idempotency-replayed"), None);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        let body = first.expect(status);
        assert_eq!(again.expect(status), body);
        body
    }

    /// Sends to the root of a listener of the dialect's own.
    pub(crate) async fn send_to_own(&self, ask: &Ask<P>) -> Answer<P> {
        let routes = configure_surface(&self.app, P::DIALECT.at(&Chosen::default()));
        serve(routes).await(ask.request()).await
    }

    /// Asks the dialect, with the key that may do everything.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer<P> {
        self.ask_as(&self.key, method, path).await
    }

    /// The same with a body.
    pub(crate) async fn tell(&self, method: &str, path: &str, body: &Value) -> Answer<P> {
        self.tell_as(&self.key, method, path, body).await
    }

    /// Asks the dialect with this key.
    pub(crate) async fn ask_as(&self, key: &str, method: &str, path: &str) -> Answer<P> {
        self.send(&Ask::new(method, Self::under(path)).key(key))
            .await
    }

    /// The same with a body.
    pub(crate) async fn tell_as(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Answer<P> {
        let ask = Ask::new(method, Self::under(path)).key(key);
        self.send(&ask.json(body)).await
    }

    /// Tells the native API; null is no body.
    pub(crate) async fn native(&self, method: &str, path: &str, body: &Value) -> Answer<P> {
        let ask = Ask::new(method, path).header("X-API-Key", &self.key);
        let ask = if body.is_null() { ask } else { ask.json(body) };
        self.send(&ask).await
    }

    /// Now, in whole seconds.
    pub(crate) fn clock_seconds(&self) -> i64 {
        self.clock.now().unix_micros() / 1_000_000
    }

    /// How far the workspace's log has come.
    pub(crate) fn log_position(&self) -> Position {
        let workspace = self.workspace.id;
        let head = self
            .store
            .read(move |snapshot| Ok(snapshot.events().head(workspace)?));
        head.wait().expect("read")
    }

    /// A key with these scopes, which nobody is bound to.
    pub(crate) fn key_with(&self, scopes: &str) -> String {
        self.key_of(scopes, None)
    }

    /// A key with these scopes that is bound to the participant with this native id.
    pub(crate) fn key_for(&self, scopes: &str, participant: &str) -> String {
        let participant = ParticipantId::parse(participant).expect("an id");
        self.key_of(scopes, Some(participant))
    }

    fn key_of(&self, scopes: &str, participant: Option<ParticipantId>) -> String {
        let id = self.ids.fresh(self.clock.now());
        let (secret, hash) = secret_for(&self.ids, id.into());
        let cmd = CreateKey {
            name: Name::parse("test key").expect("a name"),
            hash,
            scopes: Scopes::parse(scopes.split(' ')).expect("scopes"),
            participant,
            expires_at: None,
        };
        let cx = Context {
            caller: Caller::embedding(Arc::clone(&self.workspace)),
            now: self.clock.now(),
            fresh: id,
        };
        let created = self
            .store
            .write(move |unit| act::create_key(unit, &cx, &cmd));
        created.wait().expect("created");
        secret.expose().to_owned()
    }
}

/// The id of what was made.
#[track_caller]
pub(crate) fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}

fn bootstrap(store: &Store, ids: &CountingIds) -> (Arc<Workspace>, String) {
    let now = causerie_testing::fixture::START;
    let (workspace, key) = (ids.fresh(now), ids.fresh(now));
    let (secret, hash) = secret_for(ids, key.into());
    let cmd = Bootstrap {
        workspace,
        key,
        hash,
        now,
    };
    let created = store.write(move |unit| act::bootstrap(unit, &cmd));
    assert!(created.wait().expect("bootstrapped").is_some());
    let root = store.read(|snapshot| Ok(snapshot.workspaces().find_root()?));
    let root = root.wait().expect("read").expect("there is a root");
    (Arc::new(root), secret.expose().to_owned())
}

fn secret_for(ids: &CountingIds, id: KeyId) -> (KeySecret, SecretHash) {
    let mut entropy = [0; 128];
    ids.entropy(&mut entropy);
    let secret = KeySecret::new(id, &entropy);
    let hash = HashCost::Cheapest.hash(&secret, [7; 16]).expect("hashed");
    (secret, hash)
}

async fn serve<P: Product>(routes: impl FnOnce(&mut ServiceConfig)) -> Served<P> {
    let routes = actix_web::App::new().configure(routes);
    let service = Rc::new(test::init_service(routes).await);
    Rc::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = test::call_service(&*service, request.to_request()).await;
            let status = response.status().as_u16();
            let headers = response.headers().iter();
            let headers = headers
                .map(|(name, value)| {
                    let value = value.to_str().expect("headers are ASCII");
                    (name.as_str().to_owned(), value.to_owned())
                })
                .collect();
            let body = test::read_body(response).await.to_vec();
            Answer {
                status,
                headers,
                body,
                product: PhantomData,
            }
        })
    })
}

/// Whoever is not needed here.
#[derive(Debug)]
struct Nobody;

impl Courier for Nobody {
    fn deliver(&self, _: Parcel) -> Handing<'_> {
        Box::pin(std::future::ready(Handed::Taken { reference: None }))
    }

    fn test(&self, _: Channel) -> Handing<'_> {
        Box::pin(std::future::ready(Handed::Taken { reference: None }))
    }
}

impl MailReader for Nobody {
    fn read(&self, _: &[u8]) -> Result<InboundMail, MailFault> {
        Err(MailFault::Unreadable)
    }
}
