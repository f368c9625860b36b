// Manifests whose checksum is right and that say anything.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "store/embedded/checked_json.h"
#include "store/embedded/files.h"
#include "store/embedded/manifest.h"
#include "store/embedded/testing/fuzz_file.h"

using namespace vizsla;
using namespace vizsla::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::FuzzFile file;
  static const std::unique_ptr<Files> files = make_posix_files();
  const std::string content = with_checksum_line(as_text(Bytes{data, size}));
  file.write(as_bytes(content));
  static_cast<void>(read_manifest_copy(*files, file.path()));
  return 0;
}
