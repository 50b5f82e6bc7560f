//! The message API of Doto, which is Chatwoot's: accounts, inboxes, contacts, conversations, messages.
//!
//! An account is a workspace, an inbox a channel, a contact or agent a participant. Numbers are positions in the
//! workspace's log, but those of conversations, which have numbers of their own.

mod agents;
mod around;
mod attachments;
mod contact_find;
mod contact_wish;
mod contacts;
mod conversation_acts;
mod conversation_filter;
mod conversation_list;
mod conversation_view;
mod conversations;
mod draft;
mod entry;
mod inbox_view;
mod inboxes;
mod json;
mod known;
mod messages;
mod people;
mod problem;
mod sends;
mod settings;
mod surface;
mod talk;
mod walk;
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
        post messages::create seed "Sends a message or a note, or brings a customer's message.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages/{message_id}" {
        delete messages::delete seed "Deletes a message; its place stays.";
        patch messages::update neighbour "Says how far a message has come.";
        put messages::update neighbour "Says how far a message has come.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/messages/{message_id}/retry" {
        post messages::retry neighbour "Tries a message again that has failed.";
    }
    "/api/v1/accounts/{account_id}/conversations" {
        get conversations::list neighbour "Lists conversations, the last active first.";
        post conversations::create neighbour "Opens the conversation of an inbox with a contact.";
    }
    "/api/v1/accounts/{account_id}/conversations/meta" {
        get conversations::count neighbour "Counts conversations by who takes care of them.";
    }
    "/api/v1/accounts/{account_id}/conversations/filter" {
        post conversations::filter neighbour "Lists the conversations that fulfil conditions.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}" {
        get conversations::get neighbour "Shows a conversation.";
        patch conversations::update neighbour "Changes the priority of a conversation.";
        delete conversations::delete neighbour "Deletes a conversation with all that was said in it.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/attachments" {
        get attachments::list neighbour "Lists the files of a conversation, the newest first.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/toggle_status" {
        post conversation_acts::toggle_status neighbour "Turns a conversation to a state, or between open and resolved.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/toggle_priority" {
        post conversation_acts::toggle_priority neighbour "Sets the priority of a conversation.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/toggle_typing_status" {
        post conversation_acts::toggle_typing neighbour "Takes note of somebody who types, and forgets it.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/update_last_seen" {
        post conversation_acts::update_last_seen neighbour "Says that the agent has read everything.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/mute" {
        post conversation_acts::mute neighbour "Wants to hear no more of a conversation.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/unmute" {
        post conversation_acts::unmute neighbour "Wants to hear of a conversation again.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/custom_attributes" {
        post conversation_acts::set_attributes neighbour "Replaces the custom attributes of a conversation.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/labels" {
        get conversation_acts::list_labels neighbour "Shows the labels of a conversation.";
        post conversation_acts::set_labels neighbour "Replaces the labels of a conversation.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/assignments" {
        post conversation_acts::assign neighbour "Lets an agent take care of a conversation, or nobody.";
    }
    "/api/v1/accounts/{account_id}/conversations/{conversation_id}/participants" {
        get conversation_acts::list_watchers neighbour "Lists the agents who watch a conversation.";
        post conversation_acts::add_watchers neighbour "Lets agents watch a conversation.";
        patch conversation_acts::set_watchers neighbour "Lets these agents watch a conversation, and no others.";
        delete conversation_acts::remove_watchers neighbour "Lets agents watch a conversation no more.";
    }
    "/api/v1/accounts/{account_id}/contacts" {
        get contacts::list neighbour "Lists contacts.";
        post contacts::create neighbour "Creates a contact.";
    }
    "/api/v1/accounts/{account_id}/contacts/search" {
        get contacts::search neighbour "Finds contacts by words.";
    }
    "/api/v1/accounts/{account_id}/contacts/{contact_id}" {
        get contacts::get neighbour "Shows a contact.";
        put contacts::update neighbour "Changes a contact.";
        patch contacts::update neighbour "Changes a contact.";
        delete contacts::delete neighbour "Puts a contact away; what it said stays.";
    }
    "/api/v1/accounts/{account_id}/contacts/{contact_id}/contact_inboxes" {
        post contacts::create_inbox neighbour "Lets a contact be known in an inbox.";
    }
    "/api/v1/accounts/{account_id}/contacts/{contact_id}/conversations" {
        get contacts::list_of neighbour "Lists the conversations of a contact.";
    }
    "/api/v1/accounts/{account_id}/inboxes" {
        get inboxes::list neighbour "Lists inboxes.";
        post inboxes::create neighbour "Creates an inbox that clients bring messages to.";
    }
    "/api/v1/accounts/{account_id}/inboxes/{inbox_id}" {
        get inboxes::get neighbour "Shows an inbox.";
        patch inboxes::update neighbour "Changes an inbox.";
        delete inboxes::delete neighbour "Deletes an inbox; its conversations stay.";
    }
    "/api/v1/accounts/{account_id}/inbox_members" {
        post agents::add_to_inbox neighbour "Lets agents be in an inbox.";
    }
    "/api/v1/accounts/{account_id}/inbox_members/{inbox_id}" {
        get agents::list_of_inbox neighbour "Lists the agents of an inbox.";
    }
    "/api/v1/accounts/{account_id}/agents" {
        get agents::list neighbour "Lists agents.";
        post agents::create neighbour "Creates an agent.";
    }
    "/api/v1/accounts/{account_id}/teams" {
        get agents::list_teams neighbour "Lists teams, of which there are none.";
    }
    "/api/v1/profile" {
        get agents::profile neighbour "Shows who owns the token.";
    }
}
