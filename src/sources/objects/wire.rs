//! The exchange with an object store over the program's own HTTP client.

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use object_store::ClientOptions;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest,
    HttpResponse, HttpResponseBody, HttpService,
};
use ureq::Agent;

use crate::sources::http;

/// Makes clients that block: nothing else waits on the thread that asks.
#[derive(Debug)]
pub(super) struct Connector;

#[derive(Debug)]
struct Blocking {
    agent: Agent,
    plain_http: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let allowed = options.get_config_value(&ClientConfigKey::AllowHttp);
        let plain_http = allowed.as_deref() == Some("true");
        Ok(HttpClient::new(Blocking { agent: http::agent(), plain_http }))
    }
}

#[async_trait]
impl HttpService for Blocking {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (mut parts, body) = request.into_parts();
        let loopback = matches!(parts.uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if parts.uri.scheme_str() != Some("https") && !self.plain_http && !loopback {
            let reason =
                "keys are not sent without encryption: use https, or set AWS_ALLOW_HTTP=true";
            return Err(HttpError::new(HttpErrorKind::Unknown, std::io::Error::other(reason)));
        }
        // Objects come as they are kept.
        parts.headers.insert("accept-encoding", http_header_identity());
        let body = body.collect().await?.to_bytes();
        let has_body = !body.is_empty() || matches!(parts.method.as_str(), "PUT" | "POST");
        let response = if has_body {
            self.agent.run(::http::Request::from_parts(parts, body.as_ref()))
        } else {
            self.agent.run(::http::Request::from_parts(parts, ()))
        };
        let (parts, mut body) = response.map_err(broken)?.into_parts();
        // Objects are asked for in ranges, so that no answer is larger than one of them.
        let content = body.with_config().limit(u64::MAX).read_to_vec().map_err(broken)?;
        let whole = Full::new(Bytes::from(content)).map_err(|never| match never {});
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(whole)))
    }
}

fn http_header_identity() -> ::http::HeaderValue {
    ::http::HeaderValue::from_static("identity")
}

/// What may pass is tried again by the store's client.
fn broken(error: ureq::Error) -> HttpError {
    let kind = match &error {
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Io(fault) if fault.kind() == std::io::ErrorKind::ConnectionRefused => {
            HttpErrorKind::Connect
        }
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
