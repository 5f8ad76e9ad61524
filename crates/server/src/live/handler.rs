//! The endpoint, and the stream that it answers with.

use super::message::LiveMessage;
use super::pace::Pace;
use super::ring::Read;
use super::session::{Beginning, Session};
use super::{KEPT, MAX_CONNECTIONS};
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::Params;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracely_store::consumer::Consumer;

/// How long a connection lets points gather since it looked.
const PAUSE: Duration = Duration::from_millis(50);
/// When somebody who was refused should try again, in seconds.
const RETRY_AFTER: u32 = 10;
const LAST_EVENT_ID: &str = "last-event-id";

/// Tells what happens, while it happens, as server-sent events.
///
/// The stream does not end by itself. It begins with `hello`. Then comes `change` for each thing that happens in the
/// organization, `points` at most once a second when services got points, and `heartbeat` every ten seconds. Each
/// event has a position in the log as its id; sent back as `Last-Event-ID`, it brings every change since. `reset`
/// says that this is not possible, so everything must be read again; the stream then goes on with what comes next.
#[utoipa::path(
    get,
    path = "/live",
    tag = "live",
    params(
        ("Last-Event-ID" = Option<u64>, Header, description = "Begin after this position; browsers send it when they connect again. Without it the stream begins with what comes next", nullable = false),
        ("last_event_id" = Option<u64>, Query, description = "The same for a first connection; the header wins", nullable = false),
    ),
    responses(
        (status = 200, description = "Events until the client or the server ends", body = LiveMessage, content_type = "text/event-stream"),
        Failures,
    )
)]
pub(crate) async fn stream_changes(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let asked = last_seen(&headers, &mut params);
    params.finish()?;
    let asked = asked?;
    let place = app.live().enter().ok_or_else(|| {
        let detail = format!("{MAX_CONNECTIONS} connections listen already, or the server is stopping");
        Problem::unavailable(detail, RETRY_AFTER)
    })?;
    let beginning = beginning(&app, asked).await?;
    let now = app.store().clock().now();
    let (session, first) = Session::begin(caller.organization_id, beginning, now);
    let stream = Stream {
        more: app.live().ring.watch(),
        changes: app.live().ring.watch_changes(),
        app,
        session,
        first: Some(first),
        looked_at: Instant::now(),
        pace: Pace::default(),
        _place: place,
    };
    let body = futures_util::stream::unfold(stream, async |mut stream| {
        let chunk = stream.next().await?;
        Some((Ok::<_, Infallible>(chunk), stream))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Reads which position the client has seen. The header is newer than the parameter of the address.
fn last_seen(headers: &HeaderMap, params: &mut Params) -> Result<Option<u64>, Problem> {
    let expected = "must be a position in the log, which is a whole number";
    let parameter = params.text("last_event_id").map(|text| position_of(&text));
    if parameter == Some(None) {
        params.fail("last_event_id", expected);
    }
    match headers.get(LAST_EVENT_ID) {
        None => Ok(parameter.flatten()),
        Some(value) => match value.to_str().ok().and_then(position_of) {
            Some(position) => Ok(Some(position)),
            None => Err(Problem::parameters(vec![FieldError::parameter("Last-Event-ID", expected)])),
        },
    }
}

fn position_of(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

async fn beginning(app: &App, asked: Option<u64>) -> Result<Beginning, Problem> {
    let head = *app.store().head().borrow();
    let Some(asked) = asked else { return Ok(Beginning::AtHead(head)) };
    // Whoever has seen more than this process knows of may have seen what another one wrote.
    let head = if asked > head { app.store().refresh_head().await? } else { head };
    if asked > head || head - asked > KEPT { Ok(Beginning::Reset(head)) } else { Ok(Beginning::After(asked)) }
}

/// One connection. It is pulled: nothing happens while the client does not read.
struct Stream {
    app: App,
    session: Session,
    more: watch::Receiver<u64>,
    changes: watch::Receiver<u64>,
    first: Option<Vec<u8>>,
    looked_at: Instant,
    /// How often changes make it look.
    pace: Pace,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    /// Waits for the next messages; none when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        let closing = self.app.live().closing.clone();
        if let Some(first) = self.first.take() {
            return Some(first.into());
        }
        loop {
            if closing.is_cancelled() {
                return None;
            }
            let messages = self.look();
            if !messages.is_empty() {
                return Some(messages.into());
            }
            tokio::select! {
                () = closing.cancelled() => return None,
                () = self.wait() => {}
            }
        }
    }

    /// Takes what has happened and tells what is due.
    fn look(&mut self) -> Vec<u8> {
        self.looked_at = Instant::now();
        self.more.mark_unchanged();
        self.changes.mark_unchanged();
        let mut out = Vec::new();
        while out.is_empty() {
            match self.app.live().ring.after(self.session.position()) {
                Read::Nothing => break,
                Read::Some(digests, up_to) => self.session.take(&digests, up_to, &mut out),
                Read::Gone(end) => self.session.reset(end, &mut out),
            }
        }
        let now = self.app.store().clock().now();
        self.session.tell_due(now, || lag(&self.app), &mut out);
        out
    }

    /// Waits until it is worth looking again. A change is worth it at once, unless many have just made it look ([`Pace`]);
    /// points are when it has not looked for a while.
    async fn wait(&mut self) {
        let due = self.session.next_due(self.app.store().clock().now());
        let Self { more, changes, looked_at, pace, .. } = self;
        let changed = async {
            happens(changes).await;
            if let Some(free_from) = pace.free_from() {
                sleep_until(free_from).await;
            }
        };
        let gathered = async {
            happens(more).await;
            sleep_until(*looked_at + PAUSE).await;
        };
        tokio::select! {
            () = changed => self.pace.woke(Instant::now(), self.app.live().connections()),
            () = gathered => {}
            () = sleep(due) => {}
        }
    }
}

async fn happens(watched: &mut watch::Receiver<u64>) {
    if watched.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn lag(app: &App) -> BTreeMap<&'static str, u64> {
    let head = *app.store().head().borrow();
    let of = |consumer: Consumer| {
        let worked = app.telemetry().worked_up_to(consumer.as_str())?;
        Some((consumer.as_str(), head.saturating_sub(worked)))
    };
    Consumer::ALL.into_iter().filter_map(of).collect()
}
