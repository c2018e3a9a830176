//! A layer: rows of attributes, each with a shape if the layer has shapes.

use std::sync::Arc;

use polars::prelude::{DataFrame, IdxCa};

use super::{Areas, ModelError};

/// What is read from and written to spatial files: row i of the frame describes shape i.
#[derive(Debug, Clone)]
pub struct Layer {
    name: String,
    title: String,
    areas: Option<Arc<Areas>>,
    frame: DataFrame,
}

impl Layer {
    /// A layer with shapes.
    ///
    /// # Errors
    /// [`ModelError::Lengths`] when rows and shapes differ in number.
    pub fn spatial(
        name: impl Into<String>,
        title: impl Into<String>,
        areas: Arc<Areas>,
        frame: DataFrame,
    ) -> Result<Self, ModelError> {
        let name = name.into();
        if areas.len() != frame.height() {
            return Err(ModelError::Lengths {
                table: name,
                rows: frame.height(),
                shapes: areas.len(),
            });
        }
        Ok(Self { name, title: title.into(), areas: Some(areas), frame })
    }

    /// A table without shapes.
    #[must_use]
    pub fn table(name: impl Into<String>, title: impl Into<String>, frame: DataFrame) -> Self {
        Self { name: name.into(), title: title.into(), areas: None, frame }
    }

    /// The layer's name in files.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The layer's name for readers.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The same under another name for readers.
    #[must_use]
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// The shapes, if it has any.
    #[must_use]
    pub fn areas(&self) -> Option<&Arc<Areas>> {
        self.areas.as_ref()
    }

    /// The attributes.
    #[must_use]
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// Some of its rows, in the order given.
    ///
    /// # Errors
    /// [`ModelError::Frame`] for a row that is not there; [`ModelError::DuplicateKey`] for one that is named twice.
    pub fn rows(&self, rows: &[usize]) -> Result<Self, ModelError> {
        let index = rows.iter().filter_map(|row| u32::try_from(*row).ok()).collect();
        let frame = self.frame.take(&IdxCa::from_vec("row".into(), index));
        let frame =
            frame.map_err(|source| ModelError::Frame { table: self.name.clone(), source })?;
        let Some(areas) = &self.areas else {
            return Ok(Self::table(self.name.clone(), self.title.clone(), frame));
        };
        let keys = rows.iter().map(|row| areas.keys()[*row].clone()).collect();
        let shapes = rows.iter().map(|row| areas.shapes()[*row].clone()).collect();
        let areas = Arc::new(Areas::new(keys, shapes, areas.crs().clone())?);
        Self::spatial(self.name.clone(), self.title.clone(), areas, frame)
    }

    /// The same shapes under other attributes.
    ///
    /// # Errors
    /// [`ModelError::Lengths`] when rows and shapes differ in number.
    pub fn with_frame(self, frame: DataFrame) -> Result<Self, ModelError> {
        match self.areas {
            Some(areas) => Self::spatial(self.name, self.title, areas, frame),
            None => Ok(Self::table(self.name, self.title, frame)),
        }
    }
}
