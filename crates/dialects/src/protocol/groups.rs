//! Groups: conversations that several contacts are in, who come and go.

use causerie_core::act::{
    AddMember, CreateConversation, CreatedConversation, FirstMember, add_member,
    change_conversation, create_conversation, list_members, list_participants, remove_member,
};
use causerie_core::page::Limit;
use causerie_core::port::{ConversationFilter, OwnFilter, ParticipantFilter, Snapshot, Unit};
use causerie_core::text::{AvatarUrl, Description, ExternalId, Metadata, Title};
use causerie_core::{
    ConversationChange, ConversationId, ConversationKind, Error, Invalid, ParticipantId, Position,
    Role, Scope, Settings, Subject, Timestamp,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{Members, text, unix_time};
use causerie_http::{Answered, StatusCode};

use super::conversations::{delete_own, find_own, given, only, page, require_both, stow};
use super::facts::{CONTACTS_SHOWN_MAX, Facts};
use super::ids::{ShortId, Sort};
use super::named::{Named, named};
use super::page::{Paging, show};
use super::problem::{malformed, unknown};
use super::wire::GroupView;
use super::you::{self, You};

/// `GET /v1/groups`
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let query = call.parameters().map_err(malformed)?;
    let paging = Paging::read(&query);
    let filter = ConversationFilter {
        kind: Some(ConversationKind::Group),
        own: OwnFilter {
            archived: only(&query, "archived"),
            ..OwnFilter::default()
        },
        ..ConversationFilter::default()
    };
    query.finish().map_err(malformed)?;
    let read = you::read(&call, move |snapshot, you| {
        let slice = page(snapshot, you, Sort::Group, &filter, &paging)?;
        let ids: Vec<_> = slice.items.iter().map(|(group, _)| group.id).collect();
        Ok((slice, Facts::of_groups(snapshot, you, &ids)?))
    });
    let (slice, facts) = read.await.map_err(malformed)?;
    Ok(slice.show(|(group, member)| GroupView::of(&facts, group, member))?)
}

/// What is said of a group.
#[derive(Clone, Debug)]
struct Wish {
    name: Option<Title>,
    description: Given<Description>,
    avatar_url: Given<AvatarUrl>,
    contacts: Option<Vec<Named>>,
    archived_at: Given<Timestamp>,
}

impl Wish {
    fn read(members: &Members, limits: &Settings) -> Self {
        let name = |raw: &serde_json::value::RawValue| Title::parse(&text(raw)?, limits);
        let contacts = members.maybe("contacts", named);
        if contacts
            .as_ref()
            .is_some_and(|all| all.len() > usize::from(Limit::MAX))
        {
            let problem = format!("expected at most {} contacts at a time", Limit::MAX);
            members.tell("contacts", &Invalid::new(problem));
        }
        Self {
            name: members.maybe("name", name),
            description: given(members, "description", |raw| {
                Description::parse(&text(raw)?, limits)
            }),
            avatar_url: given(members, "avatar_url", |raw| AvatarUrl::parse(&text(raw)?)),
            contacts,
            archived_at: given(members, "archived_at", unix_time),
        }
    }

    fn change(&self) -> ConversationChange {
        ConversationChange {
            title: self.name.clone().map(Some),
            description: self.description.clone().change(),
            avatar_url: self.avatar_url.clone().change(),
            ..ConversationChange::default()
        }
    }
}

/// The contacts that a request names, each once and without the participant itself.
fn find_contacts(
    snapshot: &mut dyn Snapshot,
    you: &You,
    named: &[Named],
) -> Result<Vec<ParticipantId>, Error> {
    let read = |one: &Named| match one {
        Named::Id(id) => ShortId::read(you.workspace(), Sort::Contact, id),
        Named::Username(_) => None,
    };
    let positions: Vec<Position> = named.iter().filter_map(read).collect();
    let placed = you.known.placed(snapshot, &you.key, &positions)?;
    let mut found = Vec::new();
    for (index, one) in named.iter().enumerate() {
        let contact = match one {
            Named::Id(_) => match read(one).and_then(|position| placed.get(&position)) {
                Some(Subject::Participant(id)) => Some(*id),
                _ => None,
            },
            Named::Username(name) => find_username(snapshot, you, name)?,
        };
        let contact = contact.ok_or_else(|| unknown(&format!("contacts/{index}")))?;
        if contact != you.me.id && !found.contains(&contact) {
            found.push(contact);
        }
    }
    Ok(found)
}

fn find_username(
    snapshot: &mut dyn Snapshot,
    you: &You,
    name: &str,
) -> Result<Option<ParticipantId>, Error> {
    let Ok(external_id) = ExternalId::parse(name) else {
        return Ok(None);
    };
    let filter = ParticipantFilter {
        external_id: Some(external_id),
        ..ParticipantFilter::default()
    };
    let limit = Limit::new(1).unwrap_or_default();
    let page = list_participants(snapshot, &you.key, &filter, None, limit)?;
    Ok(page.items.first().map(|one| one.id))
}

/// `POST /v1/groups`
pub(super) async fn create(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed)?;
    let wish = Wish::read(&members, call.caller().limits());
    if wish.name.is_none()
        && members
            .get_raw("name")
            .is_none_or(|raw| raw.get() == "null")
    {
        members.tell("name", &Invalid::new("expected a name"));
    }
    members.finish().map_err(malformed)?;
    let created = you::write(&call, move |unit, you| {
        let contacts = wish.contacts.as_deref().unwrap_or_default();
        let mut all = vec![you.me.id];
        all.extend(find_contacts(unit, you, contacts)?);
        let member = |participant| FirstMember {
            participant,
            role: Role::Member,
            display_name: None,
        };
        let cmd = CreateConversation {
            kind: ConversationKind::Group,
            title: wish.name.clone(),
            description: wish.description.clone().change().flatten(),
            metadata: Metadata::default(),
            avatar_url: wish.avatar_url.clone().change().flatten(),
            members: all.into_iter().map(member).collect(),
        };
        let (CreatedConversation::Created(group) | CreatedConversation::Existing(group)) =
            create_conversation(unit, &you.cx, &cmd)?;
        stow(unit, you, group.id, &wish.archived_at)?;
        Ok(group.id)
    });
    let id = created.await?;
    show_group(&call, StatusCode::CREATED, id).await
}

async fn show_group(call: &Call, status: StatusCode, id: ConversationId) -> Answered {
    let ((group, member), facts) = you::read(call, move |snapshot, you| {
        let (group, now) = causerie_core::act::find_member(snapshot, &you.cx, id, you.me.id)?;
        Ok(((group, now.member), Facts::of_groups(snapshot, you, &[id])?))
    })
    .await?;
    let view = GroupView::of(&facts, &group, &member)?;
    Ok(show(status, &view).into_response())
}

/// `GET /v1/groups/:id`
pub(super) async fn retrieve(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = call.part("id")?.to_owned();
    let ((group, member), facts) = you::read(&call, move |snapshot, you| {
        let own = find_own(snapshot, you, Sort::Group, &id)?;
        let facts = Facts::of_groups(snapshot, you, &[own.0.id])?;
        Ok((own, facts))
    })
    .await?;
    let view = GroupView::of(&facts, &group, &member)?;
    Ok(show(StatusCode::OK, &view).into_response())
}

/// `PUT /v1/groups/:id`
pub(super) async fn update(mut call: Call) -> Answered {
    require_both(&call)?;
    let members = call.members().await.map_err(malformed);
    let id = call.part("id")?.to_owned();
    let wish = members.and_then(|members| {
        let wish = Wish::read(&members, call.caller().limits());
        members.finish_with(Some(wish)).map_err(malformed)
    });
    let sought = id.clone();
    let wish = you::unless_missing(&call, wish, move |snapshot, you| {
        find_own(snapshot, you, Sort::Group, &sought).map(drop)
    })
    .await?;
    let changed = you::write(&call, move |unit, you| {
        let (group, _) = find_own(unit, you, Sort::Group, &id)?;
        let change = wish.change();
        if change != ConversationChange::default() {
            change_conversation(unit, &you.cx, group.id, &change)?;
        }
        if let Some(contacts) = &wish.contacts {
            let wanted = find_contacts(unit, you, contacts)?;
            replace_members(unit, you, group.id, &wanted)?;
        }
        stow(unit, you, group.id, &wish.archived_at)?;
        Ok(group.id)
    });
    let id = changed.await?;
    show_group(&call, StatusCode::OK, id).await
}

/// Lets those leave who are not wanted, and the others come.
fn replace_members(
    unit: &mut dyn Unit,
    you: &You,
    group: ConversationId,
    wanted: &[ParticipantId],
) -> Result<(), Error> {
    let limit = Limit::new(CONTACTS_SHOWN_MAX).unwrap_or_default();
    let (mut present, mut cursor) = (Vec::new(), None);
    loop {
        let (_, page) = list_members(unit, &you.cx, group, cursor, limit)?;
        present.extend(page.items.iter().map(|now| now.member.participant));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    for gone in present
        .iter()
        .filter(|one| **one != you.me.id && !wanted.contains(one))
    {
        remove_member(unit, &you.cx, group, *gone)?;
    }
    for participant in wanted.iter().filter(|one| !present.contains(one)) {
        let cmd = AddMember {
            conversation: group,
            participant: *participant,
            role: Role::Member,
            display_name: None,
        };
        add_member(unit, &you.cx, &cmd)?;
    }
    Ok(())
}

/// `DELETE /v1/groups/:id`
pub(super) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = call.part("id")?.to_owned();
    delete_own(&call, Sort::Group, id).await
}
