#include "pipeline/sample/signature.h"

#include <algorithm>
#include <charconv>

namespace vizsla::pipeline {

Signature service_signature(std::string_view service, std::string_view env) {
  Fnv1a32 hash;
  hash.add(service);
  hash.add(",");
  hash.add(env);
  return hash.value();
}

Signature span_signature(const SpanLikeness& span) {
  Fnv1a32 hash;
  hash.add(span.env);
  hash.add(span.service);
  hash.add(span.operation);
  hash.add(static_cast<std::uint8_t>(span.error ? 1 : 0));
  hash.add(span.resource);
  if (span.http_status != 0) {
    char digits[8];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), span.http_status).ptr;
    hash.add(std::string_view(std::begin(digits), end));
  }
  hash.add(span.error_type);
  return hash.value();
}

Signature chunk_signature(Signature root, std::vector<Signature>& spans) {
  // Each kind of span counts once: a page with ten queries is like one with twenty.
  std::sort(spans.begin(), spans.end());
  Signature signature = root;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i == 0 || spans[i] != spans[i - 1]) signature ^= spans[i];
  }
  return signature;
}

}  // namespace vizsla::pipeline
