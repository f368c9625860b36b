#include "http/content_coding.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

namespace vizsla::http {
namespace {

constexpr std::size_t kFirstBytes = 64 << 10;
constexpr std::size_t kCodingsMax = 2;
// zlib: the largest window, and to tell gzip from zlib by the first bytes.
constexpr int kWindow = 15;
constexpr int kTellGzip = 32;
// 32 MiB: a frame may ask for as much memory as its header says.
constexpr int kZstdWindowLogMax = 25;

std::string lower_trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return lower;
}

// The body that comes out, as it grows.
class Output {
 public:
  Output(std::uint64_t bytes_max, const std::function<bool(std::uint64_t)>& make_room)
      : bytes_max_(bytes_max), make_room_(make_room) {}

  // At least one free byte behind what is there; one more than the limit, so that going past it is seen.
  Result<void> grow() {
    if (size_ < room_) return {};
    if (size_ > bytes_max_) return fail(ErrorCode::LimitExceeded, fmt::format("more than {} bytes", bytes_max_));
    room_ = std::min<std::uint64_t>(std::max<std::uint64_t>(room_ * 2, kFirstBytes), bytes_max_ + 1);
    if (!make_room_(room_)) return fail(ErrorCode::Unavailable, "too much is in memory");
    data_ = body_.grow(room_);
    return {};
  }

  [[nodiscard]] std::uint8_t* free() { return data_ + size_; }
  [[nodiscard]] std::size_t free_bytes() const { return room_ - size_; }
  void add(std::size_t bytes) { size_ += bytes; }

  Result<Body> finish() {
    if (size_ > bytes_max_) return fail(ErrorCode::LimitExceeded, fmt::format("more than {} bytes", bytes_max_));
    body_.grow(size_);
    body_.set_size(size_);
    return std::move(body_);
  }

 private:
  const std::uint64_t bytes_max_;
  const std::function<bool(std::uint64_t)>& make_room_;
  Body body_;
  std::uint8_t* data_ = nullptr;
  std::size_t room_ = 0;
  std::size_t size_ = 0;
};

Result<Body> broken(std::string_view coding) {
  return fail(ErrorCode::InvalidInput, fmt::format("the body isn't {}", coding));
}

Result<Body> inflate_zlib(std::string_view coding, Bytes in, int window, Output out) {
  z_stream stream{};
  if (::inflateInit2(&stream, window) != Z_OK) return fail(ErrorCode::Unavailable, "no memory to inflate");
  const std::unique_ptr<z_stream, decltype(&::inflateEnd)> end(&stream, &::inflateEnd);
  stream.next_in = const_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  for (;;) {
    VIZSLA_TRY_VOID(out.grow());
    const auto room = static_cast<uInt>(std::min<std::size_t>(out.free_bytes(), 1 << 30));
    stream.next_out = out.free();
    stream.avail_out = room;
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    out.add(room - stream.avail_out);
    if (status == Z_STREAM_END) {
      // gzip allows several members one after the other.
      if (stream.avail_in == 0 || window < kTellGzip) return out.finish();
      if (::inflateReset(&stream) != Z_OK) return broken(coding);
      continue;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) return broken(coding);
    if (stream.avail_in == 0 && stream.avail_out > 0) return broken(coding);  // ends too early
  }
}

Result<Body> inflate_zstd(Bytes in, Output out) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  std::size_t left = 1;
  while (input.pos < input.size || left > 0) {
    VIZSLA_TRY_VOID(out.grow());
    ZSTD_outBuffer output{out.free(), out.free_bytes(), 0};
    left = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(left) != 0) return broken("zstd");
    out.add(output.pos);
    if (left > 0 && input.pos == input.size && output.pos < output.size) return broken("zstd");  // ends too early
  }
  return out.finish();
}

Result<Body> decode_one(const std::string& coding, Bytes in, Output out) {
  if (coding == "gzip" || coding == "x-gzip") return inflate_zlib(coding, in, kWindow + kTellGzip, std::move(out));
  if (coding == "zstd") return inflate_zstd(in, std::move(out));
  if (coding == "deflate") {
    // zlib's header: method 8 in the low half, and both bytes a multiple of 31.
    const bool has_header = in.size() >= 2 && (in[0] & 0x0f) == 8 && (in[0] * 256 + in[1]) % 31 == 0;
    return inflate_zlib(coding, in, has_header ? kWindow : -kWindow, std::move(out));
  }
  return fail(ErrorCode::Unsupported, fmt::format("unsupported Content-Encoding: '{}'", coding));
}

}  // namespace

bool is_identity(std::string_view content_encoding) {
  const std::string coding = lower_trimmed(content_encoding);
  return coding.empty() || coding == "identity";
}

Result<Body> decode_content(std::string_view content_encoding, Bytes body, std::uint64_t bytes_max,
                            const std::function<bool(std::uint64_t)>& make_room) {
  Body decoded;
  Bytes in = body;
  std::size_t codings = 0;
  // The one applied last is named last.
  while (!content_encoding.empty()) {
    const std::size_t comma = content_encoding.rfind(',');
    const std::string coding =
        lower_trimmed(comma == std::string_view::npos ? content_encoding : content_encoding.substr(comma + 1));
    content_encoding = comma == std::string_view::npos ? std::string_view{} : content_encoding.substr(0, comma);
    if (is_identity(coding)) continue;
    if (++codings > kCodingsMax) return fail(ErrorCode::Unsupported, "more than two codings on top of each other");
    VIZSLA_TRY(Body next, decode_one(coding, in, Output(bytes_max, make_room)));
    decoded = std::move(next);
    in = decoded.bytes();
  }
  if (codings == 0) decoded = Body(as_text(body));
  return decoded;
}

}  // namespace vizsla::http
