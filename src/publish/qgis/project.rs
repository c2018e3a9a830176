//! A project: a group a theme, the outline on top, and a printed map of each column.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use minijinja::{Value, context};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use super::metadata::bounds;
use super::page::{Frame, frame};
use super::style::Drawn;
use super::symbol::paper;
use super::template::{Templates, field, literal};
use super::words::word;
use super::{Atlas, Look, Map, QgisError, Share, Sheet, Told};
use crate::formats::geopackage::Project;
use crate::model::swedish::told;
use crate::model::{Lang, Theme};

/// A layer of the project: one look at a layer of the file.
struct Entry<'a> {
    sheet: &'a Sheet<'a>,
    drawn: &'a Drawn,
    map: Option<&'a Map<'a>>,
    id: String,
    title: String,
    theme: Option<Theme>,
    subset: Option<String>,
    /// Which of the layer's features it holds, where it does not hold all.
    share: Option<&'a Share>,
}

impl Entry<'_> {
    /// Whether its features belong beside the map of that column.
    fn belongs_beside(&self, column: &str) -> bool {
        let is_of = |share: &Share| share.columns.iter().any(|known| known == column);
        match (&self.sheet.look, self.share) {
            (_, Some(share)) => is_of(share),
            (Look::Kinds { shares, .. }, None) => !shares.iter().any(is_of),
            _ => true,
        }
    }
}

/// The project of an atlas as QGIS keeps it in a `GeoPackage`.
///
/// Its layers name the file beside `./`: QGIS resolves that from the folder in which the file lies, so that it may be
/// moved, though not renamed.
pub(super) fn project(
    templates: &Templates,
    atlas: &Atlas<'_>,
    drawn: &[Vec<Drawn>],
) -> Result<Project, QgisError> {
    let entries = entries(atlas, drawn);
    let first = entries.iter().position(|entry| entry.map.is_some());
    let frame = atlas
        .sheets
        .iter()
        .find_map(|sheet| bounds(sheet.layer.areas()?))
        .map(|rect| frame(rect, atlas.crs));
    let seen = |at: usize| entries[at].theme.is_none() || Some(at) == first;
    let layers: Vec<Value> =
        (0..entries.len()).map(|at| layer(&entries[at], &entries, atlas, seen(at))).collect();
    let themes: BTreeSet<Theme> = entries.iter().filter_map(|entry| entry.theme).collect();
    let groups: Vec<Value> = themes
        .iter()
        .map(|theme| {
            let within =
                entries.iter().zip(&layers).filter(|(entry, _)| entry.theme == Some(*theme));
            let layers: Vec<Value> = within.map(|(_, layer)| layer.clone()).collect();
            let open = first.is_some_and(|first| entries[first].theme == Some(*theme));
            context! { title => theme.title(atlas.lang), layers, open }
        })
        .collect();
    let top = entries.iter().zip(&layers).filter(|(entry, _)| entry.theme.is_none());
    let top: Vec<Value> = top.map(|(_, layer)| layer.clone()).collect();
    let pages: Vec<Value> =
        entries.iter().filter_map(|entry| page(entry, &entries, atlas, frame.as_ref())).collect();
    let context = context! {
        title => atlas.title,
        crs => crs(atlas),
        layers, groups, top, pages,
        frame => frame.as_ref().map(Frame::values),
        attribution => attribution(atlas),
        paper => paper(),
    };
    let text = templates.render("project.xml", context)?;
    Ok(Project { name: atlas.id.to_owned(), archive: packed(atlas.id, &text)? })
}

/// Every look at every layer, those without a theme first, points before maps, tables last.
fn entries<'a>(atlas: &'a Atlas<'a>, drawn: &'a [Vec<Drawn>]) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    for (sheet, styles) in atlas.sheets.iter().zip(drawn) {
        let entry = |drawn: &'a Drawn, map, part: &str| Entry {
            sheet,
            drawn,
            map,
            // QGIS gives a layer a new id where the given one is short.
            id: plain(&format!("scale_layer_{}_{part}", sheet.layer.name())),
            title: drawn.title.clone(),
            theme: drawn.theme,
            subset: None,
            share: None,
        };
        match &sheet.look {
            Look::Maps(maps) if !maps.is_empty() => {
                let each = maps.iter().zip(styles);
                entries.extend(each.map(|(map, drawn)| entry(drawn, Some(map), &drawn.column)));
            }
            Look::Table { column, themes } => entries.extend(styles.iter().flat_map(|drawn| {
                themes.iter().map(move |theme| Entry {
                    theme: Some(*theme),
                    subset: Some(format!("{} = {}", field(column), literal(theme.id()))),
                    ..entry(drawn, None, theme.id())
                })
            })),
            Look::Kinds { shares, .. } => {
                entries.extend(styles.iter().map(|drawn| entry(drawn, None, "")));
                let of_shares =
                    shares.iter().enumerate().filter(|(_, share)| share.subset.is_some());
                entries.extend(of_shares.flat_map(|(row, share)| {
                    styles.iter().map(move |drawn| Entry {
                        title: share.title.clone(),
                        subset: share.subset.clone(),
                        share: Some(share),
                        ..entry(drawn, None, &row.to_string())
                    })
                }));
            }
            _ => entries.extend(styles.iter().map(|drawn| entry(drawn, None, ""))),
        }
    }
    let rank = |entry: &Entry<'_>| match entry.map {
        _ if entry.sheet.layer.areas().is_none() => 2,
        Some(_) => 1,
        None => 0,
    };
    entries.sort_by_key(|entry| (entry.theme, rank(entry)));
    tell_apart(&mut entries);
    entries
}

/// Titles name printed maps, and ids layers: none may stand for two.
fn tell_apart(entries: &mut [Entry<'_>]) {
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries.iter_mut() {
        while !ids.insert(entry.id.clone()) {
            entry.id.push('_');
        }
        if entry.map.is_some() && !titles.insert(entry.title.clone()) {
            entry.title = format!("{} ({})", entry.title, entry.id);
        }
    }
}

fn plain(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn layer(entry: &Entry<'_>, entries: &[Entry<'_>], atlas: &Atlas<'_>, seen: bool) -> Value {
    let mut source = format!("./{}.gpkg|layername={}", atlas.id, entry.sheet.layer.name());
    if let Some(subset) = &entry.subset {
        source = format!("{source}|subset={subset}");
    }
    let about = &entry.sheet.about;
    let licences: BTreeSet<String> =
        about.sources.iter().map(|source| told(source.licence, atlas.lang).into_owned()).collect();
    let rights: BTreeSet<String> =
        about.sources.iter().map(|source| told(&source.name, atlas.lang).into_owned()).collect();
    // Names would cover the symbols of what the map counts.
    let crowded = entry.theme == Some(Theme::Actors)
        && entries.iter().any(|other| {
            other.theme == entry.theme
                && other.sheet.layer.areas().is_some()
                && matches!(other.sheet.look, Look::Kinds { .. })
        });
    let geometry = match super::legend::family(entry.sheet) {
        Some(crate::model::GeometryFamily::Point) => "Point",
        Some(crate::model::GeometryFamily::Line) => "Line",
        Some(crate::model::GeometryFamily::Polygon) => "Polygon",
        None => "No geometry",
    };
    context! {
        id => &entry.id,
        title => &entry.title,
        source, geometry, seen,
        crs => entry.sheet.layer.areas().map(|_| crs(atlas)),
        summary => if entry.drawn.definition.is_empty() { &about.summary } else { &entry.drawn.definition },
        lineage => &about.lineage,
        licences => licences.into_iter().collect::<Vec<_>>(),
        rights => rights.into_iter().collect::<Vec<_>>(),
        labelled => !crowded && entry.map.is_some_and(|map| map.name.is_some()),
        inner => Value::from_safe_string(entry.drawn.inner.clone()),
    }
}

/// A printed map: what it shows, its legend from top to bottom, and what is said below it.
fn page(
    entry: &Entry<'_>,
    entries: &[Entry<'_>],
    atlas: &Atlas<'_>,
    frame: Option<&Frame>,
) -> Option<Value> {
    let (map, frame) = (entry.map?, frame?);
    let lang = atlas.lang;
    let beside = |other: &&Entry<'_>| {
        let points = other.theme == entry.theme
            && other.sheet.layer.areas().is_some()
            && matches!(other.sheet.look, Look::Kinds { .. } | Look::Plain);
        other.theme.is_none() || points
    };
    let shown: Vec<&Entry<'_>> = entries
        .iter()
        .filter(|other| {
            other.id == entry.id
                || (other.map.is_none() && beside(other) && other.belongs_beside(&map.column))
        })
        .collect();
    let context_of = |entry: &Entry<'_>| context! { id => &entry.id, title => &entry.title };
    let mut legend: Vec<Value> = vec![context_of(entry)];
    legend.extend(shown.iter().filter(|other| other.id != entry.id).map(|other| context_of(other)));
    let unit = entry.sheet.column(&map.column).map(|column| column.unit.clone());
    let years: BTreeSet<i32> = match &map.told {
        Told::Cells { cells, .. } => cells.iter().filter_map(|cell| cell.year).collect(),
        Told::Columns { year, .. } => year.iter().copied().collect(),
    };
    let years = years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let subtitle: Vec<String> = [unit.unwrap_or_default(), years, map.definition.clone()]
        .into_iter()
        .filter(|part| !part.is_empty() && *part != entry.title)
        .collect();
    Some(context! {
        id => &entry.id,
        title => &entry.title,
        headline => format!("{}: {}", atlas.title, entry.title),
        subtitle => subtitle.join(" · "),
        legend_title => word(lang, "Legend", "Teckenförklaring"),
        sources => sources(entry, map, lang),
        shown => shown.iter().map(|other| context_of(other)).collect::<Vec<_>>(),
        legend,
        frame => frame.values(),
    })
}

/// The data sets behind a map, with their licences: the shapes first, then those that its cells name.
fn sources(entry: &Entry<'_>, map: &Map<'_>, lang: Lang) -> String {
    let named = |name: &str| match &map.told {
        Told::Cells { cells, .. } => cells.iter().any(|cell| cell.source.contains(name)),
        Told::Columns { source, .. } => source.contains(name),
    };
    let used = entry.sheet.about.sources.iter().enumerate();
    let used = used.filter(|(row, source)| *row == 0 || named(&source.name));
    let mut lines = vec![word(lang, "Sources and licences", "Källor och licenser").to_owned()];
    for (_, source) in used {
        let line = format!("{} ({})", told(&source.name, lang), told(source.licence, lang));
        // Several data sets may be of one table.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.push(format!("scale {}", env!("CARGO_PKG_VERSION")));
    lines.join("\n")
}

/// Who is to be named wherever a map is shown.
fn attribution(atlas: &Atlas<'_>) -> String {
    let mut publishers: Vec<Cow<'_, str>> = Vec::new();
    for source in atlas.sheets.iter().flat_map(|sheet| &sheet.about.sources) {
        let publisher = told(source.publisher, atlas.lang);
        if !publishers.contains(&publisher) {
            publishers.push(publisher);
        }
    }
    publishers.join("; ")
}

/// A system by its code, which QGIS knows; by its definition where it has none.
fn crs(atlas: &Atlas<'_>) -> Value {
    let code = atlas.crs.id().contains(':');
    context! { id => atlas.crs.id(), definition => if code { "" } else { atlas.crs.definition() } }
}

/// The archive that QGIS opens: the project's text alone, without a time of its own.
fn packed(id: &str, text: &str) -> Result<Vec<u8>, QgisError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::DEFAULT);
    archive.start_file(format!("{id}.qgs"), options)?;
    archive.write_all(text.as_bytes()).map_err(zip::result::ZipError::from)?;
    Ok(archive.finish()?.into_inner())
}
