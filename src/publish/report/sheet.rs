//! A map by itself: title, legend, scale bar and source on one sheet, as SVG or PNG.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::map::{
    FOOT, INK, Shapes, Sheet, class_text, define_hatching, draw_mark, draw_scale_bar, draw_station,
    unit_line,
};
use super::model::Class;
use super::plate::Plate;
use super::svg::{Svg, px};
use super::{Atlas, FONTS, ReportError, Words};
use crate::model::{Lang, ObsStatus};

const WIDTH: f64 = 960.0;
const EDGE: f64 = 28.0;
const HEAD: f64 = 86.0;
/// Left edge of the legend.
const LEGEND: f64 = 700.0;
/// How many letters fit beside a swatch of the legend, and below the map.
const LEGEND_LETTERS: usize = 33;
const FOOT_LETTERS: usize = 140;
/// Pixels of a PNG for each unit of the drawing.
const DENSITY: f32 = 2.0;

static TYPE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    Arc::new(fonts)
});

/// Draws the map of a topic of one place as SVG 1.1 by itself.
///
/// # Errors
/// [`ReportError::NothingToDraw`] for a place without extent.
pub fn map_svg(atlas: &Atlas, of: usize, topic: usize, lang: Lang) -> Result<String, ReportError> {
    let words = Words(lang);
    let (Some(shown), Some(topic)) = (atlas.places.get(of), atlas.topics.get(topic)) else {
        return Err(ReportError::NothingToDraw { area: String::new() });
    };
    let nothing = || ReportError::NothingToDraw { area: shown.id.clone() };
    let plate = Plate::new(shown).ok_or_else(nothing)?;
    let classes = topic.classes();
    let sheet = Sheet { place: of, plate: &plate, atlas, topic, classes: &classes, words };
    let notes = notes(&sheet);
    let legend = legend(&sheet, &classes);
    #[allow(clippy::cast_precision_loss)] // some lines
    let foot = notes.len() as f64 * 16.0 + EDGE;
    let map_height = (plate.height + FOOT).max(legend.1);
    let height = HEAD + map_height + 14.0 + foot;
    let mut svg = Svg::default();
    let view = format!("0 0 {} {}", px(WIDTH), px(height));
    svg.open(
        "svg",
        &[
            ("xmlns", &"http://www.w3.org/2000/svg"),
            ("viewBox", &view),
            ("width", &px(WIDTH)),
            ("height", &px(height)),
            ("font-family", &"Noto Sans, DejaVu Sans, Arial, sans-serif"),
        ],
    );
    svg.text("title", &[], &sheet.title());
    svg.text("desc", &[], &sheet.described());
    svg.open("defs", &[]);
    define_hatching(&mut svg);
    svg.close("defs");
    svg.leaf("rect", &[("width", &px(WIDTH)), ("height", &px(height)), ("fill", &"#ffffff")]);
    draw_head(&mut svg, &sheet);
    svg.open("g", &[("transform", &format!("translate({} {})", px(EDGE - 10.0), px(HEAD)))]);
    sheet.draw_units(&mut svg, Shapes::Here, false);
    sheet.draw_stations(&mut svg);
    sheet.draw_marks(&mut svg);
    sheet.draw_names(&mut svg, false);
    draw_scale_bar(&mut svg, &plate, words, (10.0, plate.height + 20.0));
    svg.close("g");
    svg.open("g", &[("transform", &format!("translate({} {})", px(LEGEND), px(HEAD)))]);
    svg.insert(&legend.0);
    svg.close("g");
    for (line, note) in notes.iter().enumerate() {
        #[allow(clippy::cast_precision_loss)] // some lines
        let y = HEAD + map_height + 22.0 + line as f64 * 16.0;
        text(&mut svg, (EDGE, y), (11.5, "normal"), note);
    }
    svg.close("svg");
    Ok(svg.finish())
}

/// The same as PNG, two pixels for each unit of the drawing, with the typeface that the program carries.
///
/// # Errors
/// [`ReportError::Drawing`], never for what [`map_svg`] draws.
pub fn png(svg: &str) -> Result<Vec<u8>, ReportError> {
    let failed = |reason: String| ReportError::Drawing { reason };
    let options = Options {
        font_family: "Noto Sans".to_owned(),
        fontdb: Arc::clone(&TYPE),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(DENSITY);
    let pixmap = size.and_then(|size| Pixmap::new(size.width(), size.height()));
    let mut pixmap = pixmap.ok_or_else(|| failed("it has no size".to_owned()))?;
    pixmap.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(DENSITY, DENSITY), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| failed(error.to_string()))
}

fn text(svg: &mut Svg, (x, y): (f64, f64), (size, weight): (f64, &str), text: &str) {
    svg.text(
        "text",
        &[
            ("x", &px(x)),
            ("y", &px(y)),
            ("font-size", &size),
            ("font-weight", &weight),
            ("fill", &INK),
        ],
        text,
    );
}

fn draw_head(svg: &mut Svg, sheet: &Sheet<'_>) {
    let (topic, words) = (sheet.topic, sheet.words);
    let place = sheet.atlas.places.get(sheet.place).map_or("", |place| place.name.as_str());
    text(svg, (EDGE, 40.0), (22.0, "bold"), &format!("{}, {place}", topic.label));
    let year = topic
        .year
        .map_or_else(|| words.get("maps.year_unknown").to_owned(), |year| year.to_string());
    let unit = unit_line(&topic.unit, words.0);
    let parts: Vec<&str> =
        [unit.as_str(), &year].into_iter().filter(|part| !part.is_empty()).collect();
    text(svg, (EDGE, 64.0), (14.0, "normal"), &parts.join(" · "));
}

/// The legend, and how high it is.
fn legend(sheet: &Sheet<'_>, classes: &[Class]) -> (String, f64) {
    let words = sheet.words;
    let mut svg = Svg::default();
    let mut y = 4.0;
    text(&mut svg, (0.0, y + 11.0), (13.0, "bold"), words.get("maps.legend"));
    y += 24.0;
    let entry = |svg: &mut Svg, y: &mut f64, said: &str| {
        for line in wrapped(said, LEGEND_LETTERS) {
            text(svg, (34.0, *y + 12.0), (12.5, "normal"), &line);
            *y += 17.0;
        }
        *y += 5.0;
    };
    let swatch = |svg: &mut Svg, y: f64, fill: &str| {
        svg.leaf(
            "rect",
            &[
                ("x", &0),
                ("y", &px(y)),
                ("width", &24),
                ("height", &16),
                ("fill", &fill),
                ("stroke", &"#8a949e"),
                ("stroke-width", &0.6),
            ],
        );
    };
    for class in classes {
        swatch(&mut svg, y, &class.colour);
        entry(&mut svg, &mut y, &class_text(class, &sheet.topic.unit, words.0));
    }
    let [missing, estimated, uncertain] = sheet.occurring();
    if missing {
        swatch(&mut svg, y, "url(#hatch)");
        entry(&mut svg, &mut y, words.get("maps.missing"));
    }
    for (occurs, status, key) in
        [(estimated, ObsStatus::E, "maps.estimated"), (uncertain, ObsStatus::U, "maps.uncertain")]
    {
        if occurs {
            draw_mark(&mut svg, status, (12.0, y + 8.0));
            entry(&mut svg, &mut y, words.get(key));
        }
    }
    if sheet.topic.stations.is_some() {
        draw_station(&mut svg, (12.0, y + 8.0));
        entry(&mut svg, &mut y, words.get("maps.station"));
    }
    y += 12.0;
    for (unit, name) in sheet.numbered().enumerate() {
        text(&mut svg, (0.0, y + 10.0), (10.5, "normal"), &format!("{}  {name}", unit + 1));
        y += 13.5;
    }
    (svg.finish(), y)
}

/// What stands below the map: what the indicator means, its source, north, the value of the whole, and whose streets.
fn notes(sheet: &Sheet<'_>) -> Vec<String> {
    let (topic, words) = (sheet.topic, sheet.words);
    let place = sheet.atlas.places.get(sheet.place).map_or("", |place| place.name.as_str());
    let whole = topic.whole.get(sheet.place).and_then(Option::as_ref);
    let whole = whole
        .map(|whole| format!("{}: {}.", words.fill("maps.whole", &[place]), whole.text(words)));
    let mut sentences = topic.means.clone().into_iter().chain(whole).collect::<Vec<_>>();
    sentences.push(words.get("maps.north").to_owned());
    let mut lines = wrapped(&sentences.join(" "), FOOT_LETTERS);
    lines.extend(wrapped(&words.fill("maps.source", &[&topic.source]), FOOT_LETTERS));
    if topic.source.contains("OpenStreetMap") {
        lines.extend(wrapped(words.get("sources.contributors"), FOOT_LETTERS));
    }
    lines
}

/// A text in lines of at most so many letters; a longer word has a line of its own.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrapped("aaaaaaaa b", 5), ["aaaaaaaa", "b"]);
        assert!(wrapped("  ", 5).is_empty());
    }
}
