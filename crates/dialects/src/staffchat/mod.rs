//! Ziik's chat: conversations, participants, messages, reactions and files as Ziik's API reference has them.
//!
//! Webhooks are left out; so is everything of Ziik that is not chat.

mod conversations;
mod facts;
mod file;
mod files;
mod inbox;
mod kept;
mod known;
mod list;
mod messages;
mod paging;
mod participants;
mod person;
mod reactions;
mod session;
mod surface;
mod token;
mod units;
mod users;
mod wire;
mod wish;
mod you;

use std::sync::Arc;

use causerie_core::act::take_voice;
use causerie_core::port::{Snapshot, Unit};
use causerie_core::{Context, Error};
use causerie_http::ServiceConfig;

use crate::{Access, Dialect, Settings};

/// Its name in paths and options, and that under which it keeps what only it knows.
const NAME: &str = "staffchat";

/// Ziik's chat.
pub const DIALECT: Dialect = Dialect {
    name: NAME,
    prefix: "/dialects/staffchat",
    product: "Ziik",
    choices: &[],
    routes: ROUTES,
    scopes: &["messaging:*"],
    surface: |_| Arc::new(surface::Staffchat::default()),
    mount,
    prepare,
    settings,
};

causerie_http::dialect_routes! {
    pub(crate) ROUTES mount_routes;
    "/authenticate" {
        post session::authenticate neighbour "Gives a token for a user name and a key as the password.";
    }
    "/renew" {
        get session::renew neighbour "Gives another token, as the documentation's own example asks for it.";
        post session::renew neighbour "Gives another token.";
    }
    "/conversations" {
        get inbox::list neighbour "Lists your conversations, the last active first.";
        post conversations::create neighbour "Begins a conversation; with a message, says that at once.";
    }
    "/conversations/message" {
        post conversations::create_with_message neighbour "Begins a conversation with a message.";
    }
    "/conversations/{conversation}" {
        get conversations::show neighbour "Shows a conversation.";
        patch conversations::change neighbour "Gives a group another title.";
        delete conversations::delete neighbour "Deletes a conversation with everything in it.";
    }
    "/conversations/{conversation}/archive" {
        post conversations::archive neighbour "Puts a conversation away for you alone.";
    }
    "/conversations/{conversation}/unarchive" {
        post conversations::unarchive neighbour "Takes a conversation out again.";
    }
    "/conversations/{conversation}/seen" {
        post conversations::seen neighbour "Says that you have read everything.";
    }
    "/conversations/{conversation}/files" {
        get files::list neighbour "Lists the files of a conversation, newest first.";
    }
    "/conversations/{conversation}/participants" {
        get participants::list neighbour "Lists the participants of a conversation.";
        post participants::add neighbour "Adds users to a group.";
    }
    "/conversations/{conversation}/participants/{user}" {
        patch participants::change neighbour "Makes a participant an administrator, or one no more.";
        delete participants::remove neighbour "Removes a participant, or lets you leave.";
    }
    "/conversations/{conversation}/messages" {
        get list::list neighbour "Lists messages, newest first, deleted ones as tombstones.";
        post messages::send seed "Sends a message.";
    }
    "/conversations/{conversation}/messages/{message}" {
        get messages::show neighbour "Shows a message, or its tombstone.";
        patch messages::edit neighbour "Gives a message another text.";
        delete messages::delete neighbour "Deletes a message for everybody; its place stays.";
    }
    "/conversations/{conversation}/messages/{message}/finalize-update" {
        post messages::finalize neighbour "Shows a message whose files have been uploaded.";
    }
    "/conversations/{conversation}/messages/{message}/reactions" {
        post reactions::add neighbour "Reacts to a message.";
    }
    "/conversations/{conversation}/messages/{message}/reactions/{reaction}" {
        delete reactions::remove neighbour "Takes your reaction back.";
    }
    "/upload" {
        post files::request neighbour "Asks for an address to which the bytes of a file are brought.";
    }
    "/file/{file}/finalise" {
        post files::finalise neighbour "Takes a file whose bytes were brought.";
    }
    "/file/{file}" {
        get files::content neighbour "Sends the bytes of a file.";
    }
    "/file/{file}/{preset}" {
        get files::version neighbour "Sends the bytes of something that was made of a file.";
    }
    "/users" {
        get users::list neighbour "Lists users, the newest first.";
        post users::create neighbour "Creates a user.";
    }
    "/users/current" {
        get users::current neighbour "Shows who you are.";
    }
    "/users/{user}" {
        get users::show neighbour "Shows a user.";
    }
    "/units" {
        get units::list neighbour "Lists the units that users belong to.";
    }
    "/counters" {
        get inbox::counters neighbour "Counts what is new to you.";
    }
}

/// Mounts the routes twice: clients' addresses end in `/api`, or not.
fn mount(cfg: &mut ServiceConfig) {
    cfg.service(actix_web::web::scope("/api").configure(mount_routes));
    mount_routes(cfg);
}

/// A client speaks as the participant of its key.
fn prepare(unit: &mut dyn Unit, cx: &Context) -> Result<(), Error> {
    take_voice(unit, cx).map(drop)
}

fn settings(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    access: &Access<'_>,
) -> Result<Settings, Error> {
    let (base_url, key) = (access.base_url, access.key);
    let voice = causerie_core::act::find_voice(snapshot, cx)?;
    let name = voice.map(|voice| voice.display_name.as_str().to_owned());
    let values = vec![
        ("base URL", format!("{base_url}/api")),
        ("username", name.unwrap_or_default()),
        ("password", key.to_owned()),
        ("token", key.to_owned()),
    ];
    let curl = format!("curl {base_url}/api/users/current -H \"Authorization: Bearer {key}\"");
    Ok(Settings { values, curl })
}
