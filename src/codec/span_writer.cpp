#include "codec/span_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "codec/text.h"

namespace vizsla::codec {
namespace {

using model::StringCode;

template <class Value>
std::uint32_t end_of_spans(const model::TagColumn<Value>& tags) {
  return tags.end.empty() ? 0 : tags.end.back();
}

// Where the key is among [begin, end); `end` when it isn't.
std::size_t find(const std::vector<StringCode>& keys, StringCode key, std::size_t begin, std::size_t end) {
  return static_cast<std::size_t>(std::find(keys.data() + begin, keys.data() + end, key) - keys.data());
}

template <class Value>
bool has(const model::TagColumn<Value>& tags, StringCode key, std::size_t row) {
  return find(tags.key, key, tags.begin_of(row), tags.end_of(row)) != tags.end_of(row);
}

// Adds tags to a span that has been ended. Costs as much as the tags behind it; called once for each chunk, at its end.
template <class Tags, class More>
void add_to_row(Tags& tags, std::size_t row, const More& more) {
  if (more.key.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(tags.end_of(row));
  tags.key.insert(tags.key.begin() + at, more.key.begin(), more.key.end());
  tags.value.insert(tags.value.begin() + at, more.value.begin(), more.value.end());
  for (std::size_t i = row; i < tags.end.size(); ++i) tags.end[i] += static_cast<std::uint32_t>(more.key.size());
}

// Every span has its own; dd-trace-go repeats that of the trace's root for each chunk.
constexpr std::string_view kRedundantChunkTag = "service";

constexpr std::array<std::string_view, 8> kKnown{
    "component", "_dd.p.dm", "env", "_dd.origin", "_sampling_priority_v1", "span.kind", "_dd.p.tid", "version",
};

}  // namespace

StringCode SpanWriter::checked(StringCode fresh, std::string_view text) {
  if (is_valid_utf8(text)) [[likely]]
    return fresh;
  batch_.strings.forget_last();
  ++report_.repaired_strings;
  return batch_.strings.intern(repair_utf8(text));
}

StringCode SpanWriter::known(Known key) {
  StringCode& code = known_[static_cast<std::size_t>(key)];
  if (code == 0) [[unlikely]]
    code = batch_.strings.intern(kKnown[static_cast<std::size_t>(key)]);
  return code;
}

void SpanWriter::put_field(Known key, StringCode value) {
  if (value == model::kEmptyString) return;
  const StringCode code = known(key);
  const std::size_t at = find(batch_.meta.key, code, end_of_spans(batch_.meta), batch_.meta.key.size());
  if (at == batch_.meta.key.size()) [[likely]] {
    meta(code, value);
  } else {
    batch_.meta.value[at] = value;
  }
}

void SpanWriter::put(const TagFields& fields) {
  put_field(Known::Env, fields.env);
  put_field(Known::Version, fields.version);
  put_field(Known::Component, fields.component);
  if (fields.kind >= kinds_.size()) {
    ++report_.coerced_values;
  } else if (fields.kind != 0) {
    StringCode& kind = kinds_[fields.kind];
    if (kind == 0) [[unlikely]]
      kind = batch_.strings.intern(to_string(static_cast<model::SpanKind>(fields.kind)));
    put_field(Known::SpanKind, kind);
  }
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
  const std::uint32_t begin = batch_.chunk_end.empty() ? 0 : batch_.chunk_end.back();
  if (end == begin) {
    ++report_.empty_chunks;
  } else {
    batch_.chunk_end.push_back(end);
    if (chunk_) {
      batch_.chunk_payload.push_back(static_cast<std::uint32_t>(batch_.payloads.size() - 1));
      batch_.chunk_dropped.push_back(chunk_->dropped ? 1 : 0);
      put_chunk_facts(*chunk_, begin);
    }
  }
  chunk_.reset();
  chunk_meta_.clear();
  chunk_metrics_.clear();
}

void SpanWriter::give_tags_to_chunk() {
  const auto take = [](auto& from, auto& into) {
    const auto begin = static_cast<std::ptrdiff_t>(end_of_spans(from));
    into.key.insert(into.key.end(), from.key.begin() + begin, from.key.end());
    into.value.insert(into.value.end(), from.value.begin() + begin, from.value.end());
    from.cut_to(from.end.size());
  };
  take(batch_.meta, chunk_meta_);
  take(batch_.metrics, chunk_metrics_);
}

void SpanWriter::give_tags_to_payload() {
  take_tags(batch_.payloads.back().tags);
}

void SpanWriter::give_tags_to_agent() {
  take_tags(batch_.agent.tags);
}

void SpanWriter::take_tags(std::vector<model::PayloadTag>& into) {
  for (std::size_t i = end_of_spans(batch_.meta); i < batch_.meta.key.size(); ++i)
    into.push_back({batch_.meta.key[i], batch_.meta.value[i]});
  for (std::size_t i = end_of_spans(batch_.metrics); i < batch_.metrics.key.size(); ++i)
    into.push_back({batch_.metrics.key[i], batch_.strings.intern(fmt::format("{}", batch_.metrics.value[i]))});
  batch_.meta.cut_to(batch_.meta.end.size());
  batch_.metrics.cut_to(batch_.metrics.end.size());
}

void SpanWriter::put_chunk_facts(const ChunkFacts& facts, std::size_t first) {
  if (facts.trace_id) put_trace_id(*facts.trace_id, first);
  const auto put_meta = [&](Known known_key, StringCode value) {
    const StringCode key = known(known_key);
    if (!has(batch_.meta, key, first)) more_meta_.push(key, value);
  };
  if (facts.origin != 0) put_meta(Known::Origin, facts.origin);
  if (facts.sampling_mechanism != 0)
    put_meta(Known::DecisionMaker, batch_.strings.intern(fmt::format("-{}", facts.sampling_mechanism)));
  if (facts.priority != model::kNoPriority) {
    const StringCode key = known(Known::SamplingPriority);
    if (!has(batch_.metrics, key, first)) more_metrics_.push(key, facts.priority);
  }
  if (!chunk_meta_.key.empty() || !chunk_metrics_.key.empty()) put_chunk_tags(first);

  add_to_row(batch_.meta, first, more_meta_);
  add_to_row(batch_.metrics, first, more_metrics_);
  more_meta_.clear();
  more_metrics_.clear();
}

void SpanWriter::put_trace_id(model::TraceId id, std::size_t first) {
  std::fill(batch_.trace_id.begin() + static_cast<std::ptrdiff_t>(first), batch_.trace_id.end(), id.low);
  if (id.high == 0) return;
  std::array<char, 16> digits;
  fmt::format_to(digits.data(), "{:016x}", id.high);
  const StringCode value = batch_.strings.intern({digits.data(), digits.size()});
  const StringCode key = known(Known::TraceIdHigh);
  const std::size_t end = batch_.meta.end_of(first);
  const std::size_t at = find(batch_.meta.key, key, batch_.meta.begin_of(first), end);
  if (at == end) {
    more_meta_.push(key, value);
  } else {
    batch_.meta.value[at] = value;
  }
}

// Both the chunk and its first span may have very many tags: each is looked at once.
void SpanWriter::put_chunk_tags(std::size_t first) {
  ++stamp_;
  stamps_.resize(std::max(stamps_.size(), batch_.strings.size()));
  for (auto i = batch_.meta.begin_of(first); i < batch_.meta.end_of(first); ++i) stamps_[batch_.meta.key[i]] = stamp_;
  for (auto i = batch_.metrics.begin_of(first); i < batch_.metrics.end_of(first); ++i)
    stamps_[batch_.metrics.key[i]] = stamp_;
  for (const StringCode key : more_meta_.key) stamps_[key] = stamp_;
  for (const StringCode key : more_metrics_.key) stamps_[key] = stamp_;

  const auto is_new = [&](StringCode key) { return std::exchange(stamps_[key], stamp_) != stamp_; };
  for (std::size_t i = 0; i < chunk_meta_.key.size(); ++i) {
    const StringCode key = chunk_meta_.key[i];
    if (is_new(key) && batch_.strings[key] != kRedundantChunkTag) more_meta_.push(key, chunk_meta_.value[i]);
  }
  for (std::size_t i = 0; i < chunk_metrics_.key.size(); ++i) {
    if (is_new(chunk_metrics_.key[i])) more_metrics_.push(chunk_metrics_.key[i], chunk_metrics_.value[i]);
  }
}

}  // namespace vizsla::codec
