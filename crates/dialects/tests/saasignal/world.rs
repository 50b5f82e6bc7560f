//! An application over an empty store, with the dialect and the native API, and a clock that stands.
//!
//! Asserts nothing itself but statuses.

use std::future::Future;
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
    Caller, Context, HashCost, KeyId, KeySecret, Scopes, SecretHash, Store, Vault, Workspace,
};
use causerie_dialects::Chosen;
use causerie_dialects::saasignal::DIALECT;
use causerie_http::{App, AppConfig, Ports, ServiceConfig, Signing, configure, configure_surface};
use causerie_testing::MemoryFiles;
use causerie_testing::fixture::{CountingIds, FixedClock};
use serde_json::{Value, json};

type Sent = Pin<Box<dyn Future<Output = Answer>>>;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
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

    /// Fails unless this is an error in `SaaSignal`'s form, with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        self.expect_form();
        body
    }

    /// Fails unless this is an error in `SaaSignal`'s form.
    #[track_caller]
    pub(crate) fn expect_form(&self) {
        let body = self.json();
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(body["success"], false, "{body}");
        assert!(body["code"].as_str().is_some_and(|code| !code.is_empty()));
        let message = body["message"].as_str().expect("a message");
        assert!(!message.is_empty() && body["error"] == *message, "{body}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(4));
    }
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    pub(crate) fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Authorization", format!("Bearer {key}"))
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
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

/// The whole of it.
pub(crate) struct World {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) key: String,
    store: Store,
    ids: Arc<CountingIds>,
    workspace: Arc<Workspace>,
    app: App,
    service: Rc<dyn Fn(TestRequest) -> Sent>,
}

impl World {
    pub(crate) async fn new() -> Self {
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
            service: service_of(configure(&app, &[DIALECT.at(&Chosen::default())])).await,
            app,
            clock,
            key,
            store,
            ids,
            workspace,
        }
    }

    pub(crate) async fn send(&self, ask: &Ask) -> Answer {
        (self.service)(ask.request()).await
    }

    /// The same at the root of a listener of the dialect's own.
    pub(crate) async fn send_to_own(&self, ask: &Ask) -> Answer {
        let routes = configure_surface(&self.app, DIALECT.at(&Chosen::default()));
        service_of(routes).await(ask.request()).await
    }

    /// Asks the dialect, with the key that may do everything.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(&Ask::new(method, under(path)).key(&self.key))
            .await
    }

    /// The same with a body.
    pub(crate) async fn tell(&self, method: &str, path: &str, body: &Value) -> Answer {
        let ask = Ask::new(method, under(path)).key(&self.key).json(body);
        self.send(&ask).await
    }

    /// Tells the native API.
    pub(crate) async fn native(&self, method: &str, path: &str, body: &Value) -> Answer {
        let ask = Ask::new(method, path).key(&self.key).json(body);
        self.send(&ask).await
    }

    /// A conversation, made through the dialect.
    pub(crate) async fn conversation(&self) -> String {
        let made = self.tell("POST", "/conversations", &json!({})).await;
        id(&made.expect(201))
    }

    /// Somebody in it.
    pub(crate) async fn participant(&self, conversation: &str, external_id: &str) -> String {
        let path = format!("/conversations/{conversation}/participants");
        let body = json!({"external_id": external_id, "display_name": external_id});
        id(&self.tell("POST", &path, &body).await.expect(201))
    }

    /// Something said in it.
    pub(crate) async fn message(&self, conversation: &str, by: &str, body: &str) -> Value {
        let path = format!("/conversations/{conversation}/messages");
        let body = json!({"participant_id": by, "body": body});
        self.tell("POST", &path, &body).await.expect(201)
    }

    /// A key with these scopes.
    pub(crate) fn key_with(&self, scopes: &str) -> String {
        let id = self.ids.fresh(self.clock.now());
        let (secret, hash) = secret_for(&self.ids, id.into());
        let cmd = CreateKey {
            name: Name::parse("test key").expect("a name"),
            hash,
            scopes: Scopes::parse(scopes.split(' ')).expect("scopes"),
            participant: None,
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

/// A path of the messaging module on the main listener.
pub(crate) fn under(path: &str) -> String {
    format!("{}/modules/messaging{path}", DIALECT.prefix)
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

async fn service_of(routes: impl FnOnce(&mut ServiceConfig)) -> Rc<dyn Fn(TestRequest) -> Sent> {
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
