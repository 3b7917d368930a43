//! A look into an ONNX file before the runtime sees it: it must be whole in itself.
//!
//! Owns: refusing files that make the runtime read other files, or that want operators of a library of their own.
//! Must not know: what the model computes. Entry point: [`inspect`].
//! Invariant: what can't be read for certain is refused; nothing is passed on unseen.
//! Source: onnx.proto of ONNX 1.18 (field numbers) and its IR.md.

mod wire;

use wire::{Broken, Field, Fields, Value};

/// Operators that come with the runtime.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// An operator of the runtime whose node holds, or names the file of, code that a device runs as it is.
const COMPILED: &str = "EPContext";

/// How deep messages may lie in each other; a graph in a branch of a graph takes three. The runtime itself stops at 100.
const DEPTH: usize = 64;

/// At four bytes on such a file is in the runtime's own form, which is not looked into here.
const ORT_FORM: &[u8] = b"ORTM";

/// How much of a file's own words stands in a message.
const SHOWN: usize = 80;

/// Why a file is not given to the runtime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is no ONNX file: {0}; take an .onnx file as its maker exported it")]
    NotOnnx(&'static str),
    #[error(
        "its tensor {tensor} lies in another file ({location}); export the model with all its weights inside, as one file"
    )]
    ExternalData { tensor: String, location: String },
    #[error(
        "it wants operators of \"{domain}\", which come from a library of their own; export it with those of ONNX alone"
    )]
    CustomOps { domain: String },
    #[error("its node {node} holds code compiled for one device; take the model it was compiled from")]
    Compiled { node: String },
    #[error("its graphs lie in each other more than {DEPTH} deep; export it flatter")]
    TooDeep,
}

impl From<Broken> for Refusal {
    fn from(_: Broken) -> Self {
        Self::NotOnnx("its bytes are damaged, or of another form")
    }
}

/// The messages that are looked into; all others hold neither tensors nor operators.
#[derive(Clone, Copy, Debug)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    SparseTensor,
    Training,
    Function,
    OperatorSet,
}

/// Looks through a whole model: graphs, their branches and bodies, functions, constants. Takes time by the number of fields, not
/// of bytes: weights are stepped over. Errors: [`Refusal`].
pub fn inspect(file: &[u8]) -> Result<(), Refusal> {
    if file.get(4..8) == Some(ORT_FORM) {
        return Err(Refusal::NotOnnx("it is in the form of ONNX Runtime"));
    }
    let mut has_graph = false;
    // What is open, outermost first, instead of recursion: a hostile file must not reach the end of the stack.
    let mut open = vec![(Message::Model, Fields::of(file))];
    while let Some((message, fields)) = open.last_mut() {
        let Some(field) = fields.next() else {
            open.pop();
            continue;
        };
        let Field { number, value } = field?;
        let Some(inner) = inside(*message, number) else { continue };
        let Value::Bytes(bytes) = value else { return Err(Broken.into()) };
        has_graph |= matches!((*message, inner), (Message::Model, Message::Graph));
        match inner {
            Message::Tensor => tensor(bytes)?,
            Message::Node => node(bytes)?,
            Message::OperatorSet => domain(bytes, 1)?,
            _ => {}
        }
        if open.len() >= DEPTH {
            return Err(Refusal::TooDeep);
        }
        open.push((inner, Fields::of(bytes)));
    }
    if has_graph { Ok(()) } else { Err(Refusal::NotOnnx("there is no graph in it")) }
}

/// What a field of a message is, where it is one that has to be looked into.
fn inside(message: Message, number: u64) -> Option<Message> {
    Some(match (message, number) {
        (Message::Model, 7) | (Message::Attribute, 6 | 11) | (Message::Training, 1 | 2) => Message::Graph,
        (Message::Model, 8) | (Message::Function, 9) => Message::OperatorSet,
        (Message::Model, 20) => Message::Training,
        (Message::Model, 25) => Message::Function,
        (Message::Graph, 1) | (Message::Function, 7) => Message::Node,
        (Message::Graph, 5) | (Message::Attribute, 5 | 10) | (Message::SparseTensor, 1 | 2) => Message::Tensor,
        (Message::Graph, 15) | (Message::Attribute, 22 | 23) => Message::SparseTensor,
        (Message::Node, 5) | (Message::Function, 11) => Message::Attribute,
        _ => return None,
    })
}

/// A tensor's numbers must lie in it: a place elsewhere is refused, and so is a mark that they do, whichever of the two a reader
/// goes by.
fn tensor(bytes: &[u8]) -> Result<(), Refusal> {
    let (mut name, mut is_outside, mut location) = (String::new(), false, String::new());
    for field in Fields::of(bytes) {
        let Field { number, value } = field?;
        match (number, value) {
            (8, Value::Bytes(text)) => name = shown(text),
            (13, Value::Bytes(entry)) => {
                is_outside = true;
                add_entry(&mut location, entry)?;
            }
            (14, Value::Varint(0)) => {}
            (13 | 14, _) => is_outside = true,
            _ => {}
        }
    }
    if !is_outside {
        return Ok(());
    }
    if location.is_empty() {
        location.push_str("unnamed");
    }
    Err(Refusal::ExternalData { tensor: name, location })
}

/// The value of the entry that says where the data lies.
fn add_entry(location: &mut String, entry: &[u8]) -> Result<(), Refusal> {
    let (mut key, mut text) = (&b""[..], &b""[..]);
    for field in Fields::of(entry) {
        match field? {
            Field { number: 1, value: Value::Bytes(bytes) } => key = bytes,
            Field { number: 2, value: Value::Bytes(bytes) } => text = bytes,
            _ => {}
        }
    }
    if key == b"location" {
        *location = shown(text);
    }
    Ok(())
}

fn node(bytes: &[u8]) -> Result<(), Refusal> {
    let mut name = String::new();
    let mut is_compiled = false;
    for field in Fields::of(bytes) {
        match field? {
            Field { number: 3, value: Value::Bytes(text) } => name = shown(text),
            Field { number: 4, value: Value::Bytes(operator) } => is_compiled |= operator == COMPILED.as_bytes(),
            _ => {}
        }
    }
    if is_compiled {
        return Err(Refusal::Compiled { node: name });
    }
    domain(bytes, 7)
}

/// Every domain that stands in field `number` of a message is one of the runtime's own.
fn domain(bytes: &[u8], number: u64) -> Result<(), Refusal> {
    for field in Fields::of(bytes) {
        let field = field?;
        if field.number != number {
            continue;
        }
        let Value::Bytes(text) = field.value else { return Err(Broken.into()) };
        if !DOMAINS.iter().any(|known| known.as_bytes() == text) {
            return Err(Refusal::CustomOps { domain: shown(text) });
        }
    }
    Ok(())
}

/// A file's own words, of which nobody knows what they hold: shortened, without what moves a terminal's cursor.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut short: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
