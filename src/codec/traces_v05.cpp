#include "codec/traces_v05.h"

#include "codec/msgpack_reader.h"
#include "codec/payload_error.h"
#include "codec/span_writer.h"

namespace vizsla::codec {
namespace {

constexpr std::uint32_t kSpanElements = 12;

// The payload's table, as codes of the batch. Two entries with the same text share a code.
class Dictionary {
 public:
  Dictionary(MsgpackReader& in, SpanWriter& out) {
    const std::uint32_t n = in.array_header();
    codes_.reserve(n);
    for (std::uint32_t i = 0; i < n && !in.failed(); ++i) codes_.push_back(out.text(in.string()));
  }

  model::StringCode decode(MsgpackReader& in) const {
    const std::uint64_t index = in.u64();
    if (index < codes_.size()) [[likely]]
      return codes_[index];
    in.fail("an index into the table of strings");
    return model::kEmptyString;
  }

 private:
  std::vector<model::StringCode> codes_;
};

void decode_span(MsgpackReader& in, const Dictionary& strings, SpanWriter& out) {
  if (in.take_nil()) {
    ++out.report().null_spans;
    return;
  }
  if (in.array_header() != kSpanElements) {
    in.fail("a span of 12 elements");
    return;
  }
  SpanWriter::Fields& span = out.begin_span();
  span.service = strings.decode(in);
  span.operation = strings.decode(in);
  span.resource = strings.decode(in);
  span.trace_id = in.u64();
  span.span_id = in.u64();
  span.parent_id = in.u64();
  span.start_ns = in.i64();
  span.duration_ns = in.i64();
  span.error = in.flag();
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const model::StringCode key = strings.decode(in);
    out.meta(key, strings.decode(in));
  }
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const model::StringCode key = strings.decode(in);
    out.metric(key, in.f64());
  }
  span.type = strings.decode(in);
  if (!in.failed()) out.end_span();
}

}  // namespace

Result<DecodeReport> decode_traces_v05(Bytes body, model::SpanBatch& into) {
  DecodeReport report;
  SpanWriter out(into, report);
  MsgpackReader in(body);
  in.array_header();  // two parts; the number is read and, as in the Agent, not checked
  const Dictionary strings(in, out);
  for (std::uint32_t chunks = in.array_header(); chunks > 0 && !in.failed(); --chunks) {
    std::uint32_t spans = in.array_header();
    if (spans > out.room()) in.fail(SpanWriter::kFewerSpans);
    for (; spans > 0 && !in.failed(); --spans) decode_span(in, strings, out);
    if (!in.failed()) out.end_chunk();
  }
  if (in.failed()) return fail(payload_error(in, into, report));
  return report;
}

}  // namespace vizsla::codec
