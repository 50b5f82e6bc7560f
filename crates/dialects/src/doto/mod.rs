//! The message API of Doto, which is Chatwoot's: accounts, inboxes, contacts, conversations, messages.
//!
//! An account is a workspace, an inbox a channel, a contact or agent a participant. Numbers are positions in the
//! workspace's log, but those of conversations, which have numbers of their own.

mod around;
mod draft;
mod entry;
mod inbox_view;
mod json;
mod known;
mod messages;
mod people;
mod problem;
mod sends;
mod settings;
mod surface;
mod talk;
mod window;
mod wire;

use std::sync::Arc;

use causerie_http::{Surface, dialect_routes};

use crate::{Choice, Chosen, Dialect};

/// What it is called, in paths and beside the things with which it keeps something.
const NAME: &str = "doto";
/// The choice of how kinds of messages are written.
const MESSAGE_TYPE_FORMAT: &str = "message_type_format";

/// The message API of Doto.
pub const DIALECT: Dialect = Dialect {
    name: NAME,
    prefix: "/dialects/doto",
    product: "Doto",
    choices: &[Choice {
        name: MESSAGE_TYPE_FORMAT,
        values: &["string", "integer"],
        meaning: "Whether `message_type` is a word and kinds of senders begin with a capital, as Doto has them, or \
                  it is a number and they are in small letters, as Chatwoot has them.",
    }],
    routes: ROUTES,
    scopes: &["messaging:*", "admin"],
    surface,
    mount,
    prepare: settings::prepare,
    settings: settings::settings,
};

fn surface(chosen: &Chosen) -> Arc<dyn Surface> {
    Arc::new(surface::Doto {
        integers: chosen.is(MESSAGE_TYPE_FORMAT, "integer"),
        ..surface::Doto::default()
    })
}

dialect_routes! {
    ROUTES mount;
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages" {
        get messages::list seed "Lists the messages of a conversation, oldest first.";
        post messages::create seed "Sends a message, a note, or brings a customer's message.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages/{message_id}" {
        delete messages::delete seed "Deletes a message; its place stays.";
        patch messages::update neighbour "Says how far a message has come.";
        put messages::update neighbour "Says how far a message has come.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages/{message_id}/retry" {
        post messages::retry neighbour "Tries a message again that has failed.";
    }
}
