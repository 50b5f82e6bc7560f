//! How a bucket is reached: as its address says, else as the environment says.
//!
//! Nothing is sent here.

use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{ClientOptions, RetryConfig};

use crate::url::BucketAddress;

/// How long a connection to the service may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the service may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a request is tried again, and until when.
const RETRIES_MAX: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);
/// What makes a client for a bucket.
pub(crate) fn builder(address: &BucketAddress) -> AmazonS3Builder {
    let client = ClientOptions::new()
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_timeout_disabled()
        .with_read_timeout(SILENCE_TIMEOUT);
    let client = match address.allow_http {
        Some(allow) => client.with_allow_http(allow),
        None => client,
    };
    let retry = RetryConfig {
        max_retries: RETRIES_MAX,
        retry_timeout: RETRY_TIMEOUT,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::from_env()
        .with_client_options(client)
        .with_retry(retry)
        // Several services have no request for erasing many.
        .with_disable_bulk_delete(true)
        .with_bucket_name(&address.bucket);
    if let Some(endpoint) = &address.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = &address.region {
        builder = builder.with_region(region);
    }
    if let (Some(access), Some(secret)) = (&address.access_key, &address.secret_key) {
        builder = builder
            .with_access_key_id(access)
            .with_secret_access_key(secret);
    }
    if let Some(path_style) = address.path_style {
        builder = builder.with_virtual_hosted_style_request(!path_style);
    }
    builder
}
