#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "model/testing/batch_builder.h"
#include "store/embedded/log_reader.h"
#include "store/embedded/log_writer.h"
#include "store/embedded/manifest.h"
#include "store/embedded/span_table.h"
#include "store/embedded/store.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

Buffer frame_of(std::uint64_t sequence, std::uint32_t rows, std::string_view body, Hash128 payload = {}) {
  Buffer frame(sizeof(FrameHeader) + body.size());
  std::memcpy(frame.data() + sizeof(FrameHeader), body.data(), body.size());
  FrameHeader header;
  header.sequence = sequence;
  header.received_ns = 1'000'000'000;
  header.rows = rows;
  header.body_bytes = static_cast<std::uint32_t>(body.size());
  header.payload_hash = payload;
  header.body_checksum = hash64(as_bytes(body));
  write_at(frame.data(), header);
  return frame;
}

class Log : public ::testing::Test {
 protected:
  void write(std::vector<Buffer> frames, std::uint64_t segment = 1) {
    LogWriter writer(*files_, folder_.path(), segment, {});
    std::vector<Buffer*> pointers;
    for (Buffer& frame : frames) pointers.push_back(&frame);
    ASSERT_TRUE(writer.append(pointers));
  }

  [[nodiscard]] std::string path(std::uint64_t segment = 1) const {
    return folder_.path() + "/" + segment_name(segment);
  }

  // The sequences of the frames that are found.
  std::vector<std::uint64_t> read(SegmentScan& scan, std::uint64_t segment = 1) {
    std::vector<std::uint64_t> sequences;
    const auto outcome = read_segment(*files_, path(segment), segment,
                                      [&](const LogFrame& frame) { sequences.push_back(frame.header.sequence); });
    EXPECT_TRUE(outcome) << outcome.error().message;
    if (outcome) scan = *outcome;
    return sequences;
  }

  void overwrite(const std::string& content) {
    std::ofstream file(path(), std::ios::binary | std::ios::trunc);
    file << content;
  }

  [[nodiscard]] std::string content() {
    const auto bytes = read_file(*files_, path()).value();
    return std::string(as_text(bytes));
  }

  const TemporaryFolder folder_;
  const std::unique_ptr<Files> files_ = make_posix_files();
};

// docs/formats/log.md, byte by byte: what is on disks out there must stay readable.
TEST_F(Log, HasItsLayout) {
  write({frame_of(7, 2, "sixteen bytes ok", {0x1111, 0x2222})});
  const std::string bytes = content();
  ASSERT_EQ(bytes.size(), 32u + 64u + 16u);
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  EXPECT_EQ(bytes.substr(0, 8), "VSZALOG1");
  EXPECT_EQ(load<std::uint32_t>(at + 8), 2u);
  EXPECT_EQ(load<std::uint64_t>(at + 16), 1u);
  EXPECT_EQ(load<std::uint64_t>(at + 24), hash64({at, 24}));
  EXPECT_EQ(bytes.substr(32, 8), "VZFRAME1");
  EXPECT_EQ(load<std::uint64_t>(at + 40), 7u);
  EXPECT_EQ(load<std::int64_t>(at + 48), 1'000'000'000);
  EXPECT_EQ(load<std::uint32_t>(at + 56), 2u);
  EXPECT_EQ(load<std::uint32_t>(at + 60), 16u);
  EXPECT_EQ(load<std::uint64_t>(at + 64), 0x1111u);
  EXPECT_EQ(load<std::uint64_t>(at + 72), 0x2222u);
  EXPECT_EQ(load<std::uint64_t>(at + 80), hash64({at + 96, 16}));
  EXPECT_EQ(load<std::uint64_t>(at + 88), hash64({at + 32, 56}, 1));
  EXPECT_EQ(bytes.substr(96), "sixteen bytes ok");
}

TEST_F(Log, AFlippedBitCostsTheFrameThatItHits) {
  write({frame_of(1, 1, "11111111"), frame_of(2, 1, "2222222222222222"), frame_of(3, 1, "33333333")});
  const std::string sound = content();
  const std::size_t ends[] = {32, 32 + 72, 32 + 72 + 80, 32 + 72 + 80 + 72};
  for (std::size_t byte = 0; byte < sound.size(); ++byte) {
    std::string damaged = sound;
    damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << (byte % 8)));
    overwrite(damaged);
    SegmentScan scan;
    std::vector<std::uint64_t> expected;
    for (std::uint64_t frame = 1; frame <= 3; ++frame) {
      if (byte < ends[frame - 1] || byte >= ends[frame]) expected.push_back(frame);
    }
    ASSERT_THAT(read(scan), ElementsAreArray(expected)) << "byte " << byte;
    // In the last frame it can't be told from a write that wasn't finished.
    const bool in_last = byte >= ends[2];
    ASSERT_EQ(scan.damaged_bytes > 0, !in_last) << "byte " << byte;
    ASSERT_EQ(scan.unfinished_bytes, in_last ? ends[3] - ends[2] : 0u) << "byte " << byte;
  }
}

TEST_F(Log, EndsAnywhere) {
  write({frame_of(1, 1, "11111111"), frame_of(2, 1, "2222222222222222")});
  const std::string whole = content();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    overwrite(whole.substr(0, size));
    SegmentScan scan;
    const std::size_t expected = size < 32 + 72 ? 0 : size < whole.size() ? 1 : 2;
    ASSERT_EQ(read(scan).size(), expected) << size;
    ASSERT_EQ(scan.damaged_bytes, 0u) << size;
    ASSERT_EQ(scan.sound_end + scan.unfinished_bytes, size);
  }
}

TEST_F(Log, FramesOfAnotherSegmentAreNotTakenForItsOwn) {
  // A file system that hands out old blocks: the frame is sound, its place is not.
  write({frame_of(1, 1, "11111111")}, 1);
  write({frame_of(2, 1, "22222222")}, 2);
  std::string first = content();
  const auto other = read_file(*files_, path(2)).value();
  first += as_text(other).substr(32);
  overwrite(first);
  SegmentScan scan;
  EXPECT_THAT(read(scan), ElementsAre(1));
  EXPECT_EQ(scan.unfinished_bytes, 72u);
}

TEST_F(Log, RefusesWhatANewerProgramWrote) {
  write({frame_of(1, 1, "11111111")});
  std::string bytes = content();
  SegmentHeader header = make_segment_header(1);
  header.version = 3;
  header.checksum = hash64({reinterpret_cast<const std::uint8_t*>(&header), sizeof(header) - 8});
  std::memcpy(bytes.data(), &header, sizeof(header));
  overwrite(bytes);
  const auto outcome = read_segment(*files_, path(), 1, [](const LogFrame&) { FAIL(); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Unsupported);
  EXPECT_THAT(outcome.error().message, ::testing::HasSubstr("version 3, this program reads 1 to 2"));
}

TEST(SegmentNames, ReadBack) {
  EXPECT_EQ(segment_name(42), "000000000042.log");
  EXPECT_EQ(segment_number("000000000042.log"), 42u);
  for (const char* other : {"42.log", "000000000042.payloads", "00000000004x.log", "000000000042.log.tmp", ""})
    EXPECT_EQ(segment_number(other), 0u);
}

// A payload is on the disk twice when its first write failed, was refused, and reached the disk all the same. The last
// one counts, whatever has been built into blocks between the two.
TEST(Replay, TheLastFrameOfAPayloadCounts) {
  const vizsla::testing::FakeClock clock;
  const auto files = make_posix_files();
  const Hash128 twice{5, 6};
  for (const std::uint64_t applied : std::initializer_list<std::uint64_t>{1, 3, 10}) {
    const TemporaryFolder folder;
    StoreOptions options;
    options.folder = folder.path();
    options.query_threads = 1;
    std::ignore = EmbeddedStore::open(options, *files, clock).value();  // makes the folders

    const auto span_frame = [&](std::uint64_t sequence, std::uint64_t trace, Hash128 payload) {
      Buffer body;
      encode_spans(model::testing::BatchBuilder().span({.trace = trace, .start = clock.now()}).build_normalized(),
                   body);
      Buffer frame = frame_of(sequence, 1, as_text(body), payload);
      auto header = load<FrameHeader>(frame.data());
      header.received_ns = clock.now();
      write_at(frame.data(), header);
      return frame;
    };
    std::vector<Buffer> frames;
    frames.push_back(span_frame(1, 100, twice));
    frames.push_back(span_frame(2, 101, {7, 8}));
    frames.push_back(span_frame(4, 100, twice));
    std::vector<Buffer*> pointers;
    for (Buffer& frame : frames) pointers.push_back(&frame);
    ASSERT_TRUE(LogWriter(*files, folder.path() + "/log", 1, {}).append(pointers));
    Manifest manifest;
    manifest.table = span_schema().name;
    manifest.schema_version = span_schema().version;
    manifest.applied_sequence = applied;
    ASSERT_TRUE(write_manifest(*files, folder.path() + "/spans", manifest));

    const auto store = EmbeddedStore::open(options, *files, clock).value();
    EXPECT_EQ(store->read_trace({100, 0}, SpanDetail::Everything, {})->size(), applied <= 4 ? 1u : 0u) << applied;
    EXPECT_EQ(store->span_count(), applied == 1 ? 2u : applied == 3 ? 1u : 0u) << applied;
    EXPECT_EQ(store->recent_payloads().size(), 2u);
  }
}

}  // namespace
}  // namespace vizsla::store::testing
