#include "http/content_coding.h"

#include <random>

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace vizsla::http {
namespace {

const auto kPlenty = [](std::uint64_t) { return true; };

std::string zlib_encoded(std::string_view text, int window) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string gzip(std::string_view text) {
  return zlib_encoded(text, 15 + 16);
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string sample(std::size_t size) {
  std::mt19937_64 random(size);
  std::string text;
  while (text.size() < size) text += "span " + std::to_string(random() % 1000) + ' ';
  text.resize(size);
  return text;
}

Result<std::string> decode(std::string_view coding, std::string_view body, std::uint64_t bytes_max = 10 << 20) {
  const auto decoded = decode_content(coding, as_bytes(body), bytes_max, kPlenty);
  if (!decoded) return fail(decoded.error());
  return std::string(as_text(decoded->bytes()));
}

TEST(ContentCoding, ReadsWhatClientsSend) {
  for (const std::size_t size : {0u, 1u, 100u, 65'536u, 65'537u, 1'000'000u}) {
    const std::string text = sample(size);
    EXPECT_EQ(decode("gzip", gzip(text)).value(), text);
    EXPECT_EQ(decode("x-gzip", gzip(text)).value(), text);
    EXPECT_EQ(decode(" GZIP ", gzip(text)).value(), text);
    EXPECT_EQ(decode("deflate", zlib_encoded(text, 15)).value(), text) << "zlib's";
    EXPECT_EQ(decode("deflate", zlib_encoded(text, -15)).value(), text) << "raw";
    EXPECT_EQ(decode("zstd", zstd(text)).value(), text);
    EXPECT_EQ(decode("gzip, zstd", zstd(gzip(text))).value(), text) << "the last one is on the outside";
    EXPECT_EQ(decode("identity", text).value(), text);
    EXPECT_EQ(decode("", text).value(), text);
  }
  EXPECT_EQ(decode("gzip", gzip("one ") + gzip("two")).value(), "one two");
  EXPECT_EQ(decode("zstd", zstd("one ") + zstd("two")).value(), "one two");
}

TEST(ContentCoding, SaysWhatIsWrong) {
  EXPECT_EQ(decode("br", "x").error().code, ErrorCode::Unsupported);
  EXPECT_EQ(decode("gzip, gzip, gzip", gzip(gzip(gzip("x")))).error().code, ErrorCode::Unsupported);
  for (const char* coding : {"gzip", "deflate", "zstd"}) {
    EXPECT_EQ(decode(coding, "this is plain text").error().code, ErrorCode::InvalidInput) << coding;
    EXPECT_EQ(decode(coding, "").error().code, ErrorCode::InvalidInput) << coding;
  }
  const std::string text = sample(5000);
  for (const std::string& whole : {gzip(text), zstd(text)}) {
    const char* coding = whole == gzip(text) ? "gzip" : "zstd";
    for (std::size_t size = 0; size < whole.size(); size += 7)
      ASSERT_EQ(decode(coding, whole.substr(0, size)).error().code, ErrorCode::InvalidInput) << coding << " " << size;
  }
}

TEST(ContentCoding, BombsCostNoMoreThanTheLimit) {
  const std::string zeros(200 << 20, '\0');
  std::uint64_t most = 0;
  for (const std::string& bomb : {gzip(zeros), zstd(zeros)}) {
    const char* coding = bomb == zstd(zeros) ? "zstd" : "gzip";
    const auto decoded = decode_content(coding, as_bytes(bomb), 1 << 20, [&](std::uint64_t bytes) {
      most = std::max(most, bytes);
      return true;
    });
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::LimitExceeded);
  }
  EXPECT_LE(most, (1u << 20) + 1);
  EXPECT_EQ(decode("gzip", gzip(sample(1000)), 1000).value().size(), 1000u);
  EXPECT_EQ(decode("gzip", gzip(sample(1001)), 1000).error().code, ErrorCode::LimitExceeded);
  EXPECT_EQ(decode_content("gzip", as_bytes(gzip("x")), 1 << 20, [](std::uint64_t) { return false; }).error().code,
            ErrorCode::Unavailable);
}

}  // namespace
}  // namespace vizsla::http
