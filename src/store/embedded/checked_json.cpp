#include "store/embedded/checked_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"

namespace vizsla::store {

std::string with_checksum_line(std::string_view json) {
  return fmt::format("{:016x}\n{}", hash64(as_bytes(json)), json);
}

Result<std::string> read_checked_json(Files& files, const std::string& path) {
  VIZSLA_TRY(const auto content, read_file(files, path));
  const std::string_view text = as_text(content);
  const std::string_view json = text.substr(std::min(text.size(), text.find('\n') + 1));
  if (text.size() <= json.size() || with_checksum_line(json) != text)
    return fail(ErrorCode::Corrupt, fmt::format("{}: its checksum differs", path));
  return std::string(json);
}

}  // namespace vizsla::store
