//! Who hands messages over to platforms outside.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use crate::channel::Channel;
use crate::outbound::{Handed, Parcel};

/// What a call of [`Courier`] gives, some time. It can be awaited under any runtime or on none.
pub type Handing<'a> = Pin<Box<dyn Future<Output = Handed> + Send + 'a>>;

/// Hands messages over. It never connects to where it may not, and gives up in less time than
/// [`OUTBOUND_LEASE`](crate::outbound::OUTBOUND_LEASE).
pub trait Courier: Send + Sync + Debug {
    /// Hands a message over, or says why not. The platform is given the same reference at every try, so that
    /// one that looks at references takes a message once.
    fn deliver(&self, parcel: Parcel) -> Handing<'_>;
    /// Finds out whether messages could be handed over: connects, and proves who we are.
    fn test(&self, channel: Channel) -> Handing<'_>;
}
