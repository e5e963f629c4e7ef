//! Options of the formatter.

/// Layout of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tables {
    /// Columns are as wide as their widest cell, in terminal columns.
    #[default]
    Aligned,
    /// One space on each side of a cell's text.
    Compact,
}

impl Tables {
    /// Returns the name of the layout in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aligned => "aligned",
            Self::Compact => "compact",
        }
    }

    /// Returns the layout with a name as in settings: `aligned`, `compact`.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "aligned" => Some(Self::Aligned),
            "compact" => Some(Self::Compact),
            _ => None,
        }
    }
}

/// Layout options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Layout of tables.
    pub tables: Tables,
}
