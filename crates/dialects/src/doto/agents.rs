//! Agents: listed and created, those of an inbox, and the one who owns the token.
//!
//! Every agent is in every inbox, and there are no teams.

use std::sync::Arc;

use causerie_core::act::{CreateParticipant, create_participant, keep_extra, list_participants};
use causerie_core::contact::{Identifier, IdentifierKey, Identifiers, Profile};
use causerie_core::port::Snapshot;
use causerie_core::text::{DisplayName, Metadata};
use causerie_core::{
    Bearer, Context, Error, Invalid, Participant, ParticipantKind, Refusal, Scope,
};
use causerie_http::extract::Call;
use causerie_http::members::{list as raw_list, text};
use causerie_http::{Answered, Problem};
use serde::Serialize;

use super::around::{Around, Wanted};
use super::contact_find::present;
use super::contacts::find_inbox;
use super::conversations::named;
use super::entry::{self, admit, ok, part, placed_participant};
use super::json;
use super::people::{AgentExtra, AgentView};
use super::walk::walk;
use super::wire::ACCOUNT;

/// How many agents are listed.
const AGENTS_MAX: usize = 1_000;
/// How many agents one request may name.
const NAMED_MAX: usize = 100;

#[derive(Serialize)]
struct PayloadView<T> {
    payload: T,
}

fn gather(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    agents: &[Participant],
) -> Result<Around, Error> {
    let mut wanted = Wanted::default();
    for one in agents {
        wanted.known(one);
    }
    wanted.gather(snapshot, cx)
}

async fn all(call: &Call) -> Result<(Vec<Participant>, Around), Problem> {
    call.read(|snapshot, cx| {
        let filter = present(ParticipantKind::Agent);
        let list = |cursor, limit| list_participants(snapshot, cx, &filter, cursor, limit);
        let mut all = walk(list, |_| true, 0, AGENTS_MAX)?;
        all.sort_unstable_by_key(|one| one.id);
        let around = gather(snapshot, cx, &all)?;
        Ok((all, around))
    })
    .await
}

fn views<'a>(agents: &'a [Participant], around: &Around) -> Vec<AgentView<'a>> {
    agents
        .iter()
        .map(|one| AgentView::of(one, around))
        .collect()
}

/// Lists agents, the oldest first.
pub(super) async fn list(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let (agents, around) = all(&call).await?;
    Ok(ok(&views(&agents, &around)))
}

/// Creates an agent. Nobody is invited: agents speak with keys that are made for them.
pub(super) async fn create(mut call: Call) -> Answered {
    admit(&call, Scope::Admin)?;
    let members = call.members().await?;
    let limits = call.caller().limits();
    let name = members.need_text("name");
    let name = name.and_then(|name| members.note("name", DisplayName::parse(&name, limits)));
    let email = members.need("email", |raw| {
        let small = text(raw)?.trim().to_lowercase();
        Identifier::parse(IdentifierKey::parse(IdentifierKey::EMAIL)?, &small)
    });
    let role = members.need("role", |raw| one_of(raw, &["administrator", "agent"]));
    let availability = members.maybe("availability", |raw| {
        one_of(raw, &["online", "busy", "offline"])
    });
    let made = name.zip(email).zip(role);
    let ((name, email), role) = members.finish_with(made)?;
    let kept = AgentExtra {
        role: Some(role),
        availability: Some(availability.unwrap_or_else(|| "online".to_owned())),
    };
    let cmd = CreateParticipant {
        external_id: None,
        kind: ParticipantKind::Agent,
        display_name: name,
        identifiers: Identifiers::parse(vec![email])?,
        profile: Profile::default(),
        metadata: Metadata::default(),
    };
    let agent = call
        .write(move |unit, cx| {
            let agent = create_participant(unit, cx, &cmd).map_err(|refused| match refused {
                Error::Refusal(Refusal::IdentifierTaken) => {
                    Invalid::new("has already been taken").at("email").into()
                }
                other => other,
            })?;
            let extra = json::extra(&json::object(json::raw(&kept).get()));
            if let Some(extra) = extra.map_err(|wrong| wrong.at("role"))? {
                keep_extra(unit, cx, Bearer::Participant(agent.id), &extra)?;
            }
            Ok(agent)
        })
        .await?;
    let agents = Arc::new([agent]);
    let own = Arc::clone(&agents);
    let around = call
        .read(move |snapshot, cx| gather(snapshot, cx, own.as_slice()))
        .await?;
    Ok(ok(&views(agents.as_slice(), &around).pop()))
}

fn one_of(raw: &serde_json::value::RawValue, words: &[&str]) -> Result<String, Invalid> {
    let given = text(raw)?;
    if words.contains(&given.as_str()) {
        Ok(given)
    } else {
        Err(Invalid::new(format!(
            "expected one of: {}",
            words.join(", ")
        )))
    }
}

/// Lists the agents of an inbox, who are all that there are.
pub(super) async fn list_of_inbox(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let number = part(&call, "inbox_id").map_err(|_| Refusal::ChannelNotFound)?;
    call.read(move |snapshot, cx| find_inbox(snapshot, cx, number).map(drop))
        .await?;
    let (agents, around) = all(&call).await?;
    let payload = views(&agents, &around);
    Ok(ok(&PayloadView { payload }))
}

/// Lets agents be in an inbox, in which they are already.
pub(super) async fn add_to_inbox(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let members = call.members().await?;
    let inbox = members.need("inbox_id", named);
    let numbers = members.need("user_ids", |raw| {
        let each = raw_list(raw)?;
        if each.len() > NAMED_MAX {
            return Err(Invalid::new(format!("expected at most {NAMED_MAX} agents")));
        }
        each.iter()
            .map(|one| named(one))
            .collect::<Result<Vec<u64>, _>>()
    });
    let (inbox, numbers) = members.finish_with(inbox.zip(numbers))?;
    let (agents, around) = call
        .read(move |snapshot, cx| {
            find_inbox(snapshot, cx, inbox)?;
            let mut agents = Vec::new();
            for number in numbers {
                agents.push(placed_participant(snapshot, cx, number)?);
            }
            let around = gather(snapshot, cx, &agents)?;
            Ok((agents, around))
        })
        .await?;
    let payload = views(&agents, &around);
    Ok(ok(&PayloadView { payload }))
}

/// Lists teams, of which there are none.
pub(super) async fn list_teams(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    Ok(ok(&[0; 0]))
}

#[derive(Serialize)]
struct AccountView<'a> {
    id: u64,
    name: &'a str,
    role: &'static str,
    status: &'static str,
}

#[derive(Serialize)]
struct ProfileView<'a> {
    #[serde(flatten)]
    own: AgentView<'a>,
    r#type: &'static str,
    accounts: [AccountView<'a>; 1],
}

/// Shows who owns the token. The token itself is shown to nobody again.
pub(super) async fn profile(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let voice = entry::voice(&call).await?;
    let is_admin = call.caller().scopes().allow(Scope::Admin);
    let view = ProfileView {
        own: AgentView::of(&voice.participant, &voice.around),
        r#type: "user",
        accounts: [AccountView {
            id: ACCOUNT,
            name: call.caller().workspace().name.as_str(),
            role: if is_admin { "administrator" } else { "agent" },
            status: "active",
        }],
    };
    Ok(ok(&view))
}
