//! Bird's Channels API: messages through channels to contacts, with bodies of eleven types, contacts, uploads.
//!
//! Ids are UUIDs of the same sixteen bytes as everywhere. Webhooks, campaigns and analytics are not there.

mod body;
mod channels;
mod contacts;
mod conversations;
mod id;
mod interaction;
mod kept;
mod member;
mod messages;
mod page;
mod participants;
mod party;
mod problem;
mod scene;
mod send;
mod settings;
mod talk;
mod template;
mod uploads;
mod value;
mod wire;
mod wish;
mod workspaces;

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
    "/workspaces/{workspaceId}/channel-media/presigned-upload" {
        post uploads::request seed "Asks for an address to bring a file to.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}/presigned-upload" {
        post uploads::request_for_channel seed "Asks for an address to bring a file of a channel to.";
    }
    "/workspaces/{workspaceId}/conversations/{conversationId}/presigned-upload" {
        post uploads::request_for_conversation neighbour "Asks for an address to bring a file of a conversation to.";
    }
    "/workspaces/{workspaceId}/media/{mediaId}" {
        get uploads::download neighbour "Sends the bytes of a file.";
    }
    "/workspaces/{workspaceId}/channels" {
        get channels::list neighbour "Lists channels.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}" {
        get channels::show neighbour "Shows a channel.";
    }
    "/workspaces/{workspaceId}/channels/{channelId}/contacts/{contactId}" {
        get channels::window neighbour "Shows until when a contact can be written to.";
    }
    "/workspaces/{workspaceId}/contacts" {
        post contacts::create neighbour "Creates a contact.";
        get contacts::list neighbour "Lists contacts.";
    }
    "/workspaces/{workspaceId}/contacts/identifiers/{key}/{value}" {
        patch contacts::upsert neighbour "Changes the contact who is reached by an identifier, or creates it.";
    }
    "/workspaces/{workspaceId}/contacts/{contactId}" {
        get contacts::show neighbour "Shows a contact.";
        patch contacts::change neighbour "Changes a contact.";
        delete contacts::delete neighbour "Deletes a contact.";
    }
    "/workspaces/{workspaceId}/conversations" {
        post conversations::create neighbour "Begins a conversation.";
        get conversations::list neighbour "Lists conversations.";
    }
    "/workspaces/{workspaceId}/conversations/{conversationId}" {
        get conversations::show neighbour "Shows a conversation.";
        patch conversations::change neighbour "Changes a conversation, closes it or opens it again.";
        delete conversations::delete neighbour "Deletes a conversation.";
    }
    "/workspaces/{workspaceId}/conversations/{conversationId}/messages" {
        post talk::create neighbour "Says something in a conversation.";
        get talk::list neighbour "Lists what was said in a conversation.";
    }
    "/workspaces/{workspaceId}/conversations/{conversationId}/messages/{messageId}" {
        get talk::show neighbour "Shows something that was said in a conversation.";
    }
    "/workspaces/{workspaceId}/conversations/{conversationId}/participants" {
        post participants::create neighbour "Lets somebody take part in a conversation.";
        get participants::list neighbour "Lists who takes part in a conversation.";
    }
    "/workspaces/{workspaceId}/conversations/{conversationId}/participants/{participantId}" {
        get participants::show neighbour "Shows who takes part in a conversation.";
        delete participants::delete neighbour "Ends that somebody takes part in a conversation.";
    }
    "/workspaces/{workspaceId}/participants/{participantId}/conversations" {
        get conversations::list_own neighbour "Lists the conversations of somebody.";
    }
    "/organizations/{organizationId}/workspaces" {
        get workspaces::list neighbour "Lists the workspace of the key.";
    }
    "/organizations/{organizationId}/workspaces/{workspaceId}" {
        get workspaces::show neighbour "Shows the workspace of the key.";
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
