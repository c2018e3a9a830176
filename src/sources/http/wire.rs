//! The agent that talks to one host, and the count of bytes that it got before decompression.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport, time,
};
use ureq::{Agent, Error, Timeout};

use super::Manners;

/// What the program calls itself.
const NAME: &str =
    concat!("scale/", env!("CARGO_PKG_VERSION"), " (open statistics for neighbourhoods)");

/// A body that keeps coming may take this long.
const WHOLE_BODY: Duration = Duration::from_hours(12);

/// An agent with these time-outs that follows no redirect by itself.
pub(super) fn agent(manners: &Manners, wire: Arc<AtomicU64>) -> Agent {
    let config = Agent::config_builder()
        .user_agent(NAME)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_resolve(Some(manners.connect))
        .timeout_connect(Some(manners.connect))
        .timeout_send_request(Some(manners.first_byte))
        .timeout_recv_response(Some(manners.first_byte))
        .timeout_recv_body(Some(WHOLE_BODY))
        .max_idle_connections_per_host(1)
        .build();
    let counter = Counter { wire, stall: manners.stall };
    let connector = DefaultConnector::default().chain(counter);
    Agent::with_parts(config, connector, DefaultResolver::default())
}

#[derive(Debug)]
struct Counter {
    wire: Arc<AtomicU64>,
    stall: Duration,
}

#[derive(Debug)]
struct Counted {
    inner: Box<dyn Transport>,
    wire: Arc<AtomicU64>,
    stall: Duration,
}

impl Connector<Box<dyn Transport>> for Counter {
    type Out = Counted;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<Box<dyn Transport>>,
    ) -> Result<Option<Counted>, Error> {
        let wire = Arc::clone(&self.wire);
        Ok(chained.map(|inner| Counted { inner, wire, stall: self.stall }))
    }
}

impl Transport for Counted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let stall = time::Duration::Exact(self.stall);
        if timeout.reason == Timeout::RecvBody && stall < timeout.after {
            timeout.after = stall;
        }
        let before = self.inner.buffers().input().len();
        let more = self.inner.await_input(timeout)?;
        let after = self.inner.buffers().input().len();
        self.wire.fetch_add(after.saturating_sub(before) as u64, Ordering::Relaxed);
        Ok(more)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
