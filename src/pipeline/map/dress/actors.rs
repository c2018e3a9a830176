//! How the layers of actors are shown: points by kind, and the words that their codes stand for.

use std::collections::BTreeSet;

use crate::indicators::actors::ids;
use crate::model::{ActorKind, ActorTheme, Lang, LocalActor, PlacedBy, Whereabouts};
use crate::publish::qgis::{Doubtful, Look, Share};

/// The points of actors by their kind, with a mark on those that nobody has confirmed.
pub(super) fn look<'a>(actors: &[LocalActor], lang: Lang) -> Look<'a> {
    let placed = || actors.iter().filter(|found| found.at.is_some());
    let kinds: BTreeSet<ActorKind> = placed().map(|found| found.actor.kind).collect();
    let doubtful = placed().any(|found| !found.actor.confirmed).then(|| Doubtful {
        column: "status".to_owned(),
        word: UNCONFIRMED.to_owned(),
        label: confirmation(false, lang).to_owned(),
    });
    let kinds = kinds.into_iter().map(|kind| (kind.id().to_owned(), kind.title(lang).to_owned()));
    let kinds = kinds.collect();
    let shares = ActorTheme::ALL.map(|theme| share(theme, actors, lang)).into();
    Look::Kinds { column: "kind".to_owned(), kinds, doubtful, shares }
}

/// The points of a theme, which stand on the maps of its counts.
fn share(theme: ActorTheme, actors: &[LocalActor], lang: Lang) -> Share {
    let of_theme = |found: &LocalActor| found.at.is_some() && found.actor.themes.contains(&theme);
    let title = match lang {
        Lang::En => format!("Actors: {}", theme.title(lang).to_lowercase()),
        Lang::Sv => format!("Aktörer: {}", theme.title(lang).to_lowercase()),
    };
    // No id of a theme is part of another.
    let subset = || format!("instr(\"themes\", '{}') > 0", theme.id());
    Share {
        title,
        subset: actors.iter().any(of_theme).then(subset),
        columns: ids(Some(theme)).into(),
    }
}

/// Columns that say nothing to who looks at a map.
pub(super) fn is_hidden(column: &str) -> bool {
    ["actor_id", "unit_id", "counted", "same_as", "matched", "known_at"].contains(&column)
}

/// What the ids of themes stand for.
pub(super) fn themes(lang: Lang) -> Vec<(String, String)> {
    let pair = |theme: ActorTheme| (theme.id().to_owned(), theme.title(lang).to_lowercase());
    ActorTheme::ALL.map(pair).to_vec()
}

const CONFIRMED: &str = "confirmed";
const UNCONFIRMED: &str = "unconfirmed";

fn confirmation(confirmed: bool, lang: Lang) -> &'static str {
    match (confirmed, lang) {
        (true, Lang::En) => CONFIRMED,
        (true, Lang::Sv) => "bekräftad",
        (false, Lang::En) => UNCONFIRMED,
        (false, Lang::Sv) => "obekräftad",
    }
}

/// What the codes of a column of the layers stand for.
pub(super) fn codes(column: &str, lang: Lang) -> Vec<(String, String)> {
    let pair = |code: &str, text: &str| (code.to_owned(), text.to_owned());
    match column {
        "kind" => ActorKind::ALL.map(|kind| pair(kind.id(), kind.title(lang))).to_vec(),
        "placed_by" => PlacedBy::ALL.map(|way| pair(way.id(), way.text(lang))).to_vec(),
        "status" => vec![
            pair(CONFIRMED, confirmation(true, lang)),
            pair(UNCONFIRMED, confirmation(false, lang)),
        ],
        "known_at" => {
            let point = if lang == Lang::Sv { "en punkt" } else { "a point" };
            let others = [Whereabouts::Area, Whereabouts::AllAreas, Whereabouts::Unknown];
            let others = others.iter().map(|known| pair(known.id(), known.text(lang)));
            std::iter::once(pair("point", point)).chain(others).collect()
        }
        _ => Vec::new(),
    }
}
