// Single rows out of live batches, in the same calls that BlockReader makes. Thread-safe: batches don't change.
#pragma once

#include <span>

#include "store/embedded/live_part.h"
#include "store/embedded/row_sink.h"

namespace vizsla::store {

// Gives rows of `batch` to `sink`, numbered from `first_row` on.
void read_batch(const TableBatch& batch, std::span<const RowRange> ranges, const Projection& projection,
                std::size_t first_row, RowSink& sink);

// The rows of `batch` with one of these keys (sorted) in the table's key column, as ranges.
std::vector<RowRange> find_in_batch(const TableBatch& batch, std::span<const std::uint64_t> keys);

}  // namespace vizsla::store
