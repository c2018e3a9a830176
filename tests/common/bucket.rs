//! An object store of our own on loopback, as far as S3 is needed, and what is put there and made there.

#![allow(dead_code)] // not every file of tests asks it for everything

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use assert_cmd::Command;

use crate::folder::{Folder, squares};
use crate::server::{Reply, Seen, Server, ok, status, with};

pub const SECRET: &str = "s3cr3t-of-this-test";

pub type Held = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A bucket `b`, with a server that can be told to misbehave first.
pub struct Bucket {
    pub server: Server,
    pub held: Held,
}

impl Bucket {
    pub fn new() -> Self {
        Self::with_faults(|_| None)
    }

    pub fn with_faults(fault: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let held = Held::default();
        let kept = Arc::clone(&held);
        let server = Server::start(move |seen| {
            fault(seen).unwrap_or_else(|| answer(seen, &mut kept.lock().unwrap()))
        });
        Self { server, held }
    }

    pub fn put(&self, key: &str, file: &Path) {
        self.held.lock().unwrap().insert(key.to_owned(), std::fs::read(file).unwrap());
    }

    pub fn get(&self, key: &str) -> Vec<u8> {
        self.held.lock().unwrap().get(key).unwrap_or_else(|| panic!("no {key}")).clone()
    }

    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let held = self.held.lock().unwrap();
        held.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// How often an object was asked for with that method since so many requests.
    pub fn asked(&self, method: &str, key: &str, since: usize) -> usize {
        let of = |seen: &&Seen| seen.method == method && seen.path() == format!("/b/{key}");
        self.server.seen()[since..].iter().filter(of).count()
    }

    /// The program in a folder, with the keys of this store.
    pub fn scale(&self, folder: &Folder, arguments: &[&str]) -> Command {
        let mut command = folder.command(arguments);
        command
            .env("AWS_ENDPOINT_URL", &self.server.address)
            .env("AWS_REGION", "eu-north-1")
            .env("AWS_ACCESS_KEY_ID", "test-key-id")
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
        command
    }
}

/// S3, as far as it is asked here.
fn answer(seen: &Seen, held: &mut BTreeMap<String, Vec<u8>>) -> Reply {
    let key = decoded(seen.path().strip_prefix("/b").unwrap().trim_start_matches('/'));
    let query = seen.target.split_once('?').map_or("", |(_, query)| query);
    let tag = |content: &[u8]| format!("\"{}\"", scale::sources::sha256_hex(content));
    let date = "Mon, 23 Nov 2026 00:00:00 GMT";
    match seen.method.as_str() {
        "GET" if key.is_empty() => ok(listing(&decoded(query), held, &tag)),
        "POST" if query.starts_with("delete") => {
            let keys: Vec<&str> = seen
                .body
                .split("<Key>")
                .skip(1)
                .map(|part| part.split("</Key>").next().unwrap())
                .collect();
            let gone = keys.iter().map(|key| {
                held.remove(*key);
                format!("<Deleted><Key>{key}</Key></Deleted>")
            });
            ok(format!("<DeleteResult>{}</DeleteResult>", gone.collect::<String>()))
        }
        "PUT" if only_new(seen) && held.contains_key(&key) => status(412, ""),
        "PUT" => {
            let reply = with(200, &[("etag", &tag(&seen.bytes))], "");
            held.insert(key, seen.bytes.clone());
            reply
        }
        "HEAD" | "GET" => {
            let Some(content) = held.get(&key) else { return status(404, "") };
            let tag = tag(content);
            if seen.header("if-match").is_some_and(|wanted| wanted != tag) {
                return status(412, "");
            }
            let length = content.len().to_string();
            if seen.method == "HEAD" {
                return with(
                    200,
                    &[("etag", &tag), ("last-modified", date), ("content-length", &length)],
                    "",
                );
            }
            let range = seen.header("range").unwrap().strip_prefix("bytes=").unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            let range = format!("bytes {from}-{to}/{length}");
            let headers =
                [("etag", tag.as_str()), ("last-modified", date), ("content-range", &range)];
            with(206, &headers, content[from..=to].to_vec())
        }
        _ => status(405, ""),
    }
}

/// Whether an object is put only where there is none, as S3 or as Google Cloud Storage says it.
pub fn only_new(seen: &Seen) -> bool {
    seen.header("if-none-match") == Some("*")
        || seen.header("x-goog-if-generation-match") == Some("0")
}

fn listing(query: &str, held: &BTreeMap<String, Vec<u8>>, tag: &dyn Fn(&[u8]) -> String) -> String {
    let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or("");
    let objects = held.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(key, content)| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-23T00:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
            tag(content).replace('"', "&quot;"),
            content.len()
        )
    });
    let objects: String = objects.collect();
    format!(
        "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>"
    )
}

pub fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        if let ([b'%', hex @ ..], true) = (rest, rest.len() > 2) {
            let hex = std::str::from_utf8(&hex[..2]).unwrap();
            out.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &rest[3..];
        } else {
            out.push(*byte);
            rest = after;
        }
    }
    String::from_utf8(out).unwrap()
}

/// Two squares with residents, and an area over the half of each.
pub fn town() -> Folder {
    let folder = Folder::new();
    let source = [("a", [0.0, 0.0, 100.0, 100.0]), ("b", [100.0, 0.0, 100.0, 100.0])];
    squares(&folder, "squares.geojson", &source);
    squares(&folder, "town.geojson", &[("town", [50.0, 0.0, 100.0, 100.0])]);
    folder.file("counts.csv", "id,residents\na,40\nb,60\n");
    folder
}

/// Squares of 10 metres in three blocks, from what lies beside the pipeline and from an address.
pub const PIPELINE: &str = r#"scale = 1
[areas]
from = "town.geojson"
crs = "EPSG:3006"
[data]
from = "nothing"
[steps.cells]
kind = "carry"
each = "all"
blocks = 3
source = "s3://b/in/squares.geojson"
values = "counts.csv"
key = "id"
extensive = ["residents"]
onto = "grid:10"
out = "cells.parquet"
[steps.publish]
kind = "publish"
from = ["cells"]
folder = "made"
"#;
