//! Points out of a table: coordinates in two of its columns.

use geo::{Geometry, Point};
use rayon::prelude::*;

use super::csv::{parse_number, why_not_a_number};
use super::frame;
use super::{FormatError, OpenOptions, Place, RawColumn, RawLayer, RawTable, to_layer};
use crate::model::{Crs, Layer, MissingColumn, PointColumns};

/// Names of coordinate columns, x first; the first pair that a table has is taken, in any case of letters.
const PAIRS: [(&str, &str); 8] = [
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("stop_lon", "stop_lat"),
    ("easting", "northing"),
    ("east", "north"),
    ("x", "y"),
];

/// The table as a layer of points; the two columns become the shapes, all others are kept as text.
///
/// Longitudes and latitudes are read as EPSG:4326 unless `options.crs` says otherwise; x and y need it.
///
/// # Errors
/// [`FormatError::MissingColumn`] without a known pair, [`FormatError::NoCrs`], [`FormatError::NotANumber`],
/// [`FormatError::BadGeometry`] for a row without coordinates, and those of the look at the points.
pub fn from_table(
    place: &Place,
    raw: RawTable,
    options: &OpenOptions,
) -> Result<(Layer, Vec<String>), FormatError> {
    let (x, y) = pair(place, &raw)?;
    let degrees = raw.columns[y].name.to_lowercase().contains("lat");
    let crs = if degrees { Some(Crs::parse("EPSG:4326")?) } else { None };
    from_pair(place, raw, (x, y), crs, options)
}

/// The same with columns and system as declared; `options.crs` wins over the declared one.
///
/// # Errors
/// As [`from_table`], and [`FormatError::Crs`] for a system that is not known.
pub fn from_columns(
    place: &Place,
    raw: RawTable,
    columns: &PointColumns,
    options: &OpenOptions,
) -> Result<(Layer, Vec<String>), FormatError> {
    let at = |name: &str| {
        raw.require(place, name)?;
        Ok::<_, FormatError>(raw.columns.iter().position(|c| c.name == name).unwrap_or_default())
    };
    let pair = (at(&columns.x)?, at(&columns.y)?);
    let crs = Some(Crs::parse(&columns.crs)?);
    from_pair(place, raw, pair, crs, options)
}

fn from_pair(
    place: &Place,
    mut raw: RawTable,
    (x, y): (usize, usize),
    crs: Option<Crs>,
    options: &OpenOptions,
) -> Result<(Layer, Vec<String>), FormatError> {
    let (xs, ys) = (&raw.columns[x], &raw.columns[y]);
    let point = |row: usize| {
        let line = raw.rows.get(row).copied().unwrap_or(row + 1);
        let point = Point::new(number(place, xs, row, line)?, number(place, ys, row, line)?);
        Ok(Some(Geometry::Point(point)))
    };
    let points: Vec<Result<_, FormatError>> =
        (0..xs.cells.len()).into_par_iter().map(point).collect();
    // The first row at fault is the one that is named, whichever thread comes first.
    let geometries: Vec<_> = points.into_iter().collect::<Result<_, _>>()?;
    let mut at = 0..;
    raw.columns.retain(|_| !matches!(at.next(), Some(column) if column == x || column == y));
    let texts = raw.columns.into_iter().map(|column| (column.name, column.cells)).collect();
    let frame = frame::of_texts(place, texts, geometries.len())?;
    let (layer, mut notes) =
        to_layer(RawLayer { place: place.clone(), geometries, frame, crs }, options)?;
    notes.extend(raw.notes);
    Ok((layer, notes))
}

fn pair(place: &Place, raw: &RawTable) -> Result<(usize, usize), FormatError> {
    let column = |name: &str| raw.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
    let found = PAIRS.iter().find_map(|(x, y)| column(x).zip(column(y)));
    found.ok_or_else(|| {
        let names = raw.columns.iter().map(|column| column.name.as_str());
        MissingColumn::new(place, "lon\" with \"lat\", or \"x\" with \"y", names).into()
    })
}

fn number(place: &Place, column: &RawColumn, row: usize, line: usize) -> Result<f64, FormatError> {
    let Some(cell) = column.cells.get(row).and_then(Option::as_deref) else {
        return Err(FormatError::BadGeometry {
            place: place.clone(),
            row: line,
            reason: format!("column \"{}\" has no coordinate", column.name),
            help: "every point needs both coordinates; remove the row or complete it".to_owned(),
        });
    };
    let value = parse_number(cell, false).or_else(|| parse_number(cell, true));
    value.ok_or_else(|| FormatError::NotANumber {
        place: place.clone(),
        row: line,
        column: column.name.clone(),
        cell: cell.to_owned(),
        help: why_not_a_number(cell, false),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &[&str])]) -> RawTable {
        let cells = |cells: &[&str]| cells.iter().map(|c| Some((*c).to_owned())).collect();
        RawTable {
            columns: columns.iter().map(|(n, c)| RawColumn::plain(*n, cells(c))).collect(),
            rows: vec![2],
            ..RawTable::default()
        }
    }

    #[test]
    fn longitude_and_latitude_become_points_in_degrees() {
        let raw = table(&[("id", &["a"]), ("Lat", &["59.33"]), ("LNG", &["18.07"])]);
        let (layer, _) = from_table(&Place::file("p.csv"), raw, &OpenOptions::default()).unwrap();
        let areas = layer.areas().unwrap();
        assert_eq!(areas.crs().id(), "EPSG:4326");
        assert_eq!(areas.shapes()[0], Geometry::Point(Point::new(18.07, 59.33)));
        assert_eq!(layer.frame().get_column_names(), ["id"]);
    }

    #[test]
    fn plain_x_and_y_need_a_system() {
        let raw = || table(&[("x", &["674000"]), ("y", &["6580000"])]);
        let place = Place::file("p.csv");
        let error = from_table(&place, raw(), &OpenOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), "p.csv: has no coordinate reference system");
        let options =
            OpenOptions { crs: Some(Crs::parse("EPSG:3006").unwrap()), ..OpenOptions::default() };
        assert!(from_table(&place, raw(), &options).is_ok());
    }

    #[test]
    fn swapped_coordinates_are_caught() {
        let raw = table(&[("lon", &["59.33"]), ("lat", &["118.07"])]);
        let error = from_table(&Place::file("p.csv"), raw, &OpenOptions::default()).unwrap_err();
        assert!(error.to_string().contains("outside the area of use"), "{error}");
    }
}
