//! Styles: what QGIS calls QML, one a map of a layer.

use minijinja::{Value, context};

use super::legend::{family, map_rules, plain_rules};
use super::template::{Templates, field};
use super::{Look, Map, QgisError, Sheet, tip};
use crate::model::{GeometryFamily, Lang, Theme};

/// A style, and what the project takes from it.
pub(super) struct Drawn {
    pub title: String,
    pub definition: String,
    pub theme: Option<Theme>,
    /// The column that is shown; empty where none is.
    pub column: String,
    /// What stands in a layer of a project too.
    pub inner: String,
    pub qml: String,
}

/// The styles of a layer, the default first.
pub(super) fn styles(
    templates: &Templates,
    sheet: &Sheet<'_>,
    lang: Lang,
) -> Result<Vec<Drawn>, QgisError> {
    let maps = match &sheet.look {
        Look::Maps(maps) if !maps.is_empty() => maps.iter().map(Some).collect(),
        _ => vec![None],
    };
    maps.into_iter().map(|map| style(templates, sheet, map, lang)).collect()
}

fn style(
    templates: &Templates,
    sheet: &Sheet<'_>,
    map: Option<&Map<'_>>,
    lang: Lang,
) -> Result<Drawn, QgisError> {
    let family = family(sheet);
    let rules = match (family, map) {
        (None, _) => Vec::new(),
        (Some(family), Some(map)) => map_rules(sheet, map, family, lang),
        (Some(family), None) => plain_rules(sheet, family, lang),
    };
    let tip = map.map_or_else(
        || tip::of_columns(sheet, lang),
        |map| tip::of_map(map, sheet.column(&map.column), lang),
    );
    let columns: Vec<Value> = sheet.columns.iter().map(column).collect();
    // What is large would hide what is small.
    let order = match &sheet.look {
        Look::Bands { column, .. } => field(column),
        _ => String::new(),
    };
    let labelled = map.and_then(|map| map.name.as_deref()).unwrap_or_default();
    let context = context! {
        geometry => match family {
            Some(GeometryFamily::Point) => "0",
            Some(GeometryFamily::Line) => "1",
            Some(GeometryFamily::Polygon) => "2",
            None => "4",
        },
        rules, columns, tip, labelled, order,
    };
    let inner = templates.render("style.xml", context)?;
    // Scales run from 1:100 million; without them nothing is drawn.
    let qml = format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22\" \
         styleCategories=\"AllStyleCategories\" labelsEnabled=\"{}\" hasScaleBasedVisibilityFlag=\"0\" \
         minScale=\"100000000\" maxScale=\"0\" readOnly=\"0\">\n{inner}</qgis>\n",
        u8::from(!labelled.is_empty())
    );
    Ok(Drawn {
        title: map.map_or_else(|| sheet.title.clone(), |map| map.title.clone()),
        definition: map.map_or_else(|| sheet.about.summary.clone(), |map| map.definition.clone()),
        theme: map.map(|map| map.theme).or(sheet.theme),
        column: map.map_or_else(String::new, |map| map.column.clone()),
        inner,
        qml,
    })
}

fn column(column: &super::Shown) -> Value {
    let codes: Vec<Value> =
        column.codes.iter().map(|(code, label)| context! { code, label }).collect();
    let suffix = if column.unit.is_empty() { String::new() } else { format!(" {}", column.unit) };
    context! {
        name => &column.name,
        label => &column.label,
        decimals => column.decimals,
        suffix,
        codes,
    }
}
