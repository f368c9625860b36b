#include "store/embedded/log_segments.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace vizsla::store {
namespace {

constexpr std::string_view kPayloadSuffix = ".payloads";
constexpr std::string_view kQuarantinePrefix = "log-";

// docs/formats/log.md: entries, then a checksum of them.
struct PayloadEntry {
  Hash128 hash;
  UnixNanos received_ns;
};
static_assert(sizeof(PayloadEntry) == 24);

}  // namespace

Result<std::vector<StoredPayload>> read_payload_file(Files& files, const std::string& path) {
  VIZSLA_TRY(const auto content, read_file(files, path));
  const std::size_t entries = content.size() / sizeof(PayloadEntry);
  const Bytes bytes(content);
  if (content.size() != entries * sizeof(PayloadEntry) + sizeof(std::uint64_t) ||
      hash64(bytes.first(entries * sizeof(PayloadEntry))) !=
          load<std::uint64_t>(content.data() + entries * sizeof(PayloadEntry)))
    return fail(ErrorCode::Corrupt, fmt::format("{}: its checksum differs", path));
  std::vector<StoredPayload> payloads;
  for (std::size_t i = 0; i < entries; ++i) {
    const auto entry = load<PayloadEntry>(content.data() + i * sizeof(PayloadEntry));
    payloads.push_back({entry.hash, entry.received_ns});
  }
  return payloads;
}

std::uint64_t log_file_number(std::string_view name) {
  if (!name.ends_with(kPayloadSuffix)) return segment_number(name);
  return segment_number(fmt::format("{}.log", name.substr(0, name.size() - kPayloadSuffix.size())));
}

LogSegments::Segment& LogSegments::segment(std::uint64_t number) {
  if (segments_.empty() || segments_.back().number != number) segments_.push_back({.number = number, .payloads = {}});
  return segments_.back();
}

void LogSegments::add_frame(std::uint64_t number, const FrameHeader& header, std::uint64_t bytes) {
  Segment& at = segment(number);
  at.bytes += bytes;
  at.end_sequence = std::max(at.end_sequence, header.sequence + sequence_span(header));
  if (header.payload_hash != Hash128{}) at.payloads.push_back({header.payload_hash, header.received_ns});
}

void LogSegments::add_found(std::uint64_t number, std::uint64_t bytes, bool damaged) {
  Segment& at = segment(number);
  at.bytes = bytes;
  at.damaged = damaged;
}

std::uint64_t LogSegments::bytes() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) sum += segment.bytes;
  return sum;
}

Result<void> LogSegments::remove_unfinished() {
  VIZSLA_TRY(const auto entries, files_.list(folder_));
  for (const Files::Entry& entry : entries) {
    if (entry.name.ends_with(kUnfinishedSuffix)) VIZSLA_TRY_VOID(files_.remove(folder_ + "/" + entry.name));
  }
  return {};
}

Result<std::uint64_t> LogSegments::next_number(const std::string& quarantine) const {
  std::uint64_t highest = 0;
  VIZSLA_TRY(const auto entries, files_.list(folder_));
  for (const Files::Entry& entry : entries) highest = std::max(highest, log_file_number(entry.name));
  const auto set_aside = files_.list(quarantine);
  if (!set_aside && set_aside.error().code != ErrorCode::NotFound) return fail(set_aside.error());
  if (set_aside) {
    for (const Files::Entry& entry : *set_aside) {
      const std::string_view name = entry.name;
      if (name.starts_with(kQuarantinePrefix))
        highest = std::max(highest, segment_number(name.substr(kQuarantinePrefix.size())));
    }
  }
  return highest + 1;
}

Result<std::vector<StoredPayload>> LogSegments::read_payload_files(UnixNanos now) {
  std::vector<StoredPayload> recent;
  VIZSLA_TRY(const auto entries, files_.list(folder_));
  for (const Files::Entry& entry : entries) {
    if (!entry.name.ends_with(kPayloadSuffix)) continue;
    auto payloads = read_payload_file(files_, folder_ + "/" + entry.name);
    if (!payloads) {
      // All it costs is that a payload which is sent again right now would be stored twice.
      log::warn(log::Fault::Environment, "payload_file", "{}", payloads.error().message);
      VIZSLA_TRY_VOID(files_.remove(folder_ + "/" + entry.name));
      continue;
    }
    PayloadFile file{entry.name, 0};
    for (const StoredPayload& payload : *payloads) {
      file.newest_ns = std::max(file.newest_ns, payload.received_ns);
      if (payload.received_ns >= now - payload_window_ns_) recent.push_back(payload);
    }
    payload_files_.push_back(std::move(file));
  }
  return recent;
}

Result<void> LogSegments::keep_payloads(const Segment& segment, UnixNanos now) {
  std::vector<PayloadEntry> entries;
  PayloadFile file{fmt::format("{:012}{}", segment.number, kPayloadSuffix), 0};
  for (const StoredPayload& payload : segment.payloads) {
    if (payload.received_ns < now - payload_window_ns_) continue;
    entries.push_back({payload.hash, payload.received_ns});
    file.newest_ns = std::max(file.newest_ns, payload.received_ns);
  }
  if (entries.empty()) return {};
  Buffer content(entries.size() * sizeof(PayloadEntry));
  std::memcpy(content.data(), entries.data(), content.size());
  const std::uint64_t checksum = hash64(content);
  content.resize(content.size() + sizeof(checksum));
  write_at(content.data() + content.size() - sizeof(checksum), checksum);
  VIZSLA_TRY_VOID(replace_file(files_, folder_, file.name, content));
  payload_files_.push_back(std::move(file));
  return {};
}

Result<void> LogSegments::remove_applied(std::uint64_t applied_sequence, std::uint64_t open_segment, UnixNanos now,
                                         const std::string& quarantine) {
  bool changed = false;
  while (!segments_.empty() && segments_.front().number != open_segment &&
         segments_.front().end_sequence <= applied_sequence) {
    const Segment& segment = segments_.front();
    VIZSLA_TRY_VOID(keep_payloads(segment, now));
    const std::string path = folder_ + "/" + segment_name(segment.number);
    if (segment.damaged) {
      VIZSLA_TRY_VOID(files_.make_folder(quarantine));
      VIZSLA_TRY_VOID(
          files_.rename(path, fmt::format("{}/{}{}", quarantine, kQuarantinePrefix, segment_name(segment.number))));
    } else {
      VIZSLA_TRY_VOID(files_.remove(path));
    }
    segments_.pop_front();
    changed = true;
  }
  for (auto it = payload_files_.begin(); it != payload_files_.end();) {
    if (it->newest_ns >= now - payload_window_ns_) {
      ++it;
      continue;
    }
    VIZSLA_TRY_VOID(files_.remove(folder_ + "/" + it->name));
    it = payload_files_.erase(it);
    changed = true;
  }
  return changed ? files_.sync_folder(folder_) : Result<void>{};
}

}  // namespace vizsla::store
