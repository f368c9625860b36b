// Traces in msgpack, v1.0: maps with small integers as keys, strings by number after their first use, and attributes of
// seven types in flat lists (agent-protocol §2.6).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/decode_report.h"
#include "model/span_batch.h"

namespace vizsla::codec {

// As decode_traces_v07, with everything in the form of v0.4:
//
//   attribute: string          meta
//   attribute: double, int     metrics
//   attribute: bool            metrics, 1 or 0, as the Agent reads a number from it
//   attribute: bytes           meta_struct
//   attribute: list, key-value list  meta, as JSON
//   env, version, component    meta `env`, `version`, `component`, unless ""
//   kind                       meta `span.kind`, when it is 1 to 5
//   the chunk's trace id       of 16 bytes, big-endian: the trace id of each span and meta `_dd.p.tid`
//
// Of a payload or a chunk, bytes are kept as base64 text. Keys that we don't know are passed over, an empty map in
// place of a span is none, and a trace id may be an integer, as older senders write it for links.
Result<DecodeReport> decode_traces_v1(Bytes body, model::SpanBatch& into);

}  // namespace vizsla::codec
