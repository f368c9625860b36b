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
  VIZSLA_TRY_VOID(cut_refused());
  // A number isn't used twice, even if creating its file fails half-way.
  segment_ = next_segment_++;
  VIZSLA_TRY(file_, files_.create(folder_ + "/" + segment_name(segment_)));
  const SegmentHeader header = make_segment_header(segment_);
  const Bytes bytes{reinterpret_cast<const std::uint8_t*>(&header), sizeof(header)};
  Result<void> outcome = file_->append({&bytes, 1});
  // The name must be durable before anything in the file is acknowledged.
  if (outcome && options_.sync == LogSync::Always) outcome = files_.sync_folder(folder_);
  acknowledged_bytes_ = sizeof(header);
  if (outcome) return {};
  // No frame is in it. A disk that stays full must not collect a file for each attempt.
  file_.reset();
  static_cast<void>(files_.remove(folder_ + "/" + segment_name(segment_)));
  return outcome;
}

Result<void> LogWriter::probe() {
  if (file_ == nullptr) VIZSLA_TRY_VOID(open_segment());
  return {};
}

void LogWriter::give_up_segment() {
  refused_ = std::move(file_);
  if (const auto cut = cut_refused(); !cut) {
    log::warn(log::Fault::Environment, "log_truncate",
              "{}; nothing more is taken until what was refused can be cut off", cut.error().message);
  }
}

Result<void> LogWriter::cut_refused() {
  if (refused_ == nullptr) return {};
  VIZSLA_TRY_VOID(refused_->truncate(acknowledged_bytes_));
  if (options_.sync == LogSync::Always) VIZSLA_TRY_VOID(refused_->sync());
  refused_.reset();
  if (acknowledged_bytes_ <= sizeof(SegmentHeader))
    static_cast<void>(files_.remove(folder_ + "/" + segment_name(segment_)));
  return {};
}

}  // namespace vizsla::store
