#include "codec/traces_v07.h"

#include "codec/msgpack_reader.h"
#include "codec/msgpack_span.h"
#include "codec/payload_error.h"
#include "codec/probe.h"
#include "codec/span_writer.h"

namespace vizsla::codec {
namespace {

void decode_chunk(MsgpackReader& in, SpanWriter& out) {
  ChunkFacts& chunk = out.begin_chunk();
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (key == "spans") {
      decode_msgpack_spans(in, out);
    } else if (key == "priority") {
      chunk.priority = in.i32();
    } else if (key == "origin") {
      chunk.origin = out.text(in.string());
    } else if (key == "tags") {
      decode_msgpack_meta(in, out);
      out.give_tags_to_chunk();
    } else if (key == "dropped_trace") {
      chunk.dropped = in.flag();
    } else {
      in.skip();
    }
  }
  if (!in.failed()) out.end_chunk();
}

void decode_payload(MsgpackReader& in, SpanWriter& out) {
  model::PayloadAttributes& payload = out.begin_payload();
  for (std::uint32_t n = in.map_header(); n > 0 && !in.failed(); --n) {
    const std::string_view key = in.string();
    if (key == "chunks") {
      for (std::uint32_t m = in.array_header(); m > 0 && !in.failed(); --m) decode_chunk(in, out);
    } else if (key == "container_id") {
      payload.container_id = out.text(in.string());
    } else if (key == "language_name") {
      payload.language_name = out.text(in.string());
    } else if (key == "language_version") {
      payload.language_version = out.text(in.string());
    } else if (key == "tracer_version") {
      payload.tracer_version = out.text(in.string());
    } else if (key == "runtime_id") {
      payload.runtime_id = out.text(in.string());
    } else if (key == "env") {
      payload.env = out.text(in.string());
    } else if (key == "hostname") {
      payload.hostname = out.text(in.string());
    } else if (key == "app_version") {
      payload.app_version = out.text(in.string());
    } else if (key == "tags") {
      decode_msgpack_meta(in, out);
      out.give_tags_to_payload();
    } else {
      in.skip();
    }
  }
}

}  // namespace

Result<DecodeReport> decode_traces_v07(Bytes body, model::SpanBatch& into) {
  DecodeReport report;
  SpanWriter out(into, report);
  MsgpackReader in(body);
  if (in.peek() == MsgpackReader::Kind::Array) {
    decode_probe(in, out);
  } else {
    decode_payload(in, out);
  }
  if (in.failed()) return fail(payload_error(in, into, report));
  return report;
}

}  // namespace vizsla::codec
