//! What arrives at an agent or a collector, decoded by a crate that fedtrace does not use for encoding.

use rustracing_jaeger::thrift::jaeger::{Log, Process, Span, SpanRef, SpanRefKind, Tag};
use thrift_codec::data::{Data, Elements, Struct};
use thrift_codec::message::{Message, MessageKind};
use thrift_codec::{BinaryDecode, CompactDecode};

/// The first byte of a message in Thrift's compact protocol.
const COMPACT: u8 = 0x82;

/// A batch of spans, from a call of `emitBatch` or from the body of a request.
#[derive(Debug, Clone)]
pub struct EmittedBatch {
    /// That of the call; 0 for the body of a request.
    pub sequence_id: i32,
    /// Not all clients number their batches.
    pub sequence_number: Option<i64>,
    /// What the client has lost: in its full queue, as too large, and in sending. Not all clients say it.
    pub lost: Option<[i64; 3]>,
    pub process: Process,
    pub spans: Vec<Span>,
}

/// The tag of that name in a list of tags or log fields.
pub fn tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a Tag> {
    tags.iter().find(|tag| tag.key() == key)
}

type Decoded<T> = Result<T, String>;

impl EmittedBatch {
    /// Decodes a whole UDP packet, compact or binary, which must have nothing after the message.
    pub fn from_packet(mut packet: &[u8]) -> Decoded<Self> {
        let message = match packet.first() {
            Some(&COMPACT) => Message::compact_decode(&mut packet),
            _ => Message::binary_decode(&mut packet),
        };
        let message = message.map_err(|error| error.to_string())?;
        assert_at_end(packet)?;
        if message.method_name() != "emitBatch" || message.kind() != MessageKind::Oneway {
            return Err(format!(
                "not an agent's call: {:?} {}",
                message.kind(),
                message.method_name()
            ));
        }
        let batch = Fields(message.body()).structure(1)?;
        Ok(Self {
            sequence_id: message.sequence_id(),
            ..Self::from_struct(batch)?
        })
    }

    /// Decodes the whole body of a request.
    pub fn from_body(mut body: &[u8]) -> Decoded<Self> {
        let batch = Struct::binary_decode(&mut body).map_err(|error| error.to_string())?;
        assert_at_end(body)?;
        Self::from_struct(&batch)
    }

    fn from_struct(batch: &Struct) -> Decoded<Self> {
        let batch = Fields(batch);
        let process = Fields(batch.structure(1)?);
        let lost = match batch.find(4) {
            Some(_) => {
                let stats = Fields(batch.structure(4)?);
                Some([stats.i64(1)?, stats.i64(2)?, stats.i64(3)?])
            }
            None => None,
        };
        Ok(Self {
            sequence_id: 0,
            sequence_number: batch.find(3).map(|_| batch.i64(3)).transpose()?,
            lost,
            process: Process {
                service_name: process.text(1)?,
                tags: process.list(2, tag_from)?,
            },
            spans: batch.list(2, span_from)?,
        })
    }
}

fn assert_at_end(rest: &[u8]) -> Decoded<()> {
    match rest.len() {
        0 => Ok(()),
        more => Err(format!("{more} bytes after the batch")),
    }
}

fn span_from(fields: Fields<'_>) -> Decoded<Span> {
    Ok(Span {
        trace_id_low: fields.i64(1)?,
        trace_id_high: fields.i64(2)?,
        span_id: fields.i64(3)?,
        parent_span_id: fields.i64(4)?,
        operation_name: fields.text(5)?,
        references: fields.list(6, reference_from)?,
        flags: fields.i32(7)?,
        start_time: fields.i64(8)?,
        duration: fields.i64(9)?,
        tags: fields.list(10, tag_from)?,
        logs: fields.list(11, log_from)?,
    })
}

fn reference_from(fields: Fields<'_>) -> Decoded<SpanRef> {
    Ok(SpanRef {
        kind: match fields.i32(1)? {
            0 => SpanRefKind::ChildOf,
            1 => SpanRefKind::FollowsFrom,
            other => return Err(format!("unknown kind of reference {other}")),
        },
        trace_id_low: fields.i64(2)?,
        trace_id_high: fields.i64(3)?,
        span_id: fields.i64(4)?,
    })
}

fn log_from(fields: Fields<'_>) -> Decoded<Log> {
    Ok(Log {
        timestamp: fields.i64(1)?,
        fields: fields.list(2, tag_from)?,
    })
}

fn tag_from(fields: Fields<'_>) -> Decoded<Tag> {
    let key = fields.text(1)?;
    let value = match fields.i32(2)? {
        0 => 3,
        1 => 4,
        2 => 5,
        3 => 6,
        4 => 7,
        other => return Err(format!("unknown type of tag {other}")),
    };
    match (value, fields.get(value)?) {
        (3, Data::Binary(_)) => Ok(Tag::String {
            key,
            value: fields.text(3)?,
        }),
        (4, &Data::Double(value)) => Ok(Tag::Double { key, value }),
        (5, &Data::Bool(value)) => Ok(Tag::Bool { key, value }),
        (6, &Data::I64(value)) => Ok(Tag::Long { key, value }),
        (7, Data::Binary(value)) => Ok(Tag::Binary {
            key,
            value: value.clone(),
        }),
        (_, other) => Err(format!(
            "the value of tag {key} does not have its type: {other:?}"
        )),
    }
}

struct Fields<'a>(&'a Struct);

impl<'a> Fields<'a> {
    fn find(&self, id: i16) -> Option<&'a Data> {
        let mut fields = self.0.fields().iter();
        fields.find(|field| field.id() == id).map(|field| field.data())
    }

    fn get(&self, id: i16) -> Decoded<&'a Data> {
        self.find(id)
            .ok_or_else(|| format!("no field {id} in {:?}", self.0))
    }

    fn structure(&self, id: i16) -> Decoded<&'a Struct> {
        match self.get(id)? {
            Data::Struct(structure) => Ok(structure),
            other => Err(format!("field {id} is {other:?}")),
        }
    }

    /// An absent list is an empty one.
    fn list<T>(&self, id: i16, element: fn(Fields<'a>) -> Decoded<T>) -> Decoded<Vec<T>> {
        match self.find(id) {
            None => Ok(Vec::new()),
            Some(Data::List(list)) => match &**list {
                Elements::Struct(structs) => structs.iter().map(|item| element(Fields(item))).collect(),
                other => Err(format!("field {id} is a list of {other:?}")),
            },
            Some(other) => Err(format!("field {id} is {other:?}")),
        }
    }

    fn text(&self, id: i16) -> Decoded<String> {
        match self.get(id)? {
            Data::Binary(bytes) => String::from_utf8(bytes.clone()).map_err(|error| error.to_string()),
            other => Err(format!("field {id} is {other:?}")),
        }
    }

    fn i32(&self, id: i16) -> Decoded<i32> {
        match self.get(id)? {
            Data::I32(value) => Ok(*value),
            other => Err(format!("field {id} is {other:?}")),
        }
    }

    fn i64(&self, id: i16) -> Decoded<i64> {
        match self.get(id)? {
            Data::I64(value) => Ok(*value),
            other => Err(format!("field {id} is {other:?}")),
        }
    }
}
