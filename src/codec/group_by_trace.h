// Makes chunks of spans that came in no order: v0.1 sends a flat list (agent-protocol §2.2).
#pragma once

#include "model/span_batch.h"

namespace vizsla::codec {

// `batch` has spans and no chunks, and only the columns that a decoder fills. Afterwards the spans of a trace are one
// chunk: traces in the order of their first spans, the spans of a trace in the order in which they came.
void group_by_trace(model::SpanBatch& batch);

}  // namespace vizsla::codec
