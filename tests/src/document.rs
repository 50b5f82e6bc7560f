//! The API's own document, to try every operation that it names.
//!
//! A new operation is tried as soon as it is documented; a kind of id that is new has to be told to the test.

use serde_json::{Value, json};

use crate::client::{Client, encoded};

/// The OpenAPI document that a server gives.
#[derive(Debug)]
pub struct Document(Value);

/// One operation.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    document: &'a Value,
    /// Its method, in capitals once sent.
    pub method: &'a str,
    /// Its path with parameters in braces.
    pub template: &'a str,
    described: &'a Value,
}

impl Document {
    /// Asks for it.
    #[track_caller]
    pub fn of(client: &mut Client) -> Self {
        Self(client.get("/openapi.json").expect(200))
    }

    /// Every operation.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let document = &self.0;
        let paths = document["paths"].as_object().expect("paths").iter();
        let all = paths.flat_map(|(template, operations)| {
            let operations = operations.as_object().expect("operations").iter();
            operations.map(move |(method, described)| Operation {
                document,
                method,
                template,
                described,
            })
        });
        all.filter(|one| ["get", "post", "put", "patch", "delete"].contains(&one.method))
            .collect()
    }
}

impl Operation<'_> {
    /// Calls it at a path, with the example of its body if it has one.
    #[track_caller]
    pub fn call(&self, client: &mut Client, path: &str) -> (crate::Answer, Option<Value>) {
        let body = self.described.get("requestBody");
        let body = body.map(|body| example(self.document, body));
        let method = self.method.to_uppercase();
        (client.call(&method, path, &[], body.as_ref()), body)
    }

    /// The path with an id in place of each parameter; `of` is told the part of the path before it.
    pub fn path(&self, mut of: impl FnMut(&str) -> String) -> String {
        let mut kind = "";
        let mut path = String::new();
        for part in self.template.split('/').skip(1) {
            path.push('/');
            if part.starts_with('{') {
                path.push_str(&of(kind));
            } else {
                path.push_str(part);
            }
            kind = part;
        }
        path
    }

    /// The query of a path that reads: the longest page, the whole log, and the words to search for.
    pub fn query(&self, words: &str) -> String {
        let empty = Vec::new();
        let parameters = self.described["parameters"].as_array().unwrap_or(&empty);
        let has = |name: &str| {
            let mut all = parameters.iter();
            all.any(|one| one["in"] == "query" && one["name"] == name)
        };
        let mut given = Vec::new();
        if has("limit") {
            given.push("limit=100".to_owned());
        }
        if has("q") {
            given.push(format!("q={}", encoded(words)));
        }
        if given.is_empty() {
            String::new()
        } else {
            format!("?{}", given.join("&"))
        }
    }
}

/// The example of a body, or an empty one.
fn example(document: &Value, body: &Value) -> Value {
    let media = &body["content"]["application/json"];
    let reference = media["schema"]["$ref"].as_str();
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    let schema = name.map_or(&media["schema"], |name| {
        &document["components"]["schemas"][name]
    });
    let examples = [
        &media["example"],
        &schema["example"],
        &schema["examples"][0],
    ];
    let found = examples.into_iter().find(|example| example.is_object());
    found.cloned().unwrap_or_else(|| json!({}))
}
