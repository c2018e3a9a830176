//! Small feeds for tests, written as the files they would be.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::GtfsError;
use crate::model::{Feed, Notice};

/// The text files of a feed.
#[derive(Clone)]
pub(crate) struct Fixture {
    files: BTreeMap<String, String>,
}

impl Fixture {
    /// One bus line from "a" over "b" to "c", run by the service "daily" through 2026.
    pub(crate) fn line() -> Self {
        Self { files: BTreeMap::new() }
            .with("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\na,A,59.3,18\nb,B,59.3,18.1\nc,C,59.3,18.2\n")
            .with("routes.txt", "route_id,route_short_name,route_type\nr,1,3\n")
            .with("calendar.txt", "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\ndaily,1,1,1,1,1,1,1,20260101,20261231\n")
            .with("trips.txt", "route_id,service_id,trip_id\nr,daily,t\n")
            .with("stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,8:00:00,8:00:00,a,1\nt,8:10:00,8:11:00,b,2\nt,8:20:00,8:20:00,c,3\n")
    }

    /// Replaces a file.
    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        self.files.insert(name.to_owned(), text.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.files.remove(name);
        self
    }

    /// Appends rows to a file.
    pub(crate) fn and(mut self, name: &str, rows: &str) -> Self {
        self.files.get_mut(name).unwrap().push_str(rows);
        self
    }

    /// Writes a zip whose entries lie in `folder`, which is empty or ends in `/`.
    pub(crate) fn zip(&self, folder: &str) -> (TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("feed.zip");
        let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, text) in &self.files {
            zip.start_file(format!("{folder}{name}"), SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        (home, path)
    }

    /// Writes a folder.
    pub(crate) fn folder(&self) -> TempDir {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in &self.files {
            std::fs::write(home.path().join(name), text).unwrap();
        }
        home
    }

    /// Writes a zip and reads it.
    pub(crate) fn read(&self) -> Result<(Feed, Vec<Notice>), GtfsError> {
        let (_home, path) = self.zip("");
        super::read(&path)
    }

    /// Reads a feed that has nothing wrong with it.
    pub(crate) fn feed(&self) -> Feed {
        let (feed, notices) = self.read().unwrap();
        assert_eq!(notices, []);
        feed
    }
}
