// Taking rows and tags out of a batch, and putting tags in: what stages of the pipeline do to its columns. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "model/span_batch.h"

namespace vizsla::pipeline {

// A tag with this key is to be taken out.
inline constexpr model::StringCode kRemovedTag = std::numeric_limits<model::StringCode>::max();

// Takes the tags with kRemovedTag out. Linear in all tags: call it once a payload.
void remove_marked_tags(model::TagColumn<model::StringCode>& tags);
void remove_marked_tags(model::TagColumn<double>& tags);

// A text tag for the span at `row`.
struct AddedTag {
  std::uint32_t row;
  model::StringCode key;
  model::StringCode value;
};

// The same with a number.
struct AddedMetric {
  std::uint32_t row;
  model::StringCode key;
  double value;
};

// Puts `added`, which must be in the order of the rows, behind the tags of their spans. Linear in all tags.
void add_tags(model::TagColumn<model::StringCode>& tags, const std::vector<AddedTag>& added);
void add_tags(model::TagColumn<double>& tags, const std::vector<AddedMetric>& added);

// Takes whole chunks out of every column: chunk c goes when drop[c] isn't 0.
void drop_chunks(model::SpanBatch& batch, const std::vector<std::uint8_t>& drop);

// Takes spans out of every column: row r goes when drop[r] isn't 0, and with its last span a chunk.
void drop_rows(model::SpanBatch& batch, const std::vector<std::uint8_t>& drop);

}  // namespace vizsla::pipeline
