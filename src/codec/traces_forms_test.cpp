// All wire forms of traces together: one logical trace must give the same rows through each, and none may crash over
// what is cut off or wrong.

#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/agent_payload.h"
#include "codec/testing/check_batch.h"
#include "codec/testing/full_trace.h"
#include "codec/testing/show_batch.h"
#include "codec/traces_json.h"
#include "codec/traces_v04.h"
#include "codec/traces_v07.h"
#include "codec/traces_v1.h"

namespace vizsla::codec {
namespace {

using model::SpanBatch;
using testing::show;
using testing::show_payloads;
using testing::TagOrder;

struct Form {
  std::string name;
  std::string body;
  std::function<Result<DecodeReport>(std::string_view, SpanBatch&)> decode;
  bool has_payloads = true;
};

Result<DecodeReport> decode_padded(Result<DecodeReport> (*decode)(PaddedBytes, SpanBatch&), std::string_view body,
                                   SpanBatch& into) {
  std::string padded(body);
  padded.resize(body.size() + kPadding);
  return decode({as_bytes(std::string_view(padded).substr(0, body.size()))}, into);
}

std::vector<Form> forms() {
  const auto of_bytes = [](Result<DecodeReport> (*decode)(Bytes, SpanBatch&)) {
    return [decode](std::string_view body, SpanBatch& into) { return decode(as_bytes(body), into); };
  };
  const auto of_json = [](Result<DecodeReport> (*decode)(PaddedBytes, SpanBatch&)) {
    return [decode](std::string_view body, SpanBatch& into) { return decode_padded(decode, body, into); };
  };
  return {
      {"JSON v0.1", testing::full_trace_json(false), of_json(decode_spans_json), false},
      {"JSON v0.2", testing::full_trace_json(true), of_json(decode_traces_json), false},
      {"v0.4", testing::full_trace_v04(), of_bytes(decode_traces_v04), false},
      {"v0.7", testing::full_trace_v07(), of_bytes(decode_traces_v07)},
      {"v1.0", testing::full_trace_v1(), of_bytes(decode_traces_v1)},
      {"AgentPayload", testing::full_trace_agent(), of_bytes(decode_agent_payload)},
      {"AgentPayload, idx", testing::full_trace_agent_idx(), of_bytes(decode_agent_payload)},
  };
}

TEST(TraceForms, GiveTheSameRowsForTheSameTrace) {
  for (const Form& form : forms()) {
    SpanBatch batch;
    const auto report = form.decode(form.body, batch);
    ASSERT_TRUE(report) << form.name << ": " << report.error().message;
    EXPECT_EQ(show(batch, TagOrder::Sorted), testing::kFullTrace) << form.name;
    EXPECT_EQ(show_payloads(batch), form.has_payloads ? testing::kFullPayload : "") << form.name;
    EXPECT_EQ(report->chunks, 1u) << form.name;
    EXPECT_EQ(report->empty_chunks + report->null_spans + report->repaired_strings + report->coerced_values, 0u)
        << form.name;
    testing::check_batch(batch, true);
  }
}

TEST(TraceForms, DecodeIntoABatchThatWasUsedBefore) {
  SpanBatch batch;
  for (int round = 0; round < 2; ++round) {
    for (const Form& form : forms()) {
      batch.clear();
      ASSERT_TRUE(form.decode(form.body, batch)) << form.name;
      EXPECT_EQ(show(batch, TagOrder::Sorted), testing::kFullTrace) << form.name;
      EXPECT_EQ(show_payloads(batch), form.has_payloads ? testing::kFullPayload : "") << form.name;
    }
  }
}

TEST(TraceForms, RefuseEveryBodyThatIsCutShort) {
  for (const Form& form : forms()) {
    for (std::size_t size = 0; size < form.body.size(); ++size) {
      if (form.name.starts_with("AgentPayload") && size == 0) continue;  // a message without fields
      SpanBatch batch;
      // A copy of its own, so that a sanitizer sees what is read behind it.
      const std::string cut = form.body.substr(0, size);
      const auto report = form.decode(cut, batch);
      ASSERT_FALSE(report) << form.name << " cut at " << size;
      if (!form.name.starts_with("JSON")) {
        EXPECT_TRUE(report.error().message.starts_with("unexpected-eof: ")) << report.error().message;
      }
      testing::check_batch(batch, false);
    }
  }
}

TEST(TraceForms, SurviveEveryByteBeingAnother) {
  for (const Form& form : forms()) {
    for (std::size_t i = 0; i < form.body.size(); ++i) {
      for (const int flip : {0x01, 0x10, 0x80, 0xff}) {
        std::string body = form.body;
        body[i] = static_cast<char>(body[i] ^ flip);
        SpanBatch batch;
        const auto report = form.decode(body, batch);
        testing::check_batch(batch, report.has_value());
      }
    }
  }
}

TEST(TraceForms, SurviveRandomDamage) {
  constexpr std::uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  for (const Form& form : forms()) {
    for (int round = 0; round < 3000; ++round) {
      std::string body = form.body;
      for (std::uint64_t n = 1 + random() % 8; n > 0 && !body.empty(); --n) {
        const std::size_t at = random() % body.size();
        switch (random() % 4) {
          case 0:
            body[at] = static_cast<char>(random());
            break;
          case 1:
            body.erase(at, random() % 16);
            break;
          case 2:
            body.insert(at, form.body, random() % form.body.size(), random() % 64);
            break;
          default:
            body.insert(at, 1 + random() % 4, static_cast<char>(random()));
            break;
        }
      }
      SpanBatch batch;
      const auto report = form.decode(body, batch);
      testing::check_batch(batch, report.has_value());
    }
  }
}

}  // namespace
}  // namespace vizsla::codec
