//! The operations on what messages carry: reactions, receipts, schedules, templates, searches, tokens.
//!
//! The same rules hold as for the others, in `op`.

use causerie_core::act::{
    AddReaction, ChangeScheduled, CreateTemplate, ScheduleMessage, SetDelivery, add_reaction,
    cancel_scheduled, change_scheduled, change_settings, create_template, delete_template,
    dispatch_due, find_balance, find_extras, find_positions, find_scheduled, find_settings,
    find_template, grant_plan, keep_extra, list_all_messages, list_ledger, list_reactions,
    list_receipts, list_recipients, list_replies, list_scheduled, list_tags, list_templates,
    next_due, preview_template, remove_reaction, retain, schedule_message, search_messages,
    set_delivery, top_up,
};
use causerie_core::page::{Limit, Order};
use causerie_core::port::MessageFilter;
use causerie_core::search::SearchQuery;
use causerie_core::template::{Slug, TemplateUse};
use causerie_core::text::Name;
use causerie_core::{
    Bearer, Context, ConversationId, Error, Extra as Kept, MessageId, Plan, ReactionId,
    SettingsChange, Store, TemplateId, WorkspaceId,
};

use super::op::{Outcome, read, walk, write};

/// Something that a caller may ask for of what messages carry.
#[derive(Clone, Debug)]
pub(super) enum Extra {
    AddReaction(AddReaction),
    RemoveReaction(ConversationId, MessageId, ReactionId),
    ListReactions(ConversationId, MessageId, Limit),
    SetDelivery(SetDelivery),
    ListRecipients(ConversationId, MessageId),
    ListReceipts(ConversationId, MessageId, Limit),
    ListReplies(ConversationId, MessageId, Limit),
    ListAll(MessageFilter, Order, Limit),
    Search(SearchQuery, MessageFilter, Limit),
    Schedule(ScheduleMessage),
    ChangeScheduled(ChangeScheduled),
    CancelScheduled(MessageId),
    FindScheduled(MessageId),
    ListScheduled(Option<ConversationId>, Limit),
    Dispatch([u8; 16]),
    NextDue,
    CreateTemplate(CreateTemplate),
    DeleteTemplate(TemplateId),
    FindTemplate(TemplateId),
    ListTemplates(Option<Slug>, Limit),
    Preview(TemplateUse),
    ListTags(Limit),
    ChangeSettings(SettingsChange),
    FindSettings,
    GrantPlan(WorkspaceId, Plan),
    TopUp(WorkspaceId, u64, Option<Name>),
    FindBalance,
    ListLedger(Limit),
    Retain(WorkspaceId, usize),
    Keep(Bearer, Kept),
    FindKept(&'static str, Vec<Bearer>),
    FindPositions(Vec<[u8; 16]>),
}

impl Extra {
    /// Does it, as this caller, at this time.
    pub(super) fn apply(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        match self {
            Self::ListReactions(..)
            | Self::ListRecipients(..)
            | Self::ListReceipts(..)
            | Self::ListReplies(..)
            | Self::ListAll(..)
            | Self::Search(..)
            | Self::FindScheduled(_)
            | Self::ListScheduled(..)
            | Self::NextDue
            | Self::FindTemplate(_)
            | Self::ListTemplates(..)
            | Self::Preview(_)
            | Self::ListTags(_)
            | Self::FindSettings
            | Self::FindBalance
            | Self::ListLedger(_)
            | Self::FindKept(..)
            | Self::FindPositions(_) => self.look(cx, store),
            _ => self.change(cx, store),
        }
    }

    fn change(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        let op = self.clone();
        write(store, cx, move |unit, cx| match &op {
            Self::AddReaction(cmd) => add_reaction(unit, cx, cmd).map(Outcome::Reaction),
            Self::RemoveReaction(of, message, id) => {
                remove_reaction(unit, cx, *of, *message, *id).map(|()| Outcome::Nothing)
            }
            Self::SetDelivery(cmd) => set_delivery(unit, cx, cmd).map(Outcome::Message),
            Self::Schedule(cmd) => schedule_message(unit, cx, cmd).map(Outcome::Posted),
            Self::ChangeScheduled(cmd) => change_scheduled(unit, cx, cmd).map(Outcome::Scheduled),
            Self::CancelScheduled(id) => cancel_scheduled(unit, cx, *id).map(|()| Outcome::Nothing),
            Self::Dispatch(node) => dispatch_due(unit, *node, cx.now).map(Outcome::Dispatched),
            Self::CreateTemplate(cmd) => create_template(unit, cx, cmd).map(Outcome::Template),
            Self::DeleteTemplate(id) => delete_template(unit, cx, *id).map(|()| Outcome::Nothing),
            Self::ChangeSettings(change) => {
                change_settings(unit, cx, change).map(Outcome::Settings)
            }
            Self::GrantPlan(of, plan) => grant_plan(unit, cx, *of, *plan).map(Outcome::Settings),
            Self::TopUp(of, tokens, note) => top_up(unit, cx, *of, *tokens, note.clone())
                .map(|(balance, entry)| Outcome::ToppedUp(balance, entry)),
            Self::Keep(of, kept) => keep_extra(unit, cx, *of, kept).map(|()| Outcome::Nothing),
            Self::Retain(of, limit) => retain(unit, *of, cx.now, *limit).map(Outcome::Retained),
            other => panic!("{other:?} is applied elsewhere"),
        })
    }

    fn look(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        let op = self.clone();
        read(store, cx, move |snap, cx| match op {
            Self::ListReactions(of, id, limit) => {
                walk(|from| list_reactions(snap, cx, of, id, from, limit)).map(Outcome::Reactions)
            }
            Self::ListRecipients(of, id) => {
                list_recipients(snap, cx, of, id).map(Outcome::Recipients)
            }
            Self::ListReceipts(of, id, limit) => {
                walk(|from| list_receipts(snap, cx, of, id, from, limit)).map(Outcome::Receipts)
            }
            Self::ListReplies(of, id, limit) => {
                walk(|from| list_replies(snap, cx, of, id, from, limit)).map(Outcome::Messages)
            }
            Self::ListAll(filter, order, limit) => {
                walk(|from| list_all_messages(snap, cx, &filter, order, from, limit))
                    .map(Outcome::Messages)
            }
            Self::Search(query, filter, limit) => {
                walk(|from| search_messages(snap, cx, &query, &filter, from, limit))
                    .map(Outcome::Found)
            }
            Self::FindScheduled(id) => find_scheduled(snap, cx, id).map(Outcome::Scheduled),
            Self::ListScheduled(of, limit) => {
                walk(|from| list_scheduled(snap, cx, of, from, limit)).map(Outcome::AllScheduled)
            }
            Self::NextDue => next_due(snap).map(Outcome::NextDue),
            Self::FindTemplate(id) => find_template(snap, cx, id).map(Outcome::Template),
            Self::ListTemplates(project, limit) => {
                walk(|from| list_templates(snap, cx, project.as_ref(), from, limit))
                    .map(Outcome::Templates)
            }
            Self::Preview(wish) => {
                preview_template(snap, cx, &wish).map(|(said, _)| Outcome::Rendered(said))
            }
            Self::ListTags(limit) => {
                walk(|from| list_tags(snap, cx, from.as_ref(), limit)).map(Outcome::Tags)
            }
            Self::FindKept(surface, of) => find_extras(snap, cx, surface, &of)
                .map(|found| Outcome::Kept(found.into_iter().collect())),
            Self::FindPositions(ids) => find_positions(snap, cx, &ids)
                .map(|found| Outcome::Positions(found.into_iter().collect())),
            Self::FindSettings => find_settings(snap, cx).map(Outcome::Settings),
            Self::FindBalance => find_balance(snap, cx).map(Outcome::Balance),
            Self::ListLedger(limit) => {
                walk(|from| list_ledger(snap, cx, from, limit)).map(Outcome::Ledger)
            }
            other => panic!("{other:?} is applied elsewhere"),
        })
    }
}
