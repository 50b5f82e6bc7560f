//! Bird's Channels API: messages through channels to contacts, with bodies of eleven types, contacts, uploads.
//!
//! Ids are UUIDs of the same sixteen bytes as everywhere. Webhooks, campaigns and analytics are not there.

mod body;
mod id;
mod interaction;
mod kept;
mod messages;
mod page;
mod party;
mod problem;
mod scene;
mod send;
mod settings;
mod template;
mod value;
mod wire;
mod wish;

use std::sync::Arc;

use causerie_http::extract::Call;
use causerie_http::problem::Trouble;
use causerie_http::{App, Credential, HttpRequest, HttpResponse, Problem, Surface};

use crate::{Choice, Chosen, Dialect};
use wish::Strictness;

/// How many bytes a request may have.
const BODY_BYTES_MAX: usize = 200 * 1_024;
/// The word before the key.
const SCHEME: &str = "AccessKey";

/// Bird.
pub const DIALECT: Dialect = Dialect {
    name: "bird",
    prefix: "/dialects/bird",
    product: "Bird",
    choices: &[Choice {
        name: "strict",
        values: &["true", "false"],
        meaning: "Whether members of requests that Bird does not know are refused.",
    }],
    routes: ROUTES,
    scopes: &["messaging:*"],
    surface: |chosen| Arc::new(Bird::new(chosen)),
    mount,
    prepare: settings::prepare,
    settings: settings::tell,
};

causerie_http::dialect_routes! {
    ROUTES mount;
    "/workspaces/{workspaceId}/channels/messages" {
        get messages::list_all seed "Lists the messages of all channels.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}/messages" {
        post send::create seed "Sends a message, at once or at its time.";
        get messages::list seed "Lists the messages of a channel.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}/messages/{messageId}" {
        get messages::show seed "Shows a message.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}/messages/{messageId}/interactions" {
        get messages::interactions neighbour "Lists who read a message and how people reacted to it.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}/batch/messages" {
        post send::batch neighbour "Sends several messages: all, or none.";
    }
}

/// The surface, as the installation has chosen it.
#[derive(Debug)]
struct Bird {
    strictness: Strictness,
}

impl Bird {
    fn new(chosen: &Chosen) -> Self {
        let strictness = if chosen.is("strict", "false") {
            Strictness::Tolerant
        } else {
            Strictness::Strict
        };
        Self { strictness }
    }

    /// What is chosen where the call came to.
    fn strictness(call: &Call) -> Strictness {
        call.surface::<Self>()
            .map_or(Strictness::Strict, |bird| bird.strictness)
    }
}

impl Surface for Bird {
    fn name(&self) -> &'static str {
        DIALECT.name
    }

    fn credential(&self, _: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        Credential::by_scheme(request.headers(), SCHEME)
            .unwrap_or_else(|| Err(Trouble::KeyMissing.into()))
    }

    fn body_bytes_max(&self, _: &App) -> usize {
        BODY_BYTES_MAX
    }

    fn respond(&self, problem: &Problem, _: Option<&str>) -> HttpResponse {
        problem::respond(problem)
    }
}
