//! How values are shared out, as it is written.

use std::path::PathBuf;

use crate::pipeline::PipelineError;

/// How values are shared out.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// By the surface that source and target share.
    Area,
    /// By what of the ancillary lies in both: points, polygons or a raster; `column` weights points and polygons.
    Dasymetric { file: PathBuf, column: Option<String> },
    /// By the surface that source and target share, less what the polygons of a file cover, such as water.
    Without { file: PathBuf },
    /// Onto squares, without steps at the borders of the sources; counts only.
    Smooth,
    /// Sources are points: each goes to the targets in which it lies.
    Points,
}

impl Method {
    /// Reads `area`, `points`, `smooth`, `without:FILE` or `dasymetric:FILE[:column]`.
    ///
    /// # Errors
    /// [`PipelineError::Request`].
    pub fn parse(text: &str) -> Result<Self, PipelineError> {
        match text {
            "area" => return Ok(Self::Area),
            "points" => return Ok(Self::Points),
            "smooth" => return Ok(Self::Smooth),
            _ => {}
        }
        if let Some(file) = text.strip_prefix("without:").filter(|file| !file.is_empty()) {
            return Ok(Self::Without { file: PathBuf::from(file) });
        }
        let Some(rest) = text.strip_prefix("dasymetric:").filter(|rest| !rest.is_empty()) else {
            return Err(PipelineError::Request {
                what: format!("\"{text}\" is no method"),
                help: "known: area, points, smooth, without:FILE, dasymetric:FILE[:column]"
                    .to_owned(),
            });
        };
        let (file, column) = crate::pipeline::file_and_column(rest);
        Ok(Self::Dasymetric { file, column })
    }

    /// As it is given.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Dasymetric { .. } => "dasymetric",
            Self::Without { .. } => "without",
            Self::Smooth => "smooth",
            Self::Points => "points",
        }
    }
}
