#include "codec/traces_v07.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/msgpack_writer.h"
#include "codec/testing/show_batch.h"

namespace vizsla::codec {
namespace {

using model::SpanBatch;
using testing::from_hex;
using ::testing::HasSubstr;
using testing::MsgpackWriter;
using testing::show;
using testing::show_payloads;

MsgpackWriter span(std::string_view id) {
  return MsgpackWriter().map(2).str("trace_id").raw("01").str("span_id").raw(id);
}

// A payload of one chunk.
MsgpackWriter payload_of(const MsgpackWriter& chunk) {
  return MsgpackWriter().map(1).str("chunks").array(1).append(chunk);
}

std::string decoded(const MsgpackWriter& body) {
  SpanBatch batch;
  const auto report = decode_traces_v07(body.bytes(), batch);
  return report ? show(batch) : report.error().message;
}

std::string row(int id, std::string_view tags) {
  return fmt::format("  trace=1 span={} parent=0 start=0 duration=0 error=0\n  service= operation= resource= type=\n{}",
                     id, tags);
}

TEST(TracesV07, GivesAChunkWithoutPriorityThePriorityZero) {
  EXPECT_EQ(decoded(payload_of(MsgpackWriter().map(1).str("spans").array(1).append(span("01")))),
            "chunk\n" + row(1, "  metric _sampling_priority_v1=0\n"));
}

TEST(TracesV07, WritesNoPriorityWhenThereIsNone) {
  EXPECT_EQ(
      decoded(payload_of(MsgpackWriter().map(2).str("priority").raw("d080").str("spans").array(1).append(span("01")))),
      "chunk\n" + row(1, ""));
}

TEST(TracesV07, PutsWhatAChunkSaysOnItsFirstSpanWhateverTheOrder) {
  const MsgpackWriter spans = MsgpackWriter().str("spans").array(2).append(span("01")).append(span("02"));
  const MsgpackWriter facts = MsgpackWriter()
                                  .str("priority")
                                  .raw("ff")
                                  .str("origin")
                                  .str("lambda")
                                  .str("tags")
                                  .map(2)
                                  .str("_dd.p.dm")
                                  .str("-3")
                                  .str("n")
                                  .raw("05");
  const std::string expected =
      "chunk\n" +
      row(1, "  meta _dd.origin=lambda\n  meta _dd.p.dm=-3\n  meta n=5\n  metric _sampling_priority_v1=-1\n") +
      row(2, "");
  EXPECT_EQ(decoded(payload_of(MsgpackWriter().map(4).append(facts).append(spans))), expected);
  EXPECT_EQ(decoded(payload_of(MsgpackWriter().map(4).append(spans).append(facts))), expected);
}

TEST(TracesV07, LetsTheFirstSpansOwnTagsStand) {
  MsgpackWriter w;
  w.map(4).str("priority").raw("02").str("origin").str("rum").str("tags").map(2);
  w.str("k").str("of the chunk").str("rate").str("text");
  w.str("spans").array(2).map(4).str("trace_id").raw("01").str("span_id").raw("01");
  w.str("meta").map(2).str("k").str("own").str("_dd.origin").str("synthetics");
  w.str("metrics").map(2).str("_sampling_priority_v1").raw("01").str("rate").raw("09");
  w.append(span("02"));
  EXPECT_EQ(decoded(payload_of(w)), "chunk\n" +
                                        row(1,
                                            "  meta k=own\n  meta _dd.origin=synthetics\n"
                                            "  metric _sampling_priority_v1=1\n  metric rate=9\n") +
                                        row(2, ""));
}

TEST(TracesV07, KeepsTheFactsOfAChunkToItself) {
  MsgpackWriter w;
  w.map(2).str("chunks").array(4);
  // A chunk that says much and has no span, nil, one that says nothing, one that was dropped.
  w.map(4).str("priority").raw("02").str("origin").str("rum").str("dropped_trace").raw("c3");
  w.str("tags").map(1).str("k").str("v");
  w.nil();
  w.map(2).str("priority").raw("d080").str("spans").array(1).append(span("01"));
  w.map(3).str("priority").raw("d080").str("dropped_trace").raw("c3").str("spans").array(1).append(span("02"));
  w.str("env").str("prod");
  SpanBatch batch;
  const auto report = decode_traces_v07(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), "chunk\n" + row(1, "") + "chunk\n" + row(2, ""));
  EXPECT_EQ(show_payloads(batch), "payload\n  env=prod\n  chunk 0\n  chunk 1 dropped\n");
  EXPECT_EQ(report->chunks, 4u);
  EXPECT_EQ(report->empty_chunks, 2u);
}

TEST(TracesV07, TakesNilForAnything) {
  MsgpackWriter w;
  w.map(7).str("container_id").nil().str("language_name").nil().str("env").nil().str("tags").nil().bin("unknown");
  w.array(2).map(1).str("a").nil().nil().str("hostname").bin("box");
  w.str("chunks").array(1).map(6).str("priority").nil().str("origin").nil().str("tags").nil();
  w.str("dropped_trace").nil().str("unknown").map(0).str("spans").array(2).nil().append(span("01"));
  SpanBatch batch;
  const auto report = decode_traces_v07(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), "chunk\n" + row(1, "  metric _sampling_priority_v1=0\n"));
  EXPECT_EQ(show_payloads(batch), "payload\n  hostname=box\n  chunk 0\n");
  EXPECT_EQ(report->null_spans, 1u);
}

TEST(TracesV07, TakesProbesAndEmptyPayloads) {
  for (const char* hex : {"80", "c0", "90", "929090", "91c0", "81a66368756e6b7390", "81a66368756e6b73c0"}) {
    SpanBatch batch;
    const auto report = decode_traces_v07(from_hex(hex), batch);
    ASSERT_TRUE(report) << hex << ": " << report.error().message;
    EXPECT_EQ(batch.size(), 0u) << hex;
    EXPECT_TRUE(batch.chunk_end.empty() && batch.chunk_payload.empty()) << hex;
  }
}

TEST(TracesV07, SaysWhatIsWrongAndWhere) {
  const auto message = [](std::string_view hex) {
    SpanBatch batch;
    const auto report = decode_traces_v07(from_hex(hex), batch);
    EXPECT_EQ(batch.meta.key.size(), batch.size() == 0 ? 0 : batch.meta.end.back());
    return report ? std::string("decoded") : report.error().message;
  };
  EXPECT_EQ(message("9191 8140"), "expected a map, or a list without spans at byte 2, in span 1 of chunk 1");
  EXPECT_EQ(message("81a66368756e6b73 91 81 a87072696f72697479 a131"),
            "expected an integer at byte 19, in span 1 of chunk 1");
  EXPECT_THAT(message("81a66368756e6b73 91 81 a87072696f72697479 ce80000000"), HasSubstr("an integer of 32 bits"));
  EXPECT_THAT(message("81a66368756e6b73 ddffffffff"), HasSubstr("longer than the body"));
  EXPECT_THAT(message(""), HasSubstr("unexpected-eof"));
  EXPECT_THAT(message("a161"), HasSubstr("expected a map"));
}

}  // namespace
}  // namespace vizsla::codec
