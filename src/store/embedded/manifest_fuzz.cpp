// Manifests whose checksum is right and that say anything.
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/testing/fuzz_file.h"

using namespace vizsla;
using namespace vizsla::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::FuzzFile file;
  static const std::unique_ptr<Files> files = make_posix_files();
  const Bytes json{data, size};
  const std::string content = fmt::format("{:016x}\n{}", hash64(json), as_text(json));
  file.write(as_bytes(content));
  static_cast<void>(read_manifest_copy(*files, file.path()));
  return 0;
}
