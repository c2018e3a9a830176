//! The exchange with an object store over the program's own HTTP client.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use object_store::ClientOptions;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest,
    HttpResponse, HttpResponseBody, HttpService,
};
use ureq::{Agent, AsSendBody, Body};

use crate::sources::http;

/// Hosts that only the machines of a provider have, and that tell the credentials of the machine's role; they are asked
/// where the environment holds none, without encryption, as nothing leaves the machine.
pub(super) const METADATA: [&str; 4] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "metadata.google.internal"];
/// Such a host answers at once.
const PATIENCE: Duration = Duration::from_secs(2);

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
        let of_machine = parts.uri.host().is_some_and(|host| METADATA.contains(&host));
        let open = self.plain_http || loopback || of_machine;
        if parts.uri.scheme_str() != Some("https") && !open {
            let reason =
                "keys are not sent without encryption: use https, or set AWS_ALLOW_HTTP=true";
            return Err(HttpError::new(HttpErrorKind::Unknown, std::io::Error::other(reason)));
        }
        // Objects come as they are kept.
        parts.headers.insert("accept-encoding", http_header_identity());
        let body = body.collect().await?.to_bytes();
        let has_body = !body.is_empty() || matches!(parts.method.as_str(), "PUT" | "POST");
        let response = if has_body {
            self.send(::http::Request::from_parts(parts, body.as_ref()), of_machine)
        } else {
            self.send(::http::Request::from_parts(parts, ()), of_machine)
        };
        // A machine without such a host need not be asked again.
        let failed = |error| {
            if of_machine { HttpError::new(HttpErrorKind::Unknown, error) } else { broken(error) }
        };
        let (parts, mut body) = response.map_err(failed)?.into_parts();
        // Objects are asked for in ranges, so that no answer is larger than one of them.
        let content = body.with_config().limit(u64::MAX).read_to_vec().map_err(broken)?;
        let whole = Full::new(Bytes::from(content)).map_err(|never| match never {});
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(whole)))
    }
}

impl Blocking {
    fn send<S: AsSendBody>(
        &self,
        request: ::http::Request<S>,
        of_machine: bool,
    ) -> Result<::http::Response<Body>, ureq::Error> {
        if !of_machine {
            return self.agent.run(request);
        }
        let request = self.agent.configure_request(request);
        self.agent.run(request.timeout_global(Some(PATIENCE)).build())
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
