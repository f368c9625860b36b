// Traces in JSON, v0.1 to v0.4: the documented Tracing API, a list of lists of span objects, and before it a list of
// spans (agent-protocol §2.2).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// As decode_traces_v04. Keys are matched without case, as Go's decoder does; ids may be numbers up to 2^64 - 1 or
// strings that spell them; a number with a fraction in an integer field refuses the payload. v0.2, v0.3, v0.4.
Result<DecodeReport> decode_traces_json(PaddedBytes body, model::SpanBatch& into);

// v0.1: the spans of a trace become one chunk, whatever lies between them. On an error there are no chunks.
Result<DecodeReport> decode_spans_json(PaddedBytes body, model::SpanBatch& into);

}  // namespace vizsla::codec
