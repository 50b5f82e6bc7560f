//! How a request's members are received: which encoding its body has, and its files.
//!
//! Parsing of names is in `form`, of values in `value`.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Bytes;
use causerie_core::act::{RequestMedia, upload_room};
use causerie_core::media::{ATTACHMENTS_MAX, FileName, Media, MediaType};
use causerie_core::{Invalid, ParticipantId};
use serde_json::value::RawValue;

use super::form::Tree;
use super::{Members, Part, Place};
use crate::app::App;
use crate::extract::{Call, Stranger, explain_other};
use crate::problem::{Problem, Trouble, Wrong};
use crate::transfer::{self, Brought, Form, Upload, arrive, is_form, reserve};

/// How deep objects and lists of a body may be within each other.
const NESTING_MAX: usize = 64;
/// How many characters of a name are told.
const NAME_CHARS_MAX: usize = 64;

impl Members {
    /// Reads the members of a query.
    fn of_query(request: &HttpRequest) -> Result<Self, Problem> {
        let tree = Tree::read(request.query_string().as_bytes());
        let tree = tree.map_err(|(name, problem)| {
            Problem::invalid(vec![Wrong::at_parameter(short(&name), &problem)])
        })?;
        Ok(Self::new(tree.into_members(), Place::Query))
    }

    /// Reads the members of a body: a JSON object whatever it is said to be, or a form.
    fn of_body(request: &HttpRequest, body: &[u8]) -> Result<Self, Problem> {
        let json = body.trim_ascii_start();
        let declared = request.headers().get(header::CONTENT_TYPE);
        let declared = declared.and_then(|value| value.to_str().ok());
        let essence = declared.unwrap_or_default().split(';').next();
        let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
        if json.is_empty() {
            return Ok(Self::of_json(BTreeMap::new()));
        }
        if json.starts_with(b"{") {
            return read_json(json).map(Self::of_json);
        }
        if essence == "application/x-www-form-urlencoded" {
            let tree = Tree::read(body).map_err(wrong)?;
            return Ok(Self::of_form(tree));
        }
        if essence.ends_with("json") || json.starts_with(b"[") {
            return Err(explain_other(json));
        }
        Err(Problem::new(Trouble::MediaTypeUnsupported)
            .with_detail("Forms are taken as well, if their type is said."))
    }

    fn of_json(of: BTreeMap<String, Box<RawValue>>) -> Self {
        Self::new(of, Place::Body(String::new()))
    }

    fn of_form(tree: Tree) -> Self {
        Self::new(tree.into_members(), Place::Form(String::new()))
    }

    /// Everything that was said, the same for each retry: files by their bytes and names.
    fn said(&self) -> Bytes {
        let mut said = Vec::new();
        let mut say = |part: &[u8]| {
            said.extend_from_slice(&u64::try_from(part.len()).unwrap_or(0).to_be_bytes());
            said.extend_from_slice(part);
        };
        for (name, raw) in self.iter() {
            say(name.as_bytes());
            say(raw.get().as_bytes());
        }
        for Part { field, brought } in &self.files {
            say(field.as_bytes());
            say(brought.cmd.name.as_str().as_bytes());
            say(&brought.landed.arrived.digest.0);
        }
        said.into()
    }
}

fn wrong((name, problem): (String, Invalid)) -> Problem {
    let pointer = format!("/{}", super::escaped(&short(&name)));
    Problem::invalid(vec![Wrong::at_pointer(pointer, &problem)])
}

fn short(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).collect()
}

fn read_json(json: &[u8]) -> Result<BTreeMap<String, Box<RawValue>>, Problem> {
    if is_too_deep(json) {
        let problem =
            format!("Expected at most {NESTING_MAX} objects and lists within each other.");
        return Err(Problem::new(Trouble::JsonMalformed).with_detail(problem));
    }
    serde_json::from_slice(json).map_err(|error| {
        let place = format!("Line {} column {}.", error.line(), error.column());
        Problem::new(Trouble::JsonMalformed).with_detail(place)
    })
}

/// The JSON that is the text of a member, if it is any.
pub(super) fn json_within(raw: &RawValue) -> Option<Box<RawValue>> {
    let text: String = serde_json::from_str(raw.get()).ok()?;
    let fits = !is_too_deep(text.as_bytes());
    fits.then(|| RawValue::from_string(text).ok()).flatten()
}

/// Whether more brackets are open at once than may be; those within texts do not count.
fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING_MAX {
            return true;
        }
    }
    false
}

impl Call {
    /// The parameters of the query. Names with brackets are read like those of forms.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn parameters(&self) -> Result<Members, Problem> {
        Members::of_query(self.request())
    }

    /// Receives the body and reads its members: a JSON object, a form, or nothing at all. Forms bring no files.
    ///
    /// # Errors
    /// Those of [`Call::receive`]; `json_malformed`, `form_malformed`, `media_type_unsupported`;
    /// `validation_failed` for what is no object, and for a file.
    pub async fn members(&mut self) -> Result<Members, Problem> {
        if !is_form(self.request()) {
            self.receive().await?;
            return Members::of_body(self.request(), self.body());
        }
        let form = self.form()?;
        let members = read_texts(self.app(), form).await?;
        self.say(members.said());
        Ok(members)
    }

    /// The same for forms that may bring files, up to 30. They are there for this request only until
    /// [`Call::keep_files`].
    ///
    /// # Errors
    /// Those of [`Call::members`]; `media_too_large`, `storage_full`, `busy`.
    pub async fn members_and_files(&mut self) -> Result<Members, Problem> {
        if !is_form(self.request()) {
            return self.members().await;
        }
        let mut form = self.form()?;
        let (mut tree, mut files, mut upload) = (Tree::default(), Vec::new(), None);
        while let Some(part) = form.next().await? {
            let field = part.name().to_owned();
            if !part.is_file() {
                let text = form.text(part).await?;
                tree.put(&field, text).map_err(wrong)?;
                continue;
            }
            if files.len() == ATTACHMENTS_MAX {
                return Err(wrong((field, Invalid::new("expected at most 30 files"))));
            }
            let upload = match &mut upload {
                Some(begun) => begun,
                none => none.insert(self.begin_upload().await?),
            };
            let brought = self.land(part, upload).await?;
            files.push(Part { field, brought });
        }
        let mut members = Members::of_form(tree);
        members.files = files;
        self.say(members.said());
        Ok(members)
    }

    /// Begins to take files, as long as there is room in the workspace.
    async fn begin_upload(&self) -> Result<Upload, Problem> {
        let room = self
            .read(|snapshot, cx| upload_room(snapshot, cx.workspace()))
            .await?;
        Upload::begin(self.app(), self.caller().workspace().id, room).await
    }

    /// Receives a part of a form as a file, for who is not known yet.
    pub(crate) async fn land(
        &self,
        part: transfer::Part,
        upload: &Upload,
    ) -> Result<Brought, Problem> {
        let cx = self.context();
        let declared = part.media_type().map(MediaType::parse);
        let cmd = RequestMedia {
            name: FileName::clean(&part.file_name()),
            declared: declared.and_then(Result::ok),
            owner: None,
        };
        let landed = upload.land(cx.fresh.into(), part.into_bytes()).await?;
        Ok(Brought { cx, cmd, landed })
    }

    /// Keeps the files that came along, in order and all or none, under the ids that they have; from then on messages may
    /// refer to them. Those that none refers to are removed after 24 hours.
    ///
    /// # Errors
    /// `media_too_large`, `storage_full`, `bound_elsewhere`, `participant_not_found`, `unavailable`.
    pub async fn keep_files(
        &self,
        members: &mut Members,
        owner: Option<ParticipantId>,
    ) -> Result<Vec<Media>, Problem> {
        let brought = std::mem::take(&mut members.files).into_iter();
        let brought: Vec<_> = brought
            .map(|Part { mut brought, .. }| {
                brought.cmd.owner = owner;
                brought
            })
            .collect();
        if brought.is_empty() {
            return Ok(Vec::new());
        }
        let kept = reserve(self.app(), brought).await?;
        self.write(move |unit, cx| arrive(unit, &kept, cx.now))
            .await
    }
}

impl Stranger {
    /// Receives the body and reads its members; forms bring no files.
    ///
    /// # Errors
    /// Those of [`Call::members`].
    pub async fn members(&mut self) -> Result<Members, Problem> {
        if is_form(self.request()) {
            let form = self.form()?;
            return read_texts(self.app(), form).await;
        }
        let body = self.receive().await?;
        Members::of_body(self.request(), &body)
    }
}

/// Reads a form of texts, which has as long to arrive as any other body.
async fn read_texts(app: &App, mut form: Form) -> Result<Members, Problem> {
    let reading = async {
        let mut tree = Tree::default();
        while let Some(part) = form.next().await? {
            let field = part.name().to_owned();
            if part.is_file() {
                let expected = Invalid::new("expected no file");
                return Err(wrong((field, expected)));
            }
            tree.put(&field, form.text(part).await?).map_err(wrong)?;
        }
        Ok(Members::of_form(tree))
    };
    let read = tokio::time::timeout(app.config().request_timeout, reading).await;
    read.map_err(|_| Trouble::RequestTimeout)?
}

#[cfg(test)]
mod tests {
    use super::{NESTING_MAX, is_too_deep};

    #[test]
    fn brackets_count_where_they_open_something() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(deep(NESTING_MAX).as_bytes()));
        assert!(is_too_deep(deep(NESTING_MAX + 1).as_bytes()));
        let text = format!(r#"{{"a":"\"{}"}}"#, "[".repeat(NESTING_MAX * 2));
        assert!(!is_too_deep(text.as_bytes()));
    }
}
