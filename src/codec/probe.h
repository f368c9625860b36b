// What tracers send to see whether a route exists: `90`, or `92 90 90` (agent-protocol §1.6). Lists of chunks without a
// span, even to routes whose payloads are maps.
#pragma once

#include "codec/msgpack_reader.h"
#include "codec/span_writer.h"

namespace vizsla::codec {

// Reads a list of empty lists; anything else in it fails.
void decode_probe(MsgpackReader& in, SpanWriter& out);

}  // namespace vizsla::codec
