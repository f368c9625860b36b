#include "codec/traces_v04.h"

#include "codec/msgpack_reader.h"
#include "codec/msgpack_span.h"
#include "codec/payload_error.h"
#include "codec/span_writer.h"

namespace vizsla::codec {

Result<DecodeReport> decode_traces_v04(Bytes body, model::SpanBatch& into) {
  DecodeReport report;
  SpanWriter out(into, report);
  MsgpackReader in(body);
  for (std::uint32_t chunks = in.array_header(); chunks > 0 && !in.failed(); --chunks) {
    decode_msgpack_spans(in, out);
    if (!in.failed()) out.end_chunk();
  }
  if (in.failed()) return fail(payload_error(in, into, report));
  return report;
}

}  // namespace vizsla::codec
