//! Which paths of its own crate a source file names, read from its text.

/// What a file says about other modules of its crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Imports {
    /// Paths that are used, each with its line.
    pub(crate) used: Vec<Named>,
    /// Names that are given on: `pub use path::name`.
    pub(crate) given_on: Vec<Named>,
}

/// A path as it is written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    /// The name by which it is known here.
    pub(crate) name: String,
    /// The inline modules around it, from the outside in.
    pub(crate) within: Vec<String>,
    pub(crate) line: usize,
}

/// Reads the text of a file; what is there for tests alone, in comments or in strings does not count.
pub(crate) fn imports(text: &str) -> Imports {
    let tokens = tokens(text);
    let mut reader =
        Reader { tokens: &tokens, at: 0, modules: Vec::new(), found: Imports::default() };
    reader.read();
    reader.found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// `::`
    Into,
    Other(char),
}

/// The tokens of a text, each with its line, without comments and literals.
fn tokens(text: &str) -> Vec<(Token<'_>, usize)> {
    let (mut tokens, mut line, mut rest) = (Vec::new(), 1, text);
    while let Some(char) = rest.chars().next() {
        let length = match char {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => string(rest),
            '\'' => literal_or_lifetime(rest),
            _ if rest.starts_with("::") => {
                tokens.push((Token::Into, line));
                2
            }
            _ if char.is_alphanumeric() || char == '_' => {
                let is_end = |char: char| !char.is_alphanumeric() && char != '_';
                let end = rest.find(is_end).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                match raw_string(after).filter(|_| matches!(word, "r" | "br" | "cr")) {
                    Some(length) => end + length,
                    None => {
                        tokens.push((Token::Word(word), line));
                        end
                    }
                }
            }
            _ => {
                if !char.is_whitespace() {
                    tokens.push((Token::Other(char), line));
                }
                char.len_utf8()
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let step = if rest.starts_with(b"/*") {
            depth += 1;
            2
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let body = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(hashes + 1 + length)
}

fn literal_or_lifetime(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let after_escaped = text.char_indices().skip(3);
            let end = after_escaped.into_iter().find(|(_, char)| *char == '\'');
            end.map_or(text.len(), |(at, _)| at + 1)
        }
        _ => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
    }
}

struct Reader<'a> {
    tokens: &'a [(Token<'a>, usize)],
    at: usize,
    /// The inline modules that the reader is in, each with how deep in braces it is.
    modules: Vec<(&'a str, usize)>,
    found: Imports,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).map(|(token, _)| *token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |(_, line)| *line)
    }

    fn read(&mut self) {
        let mut depth = 0;
        let mut is_public = false;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Other('#') if self.is_for_tests() => {
                    self.skip_item();
                    continue;
                }
                Token::Other('{') => depth += 1,
                Token::Other('}') => {
                    depth -= 1;
                    self.modules.retain(|(_, inside)| *inside <= depth);
                }
                Token::Word("pub") => {
                    is_public = true;
                    self.at += 1;
                    if self.peek(0) == Some(Token::Other('(')) {
                        self.skip_brackets();
                    }
                    continue;
                }
                Token::Word("mod") => {
                    if let (Some(Token::Word(name)), Some(Token::Other('{'))) =
                        (self.peek(1), self.peek(2))
                    {
                        self.modules.push((name, depth + 1));
                    }
                    self.at += 1;
                }
                // `use<'a>` is another thing.
                Token::Word("use") if self.peek(1) != Some(Token::Other('<')) => {
                    self.at += 1;
                    self.read_use(&mut Vec::new(), is_public);
                    continue;
                }
                Token::Word(_) if self.peek(1) == Some(Token::Into) && !self.is_continued() => {
                    self.read_path();
                    continue;
                }
                _ => {}
            }
            is_public = false;
            self.at += 1;
        }
    }

    /// Whether the token goes on with a path or is a method.
    fn is_continued(&self) -> bool {
        let before = self.at.checked_sub(1).map(|at| self.tokens[at].0);
        matches!(before, Some(Token::Into | Token::Other('.')))
    }

    /// Whether an attribute begins here that leaves something to tests.
    fn is_for_tests(&self) -> bool {
        let rest = self.tokens[self.at..].iter().map(|(token, _)| *token);
        let attribute = rest.take_while(|token| *token != Token::Other(']'));
        let words: Vec<_> = attribute.collect();
        words.contains(&Token::Word("cfg"))
            && words.contains(&Token::Word("test"))
            && !words.contains(&Token::Word("not"))
    }

    /// Goes behind the attributes here and the item that they are of.
    fn skip_item(&mut self) {
        while let Some(token) = self.peek(0) {
            match token {
                Token::Other('(' | '[') => self.skip_brackets(),
                Token::Other('{') => return self.skip_brackets(),
                Token::Other(';') => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Goes behind the bracket that closes the one here.
    fn skip_brackets(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.peek(0) {
            self.at += 1;
            match token {
                Token::Other('(' | '[' | '{') => depth += 1,
                Token::Other(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn named(&self, path: Vec<String>, name: &str, line: usize) -> Named {
        let within = self.modules.iter().map(|(name, _)| (*name).to_owned()).collect();
        Named { path, name: name.to_owned(), within, line }
    }

    /// Reads a tree of names behind `use` or in its braces, up to what ends it.
    fn read_use(&mut self, before: &mut Vec<String>, is_public: bool) {
        let start = before.len();
        let mut leaf = None;
        while let Some(token) = self.peek(0) {
            match token {
                Token::Word("as") => {
                    if let Some(Token::Word(alias)) = self.peek(1) {
                        leaf = Some((alias, self.line()));
                    }
                    self.at += 1;
                }
                Token::Word(name) => {
                    leaf = Some((name, self.line()));
                    before.push(name.to_owned());
                }
                Token::Other('*') => leaf = Some(("*", self.line())),
                Token::Other('{') => {
                    leaf = None;
                    self.at += 1;
                    while !matches!(self.peek(0), None | Some(Token::Other('}' | ';'))) {
                        self.read_use(before, is_public);
                        if self.peek(0) == Some(Token::Other(',')) {
                            self.at += 1;
                        }
                    }
                }
                Token::Other(',' | ';' | '}') => break,
                Token::Into | Token::Other(_) => {}
            }
            self.at += 1;
        }
        if let Some((name, line)) = leaf {
            let mut path = before.clone();
            // `use a::{self}` names `a`.
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let name =
                if name == "self" { path.last().map_or("self", String::as_str) } else { name };
            let named = self.named(path.clone(), name, line);
            if is_public { &mut self.found.given_on } else { &mut self.found.used }.push(named);
        }
        before.truncate(start);
    }

    /// Reads a path in the middle of code.
    fn read_path(&mut self) {
        let line = self.line();
        let mut path = Vec::new();
        while let Some(Token::Word(name)) = self.peek(0) {
            path.push(name.to_owned());
            self.at += 1;
            match (self.peek(0), self.peek(1)) {
                (Some(Token::Into), Some(Token::Word(_))) => self.at += 1,
                _ => break,
            }
        }
        let name = path.last().cloned().unwrap_or_default();
        let named = self.named(path, &name, line);
        self.found.used.push(named);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(text: &str, wanted: &[&str]) {
        let found = imports(text).used;
        let found: Vec<_> =
            found.iter().map(|named| format!("{} {}", named.line, named.path.join("::"))).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn trees_of_names_are_read_to_their_leaves() {
        used(
            "use crate::a::{B, c::{self, D as E}};",
            &["1 crate::a::B", "1 crate::a::c", "1 crate::a::c::D"],
        );
        used("use crate::a;\nuse super::b::*;", &["1 crate::a", "2 super::b"]);
    }

    #[test]
    fn paths_in_code_are_read_too() {
        used("fn a() {\n    crate::b::c();\n}", &["2 crate::b::c"]);
        used("fn a(x: crate::b::C) -> Vec::<u8> {}", &["1 crate::b::C", "1 Vec"]);
        used("macro_rules! a { () => { $crate::b::c() } }", &["1 crate::b::c"]);
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        used("// use crate::a;\n/* use /* crate::b */ crate::c; */\n/// [`crate::d::e`]", &[]);
        used("const A: &str = \"use crate::a;\";\nconst B: &str = r#\"\"use crate::b;\"#;", &[]);
        used(
            "const A: char = '\"'; use crate::a; const B: char = '\\''; use crate::b;",
            &["1 crate::a", "1 crate::b"],
        );
        used("impl<'a> A<'a> { fn b(&'a self) { crate::c::d() } }", &["1 crate::c::d"]);
        used(
            "#[cfg(test)]\nmod tests { use crate::a; }\n#[cfg(test)]\nuse crate::b;\nuse crate::c;",
            &["5 crate::c"],
        );
    }

    #[test]
    fn names_that_are_given_on_are_told_from_those_that_are_used() {
        let found = imports("pub(crate) use a::B as C;\npub fn d() {}\nuse crate::e;");
        assert_eq!(found.given_on.len(), 1);
        assert_eq!(
            (&*found.given_on[0].name, found.given_on[0].path.join("::")),
            ("C", "a::B".to_owned())
        );
        assert_eq!(found.used.len(), 1);
    }

    #[test]
    fn inline_modules_are_known() {
        let found = imports("mod a { mod b { use super::c; } use super::d; } use self::e;").used;
        let within: Vec<_> = found.iter().map(|named| named.within.join("::")).collect();
        assert_eq!(within, ["a::b", "a", ""]);
    }
}
