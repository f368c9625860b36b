#include "codec/agent_payload.h"

#include "codec/payload_error.h"
#include "codec/protobuf_reader.h"
#include "codec/span_writer.h"
#include "codec/text_budget.h"
#include "codec/tracer_payload.h"
#include "codec/tracer_payload_idx.h"

namespace vizsla::codec {
namespace {

// Payloads of one message; an Agent sends some dozen. An empty one is two bytes on the wire and 56 here.
constexpr std::size_t kPayloadsMax = 100'000;

}  // namespace

Result<DecodeReport> decode_agent_payload(Bytes body, model::SpanBatch& into) {
  DecodeReport report;
  SpanWriter out(into, report);
  ProtobufReader in(body);
  TextBudget budget(body.size());
  in.body([&](std::uint32_t field) {
    switch (field) {
      case 1:
        into.agent.hostname = out.text(in.bytes());
        return;
      case 2:
        into.agent.env = out.text(in.bytes());
        return;
      case 5:
      case 11:
        if (into.payloads.size() >= kPayloadsMax) return in.fail("fewer payloads: a message may have 100000");
        return field == 5 ? decode_tracer_payload(in, out) : decode_tracer_payload_idx(in, out, budget);
      case 6:
        decode_protobuf_meta(in, out);
        out.give_tags_to_agent();
        return;
      case 7:
        into.agent.version = out.text(in.bytes());
        return;
      default:
        return;
    }
  });
  if (in.failed()) return fail(payload_error(in, into, report));
  return report;
}

}  // namespace vizsla::codec
