#include "codec/tracer_payload.h"

#include "codec/meta_struct.h"
#include "codec/span_extras.h"
#include "codec/tag_json.h"

namespace vizsla::codec {
namespace {

using model::StringCode;

// Calls on_value() for the value of a map's entry, and gives the key.
template <class OnValue>
std::string_view entry(ProtobufReader& in, OnValue&& on_value) {
  std::string_view key;
  in.message([&](std::uint32_t field) {
    if (field == 1) key = in.bytes();
    if (field == 2) on_value();
  });
  return key;
}

void decode_metric(ProtobufReader& in, SpanWriter& out) {
  double value = 0;
  const std::string_view key = entry(in, [&] { value = in.real(); });
  if (!in.failed()) out.metric(out.text(key), value);
}

SpanLink read_link(ProtobufReader& in) {
  SpanLink link;
  JsonWriter attributes;
  attributes.object([&] {
    in.message([&](std::uint32_t field) {
      switch (field) {
        case 1:
          link.trace_id = in.integer();
          return;
        case 2:
          link.trace_id_high = in.integer();
          return;
        case 3:
          link.span_id = in.integer();
          return;
        case 4: {
          std::string_view value;
          write_key(attributes, entry(in, [&] { value = in.bytes(); }));
          write_text(attributes, value);
          return;
        }
        case 5:
          link.tracestate = in.bytes();
          return;
        case 6:
          link.set_wire_flags(in.integer());
          return;
        default:
          return;
      }
    });
  });
  if (attributes.view() != "{}") link.attributes = attributes.text();
  return link;
}

void read_any_value(ProtobufReader& in, AnyValue& value, bool in_list);

// {1 values: repeated AnyValue}
std::string array_value(ProtobufReader& in) {
  JsonWriter json;
  json.array([&] {
    in.message([&](std::uint32_t field) {
      if (field != 1) return;
      AnyValue value;
      read_any_value(in, value, true);
      value.write(json);
    });
  });
  return json.text();
}

// Lists don't nest.
void read_any_value(ProtobufReader& in, AnyValue& value, bool in_list) {
  in.message([&](std::uint32_t field) {
    switch (field) {
      case 1:
        value.set_type(in.integer());
        return;
      case 2:
        value.set_text(in.bytes());
        return;
      case 3:
        value.set_bool(in.boolean());
        return;
      case 4:
        value.set_int(static_cast<std::int64_t>(in.integer()));
        return;
      case 5:
        value.set_double(in.real());
        return;
      case 6:
        if (!in_list) value.set_array(array_value(in));
        return;
      default:
        return;
    }
  });
}

SpanEvent read_event(ProtobufReader& in) {
  SpanEvent event;
  JsonWriter attributes;
  attributes.object([&] {
    in.message([&](std::uint32_t field) {
      switch (field) {
        case 1:
          event.time_unix_nano = in.integer();
          return;
        case 2:
          event.name = in.bytes();
          return;
        case 3: {
          AnyValue value;
          write_key(attributes, entry(in, [&] { read_any_value(in, value, false); }));
          value.write(attributes);
          return;
        }
        default:
          return;
      }
    });
  });
  if (attributes.view() != "{}") event.attributes = attributes.text();
  return event;
}

class ChunkDecoder {
 public:
  ChunkDecoder(ProtobufReader& in, SpanWriter& out) : in_(in), out_(out) {}

  void decode() {
    ChunkFacts& chunk = out_.begin_chunk();
    in_.message([&](std::uint32_t field) {
      switch (field) {
        case 1:
          chunk.priority = static_cast<std::int32_t>(in_.integer());
          return;
        case 2:
          chunk.origin = out_.text(in_.bytes());
          return;
        case 3:
          if (out_.room() == 0) return in_.fail(SpanWriter::kFewerSpans);
          return decode_span();
        case 4:
          decode_protobuf_meta(in_, out_);
          return out_.give_tags_to_chunk();
        case 5:
          chunk.dropped = in_.boolean();
          return;
        default:
          return;
      }
    });
    if (!in_.failed()) out_.end_chunk();
  }

 private:
  void decode_span() {
    SpanWriter::Fields& span = out_.begin_span();
    bool is_empty = true;
    in_.message([&](std::uint32_t field) {
      is_empty = false;
      switch (field) {
        case 1:
          span.service = out_.text(in_.bytes());
          return;
        case 2:
          span.operation = out_.text(in_.bytes());
          return;
        case 3:
          span.resource = out_.text(in_.bytes());
          return;
        case 4:
          span.trace_id = in_.integer();
          return;
        case 5:
          span.span_id = in_.integer();
          return;
        case 6:
          span.parent_id = in_.integer();
          return;
        case 7:
          span.start_ns = static_cast<std::int64_t>(in_.integer());
          return;
        case 8:
          span.duration_ns = static_cast<std::int64_t>(in_.integer());
          return;
        case 9:
          span.error = in_.boolean();
          return;
        case 10:
          return decode_protobuf_meta(in_, out_);
        case 11:
          return decode_metric(in_, out_);
        case 12:
          span.type = out_.text(in_.bytes());
          return;
        case 13: {
          std::string_view value;
          const std::string_view key = entry(in_, [&] { value = in_.bytes(); });
          meta_struct_.add(key, value);
          return;
        }
        case 14:
          return links_.add([&](JsonWriter& json) { write_link(json, read_link(in_)); });
        case 15:
          return events_.add([&](JsonWriter& json) { write_event(json, read_event(in_)); });
        default:
          return;
      }
    });
    if (in_.failed()) return;
    if (is_empty) {  // Go's nil
      ++out_.report().null_spans;
      return;
    }
    span.meta_struct = out_.binary(meta_struct_.take());
    span.links = links_.take(out_);
    span.events = events_.take(out_);
    out_.end_span();
  }

  ProtobufReader& in_;
  SpanWriter& out_;
  MetaStruct meta_struct_;
  JsonElements links_;
  JsonElements events_;
};

}  // namespace

void decode_protobuf_meta(ProtobufReader& in, SpanWriter& out) {
  std::string_view value;
  const std::string_view key = entry(in, [&] { value = in.bytes(); });
  if (in.failed()) return;
  const StringCode code = out.text(key);
  out.meta(code, out.text(value));
}

void decode_tracer_payload(ProtobufReader& in, SpanWriter& out) {
  model::PayloadAttributes& payload = out.begin_payload();
  ChunkDecoder chunks(in, out);
  in.message([&](std::uint32_t field) {
    switch (field) {
      case 1:
        payload.container_id = out.text(in.bytes());
        return;
      case 2:
        payload.language_name = out.text(in.bytes());
        return;
      case 3:
        payload.language_version = out.text(in.bytes());
        return;
      case 4:
        payload.tracer_version = out.text(in.bytes());
        return;
      case 5:
        payload.runtime_id = out.text(in.bytes());
        return;
      case 6:
        return chunks.decode();
      case 7:
        decode_protobuf_meta(in, out);
        return out.give_tags_to_payload();
      case 8:
        payload.env = out.text(in.bytes());
        return;
      case 9:
        payload.hostname = out.text(in.bytes());
        return;
      case 10:
        payload.app_version = out.text(in.bytes());
        return;
      default:
        return;
    }
  });
}

}  // namespace vizsla::codec
