#include "store/embedded/transfer.h"

#include <algorithm>

#include "base/buffer.h"
#include "base/hash.h"

namespace vizsla::store {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

}  // namespace

Result<void> read_pieces(const ReadableFile& file, const std::function<Result<void>(Bytes)>& visit) {
  Buffer piece;
  for (std::uint64_t at = 0; at < file.size(); at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file.size() - at)));
    VIZSLA_TRY_VOID(file.read_at(at, piece));
    VIZSLA_TRY_VOID(visit(piece));
  }
  return {};
}

Result<Transfer::Taken> Transfer::link_or_copy(const std::string& from, const std::string& to) {
  if (copy_all_) return copy(from, to);
  VIZSLA_TRY_VOID(files_.remove(to));
  const auto linked = files_.link(from, to);
  if (!linked && linked.error().code == ErrorCode::Unsupported) return copy(from, to);
  if (!linked) return fail(linked.error());
  VIZSLA_TRY(const auto file, files_.open(to));
  ++counts_.linked_files;
  counts_.linked_bytes += file->size();
  advance(file->size());
  return Taken{file->size(), true, 0};
}

Result<Transfer::Taken> Transfer::copy(const std::string& from, const std::string& to) {
  VIZSLA_TRY(const auto original, files_.open(from));
  // Never through a link that lies there: what it shares isn't ours to change.
  VIZSLA_TRY_VOID(files_.remove(to));
  VIZSLA_TRY(const auto made, files_.create(to));
  Hasher64 hasher;
  VIZSLA_TRY_VOID(read_pieces(*original, [&](Bytes piece) -> Result<void> {
    hasher.update(piece);
    VIZSLA_TRY_VOID(made->append({&piece, 1}));
    advance(piece.size());
    return {};
  }));
  VIZSLA_TRY_VOID(made->sync());
  ++counts_.copied_files;
  counts_.copied_bytes += original->size();
  return Taken{original->size(), false, hasher.digest()};
}

void Transfer::advance(std::uint64_t bytes) {
  done_ += bytes;
  if (progress_) progress_(done_, std::max(done_, total_));
}

}  // namespace vizsla::store
