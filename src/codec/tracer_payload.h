// The payload of one tracer in protobuf, with strings where they are used: TracerPayload of the Agent's data model
// before v1.0 (agent-protocol §2.1, §10.1).
#pragma once

#include "codec/protobuf_reader.h"
#include "codec/span_writer.h"

namespace vizsla::codec {

// Each reads the field at hand and gives it to `out`; after a failure the reader has failed.

// A TracerPayload: another entry of the batch's payloads, and its chunks.
void decode_tracer_payload(ProtobufReader& in, SpanWriter& out);

// One entry of a map of texts, as a tag.
void decode_protobuf_meta(ProtobufReader& in, SpanWriter& out);

}  // namespace vizsla::codec
