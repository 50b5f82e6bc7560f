//! The header `Idempotency-Key`: a retry gets the answer that the first request got, to the byte.
//!
//! The claim commits with the change itself (see `causerie_core::claim`). An answer that shows a secret is
//! sealed with a key that only who presents the same API key can make again.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;
use causerie_core::act;
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::port::Unit;
use causerie_core::{Context, Error, Fault, Invalid, ParticipantId};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use super::Call;
use super::caller::Standing;
use super::knock::CALL_ID;
use crate::problem::{Problem, Trouble, Wrong};
use crate::reply::Rendered;

/// The header that makes a POST happen once.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// How long an idempotency key may be.
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
const NONCE_BYTES: usize = 12;

impl Call {
    /// The idempotency key of the request, if it has one: 1 to 255 visible ASCII characters, bare or as
    /// a quoted string (draft-ietf-httpapi-idempotency-key-header). A platform's call that has none has its
    /// `webhook-id`.
    ///
    /// # Errors
    /// `header_invalid`.
    pub fn idempotency_key(&self) -> Result<Option<&[u8]>, Problem> {
        let headers = self.request.headers();
        let named = match self.standing {
            Standing::Platform(..) if !headers.contains_key(IDEMPOTENCY_KEY) => CALL_ID,
            _ => HeaderName::from_static("idempotency-key"),
        };
        let mut values = headers.get_all(named);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let written = value.as_bytes().trim_ascii();
        let key = written
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_suffix(b"\""))
            .unwrap_or(written);
        let fits = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&key.len())
            && key
                .iter()
                .all(|byte| byte.is_ascii_graphic() && *byte != b'"')
            && values.next().is_none();
        if fits {
            return Ok(Some(key));
        }
        let expected = Invalid::new("expected one value of 1 to 255 visible ASCII characters");
        Err(Problem::new(Trouble::HeaderInvalid)
            .with_errors(vec![Wrong::at_header(IDEMPOTENCY_KEY, &expected)]))
    }

    /// The claim that the header makes, if there is one. `scope` keeps claims apart that share a key.
    ///
    /// # Errors
    /// `header_invalid`.
    pub fn claim(&self, scope: &[u8]) -> Result<Option<Claim>, Problem> {
        self.claim_of(scope, &self.body)
    }

    /// The same for a body that said this much.
    ///
    /// # Errors
    /// `header_invalid`.
    pub(crate) fn claim_of(&self, scope: &[u8], said: &[u8]) -> Result<Option<Claim>, Problem> {
        Ok(self.idempotency_key()?.map(|key| {
            let bound = self.caller().participant().map(ParticipantId::to_bytes);
            let fingerprint = Fingerprint::of(&[
                self.request.method().as_str().as_bytes(),
                self.own_path().trim_end_matches('/').as_bytes(),
                said,
                bound.as_ref().map_or(&[], |id| id),
            ]);
            let channel = match self.standing {
                Standing::Platform(_, channel) => Some(channel.to_bytes()),
                Standing::Key(_) => None,
            };
            let mut parts: Vec<&[u8]> = vec![key, scope];
            parts.extend(self.mount().map(|mount| mount.surface().name().as_bytes()));
            parts.extend(channel.as_ref().map(<[u8; 16]>::as_slice));
            Claim::new(ClaimSource::IdempotencyKey, &parts, fingerprint)
        }))
    }

    /// The answer that a request with one of these claims was given before.
    ///
    /// # Errors
    /// `idempotency_key_reused`, `reference_reused`, `answer_erased`.
    pub(crate) async fn answered(&self, claims: Vec<Claim>) -> Result<Option<Answer>, Problem> {
        if claims.is_empty() {
            return Ok(None);
        }
        self.read(move |snapshot, cx| {
            let keys: Vec<_> = claims.iter().map(|claim| claim.key).collect();
            let settled = snapshot.claims().find_many(cx.workspace(), &keys, cx.now)?;
            let mut replays = claims.iter().filter_map(|claim| {
                let settled = settled.iter().find(|one| one.key == claim.key)?;
                Some(claim.replay(settled))
            });
            Ok(replays.next().transpose()?)
        })
        .await
    }

    /// Changes something in one unit, once: a retry with the same idempotency key gets the answer that
    /// `work` rendered the first time.
    ///
    /// # Errors
    /// Those of the work; `header_invalid`, `idempotency_key_reused`.
    pub async fn once<W>(&self, work: W) -> Result<HttpResponse, Problem>
    where
        W: FnMut(&mut dyn Unit, &Context) -> Result<Rendered, Error> + Send + 'static,
    {
        self.once_for(self.claim(b"")?, work).await
    }

    /// The same for a claim that the body alone does not make.
    ///
    /// # Errors
    /// Those of the work; `idempotency_key_reused`.
    pub(crate) async fn once_for<W>(
        &self,
        claim: Option<Claim>,
        mut work: W,
    ) -> Result<HttpResponse, Problem>
    where
        W: FnMut(&mut dyn Unit, &Context) -> Result<Rendered, Error> + Send + 'static,
    {
        let cx = self.context();
        let once = self.app.store().write(move |unit| {
            let work = |unit: &mut dyn Unit| work(unit, &cx);
            let render = |rendered: &Rendered| (rendered.to_answer(), rendered.shows());
            act::once(unit, &cx, claim.as_ref(), work, render)
        });
        match once.await? {
            Once::Done(rendered) => Ok(rendered.into_response()),
            Once::Replayed(answer) => Ok(Rendered::from_answer(&answer)?.into_replay()),
        }
    }

    /// The same for an answer that shows a secret: what is kept can be read only by who presents the same
    /// API key and idempotency key again. `cx` is the context that the secret was made for.
    ///
    /// # Errors
    /// Those of the work; `header_invalid`, `idempotency_key_reused`.
    pub async fn once_sealed<W>(&self, cx: Context, work: W) -> Result<HttpResponse, Problem>
    where
        W: FnMut(&mut dyn Unit, &Context) -> Result<Rendered, Error> + Send + 'static,
    {
        let claim = self.claim(&self.key_bytes()?)?;
        self.once_sealed_for(cx, claim, work).await
    }

    /// The id of the API key, which keeps claims on sealed answers apart.
    ///
    /// # Errors
    /// Those of a caller that has none.
    pub(crate) fn key_bytes(&self) -> Result<[u8; 16], Problem> {
        Ok(self.admitted()?.key().id.to_bytes())
    }

    /// The same for a claim that the body alone does not make; the API key is in its scope.
    ///
    /// # Errors
    /// Those of the work; `header_invalid`, `idempotency_key_reused`.
    pub(crate) async fn once_sealed_for<W>(
        &self,
        cx: Context,
        claim: Option<Claim>,
        mut work: W,
    ) -> Result<HttpResponse, Problem>
    where
        W: FnMut(&mut dyn Unit, &Context) -> Result<Rendered, Error> + Send + 'static,
    {
        let seal = Seal::new(&self.proof()?, self.idempotency_key()?.unwrap_or_default());
        let mut nonce = [0; NONCE_BYTES];
        self.app.ids().entropy(&mut nonce);
        let sealing = seal.clone();
        let once = self.app.store().write(move |unit| {
            let render = |rendered: &Rendered| (sealing.close(&rendered.to_answer(), nonce), None);
            act::once(unit, &cx, claim.as_ref(), |unit| work(unit, &cx), render)
        });
        match once.await? {
            Once::Done(rendered) => Ok(rendered.into_response()),
            Once::Replayed(sealed) => {
                Ok(Rendered::from_answer(&seal.open(&sealed)?)?.into_replay())
            }
        }
    }
}

/// Closes answers so that the storage never holds a secret that can be read.
#[derive(Clone)]
struct Seal(Key);

impl Seal {
    fn new(proof: &str, idempotency_key: &[u8]) -> Self {
        let material = [proof.as_bytes(), b"\0", idempotency_key].concat();
        let key = blake3::derive_key("causerie 2026 sealed answers to key requests", &material);
        Self(Key::from(key))
    }

    fn close(&self, answer: &Answer, nonce: [u8; NONCE_BYTES]) -> Answer {
        let cipher = ChaCha20Poly1305::new(&self.0);
        // Fails only for texts of 256 GiB; then nothing is kept, which opens as corrupt.
        let sealed = cipher.encrypt(&Nonce::from(nonce), answer.0.as_slice());
        Answer([&nonce[..], &sealed.unwrap_or_default()].concat())
    }

    fn open(&self, sealed: &Answer) -> Result<Answer, Fault> {
        let cipher = ChaCha20Poly1305::new(&self.0);
        let corrupt = || Fault::corrupt("claim", "answer", "");
        let (nonce, text) = sealed
            .0
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or_else(corrupt)?;
        let opened = cipher.decrypt(&Nonce::from(*nonce), text);
        opened.map(Answer).map_err(|_| corrupt())
    }
}
