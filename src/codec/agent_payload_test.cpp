#include "codec/agent_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/check_batch.h"
#include "codec/testing/msgpack_writer.h"
#include "codec/testing/protobuf_writer.h"
#include "codec/testing/show_batch.h"

namespace vizsla::codec {
namespace {

using model::SpanBatch;
using testing::from_hex;
using ::testing::HasSubstr;
using testing::ProtobufWriter;
using testing::show;
using testing::show_payloads;

constexpr std::uint64_t kNoPriority = static_cast<std::uint64_t>(std::int64_t{-128});
const std::string kTraceSeven("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", 16);

std::string decoded(const ProtobufWriter& body, DecodeReport* report_out = nullptr) {
  SpanBatch batch;
  const auto report = decode_agent_payload(as_bytes(body.bytes()), batch);
  testing::check_batch(batch, report.has_value());
  if (!report) return report.error().message;
  if (report_out != nullptr) *report_out = *report;
  return show(batch) + show_payloads(batch);
}

// A message with one payload, of one chunk without a priority.
ProtobufWriter of_spans(const ProtobufWriter& spans) {
  return ProtobufWriter().message(5, ProtobufWriter().message(6, ProtobufWriter(spans).integer(1, kNoPriority)));
}

// The same in the newer model; "s1" to "s9" are strings 1 to 9.
ProtobufWriter of_idx_spans(const ProtobufWriter& spans) {
  ProtobufWriter payload;
  payload.str(1, "");
  for (int i = 1; i < 10; ++i) payload.str(1, fmt::format("s{}", i));
  payload.message(11, ProtobufWriter(spans).integer(1, kNoPriority).str(6, kTraceSeven));
  return ProtobufWriter().message(11, payload);
}

std::string row(int id, std::string_view tags) {
  return fmt::format("  trace=7 span={} parent=0 start=0 duration=0 error=0\n  service= operation= resource= type=\n{}",
                     id, tags);
}

// agent-protocol §18.
TEST(AgentPayload, DecodesTheGoldenBytes) {
  const auto body = from_hex(
      "0a04686f737412036465762a641203637070325808011a540a03776562120c687474702e72657175657374"
      "1a05474554202f20012802388080a8b1e39fe7cb1740e0c65b520a0a03656e7612036465765a150a0a5f746f705f6c6576656c"
      "11000000000000f03f620377656242036465763a06372e38302e30");
  SpanBatch batch;
  const auto report = decode_agent_payload(body, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n"
            "  trace=1 span=2 parent=0 start=1700000000000000000 duration=1500000 error=0\n"
            "  service=web operation=http.request resource=GET / type=web\n"
            "  meta env=dev\n"
            "  metric _top_level=1\n"
            "  metric _sampling_priority_v1=1\n");
  EXPECT_EQ(
      show_payloads(batch),
      "payload\n  language_name=cpp\n  env=dev\n  chunk 0\nagent\n  hostname=host\n  env=dev\n  version=7.80.0\n");
}

TEST(AgentPayload, HasPayloadsOfBothModels) {
  const auto span = ProtobufWriter().integer(4, 7).integer(5, 1);
  const auto idx_span = ProtobufWriter().fixed64(4, 2).integer(13, 1);
  ProtobufWriter body;
  body.entry(6, "_dd.k", "v").raw(of_idx_spans(ProtobufWriter().message(4, idx_span)).bytes());
  body.raw(of_spans(ProtobufWriter().message(3, span).integer(5, 1)).bytes());
  body.message(5, ProtobufWriter().str(8, "empty"));
  body.str(1, "box").integer(10, 1).real(8, 10).integer(99, 5);
  EXPECT_EQ(decoded(body), "chunk\n" + row(2, "  meta env=s1\n") + "chunk\n" + row(1, "") +
                               "payload\n  chunk 0\npayload\n  chunk 1 dropped\npayload\n  env=empty\n"
                               "agent\n  hostname=box\n  tag _dd.k=v\n");
}

TEST(AgentPayload, IsEmptyWithoutFields) {
  SpanBatch batch;
  const auto report = decode_agent_payload({}, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->chunks, 0u);
  EXPECT_EQ(batch.size(), 0u);
}

TEST(AgentPayload, PutsWhatAChunkSaysOnItsFirstSpan) {
  const auto a = ProtobufWriter().integer(4, 7).integer(5, 1).entry(10, "k", "own");
  const auto b = ProtobufWriter().integer(4, 7).integer(5, 2).entry(10, "k", "second");
  ProtobufWriter chunk;
  chunk.entry(4, "k", "of the chunk").message(3, a).message(3, b).str(2, "lambda").entry(4, "_dd.p.dm", "-9");
  EXPECT_EQ(decoded(ProtobufWriter().message(5, ProtobufWriter().message(6, chunk))),
            "chunk\n" +
                row(1,
                    "  meta k=own\n  meta _dd.origin=lambda\n  meta _dd.p.dm=-9\n"
                    "  metric _sampling_priority_v1=0\n") +
                row(2, "  meta k=second\n") + "payload\n  chunk 0\n");
}

TEST(AgentPayload, TakesIntegersOfEveryEncoding) {
  for (const auto& id :
       {ProtobufWriter().integer(5, 1), ProtobufWriter().fixed64(5, 1), ProtobufWriter().fixed32(5, 1)}) {
    const auto span = ProtobufWriter(id).fixed64(4, 7).integer(9, ~0ull);
    EXPECT_THAT(decoded(of_spans(ProtobufWriter().message(3, span))),
                HasSubstr("trace=7 span=1 parent=0 start=0 duration=0 error=1"));
  }
  const auto span = ProtobufWriter().integer(4, 1).fixed64(5, 3).integer(6, 5).fixed64(7, 9).integer(8, 1);
  EXPECT_THAT(decoded(of_idx_spans(ProtobufWriter().message(4, span))),
              HasSubstr("trace=7 span=1 parent=3 start=5 duration=9 error=1"));
}

TEST(AgentPayload, MapsEveryTypeOfAttribute) {
  const auto any = [](std::uint64_t key, const ProtobufWriter& value) {
    return ProtobufWriter().integer(1, key).message(2, value);
  };
  const auto deep = ProtobufWriter().message(1, ProtobufWriter().integer(1, 2));
  ProtobufWriter list;
  list.message(1, ProtobufWriter().integer(1, 1)).message(1, ProtobufWriter().integer(2, 1));
  list.message(1, ProtobufWriter().real(3, 1)).message(1, ProtobufWriter().integer(4, ~6ull));
  list.message(1, ProtobufWriter().str(5, "foo")).message(1, ProtobufWriter().message(6, deep));
  list.message(1, ProtobufWriter());
  ProtobufWriter pairs;
  pairs.message(1, any(3, ProtobufWriter().integer(1, 4)));
  pairs.message(1, ProtobufWriter().message(2, ProtobufWriter().message(7, ProtobufWriter())).integer(1, 5));
  pairs.message(1, ProtobufWriter().integer(1, 6));

  ProtobufWriter span;
  span.fixed64(4, 1);
  span.message(9, any(1, ProtobufWriter().integer(1, 2)));
  span.message(9, any(2, ProtobufWriter().integer(2, 1)));
  span.message(9, any(3, ProtobufWriter().real(3, 0.5)));
  span.message(9, any(4, ProtobufWriter().integer(4, ~6ull)));
  span.message(9, any(5, ProtobufWriter().str(5, "\x81\xa1k\x01")));
  span.message(9, any(6, ProtobufWriter().message(6, list)));
  span.message(9, any(7, ProtobufWriter().message(7, pairs)));
  span.message(9, any(8, ProtobufWriter()));                                                   // no value
  span.message(9, ProtobufWriter().message(2, ProtobufWriter().integer(1, 9)).integer(1, 9));  // value before key
  DecodeReport report;
  EXPECT_EQ(decoded(of_idx_spans(ProtobufWriter().message(4, span)), &report),
            "chunk\n" +
                row(1,
                    "  meta s1=s2\n"
                    "  meta s6=[\"s1\",true,1.0,-7,\"Zm9v\",[\"s2\"],null]\n"
                    "  meta s7={\"s3\":\"s4\",\"s5\":{},\"s6\":null}\n"
                    "  meta s9=s9\n"
                    "  metric s2=1\n  metric s3=0.5\n  metric s4=-7\n"
                    "  meta_struct 81a27335c40481a16b01\n") +
                "payload\n  chunk 0\n");
  EXPECT_EQ(report.coerced_values, 1u);
}

TEST(AgentPayload, ReadsStringsThatComeBehindWhatNamesThem) {
  const auto chunk = ProtobufWriter()
                         .integer(1, kNoPriority)
                         .str(6, kTraceSeven)
                         .message(4, ProtobufWriter().fixed64(4, 1).integer(13, 1));
  ProtobufWriter payload;
  payload.integer(7, 2).message(11, chunk).str(1, "").str(1, "dev").str(1, "prod");
  EXPECT_EQ(decoded(ProtobufWriter().message(11, payload)),
            "chunk\n" + row(1, "  meta env=dev\n") + "payload\n  env=prod\n  chunk 0\n");
}

TEST(AgentPayload, RefusesANumberThatNoStringHas) {
  const auto body = of_idx_spans(ProtobufWriter().message(4, ProtobufWriter().fixed64(4, 1).integer(1, 10)));
  EXPECT_THAT(decoded(body), HasSubstr("expected the number of a string of the payload at byte"));
  EXPECT_THAT(decoded(ProtobufWriter().message(11, ProtobufWriter().integer(2, 1))), HasSubstr("number of a string"));
  // Number 0 is "", with or without a list.
  EXPECT_EQ(decoded(ProtobufWriter().message(11, ProtobufWriter().integer(2, 0))), "payload\n");
}

TEST(AgentPayload, TakesAnEmptyMessageForNoSpan) {
  DecodeReport report;
  const auto span = ProtobufWriter().integer(4, 7).integer(5, 1);
  EXPECT_EQ(decoded(of_spans(ProtobufWriter().message(3, {}).message(3, span)), &report),
            "chunk\n" + row(1, "") + "payload\n  chunk 0\n");
  EXPECT_EQ(report.null_spans, 1u);
  EXPECT_EQ(decoded(of_idx_spans(ProtobufWriter().message(4, {})), &report), "payload\n");
  EXPECT_EQ(report.null_spans, 1u);
  EXPECT_EQ(report.empty_chunks, 1u);
}

TEST(AgentPayload, PassesOverWhatItDoesNotKnow) {
  const ProtobufWriter unknown =
      ProtobufWriter().integer(100, 5).fixed64(101, 1).str(102, "x").raw("\xb3\x06\x08\x01\xb4\x06");  // and a group
  const auto span = ProtobufWriter(unknown).integer(4, 7).integer(5, 1).raw(unknown.bytes());
  ProtobufWriter chunk;
  chunk.raw(unknown.bytes()).integer(1, kNoPriority).message(3, span);
  ProtobufWriter payload;
  payload.raw(unknown.bytes()).message(6, chunk).message(11, unknown);
  EXPECT_EQ(decoded(ProtobufWriter(unknown).message(5, payload)), "chunk\n" + row(1, "") + "payload\n  chunk 0\n");
}

TEST(AgentPayload, RepairsStringsThatAreNotUtf8) {
  DecodeReport report;
  const auto span = ProtobufWriter().integer(4, 7).integer(5, 1).entry(10, "k", "caf\xe9");
  EXPECT_THAT(decoded(of_spans(ProtobufWriter().message(3, span)), &report), HasSubstr("k=caf\xef\xbf\xbd\n"));
  EXPECT_EQ(report.repaired_strings, 1u);
}

TEST(AgentPayload, SaysWhatIsWrongAndWhere) {
  const auto good = ProtobufWriter().integer(4, 7).integer(5, 1);
  const auto bad = ProtobufWriter().str(4, "seven");
  EXPECT_EQ(decoded(of_spans(ProtobufWriter().message(3, good).message(3, bad))),
            "expected an integer at byte 13, in span 2 of chunk 1");
  EXPECT_THAT(decoded(ProtobufWriter().raw("\x2a\x05\x0a")), HasSubstr("unexpected-eof: "));
  EXPECT_THAT(decoded(ProtobufWriter().raw("\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), HasSubstr("longer than"));
  EXPECT_THAT(decoded(of_idx_spans(ProtobufWriter().str(6, std::string(17, 'x')))), HasSubstr("at most 16 bytes"));
}

TEST(AgentPayload, RefusesABombOfNesting) {
  ProtobufWriter value;
  for (int i = 0; i < 200; ++i) value = ProtobufWriter().message(6, ProtobufWriter().message(1, value));
  const auto attribute = ProtobufWriter().integer(1, 1).message(2, value);
  EXPECT_THAT(decoded(of_idx_spans(ProtobufWriter().message(4, ProtobufWriter().fixed64(4, 1).message(9, attribute)))),
              HasSubstr("less nesting"));
}

TEST(AgentPayload, RefusesABombOfNames) {
  ProtobufWriter list;
  for (int i = 0; i < 1000; ++i) list.message(1, ProtobufWriter().integer(1, 1));
  const auto attribute = ProtobufWriter().integer(1, 1).message(2, ProtobufWriter().message(6, list));
  const auto span = ProtobufWriter().fixed64(4, 1).message(9, attribute);
  ProtobufWriter payload;
  payload.str(1, "").str(1, std::string(1'000'000, 'x')).message(11, ProtobufWriter().message(4, span));
  EXPECT_THAT(decoded(ProtobufWriter().message(11, payload)), HasSubstr("less text"));
}

TEST(AgentPayload, RefusesABombOfPayloads) {
  std::string body;
  for (int i = 0; i < 100'001; ++i) body += std::string_view("\x2a\x00", 2);
  EXPECT_THAT(decoded(ProtobufWriter().raw(body)), HasSubstr("fewer payloads"));
}

}  // namespace
}  // namespace vizsla::codec
