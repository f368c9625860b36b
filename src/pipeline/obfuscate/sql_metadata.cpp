#include "pipeline/obfuscate/sql_metadata.h"

#include <algorithm>

#include "base/hash.h"
#include "pipeline/obfuscate/text.h"

namespace vizsla::pipeline {

void SqlNameList::clear() {
  if (places_.size() > kKeptPlacesMax) {
    slots_ = {};
    places_ = {};
    views_ = {};
  } else if (places_.size() > kScannedMax) {
    std::fill(slots_.begin(), slots_.end(), 0);
  }
  places_.clear();
  bytes_.release_if_large();
}

void SqlNameList::append(std::string_view name) {
  places_.push_back({bytes_.size(), name.size(), 0});
  bytes_.append(name);
}

bool SqlNameList::append_new(std::string_view name) {
  if (contains(name)) return false;
  add(name, hash64(as_bytes(name)));
  return true;
}

bool SqlNameList::contains(std::string_view name) const {
  if (places_.size() <= kScannedMax) {
    return std::any_of(places_.begin(), places_.end(), [&](const Place& place) { return this->name(place) == name; });
  }
  return slots_[slot_of(hash64(as_bytes(name)), name)] != 0;
}

std::span<const std::string_view> SqlNameList::views() {
  views_.clear();
  for (const Place& place : places_) views_.push_back(name(place));
  return views_;
}

std::size_t SqlNameList::slot_of(std::uint64_t hash, std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) {
    const Place& place = places_[slots_[slot] - 1];
    if (place.hash == hash && this->name(place) == name) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

void SqlNameList::add(std::string_view name, std::uint64_t hash) {
  places_.push_back({bytes_.size(), name.size(), hash});
  bytes_.append(name);
  if (places_.size() <= kScannedMax) return;
  if (places_.size() == kScannedMax + 1 || places_.size() * 2 > slots_.size()) {
    rebuild_slots();
  } else {
    slots_[slot_of(hash, name)] = static_cast<std::uint32_t>(places_.size());
  }
}

void SqlNameList::rebuild_slots() {
  std::size_t slots = std::max<std::size_t>(slots_.size(), 64);
  while (places_.size() * 2 > slots) slots *= 2;
  slots_.assign(slots, 0);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    std::size_t slot = places_[i].hash & (slots - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots - 1);
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void SqlMetadataCollector::clear() {
  tables_.clear();
  tables_csv_.release_if_large();
  commands_.clear();
  comments_.clear();
  procedures_.clear();
}

void SqlMetadataCollector::add_table(std::string_view name) {
  if (!tables_.append_new(name)) return;
  if (!tables_csv_.empty()) tables_csv_.push(',');
  tables_csv_.append(name);
}

void SqlMetadataCollector::add_comment_on_one_line(std::string_view comment) {
  line_.release_if_large();
  line_.reserve(comment.size());
  for (const char c : comment) line_.put(c == '\n' ? ' ' : c);
  add(comments_, trim_space(line_.view()));
}

SqlMetadata SqlMetadataCollector::metadata() {
  // The Agent counts the commas of the tables in one way of reading and not in the other.
  const std::size_t tables_bytes = repeats_ == Repeats::Listed ? tables_csv_.size() : tables_.bytes();
  return {.bytes = tables_bytes + commands_.bytes() + comments_.bytes() + procedures_.bytes(),
          .tables_csv = tables_csv_.view(),
          .commands = commands_.views(),
          .comments = comments_.views(),
          .procedures = procedures_.views()};
}

void SqlMetadataCollector::add(SqlNameList& list, std::string_view name) {
  if (repeats_ == Repeats::Listed) {
    list.append(name);
  } else {
    list.append_new(name);
  }
}

}  // namespace vizsla::pipeline
