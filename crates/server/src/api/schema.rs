//! What a JSON value must look like: one description, from which bodies are checked, answers are
//! checked in tests, and the `OpenAPI` document is written.

mod check;
mod describe;

pub(crate) use check::check;
pub(crate) use describe::{described, name_of_type};

/// The shape of a JSON value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    pub(crate) shape: Shape,
    /// Whether `null` will do as well.
    pub(crate) nullable: bool,
    /// For people.
    pub(crate) about: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Any,
    Boolean,
    Integer {
        min: i64,
        max: i64,
    },
    Number,
    Text {
        /// In characters.
        min: usize,
        max: usize,
        format: Option<Format>,
    },
    /// One of these texts.
    Choice(&'static [&'static str]),
    List {
        items: &'static Schema,
        min: usize,
        max: usize,
        unique: bool,
    },
    Object {
        members: &'static [Member],
        /// Whether further members are fine.
        open: bool,
        /// How many members there must be at least.
        min: usize,
    },
    /// An object with any keys.
    Map {
        values: &'static Schema,
        max: usize,
    },
    /// Any of these.
    Either(&'static [Schema]),
}

/// One member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    pub(crate) required: bool,
}

/// A rule for a text, by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) holds: fn(&str) -> bool,
    /// The same as a regular expression, for the description.
    pub(crate) pattern: Option<&'static str>,
}

impl Schema {
    const fn of(shape: Shape) -> Self {
        Self {
            shape,
            nullable: false,
            about: "",
        }
    }

    /// `null` will do as well.
    pub(crate) const fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Says what it is for.
    pub(crate) const fn about(mut self, text: &'static str) -> Self {
        self.about = text;
        self
    }

    /// A text with at least `min` and at most `max` characters.
    pub(crate) const fn length(mut self, from: usize, to: usize) -> Self {
        if let Shape::Text { min, max, .. } = &mut self.shape {
            *min = from;
            *max = to;
        }
        self
    }

    /// A text that follows a rule.
    pub(crate) const fn format(mut self, rule: Format) -> Self {
        if let Shape::Text { format, .. } = &mut self.shape {
            *format = Some(rule);
        }
        self
    }

    /// A list with so many items, or an object with at least so many members.
    pub(crate) const fn at_least(mut self, least: usize) -> Self {
        if let Shape::List { min, .. } | Shape::Object { min, .. } = &mut self.shape {
            *min = least;
        }
        self
    }

    /// A list with at most so many items, or a map with at most so many keys.
    pub(crate) const fn at_most(mut self, most: usize) -> Self {
        if let Shape::List { max, .. } | Shape::Map { max, .. } = &mut self.shape {
            *max = most;
        }
        self
    }

    /// A list without duplicates.
    pub(crate) const fn unique(mut self) -> Self {
        if let Shape::List { unique, .. } = &mut self.shape {
            *unique = true;
        }
        self
    }
}

/// Any JSON value: for what is kept and shown, and means nothing here.
pub(crate) const ANY: Schema = Schema::of(Shape::Any);
pub(crate) const BOOLEAN: Schema = Schema::of(Shape::Boolean);
pub(crate) const NUMBER: Schema = Schema::of(Shape::Number);
/// A text of any length up to what the body limit lets through.
pub(crate) const TEXT: Schema = Schema::of(Shape::Text {
    min: 0,
    max: usize::MAX,
    format: None,
});
/// An object with any members.
pub(crate) const ANY_OBJECT: Schema = Schema::of(Shape::Object {
    members: &[],
    open: true,
    min: 0,
});

pub(crate) const fn integer(min: i64, max: i64) -> Schema {
    Schema::of(Shape::Integer { min, max })
}

pub(crate) const fn choice(texts: &'static [&'static str]) -> Schema {
    Schema::of(Shape::Choice(texts))
}

pub(crate) const fn list(items: &'static Schema) -> Schema {
    Schema::of(Shape::List {
        items,
        min: 0,
        max: usize::MAX,
        unique: false,
    })
}

/// An object with these members and no others.
pub(crate) const fn object(members: &'static [Member]) -> Schema {
    Schema::of(Shape::Object {
        members,
        open: false,
        min: 0,
    })
}

/// An object with these members, and perhaps others.
pub(crate) const fn open_object(members: &'static [Member]) -> Schema {
    Schema::of(Shape::Object {
        members,
        open: true,
        min: 0,
    })
}

pub(crate) const fn map(values: &'static Schema) -> Schema {
    Schema::of(Shape::Map {
        values,
        max: usize::MAX,
    })
}

pub(crate) const fn either(schemas: &'static [Schema]) -> Schema {
    Schema::of(Shape::Either(schemas))
}

/// A member that must be there.
pub(crate) const fn required(name: &'static str, schema: Schema) -> Member {
    Member {
        name,
        schema,
        required: true,
    }
}

/// A member that may be left out.
pub(crate) const fn optional(name: &'static str, schema: Schema) -> Member {
    Member {
        name,
        schema,
        required: false,
    }
}

/// ISO 8601 with a time zone (RFC 3339 §5.6).
pub(crate) const DATE_TIME: Format = Format {
    name: "date-time",
    holds: |text| text.parse::<jiff::Timestamp>().is_ok(),
    pattern: None,
};

/// A name without angle brackets.
pub(crate) const NO_ANGLE_BRACKETS: Format = Format {
    name: "^[^<>]+$",
    holds: |text| !text.is_empty() && !text.contains(['<', '>']),
    pattern: Some("^[^<>]+$"),
};
