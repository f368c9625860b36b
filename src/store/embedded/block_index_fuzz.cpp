// Indexes whose checksums are right and that say anything: as a bug would leave them, or somebody who means it.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/hash.h"
#include "store/embedded/block_index.h"
#include "store/embedded/testing/fuzz_file.h"

using namespace vizsla;
using namespace vizsla::store;

namespace {

// docs/formats/block.md
constexpr std::size_t kHeaderBytes = 72;
constexpr std::size_t kSliceRuns = 1024;

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

// Makes the magic, the version and the checksums right, as far as the parts fit in the file.
void sign(Buffer& file) {
  std::uint8_t* const at = file.data();
  write_at(at, std::uint64_t{0x315844494c42565a});
  write_at(at + 8, std::uint32_t{2});
  const auto row_groups = load<std::uint32_t>(at + 16);
  const auto leaves = load<std::uint32_t>(at + 20);
  const auto pages = load<std::uint64_t>(at + 24);
  const auto runs = load<std::uint64_t>(at + 32);
  const auto zones = load<std::uint32_t>(at + 52);
  const std::uint64_t left = file.size() - kHeaderBytes;
  if (pages <= left && runs <= left && row_groups <= left && leaves <= left) {
    const std::uint64_t layout =
        padded(row_groups * 4ULL) + std::uint64_t{row_groups} * leaves * 24 + pages * 8 + zones * 16ULL;
    const std::uint64_t slices = (runs + kSliceRuns - 1) / kSliceRuns;
    const std::uint64_t numbers = padded(runs * 4);
    if (layout + padded(slices * 4) + 2 * numbers + runs <= left) {
      write_at(at + 56, hash64(Bytes(file).subspan(kHeaderBytes, layout)));
      std::uint8_t* const checks = at + kHeaderBytes + layout;
      const std::uint8_t* const hashes = checks + padded(slices * 4);
      for (std::uint64_t slice = 0; slice < slices; ++slice) {
        const std::uint64_t first = slice * kSliceRuns;
        const std::uint64_t count = std::min<std::uint64_t>(kSliceRuns, runs - first);
        const std::uint64_t of_hashes = hash64({hashes + first * 4, count * 4});
        const std::uint64_t of_firsts = hash64({hashes + numbers + first * 4, count * 4}, of_hashes);
        write_at(checks + slice * 4,
                 static_cast<std::uint32_t>(hash64({hashes + 2 * numbers + first, count}, of_firsts)));
      }
    }
  }
  write_at(at + 64, hash64({at, 64}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHeaderBytes) return 0;
  static const testing::FuzzFile file;
  Buffer content(size);
  std::copy(data, data + size, content.begin());
  sign(content);
  file.write(content);
  const auto index = BlockIndex::open(file.path(), content.size());
  if (!index) return 0;
  std::vector<RowRange> rows;
  for (std::uint64_t key = 0; key < 8; ++key) static_cast<void>((*index)->find(key, 0, rows));
  if (!(*index)->verify(0)) return 0;
  static_cast<void>((*index)->runs(0));
  for (std::uint32_t group = 0; group < std::min((*index)->row_groups(), 8U); ++group) {
    static_cast<void>((*index)->row_group(group));
    for (std::uint32_t leaf = 0; leaf < std::min((*index)->leaves(), 8U); ++leaf) {
      static_cast<void>((*index)->dictionary(group, leaf));
      for (std::uint32_t page = 0; page < std::min((*index)->pages_of(group), 8U); ++page)
        static_cast<void>((*index)->page(group, leaf, page));
    }
  }
  return 0;
}
