// The decoder of each wire form that the generator writes: for what measures or tests them beside each other.
#pragma once

#include "base/check.h"
#include "bench/traffic.h"
#include "codec/agent_payload.h"
#include "codec/traces_json.h"
#include "codec/traces_v04.h"
#include "codec/traces_v05.h"
#include "codec/traces_v07.h"
#include "codec/traces_v1.h"

namespace vizsla::bench {

// `body` is followed by kPadding readable bytes; `into` is empty.
inline Result<codec::DecodeReport> decode_form(WireFormat format, Bytes body, model::SpanBatch& into) {
  switch (format) {
    case WireFormat::JsonV01:
      return codec::decode_spans_json({body}, into);
    case WireFormat::JsonV02:
    case WireFormat::JsonV03:
      return codec::decode_traces_json({body}, into);
    case WireFormat::V03:
    case WireFormat::V04:
      return codec::decode_traces_v04(body, into);
    case WireFormat::V05:
      return codec::decode_traces_v05(body, into);
    case WireFormat::V07:
      return codec::decode_traces_v07(body, into);
    case WireFormat::V1:
      return codec::decode_traces_v1(body, into);
    case WireFormat::Agent:
    case WireFormat::AgentIdx:
      return codec::decode_agent_payload(body, into);
  }
  VIZSLA_CHECK(false);
}

}  // namespace vizsla::bench
