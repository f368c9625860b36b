// A trace id as v1.0 and the newer protobuf model write it: 16 bytes, the highest first.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/ids.h"

namespace vizsla::codec {

// Fewer bytes are the lower end of an id. False when there are more than 16.
inline bool read_trace_id(std::string_view bytes, model::TraceId& id) {
  if (bytes.size() > 16) return false;
  for (const char c : bytes) {
    id.high = id.high << 8 | id.low >> 56;
    id.low = id.low << 8 | static_cast<std::uint8_t>(c);
  }
  return true;
}

}  // namespace vizsla::codec
