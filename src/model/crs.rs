//! Coordinate reference systems: known, or an error.
//!
//! Data in memory and in every file is always x, y = easting, northing (or longitude, latitude),
//! whatever the axis order of the authority's definition.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use geo::{Coord, Geometry, MapCoordsInPlace};
use proj::Proj;

/// Why a coordinate reference system cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CrsError {
    #[error("\"{given}\" is not a coordinate reference system that is known here")]
    #[diagnostic(help(
        "give an EPSG code, such as EPSG:3006 (SWEREF 99 TM), EPSG:3011 or EPSG:4326"
    ))]
    Unknown { given: String },

    #[error("{crs} is a {kind} system; areas and distances need one in metres on a plane")]
    #[diagnostic(help("use a projected system in metres, for example EPSG:3006"))]
    NotMetric { crs: String, kind: &'static str },

    #[error("coordinates cannot be turned from {from} to {to}: {reason}")]
    #[diagnostic(help("check that the data lie where both systems are defined"))]
    Transform { from: String, to: String, reason: String },
}

/// A coordinate reference system with a definition that both PROJ and GDAL accept.
#[derive(Clone, PartialEq)]
pub struct Crs {
    id: String,
    name: String,
    definition: String,
    geographic: bool,
    metric: bool,
    area_of_use: Option<[f64; 4]>,
}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crs({})", self.id)
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl Crs {
    /// Reads `EPSG:3006`, `OGC:CRS84`, a WKT or a PROJJSON text.
    ///
    /// # Errors
    /// [`CrsError::Unknown`] when PROJ's database does not hold it.
    pub fn parse(given: &str) -> Result<Self, CrsError> {
        let unknown = || CrsError::Unknown { given: shorten(given) };
        let srs = SpatialRef::from_definition(given.trim()).map_err(|_| unknown())?;
        Self::from_spatial_ref(srs).ok_or_else(unknown)
    }

    /// Takes over what GDAL read from a file; `None` for a local or engineering system.
    #[must_use]
    pub fn from_spatial_ref(mut srs: SpatialRef) -> Option<Self> {
        if srs.is_local() || !(srs.is_geographic() || srs.is_projected()) {
            return None;
        }
        if srs.authority().is_err() {
            // Files written by desktop tools often carry WKT without the code; the match is GDAL's.
            let _ = srs.auto_identify_epsg();
        }
        let id = srs.authority().unwrap_or_else(|_| srs.name().unwrap_or_default());
        let definition = if id.contains(':') { id.clone() } else { srs.to_wkt().ok()? };
        let area_of_use = srs.area_of_use().map(|area| {
            [
                area.west_lon_degree,
                area.south_lat_degree,
                area.east_lon_degree,
                area.north_lat_degree,
            ]
        });
        Some(Self {
            name: srs.name().unwrap_or_else(|| id.clone()),
            geographic: srs.is_geographic(),
            metric: srs.is_projected() && (srs.linear_units() - 1.0).abs() < 1e-9,
            id,
            definition,
            area_of_use,
        })
    }

    /// `EPSG:3006` where the authority is known, else the system's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What PROJ and GDAL read: the code of the authority, else WKT.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The name in the authority's words, such as `SWEREF99 TM`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether coordinates are degrees.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        self.geographic
    }

    /// The EPSG code, where the authority is EPSG.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        self.id.strip_prefix("EPSG:")?.parse().ok()
    }

    /// Refuses systems in which an area in square metres has no meaning.
    ///
    /// # Errors
    /// [`CrsError::NotMetric`] for degrees and for feet.
    pub fn require_metric(&self) -> Result<(), CrsError> {
        let kind = match (self.metric, self.geographic) {
            (true, _) => return Ok(()),
            (false, true) => "geographic",
            (false, false) => "non-metric",
        };
        Err(CrsError::NotMetric { crs: self.id.clone(), kind })
    }

    /// The system as GDAL's object, x before y.
    ///
    /// # Errors
    /// [`CrsError::Unknown`], never for a value made by [`Crs::parse`].
    pub fn spatial_ref(&self) -> Result<SpatialRef, CrsError> {
        let mut srs = SpatialRef::from_definition(&self.definition)
            .map_err(|_| CrsError::Unknown { given: self.id.clone() })?;
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        Ok(srs)
    }

    /// Whether a definition (WKT, PROJJSON) says the same as this system, the order of axes aside.
    ///
    /// Writers spell one system in many ways. A definition that is not the same word for word must go by no other
    /// code and leave coordinates where they are, over the whole area of use.
    #[must_use]
    pub fn is_described_by(&self, definition: &str) -> bool {
        let Ok(mut other) = SpatialRef::from_definition(definition.trim()) else { return false };
        other.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let same = self.spatial_ref().is_ok_and(|own| own == other);
        let goes_by_another = other.authority().is_ok_and(|code| code != self.id);
        same || !goes_by_another && self.coincides(&other).unwrap_or(false)
    }

    /// Whether nine places in the area of use have the same coordinates in both.
    fn coincides(&self, other: &SpatialRef) -> Option<bool> {
        let [west, south, east, north] = self.area_of_use?;
        let here = Reprojection::new(&Self::parse("EPSG:4326").ok()?, self).ok()?;
        let definition = other.to_wkt().ok()?;
        let there = Proj::new_known_crs(&self.definition, &definition, None).ok()?;
        // A little inside: at the poles and at 180 degrees one place has many coordinates.
        let inside = |from: f64, to: f64| [0.1, 0.5, 0.9].map(|part| from + part * (to - from));
        let (lons, lats) = (inside(west, east), inside(south, north));
        for (lon, lat) in lons.iter().flat_map(|lon| lats.iter().map(move |lat| (*lon, *lat))) {
            let (x, y) = here.point(lon, lat).ok()?;
            let (other_x, other_y) = there.convert((x, y)).ok()?;
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
            if !near(x, other_x) || !near(y, other_y) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// PROJJSON, as `GeoParquet` wants it.
    ///
    /// # Errors
    /// [`CrsError::Unknown`], never for a value made by [`Crs::parse`].
    pub fn projjson(&self) -> Result<serde_json::Value, CrsError> {
        let unknown = || CrsError::Unknown { given: self.id.clone() };
        let text = self.spatial_ref()?.to_projjson().map_err(|_| unknown())?;
        serde_json::from_str(&text).map_err(|_| unknown())
    }

    /// West, south, east, north in degrees, where the authority states it.
    #[must_use]
    pub fn area_of_use(&self) -> Option<[f64; 4]> {
        self.area_of_use
    }

    /// A test of coordinates against the area of use, with a degree to spare on each side.
    ///
    /// # Errors
    /// [`CrsError::Transform`] when PROJ cannot turn this system into degrees.
    pub fn area_test(&self) -> Result<AreaTest, CrsError> {
        let to_degrees = if self.geographic {
            None
        } else {
            Some(Reprojection::new(self, &Self::parse("EPSG:4326")?)?)
        };
        Ok(AreaTest { to_degrees, area: self.area_of_use })
    }
}

/// Tells whether a coordinate can be meant in a system.
pub struct AreaTest {
    to_degrees: Option<Reprojection>,
    area: Option<[f64; 4]>,
}

impl AreaTest {
    const MARGIN_DEGREES: f64 = 1.0;

    /// Whether the coordinate lies in (or within a degree of) the area of use.
    #[must_use]
    pub fn admits(&self, x: f64, y: f64) -> bool {
        let degrees = match &self.to_degrees {
            None => Some((x, y)),
            Some(to_degrees) => to_degrees.point(x, y).ok(),
        };
        let Some((lon, lat)) = degrees else { return false };
        let on_earth = lon.abs() <= 360.0 && lat.abs() <= 90.0;
        let margin = Self::MARGIN_DEGREES;
        on_earth
            && self.area.is_none_or(|[west, south, east, north]| {
                // An area of use that crosses the antimeridian has west > east: only latitude is tested.
                let lon_fits = west > east || (west - margin..=east + margin).contains(&lon);
                lon_fits && (south - margin..=north + margin).contains(&lat)
            })
    }
}

thread_local! {
    /// Turns that this thread has prepared: finding one in PROJ's database takes milliseconds, and a turn is bound to
    /// its thread.
    static PREPARED: RefCell<BTreeMap<(String, String), Rc<Proj>>> = const { RefCell::new(BTreeMap::new()) };
}

fn prepared(from: &Crs, to: &Crs) -> Result<Rc<Proj>, CrsError> {
    let key = (from.definition.clone(), to.definition.clone());
    if let Some(known) = PREPARED.with_borrow(|known| known.get(&key).cloned()) {
        return Ok(known);
    }
    let made = Proj::new_known_crs(&from.definition, &to.definition, None);
    let made = Rc::new(made.map_err(|error| CrsError::Transform {
        from: from.id.clone(),
        to: to.id.clone(),
        reason: error.to_string(),
    })?);
    PREPARED.with_borrow_mut(|known| known.insert(key, Rc::clone(&made)));
    Ok(made)
}

/// A turn of coordinates from one system to another, x before y on both sides.
pub struct Reprojection {
    proj: Option<Rc<Proj>>,
    from: String,
    to: String,
}

impl Reprojection {
    /// Prepares the turn; between equal systems it changes nothing.
    ///
    /// # Errors
    /// [`CrsError::Transform`] when PROJ knows no way between the two.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self, CrsError> {
        let proj = if from.definition == to.definition { None } else { Some(prepared(from, to)?) };
        Ok(Self { proj, from: from.id.clone(), to: to.id.clone() })
    }

    /// Turns one coordinate.
    ///
    /// # Errors
    /// [`CrsError::Transform`] for a coordinate that has no image.
    pub fn point(&self, x: f64, y: f64) -> Result<(f64, f64), CrsError> {
        let Some(proj) = &self.proj else { return Ok((x, y)) };
        let failed = |reason: String| CrsError::Transform {
            from: self.from.clone(),
            to: self.to.clone(),
            reason,
        };
        let (x, y) = proj.convert((x, y)).map_err(|error| failed(error.to_string()))?;
        if x.is_finite() && y.is_finite() {
            Ok((x, y))
        } else {
            Err(failed("the coordinate has no image".to_owned()))
        }
    }

    /// Turns a geometry in place.
    ///
    /// # Errors
    /// [`CrsError::Transform`] at the first coordinate that has no image.
    pub fn geometry(&self, geometry: &mut Geometry<f64>) -> Result<(), CrsError> {
        if self.proj.is_none() {
            return Ok(());
        }
        let turn = |Coord { x, y }: Coord<f64>| self.point(x, y).map(|(x, y)| Coord { x, y });
        // By type: geo's own method for any geometry recurses into collections without end at compile time.
        match geometry {
            Geometry::Point(shape) => shape.try_map_coords_in_place(turn),
            Geometry::MultiPoint(shape) => shape.try_map_coords_in_place(turn),
            Geometry::Line(shape) => shape.try_map_coords_in_place(turn),
            Geometry::LineString(shape) => shape.try_map_coords_in_place(turn),
            Geometry::MultiLineString(shape) => shape.try_map_coords_in_place(turn),
            Geometry::Polygon(shape) => shape.try_map_coords_in_place(turn),
            Geometry::MultiPolygon(shape) => shape.try_map_coords_in_place(turn),
            Geometry::Triangle(shape) => shape.try_map_coords_in_place(turn),
            Geometry::Rect(shape) => shape.try_map_coords_in_place(turn),
            Geometry::GeometryCollection(parts) => {
                parts.0.iter_mut().try_for_each(|part| self.geometry(part))
            }
        }
    }
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_point_in_degrees_becomes_easting_before_northing() {
        let from = Crs::parse("EPSG:4326").unwrap();
        let to = Crs::parse("EPSG:3011").unwrap();
        let (x, y) = Reprojection::new(&from, &to).unwrap().point(18.07, 59.33).unwrap();
        assert!((x - 153_984.7).abs() < 0.1 && (y - 6_579_432.5).abs() < 0.1, "{x} {y}");
    }

    #[test]
    fn an_unknown_code_is_an_error_that_names_it() {
        let error = Crs::parse("EPSG:999999").unwrap_err();
        assert!(error.to_string().contains("EPSG:999999"));
    }

    #[test]
    fn metres_read_as_degrees_fall_outside_the_area_of_use() {
        let degrees = Crs::parse("EPSG:4326").unwrap().area_test().unwrap();
        assert!(!degrees.admits(667_000.0, 6_588_000.0));
        let sweref = Crs::parse("EPSG:3006").unwrap().area_test().unwrap();
        assert!(sweref.admits(667_000.0, 6_588_000.0));
        assert!(!sweref.admits(17.94, 59.40));
        assert!(!sweref.admits(6_588_000.0, 667_000.0), "axes the wrong way round");
    }

    #[test]
    fn only_metric_systems_may_measure_areas() {
        assert!(Crs::parse("EPSG:3006").unwrap().require_metric().is_ok());
        assert!(Crs::parse("EPSG:4326").unwrap().require_metric().is_err());
    }

    #[test]
    fn a_system_knows_its_definition_however_it_is_spelt() {
        let sweref = Crs::parse("EPSG:3006").unwrap();
        let wkt = sweref.spatial_ref().unwrap().to_wkt().unwrap();
        assert!(sweref.is_described_by(&wkt));
        assert!(sweref.is_described_by(&sweref.projjson().unwrap().to_string()));
        let easting_first = wkt
            .replace(r#"AXIS["Northing",NORTH],AXIS["Easting",EAST]"#, "")
            .replace(r#"DATUM["SWEREF99","#, r#"DATUM["Another spelling","#);
        assert_ne!(wkt, easting_first);
        assert!(sweref.is_described_by(&easting_first.replace("],,", "],")));
    }

    #[test]
    fn a_definition_of_another_system_is_told_whatever_code_it_goes_by() {
        let sweref = Crs::parse("EPSG:3006").unwrap();
        let wkt = sweref.spatial_ref().unwrap().to_wkt().unwrap();
        let meridian = r#"PARAMETER["central_meridian",15]"#;
        assert!(wkt.contains(meridian), "{wkt}");
        let moved = wkt.replace(meridian, r#"PARAMETER["central_meridian",15.1]"#);
        assert!(!sweref.is_described_by(&moved));
        assert!(!sweref.is_described_by("EPSG:3011"));
        assert!(!sweref.is_described_by("no definition"));
    }

    #[test]
    fn projjson_carries_the_authority_code() {
        let json = Crs::parse("EPSG:3006").unwrap().projjson().unwrap();
        assert_eq!(json["id"]["code"], 3006);
    }
}
