// Traces in msgpack, v0.7: a map that says who sends, with chunks that say what holds for all their spans, and spans as
// in v0.4 (agent-protocol §2.5).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// As decode_traces_v04, and fills `payloads` (one), `chunk_payload` and `chunk_dropped`; what a chunk says is put into
// tags of its first span (codec/span_writer.h). A chunk without a priority has priority 0. The probes of v0.4 ("90",
// "929090") are taken as well.
Result<DecodeReport> decode_traces_v07(Bytes body, model::SpanBatch& into);

}  // namespace vizsla::codec
