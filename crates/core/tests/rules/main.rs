//! The rules of the domain, each through its use case, over the in-memory storage.

mod announced;
mod bytes;
mod channels;
mod contacts;
mod deletes;
mod desk;
mod files;
mod finding;
mod handing;
mod inbound;
mod kept;
mod later;
mod letters;
mod limits;
mod messages;
mod metering;
mod notes;
mod people;
mod reactions;
mod receipts;
mod seen;
mod surfaces;
mod templates;
mod world;
