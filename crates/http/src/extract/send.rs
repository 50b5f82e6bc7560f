//! Sends of surfaces that render a message anew for each retry: only its id is kept as the answer.
//!
//! What may be sent is decided by the core.

use actix_web::HttpMessage as _;
use causerie_core::act::{
    Later, PostToChannel, Posted, ScheduleMessage, SendMessage, SendOnce, post_to_channel,
    schedule_message,
};
use causerie_core::claim::{Answer, Once};
use causerie_core::port::Unit;
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::{Context, Error, Fault, MessageId, Timestamp};

use super::Call;
use crate::problem::Problem;

/// Keeps claims on sends apart from those on anything else.
const SEND: &[u8] = b"send";

/// That the answer to a request shows what an earlier one did.
pub(crate) struct Replays;

/// What became of a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent<T> {
    /// It happened now.
    Done(T),
    /// It had happened before: this is its message, which may have been changed since.
    Replayed(MessageId),
}

fn keep_sent(sent: &Seen) -> Answer {
    Answer(sent.message.id.to_bytes().to_vec())
}

fn keep_scheduled(scheduled: &Scheduled) -> Answer {
    Answer(scheduled.id.to_bytes().to_vec())
}

impl Call {
    /// Sends a message at once, once for each `Idempotency-Key`. The store sends those of one moment together.
    ///
    /// # Errors
    /// Those of [`send_message`](causerie_core::act::send_message); `header_invalid`, `idempotency_key_reused`.
    pub async fn send(&self, mut cmd: SendMessage) -> Result<Sent<Seen>, Problem> {
        cmd.once = self.send_once()?;
        let once = self.app().store().send(self.context(), cmd).await?;
        self.sent(once)
    }

    /// Sends a message in one unit with what has to happen before: `work` does both, with the command that it is given.
    ///
    /// # Errors
    /// Those of the work; `header_invalid`, `idempotency_key_reused`.
    pub async fn send_within<W>(
        &self,
        mut cmd: SendMessage,
        mut work: W,
    ) -> Result<Sent<Seen>, Problem>
    where
        W: FnMut(&mut dyn Unit, &Context, &SendMessage) -> Result<Once<Seen>, Error>
            + Send
            + 'static,
    {
        cmd.once = self.send_once()?;
        let once = self.write(move |unit, cx| work(unit, cx, &cmd)).await?;
        self.sent(once)
    }

    /// Sends a message at its time, once for each `Idempotency-Key`.
    ///
    /// # Errors
    /// Those of [`schedule_message`]; `header_invalid`, `idempotency_key_reused`.
    pub async fn send_later(
        &self,
        mut send: SendMessage,
        scheduled_for: Timestamp,
    ) -> Result<Sent<Posted>, Problem> {
        send.once = self.send_once()?;
        let cmd = ScheduleMessage {
            send,
            scheduled_for,
            render: keep_scheduled,
        };
        let once = self
            .write(move |unit, cx| schedule_message(unit, cx, &cmd))
            .await?;
        self.sent(once)
    }

    /// Sends a message to people outside, at once or at its time, once for each `Idempotency-Key`.
    ///
    /// # Errors
    /// Those of [`post_to_channel`]; `header_invalid`, `idempotency_key_reused`.
    pub async fn post(
        &self,
        mut cmd: PostToChannel,
        scheduled_for: Option<Timestamp>,
    ) -> Result<Sent<Posted>, Problem> {
        cmd.once = self.send_once()?;
        cmd.later = scheduled_for.map(|scheduled_for| Later {
            scheduled_for,
            render: keep_scheduled,
        });
        let once = self
            .write(move |unit, cx| post_to_channel(unit, cx, &cmd))
            .await?;
        self.sent(once)
    }

    /// The message of an earlier send with the same `Idempotency-Key`: asked before its files are kept, so that a
    /// retry keeps none.
    ///
    /// # Errors
    /// `header_invalid`, `idempotency_key_reused`, `answer_erased`.
    pub async fn sent_before(&self) -> Result<Option<MessageId>, Problem> {
        let claims = self.claim(SEND)?.into_iter().collect();
        let answer = self.answered(claims).await?;
        Ok(answer.map(|answer| self.replayed(answer)).transpose()?)
    }

    fn sent<T>(&self, once: Once<T>) -> Result<Sent<T>, Problem> {
        Ok(match once {
            Once::Done(done) => Sent::Done(done),
            Once::Replayed(answer) => Sent::Replayed(self.replayed(answer)?),
        })
    }

    fn replayed(&self, Answer(bytes): Answer) -> Result<MessageId, Fault> {
        self.request().extensions_mut().insert(Replays);
        let id = bytes.try_into();
        id.map(MessageId::from_bytes)
            .map_err(|_| Fault::corrupt("claim", "answer", ""))
    }

    /// What makes a send happen once that is part of something else, if the request has an `Idempotency-Key`.
    ///
    /// # Errors
    /// `header_invalid`.
    pub fn send_once(&self) -> Result<Option<SendOnce>, Problem> {
        Ok(self.claim(SEND)?.map(|claim| SendOnce {
            claims: vec![claim],
            render: keep_sent,
        }))
    }
}
