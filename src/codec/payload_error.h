// The error of a payload that doesn't decode: what was wrong, at which byte, and in which span.
#pragma once

#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// "expected a string at byte 1234, in span 3 of chunk 2". A body that just ends starts with "unexpected-eof", the
// word that an Agent answers with (agent-protocol §1.5). `batch` keeps the spans before the bad one; half a span's tags
// are dropped.
Error payload_error(const Error& error, bool truncated, model::SpanBatch& batch, const DecodeReport& report);

// The same of a MsgpackReader or a ProtobufReader that has failed.
template <class Reader>
Error payload_error(const Reader& in, model::SpanBatch& batch, const DecodeReport& report) {
  return payload_error(in.error(), in.truncated(), batch, report);
}

}  // namespace vizsla::codec
