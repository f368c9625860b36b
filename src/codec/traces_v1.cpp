#include "codec/traces_v1.h"

#include "codec/base64.h"
#include "codec/meta_struct.h"
#include "codec/msgpack_reader.h"
#include "codec/payload_error.h"
#include "codec/probe.h"
#include "codec/span_extras.h"
#include "codec/span_writer.h"
#include "codec/streaming_strings.h"
#include "codec/tag_json.h"
#include "codec/trace_id_bytes.h"

namespace vizsla::codec {
namespace {

using model::StringCode;

// Types of attributes.
constexpr std::uint64_t kString = 1;
constexpr std::uint64_t kBool = 2;
constexpr std::uint64_t kDouble = 3;
constexpr std::uint64_t kInt = 4;
constexpr std::uint64_t kBytes = 5;
constexpr std::uint64_t kArray = 6;
constexpr std::uint64_t kKeyValues = 7;

class Decoder {
 public:
  Decoder(Bytes body, SpanWriter& out) : in_(body), out_(out), strings_(out, body.size()) {}

  void decode() {
    if (in_.peek() == MsgpackReader::Kind::Array) {
      decode_probe(in_, out_);
    } else {
      decode_payload();
    }
  }

  [[nodiscard]] const MsgpackReader& reader() const { return in_; }

 private:
  // The key of a map; 0, which is none, for what isn't a small integer.
  std::uint64_t key() {
    if (!in_.at_string()) [[likely]]
      return in_.small();
    strings_.skip(in_);
    return 0;
  }

  StringCode string() { return strings_.read(in_); }

  void decode_payload() {
    model::PayloadAttributes& payload = out_.begin_payload();
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      switch (key()) {
        case 1:
          strings_.read_table(in_);
          break;
        case 2:
          payload.container_id = string();
          break;
        case 3:
          payload.language_name = string();
          break;
        case 4:
          payload.language_version = string();
          break;
        case 5:
          payload.tracer_version = string();
          break;
        case 6:
          payload.runtime_id = string();
          break;
        case 7:
          payload.env = string();
          break;
        case 8:
          payload.hostname = string();
          break;
        case 9:
          payload.app_version = string();
          break;
        case 10:
          decode_attributes(false);
          out_.give_tags_to_payload();
          break;
        case 11:
          for (std::uint32_t m = in_.array_header(); m > 0 && !in_.failed(); --m) decode_chunk();
          break;
        default:
          strings_.skip(in_);
          break;
      }
    }
  }

  void decode_chunk() {
    ChunkFacts& chunk = out_.begin_chunk();
    chunk.trace_id.emplace();
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      switch (key()) {
        case 1:
          chunk.priority = in_.i32();
          break;
        case 2:
          chunk.origin = string();
          break;
        case 3:
          decode_attributes(false);
          out_.give_tags_to_chunk();
          break;
        case 4:
          decode_spans();
          break;
        case 5:
          chunk.dropped = in_.flag();
          break;
        case 6:
          chunk.trace_id = trace_id();
          break;
        case 7:
          chunk.sampling_mechanism = in_.u32();
          break;
        default:
          strings_.skip(in_);
          break;
      }
    }
    if (!in_.failed()) out_.end_chunk();
  }

  void decode_spans() {
    std::uint32_t spans = in_.array_header();
    if (spans > out_.room()) in_.fail(SpanWriter::kFewerSpans);
    for (; spans > 0 && !in_.failed(); --spans) decode_span();
  }

  void decode_span() {
    std::uint32_t n = in_.map_header();
    if (n == 0) {
      if (!in_.failed()) ++out_.report().null_spans;
      return;
    }
    SpanWriter::Fields& span = out_.begin_span();
    SpanWriter::TagFields tags;
    for (; n > 0 && !in_.failed(); --n) {
      switch (key()) {
        case 1:
          span.service = string();
          break;
        case 2:
          span.operation = string();
          break;
        case 3:
          span.resource = string();
          break;
        case 4:
          span.span_id = in_.u64();
          break;
        case 5:
          span.parent_id = in_.u64();
          break;
        case 6:
          span.start_ns = static_cast<std::int64_t>(in_.u64());
          break;
        case 7:
          span.duration_ns = static_cast<std::int64_t>(in_.u64());
          break;
        case 8:
          span.error = in_.flag();
          break;
        case 9:
          decode_attributes(true);
          break;
        case 10:
          span.type = string();
          break;
        case 11:
          span.links = decode_list([this](JsonWriter& json) { decode_link(json); });
          break;
        case 12:
          span.events = decode_list([this](JsonWriter& json) { decode_event(json); });
          break;
        case 13:
          tags.env = string();
          break;
        case 14:
          tags.version = string();
          break;
        case 15:
          tags.component = string();
          break;
        case 16:
          tags.kind = in_.small();
          break;
        default:
          strings_.skip(in_);
          break;
      }
    }
    if (in_.failed()) return;
    out_.put(tags);
    span.meta_struct = out_.binary(meta_struct_.take());
    out_.end_span();
  }

  // How many elements of `size` parts a flat list has.
  std::uint32_t flat_header(std::uint32_t size, const char* expected) {
    const std::uint32_t parts = in_.array_header();
    if (parts % size != 0) in_.fail(expected);
    return parts / size;
  }

  void decode_attributes(bool of_span) {
    for (std::uint32_t n = flat_header(3, kTriples); n > 0 && !in_.failed(); --n) {
      const StringCode name = string();
      const std::uint64_t type = in_.small();
      switch (type) {
        case kString:
          out_.meta(name, string());
          break;
        case kBool:
          out_.metric(name, in_.flag() ? 1 : 0);
          break;
        case kDouble:
        case kInt:
          out_.metric(name, in_.f64());
          break;
        case kBytes:
          if (of_span) {
            meta_struct_.add(strings_.text(in_, name), in_.string());
          } else {
            out_.meta(name, out_.text(encode_base64(in_.string())));
          }
          break;
        case kArray:
        case kKeyValues: {
          JsonWriter json;
          decode_value(json, type, 0);
          out_.meta(name, out_.text(json.view()));
          break;
        }
        default:
          ++out_.report().coerced_values;
          strings_.skip(in_);
          break;
      }
    }
  }

  // Always writes a value, even after a failure.
  void decode_value(JsonWriter& json, std::uint64_t type, int depth) {
    if (depth > MsgpackReader::kDepthMax) in_.fail("less nesting");
    switch (type) {
      case kString:
        write_text(json, strings_.read_text(in_));
        return;
      case kBool:
        json.value(in_.flag());
        return;
      case kDouble:
        write_number(json, in_.f64());
        return;
      case kInt:
        json.value(in_.i64());
        return;
      case kBytes:
        write_bytes(json, in_.string());
        return;
      case kArray:
        json.array([&] {
          for (std::uint32_t n = flat_header(2, "a list of types and values"); n > 0 && !in_.failed(); --n)
            decode_value(json, in_.small(), depth + 1);
        });
        return;
      case kKeyValues:
        decode_object(json, flat_header(3, kTriples), depth);
        return;
      default:
        ++out_.report().coerced_values;
        strings_.skip(in_);
        json.null();
        return;
    }
  }

  void decode_object(JsonWriter& json, std::uint32_t n, int depth) {
    json.object([&] {
      for (; n > 0 && !in_.failed(); --n) {
        write_key(json, strings_.read_text(in_));
        decode_value(json, in_.small(), depth + 1);
      }
    });
  }

  // Attributes of a link or an event; "" when there are none.
  std::string attributes_json() {
    const std::uint32_t n = flat_header(3, kTriples);
    if (n == 0) return {};
    JsonWriter json;
    decode_object(json, n, 0);
    return json.text();
  }

  void decode_link(JsonWriter& json) {
    SpanLink link;
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      switch (key()) {
        case 1: {
          const model::TraceId id = trace_id();
          link.trace_id_high = id.high;
          link.trace_id = id.low;
          break;
        }
        case 2:
          link.span_id = in_.u64();
          break;
        case 3:
          link.attributes = attributes_json();
          break;
        case 4:
          link.tracestate = strings_.read_text(in_);
          break;
        case 5:
          link.set_wire_flags(in_.u64());
          break;
        default:
          strings_.skip(in_);
          break;
      }
    }
    write_link(json, link);
  }

  void decode_event(JsonWriter& json) {
    SpanEvent event;
    for (std::uint32_t n = in_.map_header(); n > 0 && !in_.failed(); --n) {
      switch (key()) {
        case 1:
          event.time_unix_nano = in_.u64();
          break;
        case 2:
          event.name = strings_.read_text(in_);
          break;
        case 3:
          event.attributes = attributes_json();
          break;
        default:
          strings_.skip(in_);
          break;
      }
    }
    write_event(json, event);
  }

  template <class DecodeElement>
  StringCode decode_list(DecodeElement decode_element) {
    std::uint32_t n = in_.array_header();
    if (n == 0) return model::kEmptyString;
    JsonWriter json;
    json.array([&] {
      for (; n > 0 && !in_.failed(); --n) decode_element(json);
    });
    return out_.text(json.view());
  }

  model::TraceId trace_id() {
    using Kind = MsgpackReader::Kind;
    if (in_.peek() == Kind::Int) return {.low = in_.u64(), .high = 0};
    model::TraceId id;
    if (!read_trace_id(in_.string(), id)) in_.fail("a trace id of at most 16 bytes");
    return id;
  }

  static constexpr const char* kTriples = "a list of keys, types and values";

  MsgpackReader in_;
  SpanWriter& out_;
  StreamingStrings strings_;
  MetaStruct meta_struct_;
};

}  // namespace

Result<DecodeReport> decode_traces_v1(Bytes body, model::SpanBatch& into) {
  DecodeReport report;
  SpanWriter out(into, report);
  Decoder decoder(body, out);
  decoder.decode();
  if (decoder.reader().failed()) return fail(payload_error(decoder.reader(), into, report));
  return report;
}

}  // namespace vizsla::codec
