// Filters whose checksums are right and that say anything.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/hash.h"
#include "store/embedded/block_filter.h"
#include "store/embedded/testing/fuzz_file.h"

using namespace vizsla;
using namespace vizsla::store;

namespace {

// docs/formats/block.md
constexpr std::size_t kHeaderBytes = 24;
constexpr std::size_t kEntryBytes = 32;

// Makes the magic, the version and the checksums right, as far as the parts fit in the file.
void sign(Buffer& file) {
  std::uint8_t* const at = file.data();
  write_at(at, std::uint64_t{0x31544c464c42565a});
  write_at(at + 8, std::uint32_t{1});
  const auto row_groups = load<std::uint32_t>(at + 12);
  const std::uint64_t directory = row_groups * std::uint64_t{kEntryBytes};
  if (directory > file.size() - kHeaderBytes) return;
  for (std::uint32_t group = 0; group < row_groups; ++group) {
    std::uint8_t* const entry = at + kHeaderBytes + group * kEntryBytes;
    const FuseShape shape{0, load<std::uint32_t>(entry + 8), load<std::uint32_t>(entry + 12)};
    const auto offset = load<std::uint64_t>(entry + 16);
    if (offset <= file.size() && shape.bytes() <= file.size() - offset)
      write_at(entry + 24, hash64(Bytes(file).subspan(offset, shape.bytes())));
  }
  write_at(at + 16, hash64({at + kHeaderBytes, directory}, hash64({at, 16})));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHeaderBytes) return 0;
  static const testing::FuzzFile file;
  Buffer content(size);
  std::copy(data, data + size, content.begin());
  sign(content);
  file.write(content);
  const auto filter = BlockFilter::open(file.path(), content.size());
  if (!filter) return 0;
  for (std::uint32_t group = 0; group < 8; ++group) {
    for (std::uint64_t text = 0; text < 8; ++text)
      static_cast<void>((*filter)->may_contain(group, hash64({data, size}, text)));
  }
  return 0;
}
