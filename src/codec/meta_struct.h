// Structured data of a span in the one form in which it is kept: a msgpack map of names and bytes, as v0.4 sends it
// (agent-protocol §2.1). For the wire versions that send the same as something else.
//
// Reused from span to span, so that nothing is allocated once it has grown. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vizsla::codec {

class MetaStruct {
 public:
  void add(std::string_view name, std::string_view bytes);

  // The map of what was added since the last call; "" when that is nothing. Valid until the next add().
  std::string_view take();

 private:
  static constexpr std::size_t kHeaderBytesMax = 5;

  std::string bytes_;  // room for the header, then the pairs
  std::uint32_t count_ = 0;
};

}  // namespace vizsla::codec
