//! A server on loopback that answers as it is told, and misbehaves on demand.

#![allow(dead_code)] // not every file of tests misbehaves in every way

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    /// Lines of `name: value`, names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The same as it came.
    pub bytes: Vec<u8>,
    /// How many requests came before.
    pub number: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }
}

/// What the server does.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A whole answer; the length is stated unless a header states it.
    Whole { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// A length is stated, and less is sent.
    Cut { headers: Vec<(&'static str, String)>, body: Vec<u8>, stated: usize },
    /// The headers, then so long nothing, then the body in pieces of a mebibyte with such a wait before each.
    Drip { body: Vec<u8>, wait: Duration },
    /// Some bytes, then nothing for so long.
    Stall { body: Vec<u8>, stated: usize, hold: Duration },
    /// Nothing for so long, then the end.
    Silence(Duration),
    /// The connection ends without a word.
    HangUp,
}

pub fn ok(body: impl Into<Vec<u8>>) -> Reply {
    Reply::Whole { status: 200, headers: Vec::new(), body: body.into() }
}

pub fn status(status: u16, body: &str) -> Reply {
    Reply::Whole { status, headers: Vec::new(), body: body.into() }
}

pub fn with(status: u16, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Reply::Whole { status, headers, body: body.into() }
}

pub struct Server {
    /// As `http://127.0.0.1:40000`.
    pub address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers until the test ends.
    pub fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, handler) = (Arc::clone(&seen), Arc::new(handler));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, handler) = (Arc::clone(&log), Arc::clone(&handler));
                std::thread::spawn(move || drop(serve(stream, &log, &*handler)));
            }
        });
        Self { address, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Seen>>,
    handler: &(impl Fn(&Seen) -> Reply + ?Sized),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(()) };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut seen =
        Seen { method, target, headers, body: String::new(), bytes: Vec::new(), number: 0 };
    let length = seen.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    seen.body = String::from_utf8_lossy(&body).into_owned();
    seen.bytes = body;
    {
        let mut log = log.lock().unwrap();
        seen.number = log.len();
        log.push(seen.clone());
    }
    match handler(&seen) {
        Reply::Whole { status, headers, body } => {
            let stated = headers.iter().any(|(name, _)| *name == "content-length");
            let length = (!stated).then_some(body.len());
            stream.write_all(head(status, &headers, length).as_bytes())?;
            stream.write_all(&body)
        }
        Reply::Cut { headers, body, stated } => {
            stream.write_all(head(200, &headers, Some(stated)).as_bytes())?;
            stream.write_all(&body)
        }
        Reply::Drip { body, wait } => {
            stream.write_all(head(200, &[], Some(body.len())).as_bytes())?;
            for piece in body.chunks(1 << 20) {
                stream.flush()?;
                std::thread::sleep(wait);
                stream.write_all(piece)?;
            }
            Ok(())
        }
        Reply::Stall { body, stated, hold } => {
            stream.write_all(head(200, &[], Some(stated)).as_bytes())?;
            stream.write_all(&body)?;
            stream.flush()?;
            std::thread::sleep(hold);
            Ok(())
        }
        Reply::Silence(hold) => {
            std::thread::sleep(hold);
            Ok(())
        }
        Reply::HangUp => Ok(()),
    }
}

fn head(status: u16, headers: &[(&'static str, String)], length: Option<usize>) -> String {
    let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    if let Some(length) = length {
        text.push_str(&format!("content-length: {length}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text + "\r\n"
}

/// Bytes as gzip (RFC 1952).
pub fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("x", options).unwrap();
    zip.write_all(plain).unwrap();
    let zip = zip.finish().unwrap();
    let mut archive = zip::ZipArchive::new(zip).unwrap();
    let crc = archive.by_index(0).unwrap().crc32();
    let mut deflated = Vec::new();
    archive.by_index_raw(0).unwrap().read_to_end(&mut deflated).unwrap();
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(deflated);
    out.extend(crc.to_le_bytes());
    out.extend(u32::try_from(plain.len()).unwrap().to_le_bytes());
    out
}

/// Up to 65,536 bytes as Brotli (RFC 7932): one meta-block that is not compressed, and an empty last one.
pub fn brotli(plain: &[u8]) -> Vec<u8> {
    let length = u16::try_from(plain.len() - 1).unwrap();
    // A window of 22 bits, not the last block, four nibbles of length: 0x0b; then the length, then "as it is".
    let bits = 0x0b | (u32::from(length) << 7) | (1 << 23);
    let mut out = bits.to_le_bytes()[..3].to_vec();
    out.extend(plain);
    out.push(0x03);
    out
}
