//! What the caller's workspace decides for itself, and what it may still spend.
//!
//! Rules are in the core; what the operator decides is in `plans`.

use causerie_core::act::{change_settings, find_balance, find_settings, list_ledger};
use causerie_core::claim::Fingerprint;
use causerie_core::page::LedgerPlace;
use causerie_core::template::Locale;
use causerie_core::{Prefix, Scope, Settings, SettingsChange};
use serde::Deserialize;
use utoipa::ToSchema;

use super::receipts::PartQuery;
use super::wire::{Answered, BalanceView, LedgerEntryView, PageView, SettingsView, ok, page};
use crate::extract::{Call, Check, Given, WireBody};
use crate::reply::Rendered;

fn render(settings: &Settings) -> Rendered {
    ok(&SettingsView::of(settings)).tagged(tag_of(&settings.to_stored()))
}

/// Names the state of something by what is stored of it.
pub(super) fn tag_of(stored: &str) -> String {
    let Fingerprint(hash) = Fingerprint::of(&[stored.as_bytes()]);
    let (start, _) = hash.split_first_chunk().unwrap_or((&[0; 8], &[]));
    format!("\"{:016x}\"", u64::from_be_bytes(*start))
}

/// Shows the settings of the workspace.
#[utoipa::path(get, path = "/v1/settings", tag = "settings",
    responses((status = 200, body = SettingsView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    call.no_query()?;
    let found = call.read(find_settings).await?;
    Ok(render(&found.settings).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = SettingsChange, example = json!({"retention_days": 365, "edit_window_s": null}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    /// Characters of a message's text: 1 to 150,000.
    text_chars_max: Option<u64>,
    /// Bytes of any metadata object: 2 to 65,536.
    metadata_bytes_max: Option<u64>,
    /// Members of one conversation at a time: 2 to 10,000.
    members_max: Option<u64>,
    /// Characters of a conversation's title: 1 to 1,000.
    title_chars_max: Option<u64>,
    /// Characters of a conversation's description: 1 to 10,000.
    description_chars_max: Option<u64>,
    /// Characters of a display name: 1 to 1,000.
    display_name_chars_max: Option<u64>,
    /// Whether messages may be reacted to.
    reactions: Option<bool>,
    /// After how many days messages are purged: 1 to 36,500; null for never.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    retention_days: Given<u64>,
    /// For how many seconds after sending a message may be edited: 1 to 315,360,000; null for always.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    edit_window_s: Given<u64>,
    /// What stands before the number of a conversation: 1 to 16 letters, digits or `_`.
    conversation_number_prefix: Option<String>,
    /// The language of a template that is not there in any wanted one, such as `en`.
    default_locale: Option<String>,
}

impl WireBody<'_> for ChangeBody {
    type To = ();
    type Command = SettingsChange;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<SettingsChange> {
        let days = check.given("/retention_days", self.retention_days, |days, _| Ok(days));
        let window = check.given("/edit_window_s", self.edit_window_s, |seconds, _| {
            Ok(seconds)
        });
        let prefix = self.conversation_number_prefix;
        let prefix = check.maybe("/conversation_number_prefix", prefix, |text, _| {
            Prefix::parse(&text)
        });
        let locale = check.maybe("/default_locale", self.default_locale, |tag, _| {
            Locale::parse(&tag)
        });
        let change = SettingsChange {
            text_chars_max: self.text_chars_max,
            metadata_bytes_max: self.metadata_bytes_max,
            members_max: self.members_max,
            title_chars_max: self.title_chars_max,
            description_chars_max: self.description_chars_max,
            display_name_chars_max: self.display_name_chars_max,
            reactions: self.reactions,
            retention_days: days?,
            edit_window_s: window?,
            conversation_number_prefix: prefix.clone().flatten(),
            default_locale: locale.clone().flatten(),
        };
        // Ranges do not depend on what the workspace decided before: told together with the rest.
        check.refusal(check.limits().clone().change(&change))?;
        prefix.and(locale).map(|_| change)
    }
}

/// Changes settings of the workspace, all that are given or none.
///
/// They count at once on this node, on others within two seconds. What is stored already is never touched by
/// a limit; retention goes through it in time.
#[utoipa::path(patch, path = "/v1/settings", tag = "settings", request_body = ChangeBody,
    responses((status = 200, body = SettingsView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    call.no_query()?;
    call.receive().await?;
    let change = call.command::<ChangeBody>(())?;
    let seen = call.if_match()?;
    let changed = call
        .write(move |unit, cx| {
            // Changing nothing locks the workspace and shows it as it stands.
            let now = change_settings(unit, cx, &SettingsChange::default())?;
            seen.admit(&tag_of(&now.settings.to_stored()))?;
            change_settings(unit, cx, &change)
        })
        .await;
    call.app().door().forget(call.caller().workspace().id);
    Ok(render(&changed?.settings).into_response())
}

/// Shows what the workspace may still spend, and what operations cost.
#[utoipa::path(get, path = "/v1/balance", tag = "balance",
    responses((status = 200, body = BalanceView)))]
pub(crate) async fn balance(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    call.no_query()?;
    let found = call.read(find_balance).await?;
    let plan = call.caller().workspace().plan;
    Ok(ok(&BalanceView::of(found.as_ref(), &plan)).into_response())
}

/// Lists what came to the balance and went from it, newest first.
#[utoipa::path(get, path = "/v1/balance/ledger", tag = "balance", params(PartQuery),
    responses((status = 200, body = PageView<LedgerEntryView>)))]
pub(crate) async fn ledger(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let part = call.query().and_then(PartQuery::read::<LedgerPlace>);
    let (cursor, limit) = part?;
    let found = call
        .read(move |snapshot, cx| list_ledger(snapshot, cx, cursor, limit))
        .await?;
    Ok(page(&found, LedgerEntryView::of))
}
