#include "codec/tracer_payload_idx.h"

#include "codec/base64.h"
#include "codec/meta_struct.h"
#include "codec/span_extras.h"
#include "codec/tag_json.h"
#include "codec/trace_id_bytes.h"

namespace vizsla::codec {
namespace {

using model::StringCode;

class Decoder {
 public:
  Decoder(ProtobufReader& in, SpanWriter& out, TextBudget& budget) : in_(in), out_(out), budget_(budget) {}

  void decode_payload() {
    read_strings();
    model::PayloadAttributes& payload = out_.begin_payload();
    in_.message([&](std::uint32_t field) {
      switch (field) {
        case 2:
          payload.container_id = string();
          return;
        case 3:
          payload.language_name = string();
          return;
        case 4:
          payload.language_version = string();
          return;
        case 5:
          payload.tracer_version = string();
          return;
        case 6:
          payload.runtime_id = string();
          return;
        case 7:
          payload.env = string();
          return;
        case 8:
          payload.hostname = string();
          return;
        case 9:
          payload.app_version = string();
          return;
        case 10:
          decode_attribute(false);
          return out_.give_tags_to_payload();
        case 11:
          return decode_chunk();
        default:
          return;
      }
    });
  }

 private:
  // The strings are all read before anything that names them: protobuf promises no order.
  void read_strings() {
    ProtobufReader ahead = in_;
    ahead.message([&](std::uint32_t field) {
      if (field == 1) codes_.push_back(out_.text(ahead.bytes()));
    });
    if (ahead.failed()) in_ = ahead;
  }

  StringCode string() {
    const std::uint64_t number = in_.integer();
    if (number == 0) return model::kEmptyString;
    if (number < codes_.size()) [[likely]]
      return codes_[number];
    in_.fail("the number of a string of the payload");
    return model::kEmptyString;
  }

  // For what is written out. Valid until the next string is interned.
  std::string_view text(StringCode code) {
    const std::string_view text = out_[code];
    if (budget_.take(text.size())) return text;
    in_.fail(TextBudget::kLessText);
    return {};
  }

  model::TraceId trace_id() {
    model::TraceId id;
    if (!read_trace_id(in_.bytes(), id)) in_.fail("a trace id of at most 16 bytes");
    return id;
  }

  void decode_chunk() {
    ChunkFacts& chunk = out_.begin_chunk();
    chunk.trace_id.emplace();
    in_.message([&](std::uint32_t field) {
      switch (field) {
        case 1:
          chunk.priority = static_cast<std::int32_t>(in_.integer());
          return;
        case 2:
          chunk.origin = string();
          return;
        case 3:
          decode_attribute(false);
          return out_.give_tags_to_chunk();
        case 4:
          if (out_.room() == 0) return in_.fail(SpanWriter::kFewerSpans);
          return decode_span();
        case 5:
          chunk.dropped = in_.boolean();
          return;
        case 6:
          chunk.trace_id = trace_id();
          return;
        case 7:
          chunk.sampling_mechanism = static_cast<std::uint32_t>(in_.integer());
          return;
        default:
          return;
      }
    });
    if (!in_.failed()) out_.end_chunk();
  }

  void decode_span() {
    SpanWriter::Fields& span = out_.begin_span();
    bool is_empty = true;
    SpanWriter::TagFields tags;
    in_.message([&](std::uint32_t field) {
      is_empty = false;
      switch (field) {
        case 1:
          span.service = string();
          return;
        case 2:
          span.operation = string();
          return;
        case 3:
          span.resource = string();
          return;
        case 4:
          span.span_id = in_.integer();
          return;
        case 5:
          span.parent_id = in_.integer();
          return;
        case 6:
          span.start_ns = static_cast<std::int64_t>(in_.integer());
          return;
        case 7:
          span.duration_ns = static_cast<std::int64_t>(in_.integer());
          return;
        case 8:
          span.error = in_.boolean();
          return;
        case 9:
          return decode_attribute(true);
        case 10:
          span.type = string();
          return;
        case 11:
          return decode_link();
        case 12:
          return decode_event();
        case 13:
          tags.env = string();
          return;
        case 14:
          tags.version = string();
          return;
        case 15:
          tags.component = string();
          return;
        case 16:
          tags.kind = in_.integer();
          return;
        default:
          return;
      }
    });
    if (in_.failed()) return;
    if (is_empty) {  // Go's nil
      ++out_.report().null_spans;
      return;
    }
    out_.put(tags);
    span.meta_struct = out_.binary(meta_struct_.take());
    span.links = links_.take(out_);
    span.events = events_.take(out_);
    out_.end_span();
  }

  // What an AnyValue says, as a tag. Lists are the text of their JSON.
  struct Value {
    enum class Kind : std::uint8_t { None, Text, Number, Bytes };
    Kind kind = Kind::None;
    StringCode text = 0;
    double number = 0;
    std::string_view bytes;
  };

  Value read_value() {
    Value value;
    const auto set_number = [&](double number) {
      value.kind = Value::Kind::Number;
      value.number = number;
    };
    in_.message([&](std::uint32_t field) {
      switch (field) {
        case 1:
          value.kind = Value::Kind::Text;
          value.text = string();
          return;
        case 2:
          return set_number(in_.boolean() ? 1 : 0);
        case 3:
          return set_number(in_.real());
        case 4:
          return set_number(static_cast<double>(static_cast<std::int64_t>(in_.integer())));
        case 5:
          value.kind = Value::Kind::Bytes;
          value.bytes = in_.bytes();
          return;
        case 6:
        case 7: {
          JsonWriter json;
          write_list(json, field);
          value.kind = Value::Kind::Text;
          value.text = out_.text(json.view());
          return;
        }
        default:
          return;
      }
    });
    return value;
  }

  // An entry of a map of attributes: {1 key, 2 AnyValue}.
  void decode_attribute(bool of_span) {
    StringCode key = 0;
    Value value;
    in_.message([&](std::uint32_t field) {
      if (field == 1) key = string();
      if (field == 2) value = read_value();
    });
    if (in_.failed()) return;
    switch (value.kind) {
      case Value::Kind::None:
        ++out_.report().coerced_values;
        return;
      case Value::Kind::Text:
        return out_.meta(key, value.text);
      case Value::Kind::Number:
        return out_.metric(key, value.number);
      case Value::Kind::Bytes:
        if (of_span) return meta_struct_.add(text(key), value.bytes);
        return out_.meta(key, out_.text(encode_base64(value.bytes)));
    }
  }

  // An ArrayValue (field 6 of AnyValue) or a KeyValueList (7): {1 repeated element}.
  void write_list(JsonWriter& json, std::uint32_t field) {
    if (field == 6) {
      json.array([&] {
        in_.message([&](std::uint32_t inner) {
          if (inner == 1) write_value(json);
        });
      });
    } else {
      json.object([&] {
        in_.message([&](std::uint32_t inner) {
          if (inner == 1) write_entry(json);
        });
      });
    }
  }

  // Always writes a value, even after a failure.
  void write_value(JsonWriter& json) {
    bool is_written = false;
    in_.message([&](std::uint32_t field) {
      if (is_written || field < 1 || field > 7) return;
      is_written = true;
      switch (field) {
        case 1:
          return write_text(json, text(string()));
        case 2:
          return json.value(in_.boolean());
        case 3:
          return write_number(json, in_.real());
        case 4:
          return json.value(static_cast<std::int64_t>(in_.integer()));
        case 5:
          return write_bytes(json, in_.bytes());
        default:
          return write_list(json, field);
      }
    });
    if (!is_written) json.null();
  }

  // {1 key, 2 AnyValue}, of a KeyValueList or of the attributes of a link or an event.
  void write_entry(JsonWriter& json) {
    StringCode key = 0;
    JsonWriter value;
    in_.message([&](std::uint32_t field) {
      if (field == 1) key = string();
      if (field == 2 && value.view().empty()) write_value(value);
    });
    write_key(json, text(key));
    if (value.view().empty()) {
      json.null();
    } else {
      json.raw(value.view());
    }
  }

  void decode_link() {
    SpanLink link;
    JsonWriter attributes;
    attributes.object([&] {
      in_.message([&](std::uint32_t field) {
        switch (field) {
          case 1: {
            const model::TraceId id = trace_id();
            link.trace_id_high = id.high;
            link.trace_id = id.low;
            return;
          }
          case 2:
            link.span_id = in_.integer();
            return;
          case 3:
            return write_entry(attributes);
          case 4:
            link.tracestate = text(string());
            return;
          case 5:
            return link.set_wire_flags(in_.integer());
          default:
            return;
        }
      });
    });
    if (attributes.view() != "{}") link.attributes = attributes.text();
    links_.add([&](JsonWriter& json) { write_link(json, link); });
  }

  void decode_event() {
    SpanEvent event;
    JsonWriter attributes;
    attributes.object([&] {
      in_.message([&](std::uint32_t field) {
        switch (field) {
          case 1:
            event.time_unix_nano = in_.integer();
            return;
          case 2:
            event.name = text(string());
            return;
          case 3:
            return write_entry(attributes);
          default:
            return;
        }
      });
    });
    if (attributes.view() != "{}") event.attributes = attributes.text();
    events_.add([&](JsonWriter& json) { write_event(json, event); });
  }

  ProtobufReader& in_;
  SpanWriter& out_;
  TextBudget& budget_;
  std::vector<StringCode> codes_;  // by number
  MetaStruct meta_struct_;
  JsonElements links_;
  JsonElements events_;
};

}  // namespace

void decode_tracer_payload_idx(ProtobufReader& in, SpanWriter& out, TextBudget& budget) {
  Decoder(in, out, budget).decode_payload();
}

}  // namespace vizsla::codec
