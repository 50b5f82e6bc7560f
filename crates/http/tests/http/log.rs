//! Everything that this thread writes for whoever reads the log.
//!
//! Judges nothing. One subscriber serves all tests: with one for each, what it is told would depend on which test
//! reaches a line first.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::rc::Rc;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static TEXT: RefCell<Option<Rc<RefCell<String>>>> = const { RefCell::new(None) };
}

static SUBSCRIBED: Once = Once::new();

/// What this thread has written since it began.
pub(crate) struct Log(Rc<RefCell<String>>);

impl Log {
    pub(crate) fn begin() -> Self {
        SUBSCRIBED.call_once(|| set_global_default(Writer).expect("no other subscriber"));
        let text = Rc::default();
        TEXT.set(Some(Rc::clone(&text)));
        Self(text)
    }

    pub(crate) fn text(&self) -> String {
        self.0.borrow().clone()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        TEXT.set(None);
    }
}

struct Writer;

impl Visit for Writer {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        TEXT.with_borrow(|text| {
            if let Some(text) = text {
                // Writing to a string never fails.
                let _ = writeln!(text.borrow_mut(), "{field}={value}");
            }
        });
    }
}

impl Subscriber for Writer {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        TEXT.with_borrow(Option::is_some)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
