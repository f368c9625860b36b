#include "store/embedded/stats_live.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>

#include "base/hash.h"
#include "sketch/duration_sketch.h"
#include "store/embedded/stats_section.h"

namespace vizsla::store {
namespace {

constexpr std::size_t kSlotsMin = 1024;
constexpr model::StringCode kUnset = std::numeric_limits<model::StringCode>::max();
// A bin of a cell with the room that its list has to spare.
constexpr std::uint64_t kBinBytes = 24;

std::uint64_t add_bins(std::string_view encoded, sketch::SparseBins& into) {
  std::uint64_t added = 0;
  static_cast<void>(sketch::decode_duration_bins(as_bytes(encoded), [&](sketch::DurationBin bin, double count) {
    into.add(bin, count);
    ++added;
  }));
  return added;
}

}  // namespace

StatsLive::StatsLive() : key_slots_(kSlotsMin), cell_slots_(kSlotsMin) {}

void StatsLive::add(const TableBatch& section) {
  const std::lock_guard lock(mutex_);
  codes_.assign(section.strings(), kUnset);
  for (std::size_t row = 0; row < section.rows(); ++row) {
    model::StatsKey key = stats_key(section, row);
    for (model::StringCode& code : key.texts) {
      model::StringCode& known = codes_[code];
      if (known == kUnset) known = strings_.intern(section.string(code));
      code = known;
    }
    const auto bucket_column = static_cast<std::uint32_t>(StatsColumn::Bucket);
    Cell& cell = cell_of(key_index(key), section.column<UnixNanos>(bucket_column)[row]);
    cell.counts.add(stats_counts(section, row));
    bin_bytes_ += kBinBytes * add_bins(section.text(static_cast<std::uint32_t>(StatsColumn::OkBins), row), cell.ok);
    bin_bytes_ +=
        kBinBytes * add_bins(section.text(static_cast<std::uint32_t>(StatsColumn::ErrorBins), row), cell.error);
  }
  rows_.store(cells_.size(), std::memory_order_relaxed);
  bytes_.store(cells_.capacity() * sizeof(Cell) + keys_.capacity() * sizeof(model::StatsKey) + bin_bytes_ +
                   (key_slots_.size() + cell_slots_.size()) * sizeof(Slot) + strings_.bytes().size() +
                   strings_.size() * 16,
               std::memory_order_relaxed);
}

std::uint32_t StatsLive::key_index(const model::StatsKey& key) {
  const auto hash = static_cast<std::uint32_t>(hash64({reinterpret_cast<const std::uint8_t*>(&key), sizeof(key)}));
  const std::size_t mask = key_slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; key_slots_[i].at != 0; i = (i + 1) & mask) {
    if (key_slots_[i].hash == hash && keys_[key_slots_[i].at - 1] == key) return key_slots_[i].at - 1;
  }
  keys_.push_back(key);
  key_slots_[i] = {hash, static_cast<std::uint32_t>(keys_.size())};
  if (keys_.size() * 2 > key_slots_.size()) grow(key_slots_);
  return static_cast<std::uint32_t>(keys_.size() - 1);
}

StatsLive::Cell& StatsLive::cell_of(std::uint32_t key, UnixNanos bucket_ns) {
  const auto hash = static_cast<std::uint32_t>(
      ((static_cast<std::uint64_t>(bucket_ns / model::kStatsBucketNs) << 24) ^ key) * 0x9e3779b97f4a7c15 >> 32);
  const std::size_t mask = cell_slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; cell_slots_[i].at != 0; i = (i + 1) & mask) {
    Cell& cell = cells_[cell_slots_[i].at - 1];
    if (cell.key == key && cell.bucket_ns == bucket_ns) return cell;
  }
  cells_.push_back({.key = key, .bucket_ns = bucket_ns, .counts = {}, .ok = {}, .error = {}});
  cell_slots_[i] = {hash, static_cast<std::uint32_t>(cells_.size())};
  if (cells_.size() * 2 > cell_slots_.size()) grow(cell_slots_);
  return cells_.back();
}

void StatsLive::grow(std::vector<Slot>& slots) {
  std::vector<Slot> old(slots.size() * 2);
  old.swap(slots);
  const std::size_t mask = slots.size() - 1;
  for (const Slot& slot : old) {
    if (slot.at == 0) continue;
    std::size_t i = slot.hash & mask;
    while (slots[i].at != 0) i = (i + 1) & mask;
    slots[i] = slot;
  }
}

namespace {

class LiveSource final : public StatsSource {
 public:
  LiveSource(std::shared_ptr<const StatsLive> live, bool small) : live_(std::move(live)) {
    const auto string_of = [this](model::StringCode code) { return live_->string(code); };
    for (const model::StatsKey& key : live_->keys()) {
      const StatsKeyTexts texts = texts_of(key, string_of);
      keys_.push_back(small ? small_key(texts) : texts);
    }
    order_.resize(keys_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) { return keys_[a] < keys_[b]; });
    // The cells of each key: counted, then put in their places.
    cell_end_.assign(keys_.size() + 1, 0);
    live_->read([&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) ++cell_end_[live_->cell(i).key + 1];
      return true;
    });
    std::partial_sum(cell_end_.begin(), cell_end_.end(), cell_end_.begin());
    cells_.resize(cell_end_.back());
    std::vector<std::uint32_t> place(cell_end_.begin(), cell_end_.end() - 1);
    live_->read([&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) cells_[place[live_->cell(i).key]++] = static_cast<std::uint32_t>(i);
      return true;
    });
  }

  bool next() override {
    if (at_ == order_.size()) return false;
    current_ = order_[at_++];
    return true;
  }

  [[nodiscard]] const StatsKeyTexts& key() const override { return keys_[current_]; }

  void rows(std::vector<StatsRow>& into, std::deque<std::string>& texts) const override {
    for (std::uint32_t i = cell_end_[current_]; i < cell_end_[current_ + 1]; ++i) {
      const StatsLive::Cell& cell = live_->cell(cells_[i]);
      into.push_back({cell.bucket_ns, cell.counts, encoded(cell.ok, texts), encoded(cell.error, texts)});
    }
  }

 private:
  std::string_view encoded(const sketch::SparseBins& bins, std::deque<std::string>& texts) const {
    if (bins.empty()) return {};
    packer_.pack(bins, texts.emplace_back());
    return texts.back();
  }

  const std::shared_ptr<const StatsLive> live_;
  std::vector<StatsKeyTexts> keys_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> cell_end_;
  std::vector<std::uint32_t> cells_;  // by key
  std::size_t at_ = 0;
  std::uint32_t current_ = 0;
  mutable sketch::DurationBinPacker packer_;
};

}  // namespace

std::unique_ptr<StatsSource> make_live_source(std::shared_ptr<const StatsLive> live, bool small) {
  return std::make_unique<LiveSource>(std::move(live), small);
}

}  // namespace vizsla::store
