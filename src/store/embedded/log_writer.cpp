#include "store/embedded/log_writer.h"

#include "base/log.h"

namespace vizsla::store {

Result<void> LogWriter::append(std::span<Buffer* const> frames) {
  if (file_ != nullptr && file_->size() >= options_.segment_bytes) file_.reset();
  if (file_ == nullptr) VIZSLA_TRY_VOID(open_segment());

  std::vector<Bytes> pieces;
  pieces.reserve(frames.size());
  for (Buffer* frame : frames) {
    auto header = load<FrameHeader>(frame->data());
    header.header_checksum = header_checksum(header, segment_);
    write_at(frame->data(), header);
    pieces.emplace_back(*frame);
  }
  Result<void> outcome = file_->append(pieces);
  if (outcome && options_.sync == LogSync::Always) outcome = file_->sync();
  if (!outcome) {
    give_up_segment();
    return outcome;
  }
  acknowledged_bytes_ = file_->size();
  return {};
}

Result<void> LogWriter::open_segment() {
  // A number isn't used twice, even if creating its file fails half-way.
  segment_ = next_segment_++;
  VIZSLA_TRY(file_, files_.create(folder_ + "/" + segment_name(segment_)));
  const SegmentHeader header = make_segment_header(segment_);
  const Bytes bytes{reinterpret_cast<const std::uint8_t*>(&header), sizeof(header)};
  Result<void> outcome = file_->append({&bytes, 1});
  // The name must be durable before anything in the file is acknowledged.
  if (outcome && options_.sync == LogSync::Always) outcome = files_.sync_folder(folder_);
  acknowledged_bytes_ = sizeof(header);
  if (!outcome) give_up_segment();
  return outcome;
}

Result<void> LogWriter::probe() {
  if (file_ == nullptr) VIZSLA_TRY_VOID(open_segment());
  return {};
}

void LogWriter::give_up_segment() {
  // Nothing in it was acknowledged: a disk that stays full must not collect a file for each attempt.
  if (acknowledged_bytes_ <= sizeof(SegmentHeader)) {
    file_.reset();
    if (files_.remove(folder_ + "/" + segment_name(segment_))) return;
  }
  if (file_ == nullptr) return;
  if (const auto cut = file_->truncate(acknowledged_bytes_); !cut) {
    log::warn(log::Fault::Environment, "log_truncate", "{}; what was refused may be found again after a restart",
              cut.error().message);
  }
  file_.reset();
}

}  // namespace vizsla::store
