#include "store/embedded/manifest.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/log.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

Manifest sample() {
  Manifest manifest;
  manifest.table = "spans";
  manifest.schema_version = 1;
  manifest.applied_sequence = std::numeric_limits<std::uint64_t>::max();
  manifest.received_max = std::numeric_limits<std::int64_t>::max();
  manifest.next_block_id = 3;
  BlockInfo block;
  block.id = 2;
  block.rows = 10;
  block.data_checksum = std::numeric_limits<std::uint64_t>::max();
  block.time_min = std::numeric_limits<std::int64_t>::min();
  block.odd_times = true;
  block.level = 1;
  block.filter_bytes = 5;
  block.filter_checksum = 6;
  block.string_tags = {"a \"quoted\" key", "größe", ""};
  block.number_tags = {"n"};
  manifest.blocks = {BlockInfo{.id = 1, .string_tags = {}, .number_tags = {}}, block};
  manifest.next_deletion_id = 5;
  manifest.deletions = {{.id = 3, .sequence_end = 7, .asked_ns = 8, .key = 0, .texts = {}},
                        {.id = 4, .time_from = -1, .time_to = 2, .key = {}, .texts = {{"service", "größe \"x\""}}}};
  return manifest;
}

class ManifestFile : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::Off); }
  void TearDown() override { log::set_level(log::Level::Info); }

  void write(std::string_view name, const std::string& content) const {
    std::ofstream(fmt::format("{}/{}", folder_.path(), name), std::ios::binary) << content;
  }
  [[nodiscard]] std::string read(std::string_view name) const {
    const auto bytes = read_file(*files_, fmt::format("{}/{}", folder_.path(), name)).value();
    return std::string(as_text(bytes));
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_ = make_posix_files();
};

TEST_F(ManifestFile, ReadsBackAsItWasWritten) {
  EXPECT_EQ(read_manifest(*files_, folder_.path()).error().code, ErrorCode::NotFound);
  ASSERT_TRUE(write_manifest(*files_, folder_.path(), sample()));
  EXPECT_EQ(read_manifest(*files_, folder_.path()).value().manifest, sample());
  EXPECT_TRUE(read_manifest(*files_, folder_.path()).value().twice);
  std::filesystem::remove(fmt::format("{}/{}", folder_.path(), kManifestCopyName));
  EXPECT_FALSE(read_manifest(*files_, folder_.path()).value().twice);
}

TEST_F(ManifestFile, AnyDamagedByteOfOneCopyIsNoticedAndCostsNothing) {
  ASSERT_TRUE(write_manifest(*files_, folder_.path(), sample()));
  const std::string sound = read(kManifestName);
  for (std::size_t byte = 0; byte < sound.size(); ++byte) {
    std::string damaged = sound;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    write(kManifestName, damaged);
    ASSERT_EQ(read_manifest(*files_, folder_.path()).value().manifest, sample()) << byte;
    ASSERT_FALSE(read_manifest(*files_, folder_.path()).value().twice) << byte;
  }
  for (std::size_t size = 0; size < sound.size(); ++size) {
    write(kManifestName, sound.substr(0, size));
    ASSERT_EQ(read_manifest(*files_, folder_.path()).value().manifest, sample()) << size;
  }
  write(kManifestCopyName, "");
  EXPECT_EQ(read_manifest(*files_, folder_.path()).error().code, ErrorCode::Corrupt);
  std::filesystem::remove(fmt::format("{}/{}", folder_.path(), kManifestName));
  EXPECT_EQ(read_manifest(*files_, folder_.path()).error().code, ErrorCode::Corrupt) << "not taken for a new folder";
}

TEST_F(ManifestFile, ANewerVersionIsRefusedAndNotTakenForDamage) {
  ASSERT_TRUE(write_manifest(*files_, folder_.path(), sample()));
  std::string json = read(kManifestName).substr(17);
  json.replace(json.find("\"version\":2"), 11, "\"version\":3");
  write(kManifestName, fmt::format("{:016x}\n{}", hash64(as_bytes(json)), json));
  EXPECT_EQ(read_manifest(*files_, folder_.path()).error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace vizsla::store::testing
