//! Everything that this thread writes for whoever reads the log.
//!
//! Judges nothing.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// What was written since it began.
pub(crate) struct Log {
    text: Arc<Mutex<String>>,
    _until: DefaultGuard,
}

impl Log {
    pub(crate) fn begin() -> Self {
        let text = Arc::<Mutex<String>>::default();
        let writer = Writer(Arc::clone(&text));
        let until = tracing::subscriber::set_default(writer);
        Self {
            text,
            _until: until,
        }
    }

    pub(crate) fn text(&self) -> String {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.clone()
    }
}

#[derive(Clone)]
struct Writer(Arc<Mutex<String>>);

impl Visit for Writer {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string never fails.
        let _ = writeln!(text, "{field}={value:?}");
    }
}

impl Subscriber for Writer {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
