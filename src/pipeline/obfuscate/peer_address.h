// Values of peer tags without the addresses in them, before they become a dimension of statistics.
//
// Rules: agent-protocol §6.6. A value is a list with commas. An entry that begins with an IP address, behind "ip-" or a
// scheme as it may be, gets "blocked-ip-address" in its place, and keeps what follows; equal entries become one.
// Loopback and the addresses of the clouds' metadata services stay. Two forms are taken for addresses here that the
// Agent leaves: "[::2]" without a port, and an IPv4 address with a dot behind it.
//
// Reused from value to value, so that nothing is allocated in the long run. Linear. Any bytes will do. One thread at a
// time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vizsla::pipeline {

class PeerAddressQuantizer {
 public:
  // Appends `value` quantised.
  void quantize(std::string_view value, std::string& out);

 private:
  struct Entry {
    std::size_t begin;  // in `out`
    std::size_t size;   // 0 = free slot; the empty entry is noted in seen_empty_
  };

  bool add_new(std::string_view list, Entry entry);
  void grow(std::string_view list);
  std::size_t slot_of(std::string_view list, std::string_view text) const;

  std::vector<Entry> slots_;  // open addressing, power of two
  std::size_t used_ = 0;
  bool seen_empty_ = false;
};

}  // namespace vizsla::pipeline
