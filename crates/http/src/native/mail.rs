//! Mail as it comes in: read by the port, its files kept, and made a message of.
//!
//! What mail may hold is decided by its reader; what becomes of it, by the core.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actix_web::web::Bytes;
use causerie_core::act::{RequestMedia, upload_room};
use causerie_core::media::{FileName, MediaType};
use causerie_core::port::{InboundFile, InboundMail, MAIL_BYTES_MAX, MailFault, MailReader};
use causerie_core::{ChannelId, Letter, MediaId};
use futures_util::stream;
use tokio::sync::oneshot;

use super::inbound::take_in;
use super::wire::Answered;
use crate::extract::Call;
use crate::problem::{Problem, Trouble};
use crate::transfer::{Brought, Kept, Upload, arrive, reserve};

/// How long a mail may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_mins(2);
/// How many bytes of a file are written at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Takes in the mail that is the body of a request.
pub(super) async fn receive(mut call: Call, id: ChannelId) -> Answered {
    let app = call.app().clone();
    // Until it is answered, as the whole of it is in memory.
    let _place = app.mails().try_acquire().map_err(|_| Trouble::Busy)?;
    call.receive_up_to(MAIL_BYTES_MAX, ARRIVAL_MAX).await?;
    let mail = read(Arc::clone(app.mail()), call.body().clone()).await?;
    let (letter, files) = Letter::open(mail, call.caller().limits()).map_err(malformed)?;
    let kept = bring(&call, files).await?;
    let media: Vec<MediaId> = kept.iter().map(Kept::id).collect();
    let cmd = letter.into_inbound(id, &media, call.caller().limits())?;
    call.once(move |unit, cx| {
        arrive(unit, &kept, cx.now)?;
        take_in(unit, cx, &cmd)
    })
    .await
}

/// Reads a mail on a thread of its own: that takes too long for a thread that serves others. There are no more
/// of them than places for mail.
async fn read(reader: Arc<dyn MailReader>, raw: Bytes) -> Result<InboundMail, Problem> {
    let (done, read) = oneshot::channel();
    let reading = move || {
        // Nobody waits any more when the caller has gone.
        let _ = done.send(reader.read(&raw));
    };
    let thread = thread::Builder::new().name("mail".to_owned());
    thread.spawn(reading).map_err(|_| Trouble::Busy)?;
    let read = read.await.map_err(|_| Trouble::Internal)?;
    read.map_err(|fault| match fault {
        MailFault::TooLarge => Trouble::BodyTooLarge.into(),
        other => malformed(other),
    })
}

fn malformed(fault: MailFault) -> Problem {
    let expected = fault.to_string().replacen("expected", "Expected", 1);
    Problem::new(Trouble::MailMalformed).with_detail(expected + ".")
}

/// Keeps the files of a mail, but for their entries to say so.
async fn bring(call: &Call, files: Vec<InboundFile>) -> Result<Vec<Kept>, Problem> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let workspace = call.caller().workspace().id;
    let room = call
        .read(move |snapshot, _| upload_room(snapshot, workspace))
        .await?;
    let upload = Upload::begin(call.app(), workspace, room).await?;
    let mut brought = Vec::with_capacity(files.len());
    for file in files {
        let cx = call.context();
        let cmd = RequestMedia {
            name: FileName::clean(file.name.as_deref().unwrap_or_default()),
            declared: file
                .declared
                .as_deref()
                .and_then(|text| MediaType::parse(text).ok()),
            owner: None,
        };
        let bytes = Bytes::from(file.bytes);
        let pieces = (0..bytes.len()).step_by(PIECE_BYTES);
        let pieces = pieces.map(|from| Ok(bytes.slice(from..bytes.len().min(from + PIECE_BYTES))));
        let landed = upload.land(cx.fresh.into(), stream::iter(pieces)).await?;
        brought.push(Brought { cx, cmd, landed });
    }
    reserve(call.app(), brought).await
}
