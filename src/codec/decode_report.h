// What a decoder had to put up with, beside the spans that it gives. Counted by the intake, so that an owner can see
// which tracer sends odd data.
#pragma once

#include <cstdint>

namespace vizsla::codec {

struct DecodeReport {
  std::uint32_t chunks = 0;            // as the payload has them, empty ones included
  std::uint32_t empty_chunks = 0;      // no span in them; legal, and dropped
  std::uint32_t null_spans = 0;        // nil in place of a span; legal, and skipped
  std::uint32_t repaired_strings = 0;  // weren't UTF-8
  std::uint32_t coerced_values = 0;    // another type than the field's, but with a plain meaning
};

}  // namespace vizsla::codec
