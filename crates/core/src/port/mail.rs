//! Mail as it comes in: what is taken out of the bytes that a mail server hands over.
//!
//! Who sent it is only what it says; nobody has proved anything.

use std::fmt::{self, Debug};

use crate::timestamp::Timestamp;

/// How many bytes a mail may have, as it is sent over the wire, in and out.
pub const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;
/// How many bytes of UTF-8 of a mail's text are kept, and of its HTML; what is beyond is cut off.
pub const MAIL_TEXT_BYTES_MAX: usize = 1024 * 1024;
/// How many files a mail may have.
pub const MAIL_FILES_MAX: usize = 30;
/// How many earlier mails one names that are kept, the nearest ones.
pub const MAIL_FOLLOWS_MAX: usize = 50;
/// How many receivers of each role are kept.
pub const MAIL_RECEIVERS_MAX: usize = 100;

/// Makes sense of mail.
pub trait MailReader: Send + Sync + Debug {
    /// Reads a mail (RFC 5322, MIME). Whatever the bytes are, it comes back, and soon.
    fn read(&self, raw: &[u8]) -> Result<InboundMail, MailFault>;
}

/// Why a mail cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// It has too many bytes.
    #[error("expected a mail of at most {MAIL_BYTES_MAX} bytes")]
    TooLarge,
    /// It is not a mail.
    #[error("expected a mail as RFC 5322 describes it: headers, an empty line, a body")]
    Unreadable,
    /// Its parts lie in one another too deep, or there are too many.
    #[error("expected a mail with fewer parts")]
    TooNested,
    /// Nobody can be answered.
    #[error("expected a header From with an e-mail address")]
    NoSender,
    /// It has too many files.
    #[error("expected a mail with at most {MAIL_FILES_MAX} files")]
    TooManyFiles,
}

/// A mail that came in.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMail {
    /// Its `Message-ID`, without the angle brackets.
    pub message_id: Option<String>,
    /// The ids of the mails that it follows, without the angle brackets, oldest first: the last one is what it
    /// answers. At most [`MAIL_FOLLOWS_MAX`].
    pub follows: Vec<String>,
    /// Who it says that it is from.
    pub from: MailAddress,
    /// Whom it is for.
    pub to: Vec<MailAddress>,
    /// Who is to know of it.
    pub cc: Vec<MailAddress>,
    /// Its subject.
    pub subject: Option<String>,
    /// What it says as plain text, quotations and all; made of its HTML where it has no other.
    pub text: String,
    /// What it says as HTML, exactly as it came: never to be shown without being cleaned.
    pub html: Option<String>,
    /// When it says that it was sent.
    pub sent_at: Option<Timestamp>,
    /// What is attached, at most [`MAIL_FILES_MAX`].
    pub files: Vec<InboundFile>,
    /// Whether a program sent it by itself: a notice of absence, a report of a failure, a mailing. It is never
    /// to be answered by a program.
    pub automatic: bool,
}

impl Debug for InboundMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, files) = (self.text.len(), self.files.len());
        write!(f, "InboundMail({text} bytes of text, {files} files)")
    }
}

/// An address in a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAddress {
    /// How they are called.
    pub name: Option<String>,
    /// The address, as it is written.
    pub address: String,
}

impl Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailAddress({} bytes)", self.address.len())
    }
}

/// A file in a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundFile {
    /// Its name, as it is written.
    pub name: Option<String>,
    /// What it says that it is.
    pub declared: Option<String>,
    /// What the HTML refers to it by (`cid:`), without the angle brackets.
    pub content_id: Option<String>,
    /// Whether it is shown within the text.
    pub inline: bool,
    /// Its bytes; those of texts are UTF-8, whatever they came in.
    pub bytes: Vec<u8>,
}

impl Debug for InboundFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InboundFile({} bytes)", self.bytes.len())
    }
}
