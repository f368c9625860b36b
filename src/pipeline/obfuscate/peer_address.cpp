#include "pipeline/obfuscate/peer_address.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "pipeline/obfuscate/ip_address.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {
namespace {

constexpr std::string_view kBlocked = "blocked-ip-address";
constexpr std::array<std::string_view, 5> kAllowed{"127.0.0.1", "::1", "169.254.169.254", "169.254.170.2",
                                                   "fd00:ec2::254"};
// More than any list has; one hostile value shouldn't hold memory for ever.
constexpr std::size_t kSlotsKept = 1 << 12;

// Bytes of "ip-", or of a scheme with its two or three slashes; 0 when `entry` begins with neither.
std::size_t prefix_size(std::string_view entry) {
  if (entry.starts_with("ip-")) return 3;
  for (const std::string_view scheme : {"dnspoll:", "ftp:", "file:", "http:", "https:"}) {
    if (!entry.starts_with(scheme)) continue;
    std::size_t size = scheme.size();
    while (size < entry.size() && size < scheme.size() + 3 && entry[size] == '/') ++size;
    return size >= scheme.size() + 2 ? size : 0;
  }
  return 0;
}

// The address that `text` begins with, and how many bytes it takes up with its brackets; size 0 when there is none.
struct Address {
  std::string_view text;
  std::size_t size = 0;
};

Address address_at_begin(std::string_view text) {
  if (const std::size_t size = ipv4_address_size(text); size > 0) return {text.substr(0, size), size};
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view inside = text.substr(1, end - 1);
    return is_ipv6_address(inside) ? Address{inside, end + 1} : Address{};
  }
  return is_ipv6_address(text) ? Address{text, text.size()} : Address{};
}

void append_quantized(std::string_view entry, std::string& out) {
  const std::size_t prefix = prefix_size(entry);
  const std::string_view rest = entry.substr(prefix);
  const Address address = address_at_begin(rest);
  if (address.size == 0 || std::find(kAllowed.begin(), kAllowed.end(), address.text) != kAllowed.end()) {
    out += entry;
    return;
  }
  out += entry.substr(0, prefix);
  out += kBlocked;
  out += rest.substr(address.size);
}

}  // namespace

void PeerAddressQuantizer::quantize(std::string_view value, std::string& out) {
  std::size_t comma = value.find(',');
  if (comma == std::string_view::npos) {
    append_quantized(value, out);
    return;
  }

  if (slots_.size() > kSlotsKept) slots_ = {};
  std::fill(slots_.begin(), slots_.end(), Entry{});
  used_ = 0;
  seen_empty_ = false;
  bool first = true;
  while (true) {
    const std::size_t before = out.size();
    if (!first) out += ',';
    const std::size_t begin = out.size();
    append_quantized(value.substr(0, comma), out);
    if (add_new(out, {begin, out.size() - begin})) {
      first = false;
    } else {
      out.resize(before);
    }
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
    comma = value.find(',');
  }
}

// False when the same entry is there already.
bool PeerAddressQuantizer::add_new(std::string_view list, Entry entry) {
  if (entry.size == 0) return !std::exchange(seen_empty_, true);
  if ((used_ + 1) * 2 > slots_.size()) grow(list);
  Entry& slot = slots_[slot_of(list, list.substr(entry.begin, entry.size))];
  if (slot.size > 0) return false;
  slot = entry;
  ++used_;
  return true;
}

void PeerAddressQuantizer::grow(std::string_view list) {
  std::vector<Entry> old(std::max<std::size_t>(16, slots_.size() * 2));
  old.swap(slots_);
  for (const Entry& entry : old) {
    if (entry.size > 0) slots_[slot_of(list, list.substr(entry.begin, entry.size))] = entry;
  }
}

// Where `text` is, or would be put.
std::size_t PeerAddressQuantizer::slot_of(std::string_view list, std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash64(as_bytes(text)) & mask;
  while (slots_[at].size > 0 && list.substr(slots_[at].begin, slots_[at].size) != text) at = (at + 1) & mask;
  return at;
}

}  // namespace vizsla::pipeline
