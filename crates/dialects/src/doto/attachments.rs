//! The files of a conversation, listed.
//!
//! How one is shown is in `wire`.

use causerie_core::Scope;
use causerie_core::act::list_media_of;
use causerie_http::Answered;
use causerie_http::extract::Call;
use serde::Serialize;

use super::around::Wanted;
use super::entry::{admit, form, ok, talk};
use super::walk::{WALK_MAX, page_number, walk};
use super::wire::AttachmentView;

/// How many files a page has.
const PAGE: usize = 100;

#[derive(Serialize)]
struct MetaView {
    total_count: usize,
}

#[derive(Serialize)]
struct ListView {
    meta: MetaView,
    payload: Vec<AttachmentView>,
}

/// Lists the files of a conversation, the newest first.
pub(super) async fn list(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let talk = talk(&call).await?;
    let parameters = call.parameters()?;
    let page = page_number(&parameters);
    parameters.finish()?;
    let (total_count, files, around) = call
        .read(move |snapshot, cx| {
            let of_talk = |cursor, limit| list_media_of(snapshot, cx, talk.id, cursor, limit);
            let all = walk(of_talk, |_| true, 0, WALK_MAX)?;
            let total_count = all.len();
            let files = all.into_iter().skip((page - 1).saturating_mul(PAGE));
            let files: Vec<_> = files.take(PAGE).collect();
            let mut wanted = Wanted::default();
            for (file, message) in &files {
                wanted.number(file.id.to_bytes());
                wanted.number(message.to_bytes());
            }
            Ok((total_count, files, wanted.gather(snapshot, cx)?))
        })
        .await?;
    let form = form(&call)?;
    let payload = files.iter().map(|(file, message)| {
        let message = around.number(message.to_bytes());
        AttachmentView::of(file, message, &around, &form, call.app())
    });
    Ok(ok(&ListView {
        meta: MetaView { total_count },
        payload: payload.collect(),
    }))
}
