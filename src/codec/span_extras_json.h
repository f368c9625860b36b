// Span links and events that come as JSON, in the form in which they are kept (codec/span_extras.h).
//
// They come in two forms: that of the wire model, with ids as numbers and attributes as {type, string_value | …}
// (agent-protocol §2.1, §2.2), and that of the tags `_dd.span_links` and `events`, with ids in hex and attributes as
// plain JSON. Both give the same text; keys are matched without case, as Go's decoder does.
#pragma once

#include <string>

#include <simdjson.h>

#include "codec/json_fields.h"

namespace vizsla::codec {

// Read a list, and give it as JSON; "" for an empty list or null. Throw RefusedJson, or simdjson's error.
std::string read_links_json(simdjson::ondemand::value list);
std::string read_events_json(simdjson::ondemand::value list);

}  // namespace vizsla::codec
