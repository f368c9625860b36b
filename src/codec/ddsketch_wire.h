// The protobuf of a DDSketch, as tracers, Agents and their libraries publish it (agent-protocol §8.4), both ways.
#pragma once

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "sketch/ddsketch.h"

namespace vizsla::codec {

struct SketchLimits {
  std::size_t bins_max = 16'384;  // of the message, empty ones included; producers keep 2048 of each sign
  double count_max = 1e15;        // in a bin
};

// In the mapping in which it was sent. No bytes, and a message without a mapping, are an empty sketch: that is how
// "nothing was measured" is said. InvalidInput, with what was expected, for broken protobuf, a mapping that is none,
// counts that are negative or no numbers; LimitExceeded for too many bins.
Result<sketch::SparseSketch> decode_ddsketch(Bytes message, const SketchLimits& limits = {});

// Appends the message: runs of bins as an array, from the first to the last.
void encode_ddsketch(const sketch::DDSketch& sketch, Buffer& out);

}  // namespace vizsla::codec
