//! The message API of Protocol, the one that the API template of Tailwind Plus documents: messages, conversations,
//! contacts, groups and attachments, with ids of 16 characters and forms as well as JSON.
//!
//! What may be done is decided by the core. Webhooks are not spoken.

mod attachments;
mod contacts;
mod conversations;
mod facts;
mod groups;
mod ids;
mod kept;
mod known;
mod messages;
mod named;
mod page;
mod problem;
mod settings;
mod update;
mod wire;
mod you;

use std::sync::Arc;

use causerie_http::problem::Trouble;
use causerie_http::{App, Credential, HttpRequest, HttpResponse, Problem, Surface};

use crate::Dialect;

const NAME: &str = "protocol";

/// How Protocol shows what all surfaces share.
#[derive(Debug, Default)]
struct Protocol {
    known: Arc<known::Known>,
}

impl Surface for Protocol {
    fn name(&self) -> &'static str {
        NAME
    }

    fn credential(&self, _: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        let headers = request.headers();
        let found = Credential::by_scheme(headers, "Bearer");
        let found = found.or_else(|| Credential::by_basic(headers));
        found.ok_or(Trouble::KeyMissing)?
    }

    fn respond(&self, problem: &Problem, _: Option<&str>) -> HttpResponse {
        problem::respond(problem)
    }
}

causerie_http::dialect_routes! {
    pub(super) ROUTES mount;
    "/v1/messages" {
        get messages::list seed "Lists messages, newest first.";
        post messages::send seed "Sends a message.";
    }
    "/v1/messages/{id}" {
        get messages::retrieve seed "Retrieves a message.";
        put update::update seed "Updates a message: its text, reactions, attachments.";
        patch update::update neighbour "The same.";
        delete messages::delete seed "Deletes a message permanently.";
    }
    "/v1/conversations" {
        get conversations::list neighbour "Lists conversations.";
        post conversations::create neighbour "Starts a conversation with a contact, or finds it.";
    }
    "/v1/conversations/{id}" {
        get conversations::retrieve neighbour "Retrieves a conversation and marks it as read.";
        put conversations::update neighbour "Pins, mutes or archives a conversation, or pins a message in it.";
        patch conversations::update neighbour "The same.";
        delete conversations::delete neighbour "Deletes a conversation with all its messages.";
    }
    "/v1/contacts" {
        get contacts::list neighbour "Lists contacts.";
        post contacts::create neighbour "Creates a contact and the conversation with it.";
    }
    "/v1/contacts/{id}" {
        get contacts::retrieve neighbour "Retrieves a contact.";
        put contacts::update neighbour "Changes what a contact is called.";
        patch contacts::update neighbour "The same.";
        delete contacts::delete neighbour "Deletes a contact and the conversation with it.";
    }
    "/v1/groups" {
        get groups::list neighbour "Lists groups.";
        post groups::create neighbour "Creates a group and its conversation.";
    }
    "/v1/groups/{id}" {
        get groups::retrieve neighbour "Retrieves a group.";
        put groups::update neighbour "Changes a group and who is in it.";
        patch groups::update neighbour "The same.";
        delete groups::delete neighbour "Deletes a group with all its messages.";
    }
    "/v1/attachments" {
        get attachments::list neighbour "Lists attachments.";
        post attachments::create neighbour "Uploads an attachment.";
    }
    "/v1/attachments/{id}" {
        get attachments::retrieve neighbour "Retrieves an attachment.";
        put attachments::update neighbour "Renames an attachment.";
        patch attachments::update neighbour "The same.";
        delete attachments::delete neighbour "Deletes an attachment.";
    }
}

/// The dialect.
pub const DIALECT: Dialect = Dialect {
    name: NAME,
    prefix: "/dialects/protocol",
    product: "Protocol",
    choices: &[],
    routes: ROUTES,
    scopes: &["messaging:*"],
    surface: |_| Arc::new(Protocol::default()),
    mount,
    prepare: settings::prepare,
    settings: settings::settings,
};
