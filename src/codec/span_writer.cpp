#include "codec/span_writer.h"

#include "codec/text.h"

namespace vizsla::codec {

model::StringCode SpanWriter::checked(model::StringCode fresh, std::string_view text) {
  if (is_valid_utf8(text)) [[likely]]
    return fresh;
  batch_.strings.forget_last();
  ++report_.repaired_strings;
  return batch_.strings.intern(repair_utf8(text));
}

void SpanWriter::end_span() {
  batch_.trace_id.push_back(fields_.trace_id);
  batch_.span_id.push_back(fields_.span_id);
  batch_.parent_id.push_back(fields_.parent_id);
  batch_.start_ns.push_back(fields_.start_ns);
  batch_.duration_ns.push_back(fields_.duration_ns);
  batch_.service.push_back(fields_.service);
  batch_.operation.push_back(fields_.operation);
  batch_.resource.push_back(fields_.resource);
  batch_.type.push_back(fields_.type);
  batch_.error.push_back(fields_.error ? 1 : 0);
  batch_.links.push_back(fields_.links);
  batch_.events.push_back(fields_.events);
  batch_.meta_struct.push_back(fields_.meta_struct);
  batch_.meta.close_span();
  batch_.metrics.close_span();
}

void SpanWriter::end_chunk() {
  ++report_.chunks;
  const auto end = static_cast<std::uint32_t>(batch_.size());
  if (end == (batch_.chunk_end.empty() ? 0 : batch_.chunk_end.back())) {
    ++report_.empty_chunks;
  } else {
    batch_.chunk_end.push_back(end);
  }
}

}  // namespace vizsla::codec
