// Spans as the first table of the engine: its schema, how a SpanBatch becomes a section of the log, and how rows become
// spans again.
#pragma once

#include <vector>

#include "base/buffer.h"
#include "model/span.h"
#include "model/span_batch.h"
#include "store/embedded/manifest.h"
#include "store/embedded/read_memory.h"
#include "store/embedded/row_sink.h"
#include "store/embedded/table_schema.h"

namespace vizsla::store {

// Indexes of the columns, in the schema's order. Names: span_schema().
enum class SpanColumn : std::uint32_t {
  TraceIdHigh,
  TraceId,
  SpanId,
  ParentId,
  StartNs,
  DurationNs,
  EntryService,
  Service,
  OperationName,
  ResourceName,
  Type,
  Kind,
  Status,
  Env,
  Version,
  Host,
  ContainerId,
  Flags,
  HttpStatus,
  SamplingPriority,
  IngestionReason,
  Weight,
  BaseService,
  PeerService,
  Language,
  TracerVersion,
  Links,
  Events,
  MetaStruct,
  Tags,
  Metrics,
};

const TableSchema& span_schema();
// The same columns for the table of traces that somebody pinned: rows are copied to it from blocks.
const TableSchema& kept_span_schema();

// Whether a deletion may name this text column, and whether one names this span.
bool can_delete_by(std::string_view column);
bool is_named_by(const model::Span& span, const Deletion& deletion);

// How many bytes encode_spans() appends, or a few more.
std::size_t encoded_spans_bytes(const model::SpanBatch& batch);

// Appends the section for all rows of `batch`.
void encode_spans(const model::SpanBatch& batch, Buffer& out);

// Collects rows as spans, as long as its guard lets it. Asks for nothing: what is called for is kept.
class SpanSink final : public RowSink {
 public:
  // Row i becomes spans[i]; `spans` is grown as needed. Borrows all of them.
  SpanSink(model::SpanSet& set, ReadGuard& guard) : SpanSink(set.spans, set.texts, guard) {}
  SpanSink(std::vector<model::Span>& spans, TextArena& texts, ReadGuard& guard)
      : spans_(spans), texts_(texts), guard_(guard), texts_before_(texts.bytes()) {}

  void sequence(std::size_t row, std::uint64_t value) override { at(row).sequence = value; }
  void received(std::size_t row, UnixNanos value) override { at(row).received_ns = value; }
  void integer(std::size_t row, std::uint32_t column, std::uint64_t value) override;
  void real(std::size_t row, std::uint32_t column, double value) override;
  void text(std::size_t row, std::uint32_t column, std::string_view value) override;
  void text_tag(std::size_t row, std::uint32_t column, std::string_view key, std::string_view value) override;
  void number_tag(std::size_t row, std::uint32_t column, std::string_view key, double value) override;

  [[nodiscard]] Result<void> check() override { return guard_.check(bytes()); }

  // Sorts each span's tags by key, and settles with the guard, whose last word it gives; to be called once, after the
  // last row.
  Result<void> finish();

 private:
  model::Span& at(std::size_t row) {
    if (row >= spans_.size()) spans_.resize(row + 1);
    return spans_[row];
  }

  // What it has collected takes, all in all.
  [[nodiscard]] std::uint64_t bytes() const {
    return spans_.capacity() * sizeof(model::Span) + tag_bytes_ + texts_.bytes() - texts_before_;
  }

  std::vector<model::Span>& spans_;
  TextArena& texts_;
  ReadGuard& guard_;
  const std::uint64_t texts_before_;
  std::uint64_t tag_bytes_ = 0;
};

}  // namespace vizsla::store
