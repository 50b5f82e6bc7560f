//! Conversations: begun, listed, renamed, put away, read, deleted.
//!
//! Who may do what is decided by the core.

use actix_web::http::StatusCode;
use causerie_core::act::{
    CreateConversation, CreatedConversation, FirstMember, change_conversation, change_member,
    create_conversation, delete_conversation, find_conversation, find_first_members,
    find_memberships, find_newest, mark, send_message,
};
use causerie_core::claim::Once;
use causerie_core::page::Limit;
use causerie_core::port::{Snapshot, Unit};
use causerie_core::receipt::{ReceiptKind, Seen};
use causerie_core::text::{Metadata, Title};
use causerie_core::{
    Conversation, ConversationChange, ConversationId, ConversationKind, Error, Invalid, Member,
    MemberChange, Refusal, Role, Scope, Sight, Stow,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, HttpResponse, Members, Problem, Rendered};

use super::facts::{Beside, Facts, Scene};
use super::messages::{Shown, shelf};
use super::person::seconds;
use super::wire::ConversationView;
use super::wish::Wish;
use super::you::{You, foreign, path_number, read, write};

/// About how long a conversation is on the wire.
pub(super) const CONVERSATION_BYTES: usize = 2_048;
/// The rule of whoever wants no notifications.
const MUTED: u64 = 1;
/// How many others a new conversation may be with at once.
const RECIPIENTS_MAX: usize = 100;

/// How many participants of a conversation are shown with it.
pub(super) fn shown_members() -> Limit {
    Limit::new(u64::from(Limit::MAX)).unwrap_or_default()
}

/// Conversations and what they are shown with.
#[derive(Debug)]
pub(super) struct Shelved {
    all: Vec<Entry>,
    facts: Facts,
    me: causerie_core::ParticipantId,
}

impl Shelved {
    /// Looks up what conversations that the caller was shown are shown with: a statement for each sort of fact.
    pub(super) fn load(
        snapshot: &mut dyn Snapshot,
        you: &You,
        all: Vec<Conversation>,
    ) -> Result<Self, Error> {
        let (cx, me) = (you.looking(), you.me.id);
        let all: Vec<_> = all
            .into_iter()
            .map(|one| one.seen_with(Sight::Public))
            .collect();
        let ids: Vec<ConversationId> = all.iter().map(|one| one.id).collect();
        let own: Vec<_> = ids.iter().map(|id| (*id, me)).collect();
        let mut own = find_memberships(snapshot, &cx, &own)?;
        let mut members = find_first_members(snapshot, &cx, &ids, shown_members())?;
        let mut newest = find_newest(snapshot, &cx, &all)?;
        let seen: Vec<&Seen> = newest.values().collect();
        let beside = Beside {
            members: members.values().flatten().cloned().collect(),
            ..Beside::default()
        };
        let facts = Facts::load(snapshot, you, &seen, beside)?;
        let with = |conversation: Conversation| Entry {
            own: own.remove(&(conversation.id, me)),
            newest: newest.remove(&conversation.id),
            members: members.remove(&conversation.id).unwrap_or_default(),
            conversation,
        };
        let all = all.into_iter().map(with).collect();
        Ok(Self { all, facts, me })
    }

    /// Each of them as the caller sees it.
    pub(super) fn views<T>(
        &self,
        call: &Call,
        with: impl FnOnce(Vec<ConversationView<'_>>) -> T,
    ) -> T {
        let base = call.base_url();
        let scene = Scene {
            facts: &self.facts,
            shelf: shelf(call, &base),
            me: self.me,
        };
        with(self.all.iter().map(|one| one.view(scene)).collect())
    }

    /// The answer that shows the only one.
    pub(super) fn render(&self, call: &Call) -> Rendered {
        self.views(call, |views| {
            Rendered::json(StatusCode::OK, &views.first(), CONVERSATION_BYTES)
        })
    }
}

/// A conversation, the caller's place in it, what was said last, and who is in it.
#[derive(Debug)]
struct Entry {
    conversation: Conversation,
    own: Option<Member>,
    newest: Option<Seen>,
    members: Vec<Member>,
}

impl Entry {
    fn view<'a>(&'a self, scene: Scene<'a>) -> ConversationView<'a> {
        let (one, own) = (&self.conversation, self.own.as_ref());
        let title = one.title.as_ref().map_or("", Title::as_str);
        let is_group = one.kind == ConversationKind::Group;
        let said_at = one.last_message_at.unwrap_or(one.updated_at);
        let newest = self.newest.as_ref();
        let people = self.members.iter();
        ConversationView {
            id: one.number,
            r#type: one.kind.as_str(),
            title: if is_group { title } else { "" },
            created_at: seconds(one.created_at),
            updated_at: seconds(said_at.max(one.updated_at)),
            latest_message: newest.and_then(|seen| scene.message(seen, one.number)),
            unread_message_count: own.map_or(0, |own| own.unread_count(one, Sight::Public)),
            mute_rule: own.and_then(|own| own.muted_at).map(|_| MUTED),
            participants: people
                .filter_map(|member| scene.facts.participant(one.id, member.participant))
                .collect(),
            archived_at: own.and_then(|own| own.archived_at).map(seconds),
        }
    }
}

/// The number of a conversation in the path.
pub(super) fn of(call: &Call) -> Result<u64, Problem> {
    path_number(call, "conversation", Refusal::ConversationNotFound)
}

/// The conversation with this number, if the caller is in it.
pub(super) fn find(snapshot: &mut dyn Snapshot, you: &You, of: u64) -> Result<Conversation, Error> {
    let id = you.conversation(snapshot, of)?.id;
    foreign(find_conversation(snapshot, &you.cx, id))
}

/// Shows a conversation.
pub(super) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of = of(&call)?;
    let shown = read(&call, move |snapshot, you| {
        let found = find(snapshot, you, of)?;
        Shelved::load(snapshot, you, vec![found])
    });
    Ok(shown.await?.render(&call).into_response())
}

/// With whom, and what is said first.
#[derive(Clone, Debug)]
struct Beginning {
    recipients: Vec<u64>,
    title: Option<Title>,
    wish: Option<Wish>,
}

impl Beginning {
    fn read(members: &Members, limits: &causerie_core::Settings, says: bool) -> Option<Self> {
        let ids = members.need("recipients", causerie_http::members::texts);
        let parsed = ids.map(|ids| {
            let all = ids.iter().map(|id| id.parse::<u64>());
            let all = all.collect::<Result<Vec<u64>, _>>();
            all.ok()
                .filter(|all| (1..=RECIPIENTS_MAX).contains(&all.len()))
        });
        let expected = Invalid::new("expected the numbers of 1 to 100 users");
        let recipients = parsed.and_then(|all| members.note("recipients", all.ok_or(expected)));
        let title = members.text("title").filter(|title| !title.is_empty());
        let title = title.map(|title| Title::parse(&title, limits)).transpose();
        let title = members.note("title", title);
        let wish = if says {
            Some(Wish::read(members, limits)?)
        } else {
            None
        };
        Some(Self {
            recipients: recipients?,
            title: title?,
            wish,
        })
    }

    /// The conversation: a new one, or the one that the two have already.
    fn begin(&self, unit: &mut dyn Unit, you: &You) -> Result<Conversation, Error> {
        // Each once, and whoever begins it is in it anyway.
        let mut others = Vec::with_capacity(self.recipients.len());
        for one in you.users(unit, &self.recipients, "recipients")? {
            if one != you.me.id && !others.contains(&one) {
                others.push(one);
            }
        }
        if others.is_empty() {
            let problem = Invalid::new("expected the number of somebody else");
            return Err(problem.at("recipients").into());
        }
        let kind = if others.len() == 1 {
            ConversationKind::Direct
        } else {
            ConversationKind::Group
        };
        let member = |participant| FirstMember {
            participant,
            role: Role::Member,
            display_name: None,
        };
        let cmd = CreateConversation {
            kind,
            title: self.title.clone(),
            description: None,
            metadata: Metadata::default(),
            avatar_url: None,
            members: others.into_iter().chain([you.me.id]).map(member).collect(),
        };
        Ok(match create_conversation(unit, &you.cx, &cmd)? {
            CreatedConversation::Created(one) | CreatedConversation::Existing(one) => one,
        })
    }
}

/// Begins a conversation: with one other the only one that there is with them, with several a group. With a
/// message, that is said at once and shown.
pub(super) async fn create(call: Call) -> Answered {
    begin(call, false).await
}

/// The same with a message, always.
pub(super) async fn create_with_message(call: Call) -> Answered {
    begin(call, true).await
}

async fn begin(mut call: Call, says: bool) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let members = call.members().await?;
    let says = says || members.has("message");
    let beginning = Beginning::read(&members, call.caller().limits(), says);
    let beginning = members.finish_with(beginning)?;
    if beginning.wish.is_none() {
        let begun = write(&call, move |unit, you| {
            let begun = beginning.begin(unit, you)?;
            Shelved::load(unit, you, vec![begun])
        });
        return Ok(begun.await?.render(&call).into_response());
    }
    let said = write(&call, move |unit, you| {
        let begun = beginning.begin(unit, you)?;
        let wish = beginning.wish.as_ref().ok_or(Refusal::MessageNotFound)?;
        let ready = wish.find(unit, you, Some(begun.id))?;
        let cmd = ready.command(you, &begun);
        let cx = you.cx.another(b"message");
        let Once::Done(sent) = send_message(unit, &cx, &cmd)? else {
            return Err(Refusal::MessageNotFound.into());
        };
        Ok((begun.number, Shown::load(unit, you, sent)?))
    });
    let (number, shown) = said.await?;
    Ok(shown
        .render(&call, StatusCode::CREATED, number)?
        .into_response())
}

/// Gives a group another title.
pub(super) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = of(&call)?;
    let received = call.members().await.and_then(|members| {
        let title = members.need_text("title");
        let limits = call.caller().limits();
        let title = title.and_then(|title| members.note("title", Title::parse(&title, limits)));
        members.finish_with(title)
    });
    let title = match received {
        Ok(title) => title,
        Err(problem) => {
            read(&call, move |snapshot, you| find(snapshot, you, of)).await?;
            return Err(problem);
        }
    };
    done(&call, of, move |unit, you, of| {
        let change = ConversationChange {
            title: Some(Some(title.clone())),
            ..ConversationChange::default()
        };
        change_conversation(unit, &you.cx, of.id, &change).map(drop)
    })
    .await
}

/// Deletes a conversation with everything in it.
pub(super) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = of(&call)?;
    done(&call, of, |unit, you, of| {
        delete_conversation(unit, &you.cx, of.id)
    })
    .await
}

/// Puts a conversation away for the caller alone.
pub(super) async fn archive(call: Call) -> Answered {
    stow(call, Stow::Archived).await
}

/// Takes a conversation out again.
pub(super) async fn unarchive(call: Call) -> Answered {
    stow(call, Stow::Listed).await
}

async fn stow(call: Call, to: Stow) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = of(&call)?;
    done(&call, of, move |unit, you, of| {
        let change = MemberChange {
            stow: Some(to),
            ..MemberChange::default()
        };
        change_member(unit, &you.cx, of.id, you.me.id, &change).map(drop)
    })
    .await
}

/// Says that the caller has read everything in a conversation.
pub(super) async fn seen(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = of(&call)?;
    done(&call, of, |unit, you, of| {
        let newest = of.clone().seen_with(Sight::of(you.me.kind)).last_seq;
        mark(unit, &you.cx, of.id, you.me.id, ReceiptKind::Read, newest).map(drop)
    })
    .await
}

/// Does something to a conversation that the caller is in; there is nothing to show then.
pub(super) async fn done<W>(call: &Call, of: u64, mut work: W) -> Answered
where
    W: FnMut(&mut dyn Unit, &You, &Conversation) -> Result<(), Error> + Send + 'static,
{
    let done = write(call, move |unit, you| {
        let of = you.conversation(unit, of)?;
        foreign(work(unit, you, &of))
    });
    done.await?;
    Ok(HttpResponse::NoContent().finish())
}
