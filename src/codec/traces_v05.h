// Traces in msgpack, v0.5: one table of strings, then chunks of spans whose strings are indexes into it
// (agent-protocol §2.4).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// As decode_traces_v04. An index past the table refuses the payload.
Result<DecodeReport> decode_traces_v05(Bytes body, model::SpanBatch& into);

}  // namespace vizsla::codec
