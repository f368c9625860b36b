// A span as v0.3, v0.4 and v0.7 write it in msgpack: a map with string keys (agent-protocol §2.1, §2.3). What is
// tolerated follows §2.7, "(ours)" included.
#pragma once

#include "codec/msgpack_reader.h"
#include "codec/span_writer.h"

namespace vizsla::codec {

// Each reads what comes next and gives it to `out`; after a failure the reader has failed, and the span isn't there.

// One span; nil is counted and skipped.
void decode_msgpack_span(MsgpackReader& in, SpanWriter& out);

// A list of spans; nil is an empty one. Fails when it is longer than a payload may be.
void decode_msgpack_spans(MsgpackReader& in, SpanWriter& out);

// A map of tags with texts as values. A value that is no text is kept as what it would print as.
void decode_msgpack_meta(MsgpackReader& in, SpanWriter& out);

}  // namespace vizsla::codec
