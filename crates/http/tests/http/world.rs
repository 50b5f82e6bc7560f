//! An application over an empty in-memory store, with a clock that stands and ids that count.
//!
//! Asserts nothing itself but that goldens agree.

use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};
use causerie_core::act::{self, Bootstrap, CreateKey};
use causerie_core::memory::Memory;
use causerie_core::port::{Clock, Ids};
use causerie_core::text::Name;
use causerie_core::{
    Caller, Context, Fresh, HashCost, KeyId, KeySecret, ParticipantId, Scopes, Settings, Store,
    Timestamp, Vault, Workspace, WorkspaceState,
};
use causerie_http::{App, AppConfig, Ports, ServiceConfig, configure};
use causerie_testing::MemoryFiles;
use causerie_testing::fixture::{CountingIds, FixedClock};
use serde_json::Value;

use crate::outside::{PlainMail, Platforms, SIGNING};

type Sent = Pin<Box<dyn Future<Output = Answer>>>;

/// Routes that answer requests.
pub(crate) type Routes = Rc<dyn Fn(TestRequest) -> Sent>;

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
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
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// A member of the body that is a text.
    pub(crate) fn member(&self, name: &str) -> String {
        let member = &self.json()[name];
        let text = member.as_str();
        text.unwrap_or_else(|| panic!("no text {name} in {}", self.text()))
            .to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.member("id")
    }

    pub(crate) fn code(&self) -> String {
        self.member("code")
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Fails unless this is a problem with this code, well formed.
    #[track_caller]
    pub(crate) fn expect_problem(self, code: &str) -> Self {
        assert_eq!(self.code(), code, "{}", self.text());
        self.expect_well_formed()
    }

    /// Fails unless a problem has everything that a problem has.
    #[track_caller]
    pub(crate) fn expect_well_formed(self) -> Self {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let body = self.json();
        let code = body["code"].as_str().expect("a code");
        assert_eq!(body["type"], format!("/docs/problems#{code}"));
        assert_eq!(body["status"], self.status.as_u16());
        assert!(
            body["title"]
                .as_str()
                .is_some_and(|title| !title.is_empty())
        );
        assert!(
            body["detail"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'))
        );
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        for wrong in body["errors"].as_array().into_iter().flatten() {
            let places = ["pointer", "parameter", "header"];
            let named = places.iter().filter(|place| wrong[**place].is_string());
            assert_eq!(named.count(), 1, "{wrong}");
            assert!(wrong["detail"].is_string(), "{wrong}");
        }
        let known = causerie_http::problem::codes();
        let status = known
            .filter(|(of, _, _)| *of == code)
            .map(|(_, status, _)| status);
        assert_eq!(status.collect::<Vec<_>>(), [self.status.as_u16()], "{code}");
        self
    }
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Ask {
    pub(crate) fn new(method: &str, target: impl Into<String>) -> Self {
        Self {
            method: method.parse().expect("a method"),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn once(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    pub(crate) fn json(self, body: impl AsRef<str>) -> Self {
        self.header("Content-Type", "application/json")
            .bytes(body.as_ref())
    }

    pub(crate) fn bytes(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    fn request(&self) -> TestRequest {
        let mut request = TestRequest::with_uri(&self.target).method(self.method.clone());
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

/// A tenant of the world and a key that may do everything in it.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) key: String,
}

/// The whole of it.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<CountingIds>,
    pub(crate) files: MemoryFiles,
    pub(crate) root: Tenant,
    pub(crate) service: Routes,
}

impl World {
    pub(crate) async fn new() -> Self {
        let config = AppConfig {
            key_trust: std::time::Duration::ZERO,
            ..AppConfig::default()
        };
        Self::with(Memory::store(), config).await
    }

    pub(crate) async fn with(store: Store, config: AppConfig) -> Self {
        let (clock, ids) = (
            Arc::new(FixedClock::default()),
            Arc::new(CountingIds::default()),
        );
        let root = bootstrap(&store, &ids);
        let files = MemoryFiles::default();
        let app = app_over(&store, &clock, &ids, &files, config);
        let service = service_of(&app).await;
        Self {
            app,
            store,
            clock,
            ids,
            files,
            root,
            service,
        }
    }

    /// Another application over the same store, clock and ids.
    pub(crate) async fn beside(&self, config: AppConfig) -> Self {
        let app = app_over(&self.store, &self.clock, &self.ids, &self.files, config);
        Self {
            service: service_of(&app).await,
            app,
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            files: self.files.clone(),
            root: self.root.clone(),
        }
    }

    /// An application like this one over another store.
    pub(crate) async fn over(self, store: Store) -> Self {
        let app = app_over(
            &store,
            &self.clock,
            &self.ids,
            &self.files,
            AppConfig::default(),
        );
        Self {
            service: service_of(&app).await,
            app,
            store,
            ..self
        }
    }

    pub(crate) async fn send(&self, ask: &Ask) -> Answer {
        (self.service)(ask.request()).await
    }

    /// Sends with the key of the root workspace.
    pub(crate) async fn ask(&self, method: &str, target: impl Into<String>) -> Answer {
        self.send(&Ask::new(method, target).key(&self.root.key))
            .await
    }

    /// The same with a body.
    pub(crate) async fn tell(
        &self,
        method: &str,
        target: impl Into<String>,
        json: impl AsRef<str>,
    ) -> Answer {
        let ask = Ask::new(method, target).key(&self.root.key).json(json);
        self.send(&ask).await
    }

    fn fresh(&self) -> Fresh {
        self.ids.fresh(Timestamp::default())
    }

    /// Another workspace, with small limits, and a key of it.
    pub(crate) fn tenant(&self, settings: Settings) -> Tenant {
        let workspace = Workspace::restore(WorkspaceState {
            plan: causerie_core::Plan::default(),
            id: self.fresh().into(),
            name: Name::parse("other").expect("a name"),
            root: false,
            settings,
            created_at: causerie_testing::fixture::START,
        });
        let added = workspace.clone();
        self.store
            .write(move |unit| Ok(unit.workspaces_mut().add(&added)?))
            .wait()
            .expect("added");
        let workspace = Arc::new(workspace);
        let key = self.key_of(&workspace, "*", None, None);
        Tenant { workspace, key }
    }

    /// A key of a workspace.
    pub(crate) fn key_of(
        &self,
        workspace: &Arc<Workspace>,
        scopes: &str,
        participant: Option<&str>,
        expires_at: Option<Timestamp>,
    ) -> String {
        let id = self.fresh();
        let (secret, hash) = secret_for(&self.ids, id.into());
        let cmd = CreateKey {
            name: Name::parse("test key").expect("a name"),
            hash,
            scopes: Scopes::parse(scopes.split(' ')).expect("scopes"),
            participant: participant.map(|id| ParticipantId::parse(id).expect("an id")),
            expires_at,
        };
        let cx = Context {
            caller: Caller::embedding(Arc::clone(workspace)),
            now: causerie_testing::fixture::START,
            fresh: id,
        };
        let created = self
            .store
            .write(move |unit| act::create_key(unit, &cx, &cmd));
        created.wait().expect("created");
        secret.expose().to_owned()
    }

    /// A time so many seconds after now, as it is written.
    pub(crate) fn later(&self, seconds: u64) -> String {
        let later = self
            .clock
            .now()
            .plus(std::time::Duration::from_secs(seconds));
        later.to_string()
    }

    /// A key of the root workspace with these scopes.
    pub(crate) fn key(&self, scopes: &str) -> String {
        self.key_of(&self.root.workspace, scopes, None, None)
    }

    /// A key of the root workspace that is bound to a participant.
    pub(crate) fn bound(&self, participant: &str) -> String {
        self.key_of(&self.root.workspace, "messaging:*", Some(participant), None)
    }

    /// A participant of the root workspace.
    pub(crate) async fn participant(&self, name: &str) -> String {
        let body = format!(r#"{{"display_name":"{name}"}}"#);
        let answer = self.tell("POST", "/v1/participants", body).await;
        answer.expect(201).id()
    }

    /// A group of the root workspace with these members, the first of them its owner.
    pub(crate) async fn group(&self, members: &[&str]) -> String {
        let mut listed = String::new();
        for (index, id) in members.iter().enumerate() {
            let (comma, role) = if index == 0 {
                ("", "owner")
            } else {
                (",", "member")
            };
            let _ = write!(
                listed,
                r#"{comma}{{"participant_id":"{id}","role":"{role}"}}"#
            );
        }
        let body = format!(r#"{{"members":[{listed}]}}"#);
        let answer = self.tell("POST", "/v1/conversations", body).await;
        answer.expect(201).id()
    }

    /// A message of the root workspace.
    pub(crate) async fn message(&self, to: &str, sender: &str, body: &str) -> Answer {
        let path = format!("/v1/conversations/{to}/messages");
        let body = format!(r#"{{"participant_id":"{sender}","body":"{body}"}}"#);
        self.tell("POST", path, body).await.expect(201)
    }
}

fn bootstrap(store: &Store, ids: &CountingIds) -> Tenant {
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
    Tenant {
        workspace: Arc::new(root.wait().expect("read").expect("there is a root")),
        key: secret.expose().to_owned(),
    }
}

fn secret_for(ids: &CountingIds, id: KeyId) -> (KeySecret, causerie_core::SecretHash) {
    let mut entropy = [0; 128];
    ids.entropy(&mut entropy);
    let secret = KeySecret::new(id, &entropy);
    let hash = HashCost::Cheapest.hash(&secret, [7; 16]).expect("hashed");
    (secret, hash)
}

fn app_over(
    store: &Store,
    clock: &Arc<FixedClock>,
    ids: &Arc<CountingIds>,
    files: &MemoryFiles,
    config: AppConfig,
) -> App {
    let ports = Ports {
        store: store.clone(),
        clock: Arc::<FixedClock>::clone(clock),
        ids: Arc::<CountingIds>::clone(ids),
        files: Arc::new(files.clone()),
        vault: Arc::new(Vault::new(&[7; 32])),
        courier: Arc::new(Platforms),
        mail: Arc::new(PlainMail),
        signing: SIGNING,
    };
    App::new(ports, HashCost::Cheapest, config)
}

/// The routes of an application as a function.
pub(crate) async fn service_of(app: &App) -> Routes {
    service_with(configure(app, &[])).await
}

/// These routes as a function.
pub(crate) async fn service_with(routes: impl Fn(&mut ServiceConfig)) -> Routes {
    let routes = actix_web::App::new().configure(|cfg| routes(cfg));
    let service = Rc::new(test::init_service(routes).await);
    Rc::new(move |request| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let response = test::call_service(&*service, request.to_request()).await;
            let status = response.status();
            let mut headers: Vec<_> = response
                .headers()
                .iter()
                .map(|(name, value)| {
                    let value = value.to_str().expect("headers are ASCII");
                    (name.as_str().to_owned(), value.to_owned())
                })
                .collect();
            headers.sort();
            let body = test::read_body(response).await.to_vec();
            Answer {
                status,
                headers,
                body,
            }
        })
    })
}
