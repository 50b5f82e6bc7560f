//! The table of routes of `/v1`, and the codes that each may answer with beside the common ones.
//!
//! Everything that is served stands here, and what stands here is documented: the OpenAPI document is
//! made from the same lines.

use actix_cors::Cors;
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, guard};
use utoipa::OpenApi;

use crate::app::App;
use crate::extract::gate;
use crate::mount::with_rest;
use crate::observe::observe;
use crate::problem::{Problem, Trouble};

/// One operation: its name, its method in lower case, its path below `/v1`, and its own codes.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) codes: &'static [&'static str],
}

macro_rules! route {
    (get $handler:path) => {
        web::route()
            .guard(guard::Any(guard::Get()).or(guard::Head()))
            .to($handler)
    };
    ($method:ident $handler:path) => {
        web::$method().to($handler)
    };
}

macro_rules! routes {
    ($operations:ident $resources:ident $documented:ident $base:literal;
        $($path:literal { $($method:ident $module:ident :: $function:ident [$($code:ident)*];)+ })+) => {
        /// Operations in the order in which routes are tried.
        pub(crate) const $operations: &[Operation] = &[$($(Operation {
            name: concat!(stringify!($module), "_", stringify!($function)),
            method: stringify!($method),
            path: concat!($base, $path),
            codes: &[$(stringify!($code)),*],
        },)+)+];

        fn $resources(cfg: &mut ServiceConfig) {
            $(cfg.service(with_rest(
                web::resource($path)$(.route(route!($method super::$module::$function)))+,
                &[$(stringify!($method)),+],
            ));)+
        }

        #[derive(OpenApi)]
        #[openapi(paths($($(super::$module::$function),+),+))]
        pub(super) struct $documented;
    };
}

// The hottest first: routes are tried in this order.
routes! {
    OPERATIONS resources Documented "/v1";
    "/conversations/{conversation_id}/messages" {
        post messages::send [insufficient_tokens conversation_not_found template_not_found
            bound_elsewhere not_a_member read_only_member not_allowed conversation_not_open
            participant_archived reference_reused answer_erased schedule_full media_too_large
            storage_full form_malformed];
        get messages::list [conversation_not_found];
    }
    "/events" {
        get events::list [not_allowed];
    }
    "/conversations/{conversation_id}/messages/{message_id}" {
        get messages::show [conversation_not_found message_not_found];
        patch messages::edit [conversation_not_found message_not_found bound_elsewhere not_a_member
            not_allowed insufficient_tokens message_deleted edit_window_closed precondition_failed];
        delete messages::delete [conversation_not_found message_not_found bound_elsewhere
            not_a_member not_allowed precondition_failed];
    }
    "/conversations/{conversation_id}/messages/{message_id}/revisions" {
        get receipts::revisions [conversation_not_found message_not_found];
    }
    "/conversations/{conversation_id}/messages/{message_id}/replies" {
        get receipts::replies [conversation_not_found message_not_found];
    }
    "/conversations/{conversation_id}/messages/{message_id}/receipts" {
        get receipts::list [conversation_not_found message_not_found];
    }
    "/conversations/{conversation_id}/messages/{message_id}/recipients" {
        get receipts::recipients [conversation_not_found message_not_found];
    }
    "/conversations/{conversation_id}/messages/{message_id}/delivery" {
        put receipts::deliver [conversation_not_found message_not_found not_allowed message_deleted
            delivery_conflict];
    }
    "/conversations/{conversation_id}/messages/{message_id}/reactions" {
        post reactions::add [insufficient_tokens conversation_not_found message_not_found
            bound_elsewhere not_a_member read_only_member reactions_off participant_archived
            message_deleted already_reacted reactions_full];
        get reactions::list [conversation_not_found message_not_found];
    }
    "/conversations/{conversation_id}/messages/{message_id}/reactions/{reaction_id}" {
        delete reactions::remove [conversation_not_found message_not_found reaction_not_found
            not_allowed message_deleted];
    }
    "/messages/batch" {
        post batch::send [];
    }
    "/messages" {
        get search::list [conversation_not_found participant_not_found bound_elsewhere];
    }
    "/search" {
        get search::find [conversation_not_found participant_not_found bound_elsewhere];
    }
    "/scheduled-messages" {
        get scheduled::list [conversation_not_found];
    }
    "/scheduled-messages/{message_id}" {
        get scheduled::show [scheduled_message_not_found already_sent];
        patch scheduled::change [insufficient_tokens scheduled_message_not_found
            conversation_not_found template_not_found not_a_member read_only_member not_allowed
            conversation_not_open participant_archived already_sent precondition_failed];
        delete scheduled::cancel [scheduled_message_not_found already_sent precondition_failed];
    }
    "/tags" {
        get search::tags [not_allowed];
    }
    "/templates" {
        post templates::create [not_allowed template_exists];
        get templates::list [];
    }
    "/templates/preview" {
        post templates::preview [template_not_found];
    }
    "/templates/{template_id}" {
        get templates::show [template_not_found];
        delete templates::delete [not_allowed template_not_found];
    }
    "/conversations" {
        post conversations::create [not_allowed members_full participant_archived];
        get conversations::list [bound_elsewhere not_allowed];
    }
    "/conversations/{conversation_id}" {
        get conversations::show [conversation_not_found];
        patch conversations::change [conversation_not_found not_allowed precondition_failed];
        delete conversations::delete [conversation_not_found not_allowed precondition_failed];
    }
    "/conversations/{conversation_id}/archive" {
        post conversations::archive [conversation_not_found not_allowed status_conflict];
    }
    "/conversations/{conversation_id}/close" {
        post conversations::close [conversation_not_found not_allowed status_conflict];
    }
    "/conversations/{conversation_id}/reopen" {
        post conversations::reopen [conversation_not_found not_allowed];
    }
    "/conversations/{conversation_id}/pending" {
        post conversations::pending [conversation_not_found not_allowed status_conflict];
    }
    "/conversations/{conversation_id}/snooze" {
        post conversations::snooze [conversation_not_found not_allowed status_conflict];
    }
    "/conversations/{conversation_id}/members" {
        post members::add [conversation_not_found not_allowed participant_archived already_member
            members_full direct_members_fixed];
        get members::list [conversation_not_found];
    }
    "/conversations/{conversation_id}/members/{participant_id}" {
        get members::show [conversation_not_found member_not_found];
        patch members::change [conversation_not_found member_not_found not_allowed];
        delete members::remove [conversation_not_found member_not_found not_allowed
            direct_members_fixed];
    }
    "/conversations/{conversation_id}/members/{participant_id}/read" {
        put members::read [conversation_not_found member_not_found bound_elsewhere];
    }
    "/conversations/{conversation_id}/members/{participant_id}/delivered" {
        put members::delivered [conversation_not_found member_not_found bound_elsewhere];
    }
    "/participants" {
        post participants::create [not_allowed external_id_taken identifier_taken];
        get participants::list [];
    }
    "/participants/by-external-id/{external_id}" {
        put participants::upsert [not_allowed identifier_taken];
    }
    "/participants/{participant_id}" {
        get participants::show [participant_not_found];
        patch participants::change [participant_not_found bound_elsewhere not_allowed
            external_id_taken identifier_taken precondition_failed];
    }
    "/participants/{participant_id}/archive" {
        post participants::archive [participant_not_found not_allowed];
    }
    "/participants/{participant_id}/conversations" {
        get participants::inbox [participant_not_found bound_elsewhere not_allowed];
    }
    "/participants/by-identifier/{key}/{value}" {
        put contacts::resolve [not_allowed];
    }
    "/participants/{participant_id}/merge" {
        post contacts::merge [participant_not_found not_allowed participant_archived
            merge_too_large];
    }
    "/channels" {
        post channels::create [channels_full];
        get channels::list [];
    }
    "/channels/{channel_id}" {
        get channels::show [channel_not_found];
        patch channels::change [channel_not_found precondition_failed];
        delete channels::delete [channel_not_found precondition_failed];
    }
    "/channels/{channel_id}/activate" {
        post channels::activate [channel_not_found];
    }
    "/channels/{channel_id}/deactivate" {
        post channels::deactivate [channel_not_found];
    }
    "/channels/{channel_id}/test" {
        post channels::test [channel_not_found];
    }
    "/channels/{channel_id}/messages" {
        post posts::send [insufficient_tokens channel_not_found template_not_found
            bound_elsewhere read_only_member not_allowed channel_inactive participant_archived
            members_full reference_reused answer_erased schedule_full];
    }
    "/channels/{channel_id}/conversations" {
        post posts::open [channel_not_found not_allowed channel_inactive participant_archived
            members_full];
    }
    "/channels/{channel_id}/inbound" {
        post inbound::receive [signature_invalid insufficient_tokens channel_not_found not_allowed
            channel_inactive participant_archived members_full mail_malformed body_incomplete
            media_too_large storage_full];
    }
    "/channels/{channel_id}/statuses" {
        post inbound::note [signature_invalid channel_not_found not_allowed channel_inactive
            platform_reference_not_found];
    }
    "/conversations/{conversation_id}/messages/{message_id}/retry" {
        post posts::retry [conversation_not_found message_not_found not_allowed message_deleted
            delivery_conflict channel_inactive];
    }
    "/channels/{channel_id}/secret" {
        post channels::renew [channel_not_found];
    }
    "/media" {
        post media::create [form_malformed media_too_large storage_full bound_elsewhere
            participant_not_found];
        get media::list [conversation_not_found];
    }
    "/media/uploads" {
        post uploads::request [storage_full bound_elsewhere participant_not_found];
    }
    "/media/usage" {
        get media::usage [not_allowed];
    }
    "/media/{media_id}" {
        get media::show [media_not_found];
        patch media::change [media_not_found not_allowed];
        delete media::delete [media_not_found not_allowed media_in_use];
    }
    "/media/{media_id}/complete" {
        post uploads::complete [media_not_found media_not_uploaded media_uploaded media_too_large
            storage_full];
    }
    "/media/{media_id}/content" {
        get downloads::content [media_not_found media_not_uploaded range_unsatisfiable];
    }
    "/media/{media_id}/versions/{version}" {
        get downloads::version [media_not_found media_not_uploaded range_unsatisfiable];
    }
    "/media/{media_id}/links" {
        post downloads::link [media_not_found media_not_uploaded];
    }
    "/keys" {
        post keys::create [];
        get keys::list [];
    }
    "/keys/{key_id}" {
        get keys::show [key_not_found];
    }
    "/keys/{key_id}/revoke" {
        post keys::revoke [key_not_found];
    }
    "/keys/{key_id}/rotate" {
        post keys::rotate [key_not_found key_ended];
    }
    "/workspaces" {
        post workspaces::create [not_allowed];
        get workspaces::list [not_allowed];
    }
    "/workspaces/{workspace_id}" {
        get workspaces::show [workspace_not_found];
    }
    "/workspaces/{workspace_id}/plan" {
        get plans::show [not_allowed workspace_not_found];
        put plans::grant [not_allowed workspace_not_found precondition_failed];
    }
    "/workspaces/{workspace_id}/balance/top-ups" {
        post plans::add_tokens [not_allowed workspace_not_found balance_full];
    }
    "/settings" {
        get settings::show [];
        patch settings::change [precondition_failed];
    }
    "/balance" {
        get settings::balance [not_allowed];
    }
    "/balance/ledger" {
        get settings::ledger [not_allowed];
    }
    "/me" {
        get me::show [];
    }
}

// Open to whoever has a signed address.
routes! {
    DOORS doors DocumentedDoors "/media";
    "/uploads" {
        post uploads::post [link_invalid media_type_mismatch media_not_found media_uploaded
            media_too_large storage_full form_malformed media_type_unsupported body_too_large];
    }
    "/uploads/{workspace_id}/{media_id}" {
        put uploads::put [link_invalid media_type_mismatch media_not_found media_uploaded
            media_too_large storage_full body_incomplete];
    }
    "/{workspace_id}/{media_id}" {
        get downloads::open [link_invalid media_not_found media_not_uploaded range_unsatisfiable];
    }
}

/// Lets pages of any origin use signed addresses, as an object store does: who has one needs no page of ours.
fn from_any_page() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods([Method::GET, Method::HEAD, Method::PUT, Method::POST])
        .allowed_headers([header::CONTENT_TYPE, header::RANGE, header::IF_NONE_MATCH])
        .expose_headers([header::ETAG, header::CONTENT_RANGE, header::ACCEPT_RANGES])
        .max_age(3_600)
}

/// Whether path and query of a request are short enough.
fn is_short(app: &App) -> impl Fn(&guard::GuardContext<'_>) -> bool + use<> {
    let target_bytes_max = app.config().target_bytes_max;
    move |cx| {
        let uri = &cx.head().uri;
        let path_and_query = uri.path_and_query().map_or(0, |both| both.as_str().len());
        path_and_query <= target_bytes_max
    }
}

/// Mounts `/v1` behind the door, and the documents about it.
pub(crate) fn mount(cfg: &mut ServiceConfig, app: &App) {
    cfg.service(
        web::scope("/v1")
            .guard(guard::fn_guard(is_short(app)))
            .wrap(from_fn(gate))
            .wrap(from_fn(observe))
            .configure(resources)
            .default_service(web::to(|| async {
                Err::<HttpResponse, _>(Problem::new(Trouble::RouteNotFound))
            })),
    );
    super::openapi::mount(cfg, app);
}

/// Mounts `/media`, open to whoever has a signed address.
pub(crate) fn mount_doors(cfg: &mut ServiceConfig, app: &App) {
    cfg.service(
        web::scope("/media")
            .guard(guard::fn_guard(is_short(app)))
            .wrap(from_fn(observe))
            // Around everything: problems are for pages of any origin as well.
            .wrap(from_any_page())
            .configure(doors)
            .default_service(web::to(|| async {
                Err::<HttpResponse, _>(Problem::new(Trouble::RouteNotFound))
            })),
    );
}
