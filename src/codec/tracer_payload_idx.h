// The payload of one tracer in protobuf, with strings by number: idx.TracerPayload, the Agent's data model of v1.0
// (agent-protocol §10.1). Means the same as a v1.0 payload in msgpack, and is put into the form of v0.4 in the same way
// (codec/traces_v1.h).
#pragma once

#include "codec/protobuf_reader.h"
#include "codec/span_writer.h"
#include "codec/text_budget.h"

namespace vizsla::codec {

// Reads the field at hand, an idx.TracerPayload: another entry of the batch's payloads, and its chunks. Number 0 is "";
// any other that is past the payload's list of strings fails. After a failure the reader has failed.
void decode_tracer_payload_idx(ProtobufReader& in, SpanWriter& out, TextBudget& budget);

}  // namespace vizsla::codec
