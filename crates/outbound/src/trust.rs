//! Whom TLS trusts: the authorities that the machine trusts, and those that the operator adds.
//!
//! The machine's own list is kept up to date with the machine and knows the authorities of its company; a list
//! compiled in would do neither.

use std::fmt;
use std::sync::Arc;

use lettre::transport::smtp::client::{
    Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::OutboundFault;

/// Everybody who is trusted, ready for HTTP and for mail.
#[derive(Clone)]
pub(crate) struct Trust {
    config: Arc<ClientConfig>,
    roots: Arc<[Certificate]>,
}

impl Trust {
    /// Takes the machine's authorities, and those in a PEM text.
    pub(crate) fn new(extra_roots: Option<&[u8]>) -> Result<Self, OutboundFault> {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() && extra_roots.is_none() {
            tracing::warn!(
                "this machine trusts no authority: calls by https and mail by TLS will fail until the \
                 package ca-certificates is installed"
            );
        }
        let mut store = RootCertStore::empty();
        let mut roots = Vec::with_capacity(found.certs.len());
        for certificate in found.certs {
            // Machines have some that nobody can read; they vouch for nothing then.
            if store.add(certificate.clone()).is_ok() {
                roots.extend(Certificate::from_der(certificate.to_vec()));
            }
        }
        for certificate in CertificateDer::pem_slice_iter(extra_roots.unwrap_or_default()) {
            let certificate = certificate.map_err(|_| OutboundFault::Roots)?;
            store
                .add(certificate.clone())
                .map_err(|_| OutboundFault::Roots)?;
            roots.extend(Certificate::from_der(certificate.to_vec()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| OutboundFault::Tls)?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
            roots: roots.into(),
        })
    }

    /// For TLS from the first byte.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// For `STARTTLS` with a mail server of this name; `None` for a name that no certificate can have.
    pub(crate) fn starttls(&self, host: &str) -> Option<TlsParameters> {
        let builder = TlsParameters::builder(host.to_owned());
        let roots = self.roots.iter().cloned();
        roots
            .fold(
                builder.certificate_store(CertificateStore::None),
                TlsParametersBuilder::add_root_certificate,
            )
            .build_rustls()
            .ok()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trust({} authorities)", self.roots.len())
    }
}
