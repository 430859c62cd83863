//! The grammar of a search, read from left to right in one go.

use std::iter::Peekable;
use std::str::Chars;

use super::time::Span;
use super::{Dialect, Field, InvalidSearch, Node, Pattern, Test};

/// The most characters of a search.
const LENGTH_MAX: usize = 2_048;
/// The most terms of a search.
const TERMS_MAX: usize = 64;
/// The deepest nesting.
const DEPTH_MAX: usize = 16;
/// How many letters a pattern needs that does not say how the value begins.
const LETTERS_MIN: usize = 3;

pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Node, InvalidSearch> {
    let mut parser = Parser {
        left: text.chars().peekable(),
        at: 1,
        terms: 0,
        dialect,
    };
    if LENGTH_MAX < text.len() {
        return Err(parser.wrong("the search is too long"));
    }
    let node = parser.any(Field::Default, 0)?;
    match parser.left.peek() {
        None => Ok(node),
        Some(')') => Err(parser.wrong("a parenthesis was not opened")),
        Some(_) => Err(parser.wrong("a term is expected here")),
    }
}

struct Parser<'a> {
    left: Peekable<Chars<'a>>,
    /// The place of the next character, from 1.
    at: usize,
    terms: usize,
    dialect: Dialect,
}

/// A word or a quoted text: what stood between the stars.
struct Word {
    pieces: Vec<String>,
    quoted: bool,
}

impl Word {
    /// The text of a word without stars.
    fn plain(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Parser<'_> {
    /// Terms with `OR` between them. Without one, this is what stands there alone.
    fn any(&mut self, field: Field, depth: usize) -> Result<Node, InvalidSearch> {
        if DEPTH_MAX < depth {
            return Err(self.wrong("parentheses are nested too deeply"));
        }
        let mut nodes = vec![self.all(field, depth)?];
        while self.skip_operator("OR", "||") {
            nodes.push(self.all(field, depth)?);
        }
        Ok(alone(nodes, Node::Any))
    }

    /// Terms with `AND` or nothing between them.
    fn all(&mut self, field: Field, depth: usize) -> Result<Node, InvalidSearch> {
        let mut nodes = vec![self.not(field, depth)?];
        loop {
            let and = self.skip_operator("AND", "&&");
            let more = !matches!(self.left.peek(), None | Some(')' | '|')) && !self.is_next("OR");
            if !and && !more {
                return Ok(alone(nodes, Node::All));
            }
            nodes.push(self.not(field, depth)?);
        }
    }

    /// A term, or what must not be.
    fn not(&mut self, field: Field, depth: usize) -> Result<Node, InvalidSearch> {
        self.skip_space();
        let mut not = false;
        // A loop, not recursion: `!!!…` may be as long as the search.
        loop {
            match self.left.peek().copied() {
                Some('!' | '-') => not = !not,
                Some('+') => {}
                Some(_) if self.skip_operator("NOT", "!") => {
                    not = !not;
                    continue;
                }
                Some(_) | None => break,
            }
            self.step();
            self.skip_space();
        }
        if ["AND", "OR", "TO"].iter().any(|word| self.is_next(word)) {
            return Err(self.wrong("a term is expected here"));
        }
        let node = self.term(field, depth)?;
        Ok(if not { Node::Not(Box::new(node)) } else { node })
    }

    /// A parenthesis, `field:value`, or a value.
    fn term(&mut self, field: Field, depth: usize) -> Result<Node, InvalidSearch> {
        if self.left.peek() == Some(&'(') {
            return self.group(field, depth);
        }
        let place = self.at;
        if field != Field::Default {
            return self.value(field);
        }
        let word = self.word(true)?;
        if word.quoted || self.left.peek() != Some(&':') {
            return self.like(Field::Default, word, place);
        }
        let unknown = InvalidSearch {
            at: place,
            reason: "there is no such field to search",
        };
        let name = word.plain().ok_or(unknown)?;
        self.step();
        if name == "_exists_" {
            let asked = self.word(true)?;
            let field = asked.plain().and_then(Field::named).ok_or(unknown)?;
            return self.is(field, Test::Exists);
        }
        let field = Field::named(name).ok_or(unknown)?;
        if self.left.peek() == Some(&'(') {
            return self.group(field, depth);
        }
        self.value(field)
    }

    fn group(&mut self, field: Field, depth: usize) -> Result<Node, InvalidSearch> {
        self.step();
        let node = self.any(field, depth + 1)?;
        if self.left.peek() != Some(&')') {
            return Err(self.wrong("a parenthesis is not closed"));
        }
        self.step();
        self.skip_space();
        Ok(node)
    }

    fn value(&mut self, field: Field) -> Result<Node, InvalidSearch> {
        if let Some('[' | '{') = self.left.peek() {
            return self.range(field);
        }
        let place = self.at;
        let word = self.word(false)?;
        self.like(field, word, place)
    }

    /// `[low TO high]`, with braces where an end itself is not meant.
    fn range(&mut self, field: Field) -> Result<Node, InvalidSearch> {
        let place = self.at;
        let low_included = self.left.peek() == Some(&'[');
        self.step();
        let low = self.end_of_range()?;
        if !self.skip_operator("TO", "TO") {
            return Err(self.wrong("a range says TO between its ends"));
        }
        let high = self.end_of_range()?;
        let high_included = match self.left.peek() {
            Some(']') => true,
            Some('}') => false,
            Some(_) | None => return Err(self.wrong("a range is not closed")),
        };
        self.step();
        self.skip_space();
        let low = low.map(|low| (low, low_included));
        let high = high.map(|high| (high, high_included));
        let test = if field == Field::Date {
            Test::Within(time_range(low, high).ok_or(not_a_date(place))?)
        } else {
            Test::Between(low, high)
        };
        self.is(field, test)
    }

    /// `None` for a star: without an end.
    fn end_of_range(&mut self) -> Result<Option<String>, InvalidSearch> {
        self.skip_space();
        let place = self.at;
        let word = self.word(false)?;
        self.skip_space();
        match word.pieces.as_slice() {
            [only] => Ok(Some(only.clone())),
            [first, last] if first.is_empty() && last.is_empty() => Ok(None),
            _ => Err(InvalidSearch {
                at: place,
                reason: "the end of a range is a value or *",
            }),
        }
    }

    fn like(&mut self, field: Field, word: Word, place: usize) -> Result<Node, InvalidSearch> {
        self.skip_space();
        if let (Field::Date, Some(text)) = (field, word.plain()) {
            let span = Span::named(text).ok_or(not_a_date(place))?;
            return self.is(field, Test::Within(span));
        }
        let Word { mut pieces, quoted } = word;
        if pieces.len() == 2 && pieces.iter().all(String::is_empty) && field != Field::Default {
            return self.is(field, Test::Exists);
        }
        let letters: usize = pieces.iter().map(|piece| piece.chars().count()).sum();
        let only_at_the_end =
            matches!(pieces.as_slice(), [_] | [_, _]) && pieces.get(1).is_none_or(String::is_empty);
        if letters < LETTERS_MIN && !(only_at_the_end && 0 < letters) && !quoted {
            return Err(InvalidSearch {
                at: place,
                reason: "a pattern needs three letters, or one and the * at its end",
            });
        }
        let folded = self.dialect == Dialect::Simple;
        if folded {
            for piece in &mut pieces {
                *piece = piece.to_lowercase();
            }
            if !quoted && pieces.last().is_some_and(|last| !last.is_empty()) {
                pieces.push(String::new());
            }
        }
        self.is(field, Test::Like(Pattern { pieces, folded }))
    }

    fn is(&mut self, field: Field, test: Test) -> Result<Node, InvalidSearch> {
        self.terms += 1;
        if TERMS_MAX < self.terms {
            return Err(self.wrong("the search has too many terms"));
        }
        self.skip_space();
        Ok(Node::Is(field, test))
    }

    /// A quoted text or a word. `names`: a colon ends it.
    fn word(&mut self, names: bool) -> Result<Word, InvalidSearch> {
        if self.left.peek() == Some(&'"') {
            return self.quoted();
        }
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut empty = true;
        while let Some(&next) = self.left.peek() {
            match next {
                _ if next.is_whitespace() => break,
                '(' | ')' | '"' | '[' | ']' | '{' | '}' => break,
                ':' if names => break,
                '~' | '^' | '?' => {
                    return Err(self.wrong("fuzzy terms, boosts and ? are not supported"));
                }
                '/' | '<' | '>' | '=' if empty => {
                    return Err(self.wrong("regular expressions and comparisons are not supported"));
                }
                '\\' => {
                    self.step();
                    let Some(&escaped) = self.left.peek() else {
                        return Err(self.wrong("nothing follows the backslash"));
                    };
                    piece.push(escaped);
                }
                '*' => {
                    // Two stars say no more than one.
                    if !piece.is_empty() || pieces.is_empty() {
                        pieces.push(std::mem::take(&mut piece));
                    }
                }
                _ => piece.push(next),
            }
            empty = false;
            self.step();
        }
        if empty {
            return Err(self.wrong("a term is expected here"));
        }
        pieces.push(piece);
        Ok(Word {
            pieces,
            quoted: false,
        })
    }

    fn quoted(&mut self) -> Result<Word, InvalidSearch> {
        self.step();
        let mut text = String::new();
        loop {
            match self.step() {
                None => return Err(self.wrong("a quote is not closed")),
                Some('"') => break,
                Some('\\') => match self.step() {
                    None => return Err(self.wrong("a quote is not closed")),
                    Some(escaped) => text.push(escaped),
                },
                Some(next) => text.push(next),
            }
        }
        Ok(Word {
            pieces: vec![text],
            quoted: true,
        })
    }

    /// Takes an operator in words or signs, with the space around it.
    fn skip_operator(&mut self, word: &str, signs: &str) -> bool {
        self.skip_space();
        let length = if self.is_next(word) {
            word.len()
        } else if self.left.clone().take(signs.len()).eq(signs.chars()) && word != signs {
            signs.len()
        } else {
            return false;
        };
        for _ in 0..length {
            self.step();
        }
        self.skip_space();
        true
    }

    /// Whether a word stands here, and ends where it ends.
    fn is_next(&self, word: &str) -> bool {
        let mut ahead = self.left.clone();
        ahead.by_ref().take(word.len()).eq(word.chars())
            && ahead
                .next()
                .is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')' | '"'))
    }

    fn skip_space(&mut self) {
        while self.left.peek().is_some_and(|next| next.is_whitespace()) {
            self.step();
        }
    }

    fn step(&mut self) -> Option<char> {
        let next = self.left.next();
        self.at += usize::from(next.is_some());
        next
    }

    fn wrong(&self, reason: &'static str) -> InvalidSearch {
        InvalidSearch {
            at: self.at,
            reason,
        }
    }
}

fn alone(mut nodes: Vec<Node>, several: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.pop(), nodes.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            nodes.extend(last);
            several(nodes)
        }
    }
}

/// From the beginning of `low` to the end of `high`; from its end or to its beginning when it is not
/// included itself.
fn time_range(low: Option<(String, bool)>, high: Option<(String, bool)>) -> Option<Span> {
    let from = match low {
        None => None,
        Some((text, included)) => {
            let span = Span::named(&text)?;
            if included { span.from } else { span.until }
        }
    };
    let until = match high {
        None => None,
        Some((text, included)) => {
            let span = Span::named(&text)?;
            if included { span.until } else { span.from }
        }
    };
    Some(Span { from, until })
}

const fn not_a_date(at: usize) -> InvalidSearch {
    InvalidSearch {
        at,
        reason: "dates look like 2026-01-31 or 2026-01-31T12:00:00.000Z",
    }
}
