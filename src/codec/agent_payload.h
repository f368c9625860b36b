// What a Datadog Agent passes on: a protobuf message with the payloads of many tracers, as strings where they are used
// or as strings by number (agent-protocol §10.1). Older Agents' TracePayload of 2020 and before isn't taken.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// As decode_traces_v07 and decode_traces_v1, whose fields the two models have; `payloads` has an entry for each of
// their payloads, and `agent` says who passed them on. An empty body is a message without payloads. `body` is
// uncompressed.
Result<DecodeReport> decode_agent_payload(Bytes body, model::SpanBatch& into);

}  // namespace vizsla::codec
