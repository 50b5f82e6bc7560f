//! Odd requests to every route of a dialect: the answer is no failure of the server, an error has the product's form, and
//! what was refused has left nothing in the log.
//!
//! Which routes, names and things there are is the product's to say; what is answered to what makes sense is tested there.

use std::fmt::Debug;

use actix_web::http::Method;
use actix_web::rt::System;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use crate::server::{Ask, Product, Server};

/// How many requests a test makes to the routes that leave everything where it is.
const LASTING_CASES: u32 = 400;
/// How many it then makes to those that delete.
const DELETING_CASES: u32 = 100;

/// A method and where it goes.
type Target = (String, String);
type Names = &'static [&'static str];

/// Things that exist, and every route about them.
pub(crate) struct Scene<P> {
    server: Server<P>,
    key: String,
    lasting: Vec<Target>,
    deleting: Vec<Target>,
}

impl<P: Product> Scene<P> {
    /// What is asked with this key; `fill` puts what exists into the path of a route.
    pub(crate) fn new(server: Server<P>, key: String, fill: impl Fn(&str) -> String) -> Self {
        let targets = |deletes: bool| {
            let routes = P::DIALECT.routes.iter();
            let routes = routes.filter(move |route| (route.method == Method::DELETE) == deletes);
            let targets = routes.map(|route| {
                let path = format!("{}{}", P::DIALECT.prefix, fill(route.path));
                (route.method.to_string(), path)
            });
            targets.collect()
        };
        let (lasting, deleting) = (targets(false), targets(true));
        Self {
            server,
            key,
            lasting,
            deleting,
        }
    }
}

/// Bytes without any meaning, called all sorts of things.
pub(crate) fn arbitrary_bytes_of_any_type<P: Product>(scene: impl AsyncFnOnce() -> Scene<P>) {
    let types = select(vec![
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain; charset=utf-16",
        "",
    ]);
    check(scene, (types, any::<Vec<u8>>()), |ask, (kind, bytes)| {
        ask.header("Content-Type", *kind).body(bytes)
    });
}

/// Objects that have members of these names with values of any kind; objects within them have those named `inner`.
pub(crate) fn members_of_any_value<P: Product>(
    scene: impl AsyncFnOnce() -> Scene<P>,
    names: Names,
    inner: Names,
) {
    let members = vec((select(names), json(inner)), 0..6);
    check(scene, members, |ask, members| {
        let members = members.iter().map(|(name, value)| (*name, value.as_str()));
        ask.header("Content-Type", "application/json")
            .body(object(members))
    });
}

/// Queries that have parameters of these names, and odd headers.
pub(crate) fn any_query_and_headers<P: Product>(
    scene: impl AsyncFnOnce() -> Scene<P>,
    names: Names,
) {
    let pairs = vec((select(names), "[ -~]{0,30}"), 0..4);
    check(scene, (pairs, "[ -~]{0,60}"), |ask, (pairs, value)| {
        let pairs = pairs.iter().map(|(name, value)| {
            let bytes = value.bytes().map(|byte| format!("%{byte:02x}"));
            format!("{name}={}", bytes.collect::<String>())
        });
        let query: Vec<String> = pairs.collect();
        ask.with_query(&query.join("&"))
            .header("Idempotency-Key", value)
            .header("Range", value)
    });
}

fn check<P: Product, T: Debug>(
    scene: impl AsyncFnOnce() -> Scene<P>,
    input: impl Strategy<Value = T>,
    make: impl Fn(Ask<P>, &T) -> Ask<P>,
) {
    let system = System::new();
    let scene = system.block_on(scene());
    let server = &scene.server;
    let inputs = (input, any::<Index>());
    for (targets, cases) in [
        (&scene.lasting, LASTING_CASES),
        (&scene.deleting, DELETING_CASES),
    ] {
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&inputs, |(input, index)| {
            let (method, target) = index.get(targets);
            let ask = make(Ask::new(method, target).key(&scene.key), &input);
            let before = server.log_position();
            let answer = system.block_on(server.send(&ask));
            prop_assert!(answer.status < 500, "{method} {target}: {}", answer.text());
            if answer.status >= 400 {
                answer.expect_form();
                prop_assert_eq!(server.log_position(), before, "{} {}", method, target);
            }
            Ok(())
        });
        outcome.expect("every answer is in form, and a refusal leaves nothing behind");
    }
}

/// Well-formed JSON of any kind, as text.
fn json(inner: Names) -> impl Strategy<Value = String> {
    let odd = select(vec![
        "null",
        "1e400",
        "12345678901234567890123",
        "-12345678901234567890123",
        "\"\\ud800\"",
        "\"\\u0000\"",
    ]);
    let leaf = prop_oneof![
        4 => odd.prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<bool>().prop_map(|value| value.to_string()),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(3, 16, 4, move |value| {
        let list = vec(value.clone(), 0..4);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(","))),
            value.clone().prop_map(|one| object([("a", one.as_str())])),
            value.prop_map(|one| object(inner.iter().map(|name| (*name, one.as_str())))),
        ]
    })
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let members = members.into_iter();
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}
