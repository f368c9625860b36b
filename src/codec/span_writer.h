// The one place where decoders put what they read: a row at a time into a SpanBatch.
//
// A decoder calls begin_span(), sets fields and pushes tags in any order, then end_span(); and end_chunk() after the
// spans of each chunk. Strings are interned here and repaired if they aren't UTF-8. One thread at a time.
#pragma once

#include <string_view>

#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

class SpanWriter {
 public:
  // Writes into `batch`, which must be empty; both are borrowed.
  SpanWriter(model::SpanBatch& batch, DecodeReport& report) : batch_(batch), report_(report) {}

  // The fields of a span that have one value. What the payload leaves out keeps its zero.
  struct Fields {
    std::uint64_t trace_id = 0;
    std::uint64_t span_id = 0;
    std::uint64_t parent_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t duration_ns = 0;
    model::StringCode service = 0;
    model::StringCode operation = 0;
    model::StringCode resource = 0;
    model::StringCode type = 0;
    model::StringCode links = 0;
    model::StringCode events = 0;
    model::StringCode meta_struct = 0;
    bool error = false;
  };

  Fields& begin_span() { return fields_ = Fields{}; }

  void meta(model::StringCode key, model::StringCode value) { batch_.meta.push(key, value); }
  void metric(model::StringCode key, double value) { batch_.metrics.push(key, value); }

  void end_span();
  void end_chunk();

  // The code of `text`, in UTF-8 whatever came.
  model::StringCode text(std::string_view text) {
    const std::size_t known = batch_.strings.size();
    const model::StringCode code = batch_.strings.intern(text);
    return batch_.strings.size() == known ? code : checked(code, text);
  }

  // The code of bytes that are no text.
  model::StringCode binary(std::string_view bytes) { return batch_.strings.intern(bytes); }

  DecodeReport& report() { return report_; }

 private:
  model::StringCode checked(model::StringCode fresh, std::string_view text);

  model::SpanBatch& batch_;
  DecodeReport& report_;
  Fields fields_;
};

}  // namespace vizsla::codec
