//! Participants of conversations as they are shown, and as clients name them.
//!
//! Who may take part is decided by the core.

use causerie_core::act::{Resolved, Who, resolve_contact};
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::port::Unit;
use causerie_core::{Context, Error, Invalid, Participant, ParticipantId, ParticipantKind};
use causerie_http::Members;
use serde::Serialize;

use super::id::{self, Hex, hex};

/// Somebody in a conversation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberView<'a> {
    id: Hex,
    r#type: &'static str,
    status: &'static str,
    display_name: &'a str,
    avatar_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ReachedView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReachedView<'a> {
    identifier_key: &'a str,
    identifier_value: &'a str,
    platform_address: &'a str,
}

impl<'a> MemberView<'a> {
    pub(super) fn of(one: &'a Participant) -> Self {
        let reached = |by: &'a Identifier| ReachedView {
            identifier_key: by.key().as_str(),
            identifier_value: by.value(),
            platform_address: by.value(),
        };
        Self {
            id: hex(one.id.to_bytes()),
            r#type: match one.kind {
                ParticipantKind::Contact => "contact",
                ParticipantKind::Agent => "user",
                // What speaks for a channel or a key is a program that uses this API.
                ParticipantKind::Bot => "accessKey",
                ParticipantKind::System => "flow",
            },
            status: match one.archived_at {
                Some(_) => "archived",
                None => "active",
            },
            display_name: one.display_name.as_str(),
            avatar_url: one.profile.avatar_url.as_deref().unwrap_or_default(),
            contact: one.identifiers.iter().next().map(reached),
        }
    }
}

/// Somebody whom a client names.
#[derive(Clone, Debug)]
pub(super) struct Named(Who);

impl Named {
    /// Reads one: an id, or an identifier beside it or in the member `contact`. What is wrong is noted.
    pub(super) fn read(one: &Members) -> Option<Self> {
        one.text("type");
        if let Some(id) = one.parsed("id", id::read) {
            return Some(Self(Who::Participant(ParticipantId::from_bytes(id))));
        }
        let contact = one.object("contact");
        let of = contact.as_ref().unwrap_or(one);
        let key = of.need_text("identifierKey");
        let key = key.and_then(|key| of.note("identifierKey", IdentifierKey::parse(&key)))?;
        let value = of.need_text("identifierValue")?;
        let identifier = of.note("identifierValue", Identifier::parse(key, &value))?;
        Some(Self(Who::Reached(identifier, None)))
    }

    /// Who it is, as the core asks for receivers.
    pub(super) fn who(&self) -> Who {
        self.0.clone()
    }

    /// The participant; a contact is created if nobody is reached by its identifier.
    pub(super) fn resolve(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
    ) -> Result<ParticipantId, Error> {
        match &self.0 {
            Who::Participant(id) => Ok(*id),
            Who::Reached(identifier, name) => {
                let (Resolved::Created(one) | Resolved::Existing(one)) =
                    resolve_contact(unit, cx, identifier, name.as_ref())?;
                Ok(one.id)
            }
        }
    }
}

/// Up to so many who are named in a list; what is wrong is noted.
pub(super) fn named(members: &Members, name: &str, most: usize) -> Vec<Named> {
    let all = members.objects(name).unwrap_or_default();
    if all.len() > most {
        let problem = format!("expected at most {most} participants");
        members.tell(name, &Invalid::new(problem));
    }
    all.iter().filter_map(Named::read).collect()
}
