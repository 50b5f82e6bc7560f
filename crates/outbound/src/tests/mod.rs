//! The courier against real counterparts on loopback: an SMTP server, HTTP servers.
//!
//! Nothing here leaves this machine, and no port is fixed.

mod fixture;
mod gateways;
mod http_server;
mod letters;
mod mails;
mod smtp_server;
