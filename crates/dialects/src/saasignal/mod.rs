//! `SaaSignal`'s messaging module: conversations, participants, messages and reactions as `SaaSignal`'s API reference has
//! them.
//!
//! Webhooks, analytics and exports are left out; so is everything of `SaaSignal` that is not messaging.

mod conversations;
mod ids;
mod messages;
mod participants;
mod platform;
mod problem;
mod reactions;
mod request;
mod settings;
mod surface;
mod wire;

use std::sync::Arc;

use causerie_core::port::Snapshot;
use causerie_core::{Context, Error};

use crate::{Access, Dialect, Settings};

/// Its name in paths and options, and that under which it keeps what only it knows.
const NAME: &str = "saasignal";

/// `SaaSignal`'s messaging module.
pub const DIALECT: Dialect = Dialect {
    name: NAME,
    prefix: "/dialects/saasignal",
    product: "SaaSignal",
    choices: &[],
    routes: ROUTES,
    scopes: &["messaging:*"],
    surface: |_| Arc::new(surface::SaaSignal),
    mount,
    prepare: |_, _| Ok(()),
    settings,
};

causerie_http::dialect_routes! {
    pub(crate) ROUTES mount;
    "/modules/messaging/conversations/{conversation_id}/messages" {
        get messages::list seed "Lists the messages of a conversation, newest first, deleted ones as tombstones.";
        post messages::send seed "Sends a message as a participant of the conversation.";
    }
    "/modules/messaging/conversations/{conversation_id}/messages/{message_id}" {
        get messages::show seed "Shows a message, or its tombstone.";
        patch messages::edit seed "Replaces the text of a message.";
        delete messages::delete seed "Deletes a message softly.";
    }
    "/modules/messaging/conversations" {
        get conversations::list neighbour "Lists conversations, newest activity first.";
        post conversations::create neighbour "Begins a conversation.";
    }
    "/modules/messaging/conversations/{conversation_id}" {
        get conversations::show neighbour "Shows a conversation.";
        patch conversations::change neighbour "Changes title, description or metadata of a conversation.";
        delete conversations::delete neighbour "Deletes a conversation with everything in it.";
    }
    "/modules/messaging/conversations/{conversation_id}/archive" {
        post conversations::archive neighbour "Archives a conversation.";
    }
    "/modules/messaging/conversations/{conversation_id}/close" {
        post conversations::close neighbour "Closes a conversation.";
    }
    "/modules/messaging/conversations/{conversation_id}/reopen" {
        post conversations::reopen neighbour "Opens a conversation again.";
    }
    "/modules/messaging/conversations/{conversation_id}/participants" {
        get participants::list neighbour "Lists the participants of a conversation.";
        post participants::add neighbour "Adds a participant, known by the caller's own id, to a conversation.";
    }
    "/modules/messaging/conversations/{conversation_id}/participants/{participant_id}" {
        patch participants::change neighbour "Changes name, role, metadata or read state of a participant.";
        delete participants::remove neighbour "Removes a participant from a conversation; what it said stays.";
    }
    "/modules/messaging/messages/{message_id}/reactions" {
        post reactions::add neighbour "Adds a reaction to a message.";
    }
    "/modules/messaging/messages/{message_id}/reactions/{reaction_id}" {
        delete reactions::remove neighbour "Takes a reaction back.";
    }
    "/modules/messaging/settings" {
        get settings::show neighbour "Shows the limits of the project.";
        patch settings::change neighbour "Changes limits of the project.";
    }
    "/core/tokens/balance" {
        get platform::balance neighbour "Shows how many tokens are left.";
    }
    "/core/tokens/me/scopes" {
        get platform::scopes neighbour "Shows what the key may do.";
    }
    "/livez" {
        get platform::livez neighbour "Says that the server runs.";
    }
    "/readyz" {
        get platform::readyz neighbour "Says whether the server can serve.";
    }
}

/// A client needs nothing but its key: whatever it talks in, it creates itself.
#[expect(clippy::unnecessary_wraps, reason = "the same for all dialects")]
fn settings(_: &mut dyn Snapshot, cx: &Context, access: &Access<'_>) -> Result<Settings, Error> {
    let (base_url, key) = (access.base_url, access.key);
    let values = vec![
        ("base URL", base_url.to_owned()),
        ("project id", ids::Project(cx.workspace()).to_string()),
        ("token", key.to_owned()),
    ];
    let curl = format!(
        "curl -X POST {base_url}/modules/messaging/conversations \
         -H \"Authorization: Bearer {key}\" -H \"Content-Type: application/json\" -d '{{}}'"
    );
    Ok(Settings { values, curl })
}
