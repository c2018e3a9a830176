#![allow(clippy::unwrap_used)]

use super::*;

fn put(blobs: &Blobs, address: &str, content: &str) -> Kept {
    let asked = Asked { address: address.to_owned(), parameters: String::new() };
    let partial = blobs.partial(&asked).unwrap();
    std::fs::write(&partial, content).unwrap();
    let kept = Kept {
        asked,
        retrieved: "2026-11-23T00:00:00Z".to_owned(),
        etag: None,
        last_modified: None,
        sha256: sha256_hex(content.as_bytes()),
        bytes: content.len() as u64,
        ending: "json".to_owned(),
    };
    blobs.put(&partial, &kept).unwrap();
    kept
}

fn blobs() -> (tempfile::TempDir, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::new(folder.path().join("cache"));
    (folder, blobs)
}

#[test]
fn content_is_found_by_its_request_and_by_its_hash() {
    let (_folder, blobs) = blobs();
    let kept = put(&blobs, "http://a/x", "{}");
    assert_eq!(blobs.find(&kept.asked), Some(kept.clone()));
    let path = blobs.whole(&kept.sha256, "json").unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "{}");
    let other = Asked { parameters: "q".to_owned(), ..kept.asked };
    assert_eq!(blobs.find(&other), None);
    assert_eq!(blobs.verify().unwrap(), []);
}

#[test]
fn damage_is_noticed_and_pruned() {
    let (_folder, blobs) = blobs();
    let (a, b) = (put(&blobs, "http://a/x", "{}"), put(&blobs, "http://a/y", "[]"));
    std::fs::write(blobs.path(&a.sha256, "json"), "{!").unwrap();
    assert_eq!(blobs.whole(&a.sha256, "json"), None);
    let damage = blobs.verify().unwrap();
    assert_eq!((damage.len(), damage[0].reason), (1, "is not what its name says"));
    std::fs::remove_file(blobs.path(&b.sha256, "json")).unwrap();
    assert_eq!(blobs.verify().unwrap()[0].reason, "is gone");
    blobs.prune(&|_| true, &BTreeSet::new()).unwrap();
    assert_eq!((blobs.list().unwrap(), blobs.verify().unwrap()), (vec![], vec![]));
}

#[test]
fn an_ending_with_a_dot_of_its_own_is_no_damage() {
    let (_folder, blobs) = blobs();
    let kept = put(&blobs, "http://a/x", "{}");
    let (from, to) = (blobs.path(&kept.sha256, "json"), blobs.path(&kept.sha256, "osm.pbf"));
    std::fs::rename(from, to).unwrap();
    let kept = Kept { ending: "osm.pbf".to_owned(), ..kept };
    blobs.remember(&kept).unwrap();
    assert_eq!(blobs.verify().unwrap(), []);
    let named = BTreeSet::from([kept.sha256.clone()]);
    assert_eq!(blobs.prune(&|_| false, &named).unwrap(), Pruned::default());
    assert_eq!(blobs.list().unwrap(), [kept]);
}

#[test]
fn what_is_forgotten_is_known_no_more_and_its_content_goes_with_the_next_pruning() {
    let (_folder, blobs) = blobs();
    let kept = put(&blobs, "http://a/x", "{}");
    assert!(blobs.knows(&kept.asked));
    blobs.forget(&kept.asked).unwrap();
    blobs.forget(&kept.asked).unwrap();
    assert!(!blobs.knows(&kept.asked) && blobs.find(&kept.asked).is_none());
    assert_eq!(blobs.prune(&|_| true, &BTreeSet::new()).unwrap().files, 1);
}

#[test]
fn nothing_is_pruned_while_something_is_brought() {
    let (_folder, blobs) = blobs();
    let asked = Asked { address: "http://a/z".to_owned(), parameters: String::new() };
    std::fs::write(blobs.partial(&asked).unwrap(), "half").unwrap();
    let (one, other) = (blobs.in_use().unwrap(), blobs.in_use().unwrap());
    let prune = || blobs.prune(&|_| true, &BTreeSet::new());
    assert_eq!(prune().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    drop(one);
    assert!(prune().is_err());
    drop(other);
    assert_eq!(prune().unwrap(), Pruned { files: 1, bytes: 4 });
}

#[test]
fn pruning_keeps_what_requests_lead_to() {
    let (_folder, blobs) = blobs();
    let kept = put(&blobs, "http://a/x", "{}");
    blobs.keep(b"made", "json").unwrap();
    let asked = Asked { address: "http://a/z".to_owned(), parameters: String::new() };
    std::fs::write(blobs.partial(&asked).unwrap(), "half").unwrap();
    assert_eq!(blobs.prune(&|_| true, &BTreeSet::new()).unwrap(), Pruned { files: 2, bytes: 8 });
    assert_eq!(blobs.list().unwrap(), [kept]);
    assert_eq!(blobs.prune(&|_| false, &BTreeSet::new()).unwrap().files, 2);
}

#[test]
fn what_a_lock_names_stays_however_old_it_is() {
    let (folder, blobs) = blobs();
    let (a, b) = (put(&blobs, "http://a/x", "{}"), put(&blobs, "http://a/y", "[]"));
    let (made, _) = blobs.keep(b"made", "json").unwrap();
    let named = BTreeSet::from([a.sha256.clone(), made.clone()]);
    assert_eq!(blobs.prune(&|_| false, &named).unwrap().files, 2, "b and its request");
    assert_eq!(blobs.list().unwrap(), std::slice::from_ref(&a));
    assert!(blobs.whole(&made, "json").is_some() && blobs.whole(&b.sha256, "json").is_none());
    std::fs::write(blobs.path(&a.sha256, "json"), "{!").unwrap();
    blobs.prune(&|_| true, &named).unwrap();
    assert_eq!(blobs.list().unwrap(), [], "damage is no content that a lock names");
    let lock = folder.path().join("scale.lock");
    blobs.remember_lock(&lock).unwrap();
    assert!(blobs.locks().unwrap().is_empty(), "a lock that is gone names nothing");
    std::fs::write(&lock, "").unwrap();
    blobs.remember_lock(&lock).unwrap();
    assert_eq!(blobs.locks().unwrap(), [lock]);
}
