//! Metadata of a layer, as ISO 19115:2003 in the XML of ISO 19139.

use geo::{BoundingRect, Geometry, Rect};
use minijinja::context;

use super::template::Templates;
use super::{Atlas, QgisError, Sheet, Source};
use crate::environment::date;
use crate::formats::geopackage::Metadata;
use crate::model::swedish::told;
use crate::model::{Areas, Crs, CrsError, Lang, Reprojection};

const STANDARD: &str = "http://www.isotc211.org/2005/gmd";

/// Title, abstract, lineage, sources, licences, place, years and date; the contact is left open.
pub(super) fn metadata(
    templates: &Templates,
    sheet: &Sheet<'_>,
    atlas: &Atlas<'_>,
) -> Result<Metadata, QgisError> {
    let about = &sheet.about;
    let years = about.sources.iter().flat_map(|source| source.years);
    let years = years.clone().min().zip(years.max()).map(|(first, last)| vec![*first, *last]);
    let mut licences: Vec<String> = about
        .sources
        .iter()
        .map(|source| format!("{}: {}", source.title, told(source.licence, atlas.lang)))
        .collect();
    licences.dedup();
    let areas = sheet.layer.areas();
    let context = context! {
        id => format!("{}_{}", atlas.id, sheet.layer.name()),
        language => match atlas.lang { Lang::En => "eng", Lang::Sv => "swe" },
        made => date(),
        crs => areas.map(|areas| areas.crs().id()),
        title => format!("{}: {}", atlas.title, sheet.title),
        summary => &about.summary,
        licences,
        // A place that has no degrees leaves the metadata without a box.
        extent => areas.and_then(|areas| geographic_box(areas).ok().flatten()),
        years,
        lineage => &about.lineage,
        sources => about.sources.iter().map(|source| described(source, atlas.lang)).collect::<Vec<_>>(),
    };
    let xml = templates.render("metadata.xml", context)?;
    Ok(Metadata { layer: sheet.layer.name().to_owned(), standard: STANDARD, xml })
}

fn described(source: &Source<'_>, lang: Lang) -> String {
    let years: Vec<String> = source.years.iter().map(ToString::to_string).collect();
    let name = told(&source.name, lang);
    let parts = [source.title, &name, source.address.unwrap_or_default(), &years.join(", ")];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("; ")
}

/// The bounds of all shapes in the coordinates of a layer; nothing for a layer without any.
pub(super) fn bounds(areas: &Areas) -> Option<Rect<f64>> {
    let rects = areas.shapes().iter().filter_map(BoundingRect::bounding_rect);
    rects.reduce(|a, b| {
        let (min, max) = (a.min(), a.max());
        Rect::new(
            (min.x.min(b.min().x), min.y.min(b.min().y)),
            (max.x.max(b.max().x), max.y.max(b.max().y)),
        )
    })
}

/// West, south, east and north in degrees, from the edges of the bounds: to a hundredth of a degree outwards.
fn geographic_box(areas: &Areas) -> Result<Option<Vec<String>>, CrsError> {
    let Some(rect) = bounds(areas) else { return Ok(None) };
    let turn = Reprojection::new(areas.crs(), &Crs::parse("EPSG:4326")?)?;
    let (min, size) = (rect.min(), (rect.width(), rect.height()));
    let mut edges = Vec::new();
    for step in 0..=8 {
        let share = f64::from(step) / 8.0;
        let (x, y) = (min.x + size.0 * share, min.y + size.1 * share);
        edges.extend([(x, min.y), (x, min.y + size.1), (min.x, y), (min.x + size.0, y)]);
    }
    let mut edges = Geometry::from(geo::MultiPoint::from(edges));
    turn.geometry(&mut edges)?;
    Ok(edges.bounding_rect().map(|degrees| {
        let (min, max) = (degrees.min() * 100.0, degrees.max() * 100.0);
        let outwards = [min.x.floor(), min.y.floor(), max.x.ceil(), max.y.ceil()];
        outwards.map(|hundredths| format!("{:.2}", hundredths / 100.0)).to_vec()
    }))
}
