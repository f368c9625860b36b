// Traces in msgpack, v0.3 and v0.4: a list of chunks, each a list of spans, each a map with string keys
// (agent-protocol §2.3). What is tolerated follows §2.7, "(ours)" included.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// Fills `into` (which must be empty) with every span of the payload. Bytes after the list are ignored. On an error
// `into` holds the spans that came before it; the payload as a whole is refused.
Result<DecodeReport> decode_traces_v04(Bytes body, model::SpanBatch& into);

}  // namespace vizsla::codec
