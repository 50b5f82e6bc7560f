//! Sends: one message, or several at once.
//!
//! What may be sent, to whom and when is decided by the core.

use causerie_core::act::{Later, Posted, find_channel_acted_on, post_to_channel};
use causerie_core::claim::{Answer, Once};
use causerie_core::port::Unit;
use causerie_core::receipt::Seen;
use causerie_core::{
    ChannelId, Context, Error, Fault, Invalid, MessageId, Refusal, Scope, Timestamp,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Problem, Rendered, StatusCode};

use super::Bird;
use super::id::{enter, in_path, of_answer};
use super::scene::Scene;
use super::wire::{MESSAGE_BYTES, MessageView, ResultsView};
use super::wish::{Strictness, Wish};

/// How many messages one request may send.
const BATCH_MAX: usize = 100;

/// The time of a send. The whole answer is kept for retries, so that nothing is rendered for it alone.
pub(super) fn later(scheduled_for: Timestamp) -> Later {
    Later {
        scheduled_for,
        render: |_| Answer(Vec::new()),
    }
}

/// The channel that stands in the path.
pub(super) fn channel_id(call: &Call) -> Result<ChannelId, Problem> {
    let id = in_path(call, "channelId", Refusal::ChannelNotFound)?;
    Ok(ChannelId::from_bytes(id))
}

/// Passes on what was understood, or the problem with it; but that there is no such channel comes first.
pub(super) async fn unless_channel_missing<T>(
    call: &Call,
    understood: Result<T, Problem>,
    id: ChannelId,
) -> Result<T, Problem> {
    call.unless_missing(understood, move |snapshot, cx| {
        find_channel_acted_on(snapshot, cx, id).map(drop)
    })
    .await
}

/// What became of a send, with what it is shown with.
struct Posting {
    posted: Posted,
    scene: Scene,
}

impl Posting {
    fn post(unit: &mut dyn Unit, cx: &Context, id: ChannelId, wish: &Wish) -> Result<Self, Error> {
        let channel = find_channel_acted_on(unit, cx, id)?;
        let cmd = wish.through(&channel, cx.now)?;
        let mut posted = match post_to_channel(unit, cx, &cmd)? {
            Once::Done(posted) => posted,
            // It made no claim of its own.
            Once::Replayed(_) => return Err(Fault::corrupt("claim", "answer", "").into()),
        };
        if let Posted::Sent(seen) = &mut posted {
            wish.speech().name_files(unit, cx, &mut seen.files)?;
        }
        let cx = &of_answer(cx);
        let scene = match &posted {
            Posted::Sent(seen) => {
                let sent: &[Seen] = std::slice::from_ref(seen);
                Scene::of_channel(unit, cx, channel, sent)?
            }
            Posted::Scheduled(waiting) => Scene::of_scheduled(unit, cx, channel, waiting)?,
        };
        Ok(Self { posted, scene })
    }

    fn message(&self) -> MessageId {
        match &self.posted {
            Posted::Sent(seen) => seen.message.id,
            Posted::Scheduled(waiting) => waiting.id,
        }
    }

    fn view<'a>(&'a self, mount_url: &'a str) -> Result<MessageView<'a>, Refusal> {
        let scene = &self.scene;
        let view = match &self.posted {
            Posted::Sent(seen) => MessageView::of(seen, scene, mount_url),
            Posted::Scheduled(waiting) => MessageView::waiting(waiting, &[], scene, mount_url),
        };
        let view = view.ok_or(Refusal::ChannelNotFound)?;
        Ok(view.taken())
    }
}

/// Sends a message through a channel, at once or at its time.
pub(super) async fn create(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = channel_id(&call)?;
    let members = call.members().await;
    let (strictness, cx) = (Bird::strictness(&call), call.context());
    let wish = members.and_then(|members| Wish::read(&members, strictness, &cx));
    let wish = unless_channel_missing(&call, wish, id).await?;
    let mount_url = call.mount_url();
    call.once(move |unit, cx| {
        let posting = Posting::post(unit, cx, id, &wish)?;
        let view = posting.view(&mount_url)?;
        let rendered = Rendered::json(StatusCode::ACCEPTED, &view, MESSAGE_BYTES);
        Ok(rendered.showing(posting.message()))
    })
    .await
}

/// Sends several messages through a channel: all, or none.
pub(super) async fn batch(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = channel_id(&call)?;
    let members = call.members().await;
    let (strictness, cx) = (Bird::strictness(&call), call.context());
    let wishes = members.and_then(|members| wishes(&members, strictness, &cx));
    let wishes = unless_channel_missing(&call, wishes, id).await?;
    let mount_url = call.mount_url();
    call.once(move |unit, cx| {
        let mut postings = Vec::with_capacity(wishes.len());
        for (index, wish) in wishes.iter().enumerate() {
            let cx = cx.another(format!("message {index}").as_bytes());
            let posting = Posting::post(unit, &cx, id, wish);
            postings.push(posting.map_err(|error| within(index, error))?);
        }
        let views = postings.iter().map(|posting| posting.view(&mount_url));
        let results = ResultsView::of(views.collect::<Result<_, _>>()?, None);
        let size_bytes = MESSAGE_BYTES * postings.len();
        Ok(Rendered::json(StatusCode::ACCEPTED, &results, size_bytes))
    })
    .await
}

fn wishes(members: &Members, strictness: Strictness, cx: &Context) -> Result<Vec<Wish>, Problem> {
    strictness.refuse_others(members, &["messageRequests"]);
    let requests = members.objects("messageRequests").unwrap_or_default();
    if requests.is_empty() || requests.len() > BATCH_MAX {
        let problem = format!("expected a list of 1 to {BATCH_MAX} messages");
        members.tell("messageRequests", &Invalid::new(problem));
    }
    members.finish()?;
    let read = |(index, request): (usize, &Members)| {
        Wish::read(request, strictness, cx).map_err(|problem| in_batch(index, problem))
    };
    requests.iter().enumerate().map(read).collect()
}

/// What is wrong with one of several messages, at its place among them. Members that were read know their place.
fn in_batch(index: usize, problem: Problem) -> Problem {
    let known = |pointer: Option<&str>| pointer.is_some_and(|one| one.starts_with("/messageReq"));
    if problem.errors().iter().all(|wrong| known(wrong.pointer())) {
        return problem;
    }
    super::problem::within(index, &problem)
}

fn within(index: usize, error: Error) -> Error {
    let Error::Refusal(Refusal::Invalid { violations }) = error else {
        return error;
    };
    let moved = violations.into_iter().map(|one| {
        let field = format!("messageRequests/{index}/{}", one.field);
        Invalid::new(one.problem).at(field)
    });
    let violations = moved.collect();
    Refusal::Invalid { violations }.into()
}
