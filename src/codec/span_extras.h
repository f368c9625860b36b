// Span links and span events as the JSON text in which they are kept (agent-protocol §2.1): the form that tracers put
// into meta `_dd.span_links` and `events` when a wire version has no field for them, so that a reader knows one form.
#pragma once

#include <string>

#include "codec/msgpack_reader.h"

namespace vizsla::codec {

// Read a list (v0.4 `span_links`, `span_events`) and give it as JSON; "" for an empty list. On failure the reader has
// failed, and the text means nothing.
std::string links_json(MsgpackReader& in);
std::string events_json(MsgpackReader& in);

}  // namespace vizsla::codec
