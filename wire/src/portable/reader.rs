//! A document of accounts, cut into pieces while it is read (XEP-0227 §4): what is held at once is one piece, however
//! long the document is.

use minidom::Element;
use rxml::error::EndOrError;
use rxml::parser::CommentMode;
use rxml::{AttrMap, Event, Parse as _, Parser, WithOptions as _};

use super::{PIE, PIE_MAM, PIE_OLD, XINCLUDE};

/// Elements within each other. Trees are dropped recursively, so a document that nests deeper is refused.
pub const DEPTH_MAX: usize = 96;
/// Bytes of one piece: a card with a large picture fits, a film in an attribute does not.
pub const ELEMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Elements of one piece: each costs some hundred bytes once it is a tree.
pub const ELEMENTS_MAX: usize = 20_000;
/// Bytes of one attribute, one name or one run of text that is handed over at once.
const TOKEN_BYTES_MAX: usize = 64 * 1024;

const ROSTER: &str = "jabber:iq:roster";
const PRIVATE: &str = "jabber:iq:private";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const PUBSUB_OWNER: &str = "http://jabber.org/protocol/pubsub#owner";

/// Where in the document something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// Outside everything.
    Top,
    /// In `<server-data/>`.
    Server,
    /// In a `<host/>`.
    Host,
    /// In a `<user/>`.
    User,
    /// In one of the lists of a user.
    List(Part),
    /// In `<pubsub/>`, between the nodes.
    Nodes,
}

/// To what of a user an element belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A direct child: credentials, a card, requests that wait, block lists, and whatever nobody knows.
    Plain,
    /// Of the contact list (XEP-0227 §4.3).
    Contact,
    /// A message that waits (XEP-0227 §4.4).
    Offline,
    /// Of the private storage (XEP-0227 §4.5).
    Private,
    /// An item of the node of this name.
    Item(String),
    /// How a node is set up, and who may do what there.
    Node,
    /// A message of the archive with its number and time.
    Archived,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A host begins.
    Host(String),
    /// A user begins.
    User {
        /// The part of the address before the `@`.
        name: String,
        /// A password, or whatever a server writes there.
        password: Option<String>,
    },
    /// Something of the user.
    Part(Part, Element),
    /// The user ends.
    UserEnd,
    /// Here belongs what stands in another file (XEP-0227 §5).
    Include(String),
    /// Something that has no place here; its name. XEP-0227 §4: it is passed over, and whoever runs the server is told.
    Unknown(String),
    /// A piece beyond [`ELEMENT_BYTES_MAX`] or [`ELEMENTS_MAX`]; its name. It was passed over.
    TooBig(String),
}

/// Why a document cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no XML, or uses what is not allowed (document types, entities); the parser's words.
    NotXml(String),
    /// Its outermost element is none of this format; its name.
    Foreign(String),
    /// It nests deeper than [`DEPTH_MAX`].
    TooDeep,
    /// It ends in the middle.
    Cut,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotXml(why) => write!(f, "not XML: {why}"),
            Self::Foreign(name) => write!(f, "not a document of accounts (XEP-0227): <{name}/>"),
            Self::TooDeep => write!(f, "elements within each other beyond {DEPTH_MAX}"),
            Self::Cut => write!(f, "the document ends in the middle"),
        }
    }
}

/// A piece that is being put together.
struct Growing {
    part: Part,
    /// From the outermost to the innermost open element.
    open: Vec<Element>,
    bytes: usize,
    elements: usize,
}

/// The reader of one file.
pub struct Reader {
    parser: Parser,
    levels: Vec<Level>,
    growing: Option<Growing>,
    /// Open elements of something that is passed over.
    skipped: usize,
    depth: usize,
    is_done: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("levels", &self.levels).finish_non_exhaustive()
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::below(Level::Top)
    }
}

impl Reader {
    /// A reader of a file that is included at a level (XEP-0227 §5); [`Level::Top`] for the main file.
    pub fn below(level: Level) -> Self {
        let options = rxml::Options {
            max_token_length: TOKEN_BYTES_MAX,
            comments: CommentMode::Discard,
            ..rxml::Options::default()
        };
        Self {
            parser: Parser::with_options(options),
            levels: vec![level],
            growing: None,
            skipped: 0,
            depth: 0,
            is_done: false,
        }
    }

    /// Where the reader stands: what an included file begins with.
    pub fn level(&self) -> Level {
        self.levels.last().cloned().unwrap_or(Level::Top)
    }

    /// Whether the outermost element was closed.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Reads on. `None`: all bytes are used; `at_end` says that no more will come.
    ///
    /// # Errors
    /// [`Fault`]; there is nothing more to read after one.
    pub fn read(&mut self, bytes: &mut &[u8], at_end: bool) -> Result<Option<Piece>, Fault> {
        loop {
            let event = match self.parser.parse(bytes, at_end) {
                Ok(Some(event)) => event,
                Ok(None) if self.is_done => return Ok(None),
                Ok(None) => return if at_end { Err(Fault::Cut) } else { Ok(None) },
                Err(EndOrError::NeedMoreData) => return Ok(None),
                Err(EndOrError::Error(rxml::Error::InvalidEof(_))) => return Err(Fault::Cut),
                Err(EndOrError::Error(error)) => return Err(Fault::NotXml(error.to_string())),
            };
            let piece = match event {
                Event::XmlDeclaration(..) => None,
                Event::StartElement(_, (namespace, name), attributes) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(Fault::TooDeep);
                    }
                    self.opened(namespace.as_str(), name.as_str(), attributes)?
                }
                Event::EndElement(_) => self.closed(),
                Event::Text(_, text) => {
                    self.said(&text);
                    None
                }
            };
            if piece.is_some() {
                return Ok(piece);
            }
        }
    }

    fn opened(
        &mut self,
        namespace: &str,
        name: &str,
        attributes: AttrMap,
    ) -> Result<Option<Piece>, Fault> {
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(None);
        }
        if let Some(growing) = &mut self.growing {
            growing.bytes += size(namespace, name, &attributes);
            growing.elements += 1;
            if growing.bytes > ELEMENT_BYTES_MAX || growing.elements > ELEMENTS_MAX {
                return Ok(self.give_up(1));
            }
            growing.open.push(element(namespace, name, attributes));
            return Ok(None);
        }
        match turn(&self.level(), namespace, name, &attributes)? {
            Turn::Into(level, piece) => {
                self.levels.push(level);
                Ok(piece)
            }
            Turn::Grow(part) => {
                let bytes = size(namespace, name, &attributes);
                let open = vec![element(namespace, name, attributes)];
                self.growing = Some(Growing { part, open, bytes, elements: 1 });
                Ok(None)
            }
            Turn::Over(piece) => {
                self.skipped = 1;
                Ok(Some(piece))
            }
        }
    }

    /// Passes over the piece that grows too big; `more` elements of it were opened and not noted.
    fn give_up(&mut self, more: usize) -> Option<Piece> {
        let growing = self.growing.take()?;
        self.skipped = growing.open.len() + more;
        growing.open.first().map(|root| Piece::TooBig(root.name().to_owned()))
    }

    fn closed(&mut self) -> Option<Piece> {
        self.depth = self.depth.saturating_sub(1);
        self.is_done |= self.depth == 0;
        if self.skipped > 0 {
            self.skipped -= 1;
            return None;
        }
        if let Some(growing) = &mut self.growing {
            let finished = growing.open.pop()?;
            if let Some(parent) = growing.open.last_mut() {
                parent.append_child(finished);
                return None;
            }
            let growing = self.growing.take()?;
            let is_whole = growing.bytes <= ELEMENT_BYTES_MAX;
            let name = finished.name().to_owned();
            return Some(if is_whole {
                Piece::Part(growing.part, finished)
            } else {
                Piece::TooBig(name)
            });
        }
        let left = if self.levels.len() > 1 { self.levels.pop() } else { None };
        (left == Some(Level::User)).then_some(Piece::UserEnd)
    }

    fn said(&mut self, text: &str) {
        let Some(growing) = self.growing.as_mut().filter(|_| self.skipped == 0) else { return };
        growing.bytes += text.len();
        if growing.bytes <= ELEMENT_BYTES_MAX
            && let Some(innermost) = growing.open.last_mut()
        {
            innermost.append_text(text);
        }
    }
}

/// What becomes of an element that begins.
enum Turn {
    /// Its children are read one by one.
    Into(Level, Option<Piece>),
    /// It is a piece.
    Grow(Part),
    /// It is passed over.
    Over(Piece),
}

/// What becomes of an element that begins at a level (XEP-0227 §4).
fn turn(level: &Level, namespace: &str, name: &str, attributes: &AttrMap) -> Result<Turn, Fault> {
    let attr = |wanted: &str| attributes.get("", wanted).cloned();
    let is_pie = namespace == PIE || namespace == PIE_OLD;
    let list = |part| Ok(Turn::Into(Level::List(part), None));
    if namespace == XINCLUDE && name == "include" && *level != Level::Top {
        // XEP-0227 §5: with `href` and neither `parse` nor `xpointer`.
        let is_plain = attr("parse").is_none() && attr("xpointer").is_none();
        let href = attr("href").filter(|_| is_plain);
        let unknown = || Piece::Unknown("include".to_owned());
        return Ok(Turn::Over(href.map_or_else(unknown, Piece::Include)));
    }
    match (level, name) {
        (Level::Top, "server-data") if is_pie => Ok(Turn::Into(Level::Server, None)),
        (Level::Top, _) => Err(Fault::Foreign(name.chars().take(64).collect())),
        (Level::Server, "host") if is_pie => {
            Ok(Turn::Into(Level::Host, Some(Piece::Host(attr("jid").unwrap_or_default()))))
        }
        (Level::Host, "user") if is_pie => {
            let user =
                Piece::User { name: attr("name").unwrap_or_default(), password: attr("password") };
            Ok(Turn::Into(Level::User, Some(user)))
        }
        (Level::User, "query") if namespace == ROSTER => list(Part::Contact),
        (Level::User, "query") if namespace == PRIVATE => list(Part::Private),
        // COMPAT: ejabberd (23.01) writes the list of messages without the namespace of the format.
        (Level::User, "offline-messages") => list(Part::Offline),
        (Level::User, "pubsub") if namespace == PUBSUB => Ok(Turn::Into(Level::Nodes, None)),
        (Level::User, "pubsub") if namespace == PUBSUB_OWNER => list(Part::Node),
        (Level::User, "archive") if namespace == PIE_MAM => list(Part::Archived),
        (Level::Nodes, "items") if namespace == PUBSUB => {
            list(Part::Item(attr("node").unwrap_or_default()))
        }
        (Level::User, _) => Ok(Turn::Grow(Part::Plain)),
        (Level::List(part), _) => Ok(Turn::Grow(part.clone())),
        (Level::Server | Level::Host | Level::Nodes, _) => {
            Ok(Turn::Over(Piece::Unknown(name.chars().take(64).collect())))
        }
    }
}

fn size(namespace: &str, name: &str, attributes: &AttrMap) -> usize {
    let own = namespace.len() + name.len();
    attributes.iter().fold(own, |sum, ((_, name), value)| sum + name.len() + value.len())
}

fn element(namespace: &str, name: &str, attributes: AttrMap) -> Element {
    let mut element = Element::bare(name, namespace);
    for ((namespace, name), value) in attributes {
        element.set_attr(namespace, name, value);
    }
    element
}
