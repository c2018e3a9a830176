//! The client against a server that misbehaves: the right data or a clear error, within bounds, nothing half-written.

#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string)]

mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use scale::sources::blobs::{Asked, Blobs};
use scale::sources::http::{
    Answer, Client, Expect, HttpError, Manners, Received, Request, Secret, Validators,
};
use server::{Reply, Server, brotli, gzip, ok, status, with};

const DATA: &str = r#"{"value": [1, 2, 3]}"#;

fn manners() -> Manners {
    Manners {
        attempts: 3,
        first_wait: Duration::from_millis(20),
        longest_wait: Duration::from_secs(3),
        interval: Duration::ZERO,
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(2),
        stall: Duration::from_millis(300),
        max_bytes: 64 << 20,
        seed: 1,
        ..Manners::default()
    }
}

fn get(address: &str) -> Request<'_> {
    Request {
        address,
        secret: None,
        body: None,
        known: None,
        expect: Expect::Json,
        busy_is_403: false,
        resumable: false,
    }
}

struct Place {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer");
    Place { _folder: folder, file }
}

fn fetch(request: &Request<'_>, place: &Place) -> Result<Answer, HttpError> {
    Client::new(manners()).fetch(request, &place.file, &|_, _| {})
}

/// The text that came, which has to be what is said of it.
fn text(answer: Result<Answer, HttpError>, place: &Place) -> String {
    let Answer::Received(Received { sha256, bytes, .. }) = answer.unwrap() else {
        panic!("nothing came")
    };
    let content = std::fs::read(&place.file).unwrap();
    assert_eq!((sha256, bytes), (scale::sources::sha256_hex(&content), content.len() as u64));
    String::from_utf8(content).unwrap()
}

/// The error and how many requests it took.
fn error(handler: impl Fn(&server::Seen) -> Reply + Send + Sync + 'static) -> (String, usize) {
    let (server, place) = (Server::start(handler), place());
    let address = format!("{}/data", server.address);
    let error = fetch(&get(&address), &place).unwrap_err().to_string();
    assert!(error.contains(&address), "{error}");
    (error, server.seen().len())
}

#[test]
fn it_says_who_it_is_and_takes_compressed_answers() {
    let server =
        Server::start(|_| with(200, &[("content-encoding", "gzip")], gzip(DATA.as_bytes())));
    let place = place();
    let answer = fetch(&get(&server.address), &place);
    assert_eq!(text(answer, &place), DATA);
    let seen = &server.seen()[0];
    assert!(seen.header("user-agent").unwrap().starts_with("scale/"));
    let accepted = seen.header("accept-encoding").unwrap();
    assert!(accepted.contains("gzip") && accepted.contains("br"), "{accepted}");
}

#[test]
fn an_answer_may_come_as_brotli() {
    let server =
        Server::start(|_| with(200, &[("content-encoding", "br")], brotli(DATA.as_bytes())));
    let place = place();
    assert_eq!(text(fetch(&get(&server.address), &place), &place), DATA);
}

#[test]
fn a_429_is_tried_again_no_sooner_than_the_host_asks() {
    let server = Server::start(|seen| match seen.number {
        0 => with(429, &[("retry-after", "1")], "slow down"),
        _ => ok(DATA),
    });
    let (place, start) = (place(), Instant::now());
    let answer = fetch(&get(&server.address), &place);
    assert_eq!(text(answer, &place), DATA);
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_date_to_try_again_is_honoured_and_a_long_wait_is_told() {
    let server = Server::start(|seen| match seen.number {
        0 => with(503, &[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], ""),
        _ => ok(DATA),
    });
    let place = place();
    assert_eq!(text(fetch(&get(&server.address), &place), &place), DATA);
    let (told, requests) = error(|_| with(429, &[("retry-after", "3600")], ""));
    assert!(told.contains("the host asks to wait 3600 s"), "{told}");
    assert_eq!(requests, 1);
}

#[test]
fn a_503_then_success_is_success_and_503_for_ever_is_bounded() {
    let server = Server::start(|seen| if seen.number < 2 { status(503, "") } else { ok(DATA) });
    let place = place();
    assert_eq!(text(fetch(&get(&server.address), &place), &place), DATA);
    let (told, requests) = error(|_| status(503, "<html><p>Down for <b>maintenance</b></html>"));
    assert!(told.contains("answers 503: Down for maintenance (3 attempts)"), "{told}");
    assert_eq!(requests, 3);
}

#[test]
fn a_403_is_busy_only_where_the_host_means_it_so() {
    let (told, requests) = error(|_| status(403, "no"));
    assert!(told.contains("answers 403: no"), "{told}");
    assert_eq!(requests, 1);
    let server = Server::start(|seen| if seen.number == 0 { status(403, "") } else { ok(DATA) });
    let place = place();
    let request = Request { busy_is_403: true, ..get(&server.address) };
    assert_eq!(text(fetch(&request, &place), &place), DATA);
}

#[test]
fn a_404_is_final() {
    let (told, requests) = error(|_| status(404, "gone"));
    assert!(told.contains("answers 404"), "{told}");
    assert_eq!(requests, 1);
}

#[test]
fn a_body_cut_short_is_no_body() {
    let cut = |_: &server::Seen| Reply::Cut {
        headers: Vec::new(),
        body: DATA.as_bytes()[..8].to_vec(),
        stated: DATA.len(),
    };
    let (told, requests) = error(cut);
    assert!(told.contains("cut off") && told.contains("3 attempts"), "{told}");
    assert_eq!(requests, 3);
    let server = Server::start(move |seen| if seen.number == 0 { cut(seen) } else { ok(DATA) });
    let place = place();
    assert_eq!(text(fetch(&get(&server.address), &place), &place), DATA);
}

#[test]
fn a_stalled_body_is_given_up_within_its_bound() {
    let start = Instant::now();
    let (told, requests) = error(|_| Reply::Stall {
        body: DATA.as_bytes()[..8].to_vec(),
        stated: DATA.len(),
        hold: Duration::from_secs(20),
    });
    assert!(told.contains("takes too long"), "{told}");
    assert_eq!(requests, 3);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn a_host_that_never_answers_is_given_up_within_its_bound() {
    let (server, place) = (Server::start(|_| Reply::Silence(Duration::from_secs(20))), place());
    let client = Client::new(Manners { first_byte: Duration::from_millis(300), ..manners() });
    let start = Instant::now();
    let told = client.fetch(&get(&server.address), &place.file, &|_, _| {}).unwrap_err();
    assert!(told.to_string().contains("takes too long"), "{told}");
    assert_eq!(server.seen().len(), 3);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn a_host_that_listens_to_nobody_is_asked_a_bounded_number_of_times() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/data", listener.local_addr().unwrap());
    drop(listener);
    let told = fetch(&get(&address), &place()).unwrap_err().to_string();
    assert!(told.contains("the connection fails") && told.contains("3 attempts"), "{told}");
}

#[test]
fn a_connection_that_ends_without_a_word_is_tried_again() {
    let server = Server::start(|seen| if seen.number == 0 { Reply::HangUp } else { ok(DATA) });
    let place = place();
    assert_eq!(text(fetch(&get(&server.address), &place), &place), DATA);
}

#[test]
fn a_length_that_is_too_short_is_noticed() {
    let (told, _) = error(|_| with(200, &[("content-length", "10")], DATA));
    assert!(told.contains("not JSON, or is cut off"), "{told}");
}

#[test]
fn html_with_status_200_is_no_data() {
    let (told, requests) = error(|_| {
        with(200, &[("content-type", "application/json")], "<!doctype html><h1>Oops</h1>")
    });
    assert!(told.contains("a page of HTML in the place of data: Oops"), "{told}");
    assert_eq!(requests, 1);
}

#[test]
fn redirects_are_followed_to_a_bound() {
    let server = Server::start(|seen| match seen.path() {
        "/a" => with(302, &[("location", "b?x=1")], ""),
        "/b" => with(308, &[("location", "/c")], ""),
        _ => ok(DATA),
    });
    let place = place();
    assert_eq!(text(fetch(&get(&format!("{}/a", server.address)), &place), &place), DATA);
    let (told, requests) = error(|_| with(302, &[("location", "/data")], ""));
    assert!(told.contains("is redirected more than 5 times"), "{told}");
    assert_eq!(requests, 6);
}

#[test]
fn a_redirect_to_a_file_is_refused() {
    let (told, _) = error(|_| with(302, &[("location", "file:///etc/passwd")], ""));
    assert!(told.contains("to file:///etc/passwd, which is no web address"), "{told}");
}

#[test]
fn a_key_is_sent_to_its_host_shown_nowhere_and_never_carried_elsewhere() {
    let other = Server::start(|_| ok(DATA));
    let elsewhere = format!("{}/x?key=s3cret", other.address);
    let server = Server::start(move |seen| match seen.path() {
        "/moved" => with(302, &[("location", elsewhere.as_str())], ""),
        "/echo" => status(401, &format!("wrong key in {}", seen.target)),
        _ => ok(DATA),
    });
    let (secret, place) = (Secret::new("s3cret".to_owned()), place());
    let ask = |path: &str| {
        let address = format!("{}{path}?key={{key}}", server.address);
        fetch(&Request { secret: Some(&secret), ..get(&address) }, &place)
    };
    ask("/data").unwrap();
    assert_eq!(server.seen()[0].target, "/data?key=s3cret");
    for path in ["/moved", "/echo"] {
        let told = ask(path).unwrap_err();
        assert!(!format!("{told} {told:?}").contains("s3cret"), "{told:?}");
        assert!(told.to_string().contains("***"), "{told}");
    }
    assert_eq!(other.seen().len(), 0);
}

#[test]
fn a_gzip_bomb_is_refused_before_it_is_unpacked() {
    let bomb = gzip(&vec![b' '; 48 << 20]);
    let (told, requests) = error(move |_| with(200, &[("content-encoding", "gzip")], bomb.clone()));
    assert!(told.contains("the answer is too large") && told.contains("times as many"), "{told}");
    assert_eq!(requests, 1);
}

/// Its length is announced long before its bytes come, and may be any number of times those that came.
#[test]
fn a_large_plain_body_that_comes_slowly_is_no_bomb() {
    let body = format!("{{\"value\": \"{}\"}}", "1".repeat(4 << 20));
    let (drip, wait) = (body.clone().into_bytes(), Duration::from_millis(100));
    let server = Server::start(move |_| Reply::Drip { body: drip.clone(), wait });
    let place = place();
    assert_eq!(text(fetch(&get(&server.address), &place), &place), body);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn every_fault_of_a_host_may_pass_but_those_that_never_do() {
    for passing in [500, 507, 520, 599] {
        let server = Server::start(
            move |seen| if seen.number == 0 { status(passing, "") } else { ok(DATA) },
        );
        let place = place();
        assert_eq!(text(fetch(&get(&server.address), &place), &place), DATA, "{passing}");
    }
    for never in [501, 505] {
        let (told, requests) = error(move |_| status(never, ""));
        assert!(told.contains(&format!("answers {never}")), "{told}");
        assert_eq!(requests, 1);
    }
}

#[test]
fn an_answer_beyond_the_stated_size_is_refused() {
    let server = Server::start(|_| ok(vec![b'1'; 3000]));
    let place = place();
    let client = Client::new(Manners { max_bytes: 2000, ..manners() });
    let told = client.fetch(&get(&server.address), &place.file, &|_, _| {}).unwrap_err();
    assert!(told.to_string().contains("larger than 2000 bytes"), "{told}");
}

#[test]
fn a_known_version_is_asked_for_by_its_etag_and_stands() {
    let server = Server::start(|seen| match seen.header("if-none-match") {
        Some("\"v1\"") => with(304, &[], ""),
        _ => with(200, &[("etag", "\"v1\"")], DATA),
    });
    let place = place();
    let Answer::Received(first) = fetch(&get(&server.address), &place).unwrap() else { panic!() };
    assert_eq!(first.validators.etag.as_deref(), Some("\"v1\""));
    let request = Request { known: Some(&first.validators), ..get(&server.address) };
    assert_eq!(fetch(&request, &place).unwrap(), Answer::Unchanged);
}

#[test]
fn an_etag_that_lies_does_not_hide_other_content() {
    // The same ETag for whatever is sent; a 304 nobody asked for is no answer.
    let server =
        Server::start(|seen| with(200, &[("etag", "\"v1\"")], format!("[{}]", seen.number)));
    let place = place();
    let known = Validators { etag: Some("\"v1\"".to_owned()), last_modified: None };
    let request = Request { known: Some(&known), ..get(&server.address) };
    assert_eq!(text(fetch(&request, &place), &place), "[0]");
    assert_eq!(text(fetch(&request, &place), &place), "[1]");
    let (told, _) = error(|_| with(304, &[("etag", "\"v1\"")], ""));
    assert!(told.contains("answers 304"), "{told}");
}

fn extract() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c".to_vec();
    bytes.extend((0..200_000_u32).flat_map(u32::to_le_bytes));
    bytes
}

/// Serves ranges of the extract under that `ETag`.
fn ranged(seen: &server::Seen, etag: &str) -> Reply {
    let whole = extract();
    let range =
        seen.header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    let from: usize = range.map_or(0, |from| from.parse().unwrap());
    if from == 0 || seen.header("if-range") != Some(etag) {
        return with(200, &[("etag", etag)], whole);
    }
    let said = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
    with(206, &[("etag", etag), ("content-range", &said)], &whole[from..])
}

#[test]
fn a_large_file_goes_on_where_it_stopped() {
    let server = Server::start(|seen| match seen.number {
        0 => Reply::Cut {
            headers: vec![("etag", "\"v1\"".to_owned())],
            body: extract()[..300_000].to_vec(),
            stated: extract().len(),
        },
        _ => ranged(seen, "\"v1\""),
    });
    let place = place();
    let request = Request { expect: Expect::Pbf, resumable: true, ..get(&server.address) };
    let Answer::Received(received) = fetch(&request, &place).unwrap() else { panic!() };
    assert_eq!(std::fs::read(&place.file).unwrap(), extract());
    assert_eq!(received.sha256, scale::sources::sha256_hex(&extract()));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(
        seen[1].header("range").unwrap().starts_with("bytes=")
            && seen[1].header("range") != Some("bytes=0-")
    );
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_from_its_beginning() {
    let server = Server::start(|seen| match seen.number {
        0 => Reply::Cut {
            headers: vec![("etag", "\"v0\"".to_owned())],
            body: vec![7; 300_000],
            stated: extract().len(),
        },
        _ => ranged(seen, "\"v1\""),
    });
    let place = place();
    let request = Request { expect: Expect::Pbf, resumable: true, ..get(&server.address) };
    fetch(&request, &place).unwrap();
    assert_eq!(std::fs::read(&place.file).unwrap(), extract());
}

#[test]
fn a_host_is_asked_one_thing_at_a_time_and_no_more_often_than_it_allows() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start(|_| {
        MOST.fetch_max(AT_ONCE.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(30));
        AT_ONCE.fetch_sub(1, Ordering::SeqCst);
        ok(DATA)
    });
    let client = Client::new(manners());
    client.slow_down(&server.address, Duration::from_millis(100));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let place = place();
                client.fetch(&get(&server.address), &place.file, &|_, _| {}).unwrap();
            });
        }
    });
    assert_eq!(MOST.load(Ordering::SeqCst), 1);
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
}

#[test]
fn a_failed_fetch_leaves_nothing_that_looks_whole() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::new(folder.path().to_owned());
    let server =
        Server::start(|_| Reply::Cut { headers: Vec::new(), body: b"{".to_vec(), stated: 9 });
    let asked = Asked { address: server.address.clone(), parameters: String::new() };
    let file = blobs.partial(&asked).unwrap();
    Client::new(manners()).fetch(&get(&server.address), &file, &|_, _| {}).unwrap_err();
    assert_eq!((blobs.find(&asked), blobs.verify().unwrap()), (None, vec![]));
}
