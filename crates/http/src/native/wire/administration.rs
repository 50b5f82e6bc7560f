//! What is shown of a workspace and its administration: keys, settings, plan, balance.
//!
//! Who may see what is decided by the core.

use causerie_core::balance::{Balance, LedgerEntry, Operation, Prices};
use causerie_core::text::Name;
use causerie_core::{
    ApiKey, KeyId, MessageId, ParticipantId, Plan, Rate, Settings, Workspace, WorkspaceId,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Time, time};
use crate::native::vocabulary;
use crate::reply::Shown;

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyView<'a> {
    #[schema(value_type = String, example = "key_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<KeyId>,
    #[schema(example = "web shop")]
    name: &'a str,
    #[schema(value_type = Vec<vocabulary::Scope>, example = json!(["messaging:*"]))]
    scopes: Vec<&'static str>,
    /// The only participant that it acts as, if it is bound to one.
    #[schema(value_type = Option<String>)]
    participant_id: Option<Shown<ParticipantId>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Time>,
    /// To the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Time>,
}

impl<'a> KeyView<'a> {
    pub(crate) fn of(key: &'a ApiKey) -> Self {
        Self {
            id: Shown(key.id),
            name: key.name.as_str(),
            scopes: key.scopes.words().collect(),
            participant_id: key.participant.map(Shown),
            created_at: Shown(key.created_at),
            expires_at: time(key.expires_at),
            revoked_at: time(key.revoked_at),
            last_used_at: time(key.last_used_at),
        }
    }
}

/// A key with its secret: shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = NewKey)]
pub(crate) struct NewKeyView<'a> {
    #[serde(flatten)]
    view: KeyView<'a>,
    /// The whole key. It is shown here and never again.
    #[schema(example = "ck_01J9ZK6QW8T2V4X6Y8Z0A2C4E6…")]
    key: &'a str,
}

impl<'a> NewKeyView<'a> {
    pub(crate) fn of(key: &'a ApiKey, secret: &'a str) -> Self {
        Self {
            view: KeyView::of(key),
            key: secret,
        }
    }
}

/// A tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceView<'a> {
    #[schema(value_type = String, example = "ws_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<WorkspaceId>,
    #[schema(example = "default")]
    name: &'a str,
    /// Whether its administrators also create and list workspaces.
    root: bool,
    limits: LimitsView,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

/// The limits of a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
#[expect(
    clippy::struct_field_names,
    reason = "these are their names on the wire"
)]
pub(crate) struct LimitsView {
    #[schema(example = 10_000)]
    text_chars_max: usize,
    #[schema(example = 16_384)]
    metadata_bytes_max: usize,
    #[schema(example = 1_000)]
    members_max: usize,
    #[schema(example = 256)]
    title_chars_max: usize,
    #[schema(example = 2_000)]
    description_chars_max: usize,
    #[schema(example = 128)]
    display_name_chars_max: usize,
}

impl LimitsView {
    fn of(settings: &Settings) -> Self {
        Self {
            text_chars_max: settings.text_chars_max,
            metadata_bytes_max: settings.metadata_bytes_max,
            members_max: settings.members_max,
            title_chars_max: settings.title_chars_max,
            description_chars_max: settings.description_chars_max,
            display_name_chars_max: settings.display_name_chars_max,
        }
    }
}

impl<'a> WorkspaceView<'a> {
    pub(crate) fn of(workspace: &'a Workspace) -> Self {
        Self {
            id: Shown(workspace.id),
            name: workspace.name.as_str(),
            root: workspace.root,
            limits: LimitsView::of(&workspace.settings),
            created_at: Shown(workspace.created_at),
        }
    }
}

/// What a workspace decides for itself.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct SettingsView<'a> {
    #[serde(flatten)]
    limits: LimitsView,
    /// Whether messages may be reacted to.
    #[schema(example = true)]
    reactions: bool,
    /// After how many days messages are purged; null for never.
    #[schema(example = 365)]
    retention_days: Option<u32>,
    /// For how many seconds after sending a message may be edited; null for always.
    #[schema(example = 900)]
    edit_window_s: Option<u64>,
    /// What stands before the number of a conversation.
    #[schema(example = "CONV")]
    conversation_number_prefix: &'a str,
    /// The language of a template that is not there in any wanted one.
    #[schema(example = "en")]
    default_locale: &'a str,
}

impl<'a> SettingsView<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Self {
        Self {
            limits: LimitsView::of(settings),
            reactions: settings.reactions,
            retention_days: settings.retention_days,
            edit_window_s: settings.edit_window_s,
            conversation_number_prefix: settings.conversation_number_prefix.as_str(),
            default_locale: settings.default_locale.as_str(),
        }
    }
}

/// How many requests are let through.
#[derive(Serialize, ToSchema)]
#[schema(as = Rate)]
pub(crate) struct RateView {
    /// Per second, in the long run.
    #[schema(example = 50)]
    per_second: u32,
    /// At once, after a pause.
    #[schema(example = 100)]
    burst: u32,
}

impl RateView {
    fn of(rate: Rate) -> Self {
        Self {
            per_second: rate.per_second,
            burst: rate.burst,
        }
    }
}

/// How many tokens an operation costs.
#[derive(Serialize, ToSchema)]
#[schema(as = Prices)]
pub(crate) struct PricesView {
    #[schema(example = 1)]
    send: u32,
    #[schema(example = 0)]
    edit: u32,
    #[schema(example = 0)]
    react: u32,
}

impl PricesView {
    fn of(prices: Prices) -> Self {
        Self {
            send: prices.send,
            edit: prices.edit,
            react: prices.react,
        }
    }
}

/// What the operator grants a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanView {
    #[schema(value_type = String, example = "ws_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    workspace_id: Shown<WorkspaceId>,
    /// Requests that read, on each node; null for any number.
    read: Option<RateView>,
    /// Requests that write, on each node; null for any number.
    write: Option<RateView>,
    /// Whether operations are paid for from the balance.
    #[schema(example = true)]
    metered: bool,
    prices: PricesView,
    /// How many bytes a file may have.
    #[schema(example = 104_857_600)]
    file_bytes_max: u64,
    /// How many bytes all files together may have.
    #[schema(example = 10_737_418_240_u64)]
    storage_bytes_max: u64,
}

impl PlanView {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let Plan {
            read,
            write,
            metered,
            prices,
            file_bytes_max,
            storage_bytes_max,
        } = workspace.plan;
        Self {
            workspace_id: Shown(workspace.id),
            read: read.map(RateView::of),
            write: write.map(RateView::of),
            metered,
            prices: PricesView::of(prices),
            file_bytes_max,
            storage_bytes_max,
        }
    }
}

/// What a workspace may still spend.
#[derive(Serialize, ToSchema)]
#[schema(as = Balance)]
pub(crate) struct BalanceView {
    /// Whether operations are paid for.
    #[schema(example = true)]
    metered: bool,
    /// Null before the first top-up.
    #[schema(example = 9_999)]
    tokens: Option<u64>,
    /// What an operation costs while `metered`.
    prices: PricesView,
}

impl BalanceView {
    pub(crate) fn of(balance: Option<&Balance>, plan: &Plan) -> Self {
        Self {
            metered: plan.metered,
            tokens: balance.map(|balance| balance.tokens),
            prices: PricesView::of(plan.prices),
        }
    }
}

/// A change of a balance.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub(crate) struct LedgerEntryView<'a> {
    /// 1, 2, 3 … in its workspace.
    #[schema(example = 2)]
    number: u64,
    /// How many tokens came (above zero) or went.
    #[schema(example = -1)]
    delta: i64,
    /// How many were left then.
    #[schema(example = 9_999)]
    tokens: u64,
    /// What they went for; null when they came.
    #[schema(value_type = Option<vocabulary::PaidOperation>, example = "send")]
    operation: Option<&'static str>,
    /// The message that they went for.
    #[schema(value_type = Option<String>)]
    message_id: Option<Shown<MessageId>>,
    /// What the operator said about it.
    note: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
}

impl<'a> LedgerEntryView<'a> {
    pub(crate) fn of(entry: &'a LedgerEntry) -> Self {
        Self {
            number: entry.number,
            delta: entry.delta,
            tokens: entry.tokens,
            operation: entry.operation.map(Operation::as_str),
            message_id: entry.message.map(Shown),
            note: entry.note.as_ref().map(Name::as_str),
            at: Shown(entry.at),
        }
    }
}

/// A balance after a top-up.
#[derive(Serialize, ToSchema)]
#[schema(as = TopUp)]
pub(crate) struct TopUpView<'a> {
    #[schema(value_type = String, example = "ws_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    workspace_id: Shown<WorkspaceId>,
    #[schema(example = 10_000)]
    tokens: u64,
    entry: LedgerEntryView<'a>,
}

impl<'a> TopUpView<'a> {
    pub(crate) fn of(balance: &Balance, entry: &'a LedgerEntry) -> Self {
        Self {
            workspace_id: Shown(balance.workspace),
            tokens: balance.tokens,
            entry: LedgerEntryView::of(entry),
        }
    }
}
