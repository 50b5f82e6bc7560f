//! Bodies of `multipart/form-data`, written out, and files that come in them.
//!
//! One border for all: no test's file holds it.

use causerie_core::MediaId;
use causerie_core::act::{self, Processed};
use causerie_core::media::{Facts, Preset, Version};
use causerie_core::port::{Clock, Files, Ids};

use crate::world::{Ask, World};

/// A picture, as far as its first bytes tell.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";

/// A part of a form.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A name and a text.
    Text(&'a str, &'a str),
    /// The name of the part, that of the file, and its bytes.
    File(&'a str, &'a str, &'a [u8]),
}

impl Ask {
    /// With a form as its body.
    pub(crate) fn form(self, parts: &[Part<'_>]) -> Self {
        self.header("Content-Type", "multipart/form-data; boundary=border")
            .bytes(form(parts))
    }
}

/// The bytes of a form.
pub(crate) fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let (name, file, bytes) = match part {
            Part::Text(name, text) => (name, String::new(), text.as_bytes()),
            Part::File(name, file, bytes) => (name, format!("; filename=\"{file}\""), *bytes),
        };
        let head =
            format!("--border\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--border--\r\n");
    body
}

impl World {
    /// A file of the root workspace.
    pub(crate) async fn file(&self, name: &str, bytes: &[u8]) -> String {
        let ask = Ask::new("POST", "/v1/media").key(&self.root.key);
        let ask = ask.form(&[Part::File("file", name, bytes)]);
        self.send(&ask).await.expect(201).id()
    }

    /// Looks into a picture of the root workspace as the worker does: it is 640 pixels wide, and has one version.
    pub(crate) async fn look_into(&self, picture: &str) {
        let (now, workspace) = (self.clock.now(), self.root.workspace.id);
        let id = MediaId::parse(picture).expect("an id");
        let claim = self
            .store
            .write(move |unit| act::claim_media(unit, now, 100));
        let claimed = claim.await.expect("claimed");
        let media = claimed.iter().find(|media| media.id == id);
        let tries = media.expect("a picture to look into").tries;
        let place = self.ids.fresh(now).into();
        let receiving = self.files.receive(workspace, place, u64::MAX);
        let mut incoming = receiving.await.expect("a place");
        let smaller = b"\x89PNG, smaller".as_slice();
        incoming.write(smaller.into()).await.expect("written");
        let arrived = incoming.finish().await.expect("finished");
        let versions = vec![Version {
            preset: Preset::Chat,
            digest: arrived.digest,
            media_type: arrived.media_type.clone(),
            size: arrived.size,
            width: 480,
            height: 320,
        }];
        let all = [arrived.clone()];
        let reserve = self
            .store
            .write(move |unit| act::reserve_versions(unit, workspace, &all, now));
        reserve.await.expect("reserved");
        let keeping = self.files.keep(workspace, place, &arrived);
        keeping.await.expect("kept");
        let facts = Facts {
            width: Some(640),
            height: Some(427),
            duration_ms: None,
        };
        let processed = Processed::Known { facts, versions };
        let settle = self
            .store
            .write(move |unit| act::settle_media(unit, (workspace, id), tries, &processed, now));
        assert!(settle.await.expect("settled"), "somebody else looked");
    }
}
