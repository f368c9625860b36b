// Some spans of a trace, chosen by their ids before they are read: a trace may be larger than what a read may hold.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "model/ids.h"
#include "store/embedded/row_sink.h"
#include "store/read_limits.h"

namespace vizsla::store {

struct WantedSpans {
  std::uint64_t trace_low = 0;
  std::set<model::SpanId> ids;
  // High halves of the trace's ids that were met, on whichever span.
  std::set<std::uint64_t> highs;
};

// Takes the ids of rows, and says which rows are wanted. 24 bytes a row.
class IdSink final : public RowSink {
 public:
  explicit IdSink(const ReadLimits& limits) : limits_(limits) {}

  // What it is to be read with.
  static const Projection& projection();

  // Of the rows of `ranges`, which it was given as rows 0, 1, …: those that are wanted. Notes the trace's high halves.
  [[nodiscard]] std::vector<RowRange> choose(std::span<const RowRange> ranges, WantedSpans& wanted) const;

  void sequence(std::size_t, std::uint64_t) override {}
  void received(std::size_t, UnixNanos) override {}
  void integer(std::size_t row, std::uint32_t column, std::uint64_t value) override;
  void real(std::size_t, std::uint32_t, double) override {}
  void text(std::size_t, std::uint32_t, std::string_view) override {}
  void text_tag(std::size_t, std::uint32_t, std::string_view, std::string_view) override {}
  void number_tag(std::size_t, std::uint32_t, std::string_view, double) override {}
  [[nodiscard]] Result<void> check() override { return limits_.check(); }

 private:
  struct Ids {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::uint64_t span = 0;
  };

  const ReadLimits& limits_;
  std::vector<Ids> rows_;
};

}  // namespace vizsla::store
