#include "pipeline/stats_limiter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace vizsla::pipeline {
namespace {

using model::StatsKey;
using model::StatsText;

// The values that are limited by what is above them, from the top.
constexpr std::array kLevels = {
    std::pair(StatsLimit::Envs, StatsText::Env), std::pair(StatsLimit::Services, StatsText::Service),
    std::pair(StatsLimit::Operations, StatsText::Operation), std::pair(StatsLimit::Resources, StatsText::Resource)};
constexpr std::size_t kServiceLevel = 1;

// What every path and every key is below.
constexpr std::uint64_t kRoot = 0x5649'5a53'4c41'0001;

std::uint64_t mix(std::uint64_t above, std::uint64_t value) {
  std::uint64_t x = (above ^ (value + 0x9e37'79b9'7f4a'7c15)) * 0xd6e8'feb8'6659'fd93;
  x = (x ^ (x >> 32)) * 0xd6e8'feb8'6659'fd93;
  x ^= x >> 32;
  return x == 0 ? 1 : x;
}

std::uint64_t below(std::uint64_t parent, StatsLimit limit) {
  return mix(parent, static_cast<std::uint64_t>(limit) + 1);
}

// Hashes of a batch's strings by their codes, each when it is asked for.
class StringHashes {
 public:
  explicit StringHashes(const model::StringTable& strings) : strings_(strings), hashes_(strings.size()) {}

  std::uint64_t operator[](model::StringCode code) {
    if (code >= hashes_.size()) hashes_.resize(strings_.size());
    std::uint64_t& hash = hashes_[code];
    if (hash == 0) hash = hash64(as_bytes(strings_[code])) | 1;
    return hash;
  }

  std::uint64_t of(const StatsKey& key) {
    std::array<std::uint64_t, model::kStatsTexts + 1> parts{};
    for (std::size_t i = 0; i < model::kStatsTexts; ++i) parts[i] = (*this)[key.texts[i]];
    parts.back() = std::uint64_t{key.http_status} << 16 | static_cast<std::uint64_t>(key.kind) << 8 | key.flags;
    return mix(kRoot, hash64({reinterpret_cast<const std::uint8_t*>(parts.data()), sizeof(parts)}));
  }

 private:
  const model::StringTable& strings_;
  std::vector<std::uint64_t> hashes_;  // 0: not asked for yet
};

std::string path_of(const StatsKey& key, const model::StringTable& strings) {
  std::string path;
  for (const auto& [_, text] : kLevels) {
    if (!path.empty()) path += " / ";
    path += strings[key.text(text)];
  }
  const std::string_view version = strings[key.text(StatsText::Version)];
  return version.empty() ? path : fmt::format("{}, version {}", path, version);
}

// Puts the values of a level and of those under it into one: nothing is left that could have many.
void block_from(StatsKey& key, std::size_t level, model::StringCode blocked) {
  for (std::size_t i = level; i < kLevels.size(); ++i) key.text(kLevels[i].second) = blocked;
  if (level <= kServiceLevel) {
    for (const StatsText text : {StatsText::Version, StatsText::BaseService, StatsText::ServiceSource})
      key.text(text) = model::kEmptyString;
  }
  for (const StatsText text : {StatsText::PeerTags, StatsText::HttpEndpoint}) key.text(text) = model::kEmptyString;
}

// The same, and of the rest only what has few values.
void block_all_from(StatsKey& key, std::size_t level, model::StringCode blocked) {
  block_from(key, level, blocked);
  for (const StatsText text :
       {StatsText::Type, StatsText::Version, StatsText::Host, StatsText::Language, StatsText::BaseService,
        StatsText::ServiceSource, StatsText::GrpcStatus, StatsText::HttpMethod})
    key.text(text) = model::kEmptyString;
  key.http_status = 0;
}

}  // namespace

std::string_view name_of(StatsLimit limit) {
  constexpr std::array<std::string_view, kStatsLimits> kNames = {"env",      "service", "operation",
                                                                 "resource", "version", "key"};
  return kNames[static_cast<std::size_t>(limit)];
}

bool StatsLimiter::Hashes::contains(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask; slots_[i] != 0; i = (i + 1) & mask) {
    if (slots_[i] == hash) return true;
  }
  return false;
}

void StatsLimiter::Hashes::insert(std::uint64_t hash) {
  if (2 * (size_ + 1) > slots_.size()) {
    const std::vector<std::uint64_t> old = std::exchange(slots_, std::vector<std::uint64_t>(2 * slots_.size()));
    size_ = 0;
    for (const std::uint64_t known : old) {
      if (known != 0) insert(known);
    }
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i] != 0) {
    if (slots_[i] == hash) return;
    i = (i + 1) & mask;
  }
  slots_[i] = hash;
  ++size_;
}

void StatsLimiter::rotate(UnixNanos now) {
  if (since_ns_ == 0) since_ns_ = now;
  if (now - since_ns_ < kStatsLimitWindowNs) return;
  before_ = now - since_ns_ < 2 * kStatsLimitWindowNs ? std::move(now_) : Generation{};
  now_ = {};
  since_ns_ = now;
}

bool StatsLimiter::is_known(std::uint64_t value) const {
  return now_.values.contains(value) || before_.values.contains(value);
}

bool StatsLimiter::is_full(StatsLimit limit, std::uint64_t parent) const {
  const auto admitted = [&](const Generation& generation) {
    const auto found = generation.parents.find(below(parent, limit));
    return found == generation.parents.end() ? Admitted{} : found->second;
  };
  const Admitted now = admitted(now_);
  // What came before and hasn't come again.
  const std::uint32_t others = admitted(before_).now - now.copied;
  return now.now + others >= settings_.most[static_cast<std::size_t>(limit)];
}

bool StatsLimiter::admit(StatsLimit limit, std::uint64_t parent, std::uint64_t value) {
  if (now_.values.contains(value)) return true;
  const bool again = before_.values.contains(value);
  if (!again && is_full(limit, parent)) return false;
  Admitted& admitted = now_.parents[below(parent, limit)];
  ++admitted.now;
  if (again) ++admitted.copied;
  now_.values.insert(value);
  return true;
}

StatsLimitReport StatsLimiter::apply(model::StatsBatch& batch, UnixNanos now) {
  StatsLimitReport report;
  StringHashes hashes(batch.strings);
  std::vector<std::uint64_t> wholes;
  wholes.reserve(batch.size());
  for (const StatsKey& key : batch.key) wholes.push_back(hashes.of(key));
  const auto blocked = [&] { return batch.strings.intern(model::kStatsBlockedValue); };

  const std::lock_guard lock(mutex_);
  rotate(now);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    // Nearly always: then all that it is made of is known as well.
    if (now_.values.contains(wholes[row])) continue;
    StatsKey& key = batch.key[row];
    const StatsKey was = key;
    std::optional<StatsLimit> beyond;
    // When there are too many keys nothing new comes in at all, or their parts would have no limit.
    const bool keys_full = is_full(StatsLimit::Keys, kRoot);
    std::uint64_t parent = kRoot;
    std::size_t level = 0;
    for (; level < kLevels.size(); ++level) {
      const auto [limit, text] = kLevels[level];
      const std::uint64_t value = mix(below(parent, limit), hashes[key.text(text)]);
      if ((keys_full && !is_known(value)) || !admit(limit, parent, value)) {
        beyond = keys_full ? StatsLimit::Keys : limit;
        block_from(key, level, blocked());
        break;
      }
      if (level == kServiceLevel && key.text(StatsText::Version) != model::kEmptyString) {
        const std::uint64_t version = mix(below(value, StatsLimit::Versions), hashes[key.text(StatsText::Version)]);
        if ((keys_full && !is_known(version)) || !admit(StatsLimit::Versions, value, version)) {
          beyond = keys_full ? StatsLimit::Keys : StatsLimit::Versions;
          key.text(StatsText::Version) = blocked();
        }
      }
      parent = value;
    }
    const std::uint64_t whole = beyond ? hashes.of(key) : wholes[row];
    if (!admit(StatsLimit::Keys, kRoot, whole)) {
      if (!beyond) beyond = StatsLimit::Keys;
      block_all_from(key, std::min(level, kLevels.size() - 1), blocked());
    }
    if (!beyond) continue;
    const auto limit = static_cast<std::size_t>(*beyond);
    if (report.rows[limit]++ == 0) report.first[limit] = path_of(was, batch.strings);
  }
  return report;
}

}  // namespace vizsla::pipeline
