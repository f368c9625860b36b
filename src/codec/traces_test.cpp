// The three trace decoders together: what the same spans look like in each form must decode to the same rows.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/msgpack_writer.h"
#include "codec/testing/show_batch.h"
#include "codec/traces_json.h"
#include "codec/traces_v04.h"
#include "codec/traces_v05.h"

namespace vizsla::codec {
namespace {

using model::SpanBatch;
using testing::from_hex;
using ::testing::HasSubstr;
using testing::MsgpackWriter;
using testing::show;
using ::testing::StartsWith;

Result<DecodeReport> decode_json(std::string text, SpanBatch& into) {
  const std::size_t size = text.size();
  text.resize(size + kPadding);
  return decode_traces_json({as_bytes(std::string_view(text).substr(0, size))}, into);
}

const std::string kGoldenRow =
    "chunk\n"
    "  trace=1 span=2 parent=0 start=1700000000000000000 duration=1500000 error=0\n"
    "  service=web operation=http.request resource=GET / type=web\n"
    "  meta env=dev\n"
    "  metric _sampling_priority_v1=1\n";

// agent-protocol §18.
TEST(TracesV04, DecodesTheGoldenBytes) {
  const auto body = from_hex(
      "91918ca773657276696365a3776562a46e616d65ac687474702e72657175657374a87265736f75726365a5474554202f"
      "a874726163655f696401a77370616e5f696402a9706172656e745f696400a57374617274cf17979cfe362a0000"
      "a86475726174696f6ece0016e360a56572726f7200a46d65746181a3656e76a3646576a76d65747269637381"
      "b55f73616d706c696e675f7072696f726974795f7631cb3ff0000000000000a474797065a3776562");
  SpanBatch batch;
  const auto report = decode_traces_v04(body, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), kGoldenRow);
}

TEST(TracesV05, DecodesTheGoldenBytes) {
  const auto body = from_hex(
      "9297a0a3776562ac687474702e72657175657374a5474554202fa3656e76a3646576"
      "b55f73616d706c696e675f7072696f726974795f763191919c010203010200cf17979cfe362a0000ce0016e36000"
      "8104058106cb3ff000000000000001");
  SpanBatch batch;
  const auto report = decode_traces_v05(body, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), kGoldenRow);
}

TEST(TracesJson, DecodesTheGoldenSpan) {
  SpanBatch batch;
  const auto report = decode_json(
      R"([[{"service":"web","name":"http.request","resource":"GET /","trace_id":1,"span_id":2,"parent_id":0,
            "start":1700000000000000000,"duration":1500000,"error":0,"meta":{"env":"dev"},
            "metrics":{"_sampling_priority_v1":1.0},"type":"web"}]])",
      batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch), kGoldenRow);
}

TEST(TracesV04, TakesProbesAndEmptyPayloads) {
  for (const char* hex : {"90", "929090", "91c0", "9190", "c0", "9191c0"}) {
    SpanBatch batch;
    const auto report = decode_traces_v04(from_hex(hex), batch);
    ASSERT_TRUE(report) << hex << ": " << report.error().message;
    EXPECT_EQ(batch.size(), 0u) << hex;
    EXPECT_TRUE(batch.chunk_end.empty()) << hex;
  }
  SpanBatch batch;
  EXPECT_TRUE(decode_traces_v05(from_hex("929090"), batch));
}

// agent-protocol §2.7: the rows of the table that an Agent accepts, and those that we accept beyond it.
TEST(TracesV04, TakesEveryEncodingThatTracersUse) {
  MsgpackWriter w;
  w.array(1).array(1).map(13);
  w.str("service").bin("web");                  // bin for a string
  w.bin("name").str("op");                      // even for a key
  w.str("resource").nil();                      // nil for a string
  w.str("trace_id").raw("d3ffffffffffffffff");  // a negative id wraps
  w.str("span_id").raw("cc80");                 // uint8
  w.str("parent_id").nil();
  w.str("start").f64(1.7e18);       // a whole float
  w.str("duration").raw("d1ff00");  // a negative duration
  w.str("error").raw("c3");         // true
  w.str("unknown").array(2).map(1).str("a").array(0).nil();
  w.str("meta").map(4).str("int").raw("05").str("none").nil().str("float").raw("ca3f000000").str("yes").raw("c3");
  w.str("metrics")
      .map(5)
      .str("f32")
      .raw("ca3f000000")
      .str("int")
      .raw("ff")
      .str("text")
      .str("2.5")
      .str("word")
      .str("x")
      .str("t")
      .raw("c3");
  w.str("type").nil();
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n"
            "  trace=18446744073709551615 span=128 parent=0 start=1700000000000000000 duration=-256 error=1\n"
            "  service=web operation=op resource= type=\n"
            "  meta int=5\n  meta none=\n  meta float=0.5\n  meta yes=true\n  meta word=x\n"
            "  metric f32=0.5\n  metric int=-1\n  metric text=2.5\n  metric t=1\n");
  EXPECT_EQ(report->coerced_values, 6u);
}

TEST(TracesV04, RepairsStringsThatAreNotUtf8) {
  MsgpackWriter w;
  w.array(1).array(2);
  for (int i = 0; i < 2; ++i)
    w.map(3).str("trace_id").raw("01").str("span_id").raw("01").str("service").str("caf\xe9!");
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report);
  EXPECT_EQ(batch.strings[batch.service[0]], "caf\xef\xbf\xbd!");
  EXPECT_EQ(batch.service[0], batch.service[1]);
}

TEST(TracesV04, KeepsLinksAndEventsAsJson) {
  MsgpackWriter w;
  w.array(1).array(1).map(4).str("trace_id").raw("01").str("span_id").raw("02");
  w.str("span_links").array(1).map(6);
  w.str("trace_id").raw("0a").str("trace_id_high").raw("0b").str("span_id").raw("0c");
  w.str("attributes").map(1).str("k").str("v").str("tracestate").str("dd=s:1").str("flags").raw("ce80000001");
  w.str("span_events").array(1).map(3).str("name").str("exception").str("time_unix_nano").raw("cf17979cfe362a0000");
  w.str("attributes").map(2);
  w.str("msg").map(2).str("type").raw("00").str("string_value").str("boo");
  w.str("list").map(2).str("type").raw("04").str("array_value").map(1).str("values").array(2);
  w.map(2).str("type").raw("02").str("int_value").raw("07").map(1).str("bool_value").raw("c3");
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.links[0]],
            R"([{"trace_id":"000000000000000b000000000000000a","span_id":"000000000000000c",)"
            R"("attributes":{"k":"v"},"tracestate":"dd=s:1","flags":1}])");
  EXPECT_EQ(
      batch.strings[batch.events[0]],
      R"([{"name":"exception","time_unix_nano":1700000000000000000,"attributes":{"msg":"boo","list":[7,true]}}])");
}

TEST(TracesV04, SaysWhatIsWrongAndWhere) {
  const auto message = [](Bytes body) {
    SpanBatch batch;
    const auto report = decode_traces_v04(body, batch);
    EXPECT_EQ(batch.meta.key.size(), batch.size() == 0 ? 0 : batch.meta.end.back());
    return report ? std::string("decoded") : report.error().message;
  };
  const MsgpackWriter good_span = MsgpackWriter().map(2).str("trace_id").raw("01").str("span_id").raw("01");
  EXPECT_EQ(message(MsgpackWriter()
                        .array(1)
                        .array(2)
                        .append(good_span)
                        .map(2)
                        .str("meta")
                        .map(1)
                        .str("a")
                        .str("b")
                        .str("start")
                        .str("x")
                        .bytes()),
            "expected an integer at byte 39, in span 2 of chunk 1");
  EXPECT_THAT(message(MsgpackWriter().array(1).array(2).append(good_span).bytes()), StartsWith("unexpected-eof: "));
  EXPECT_EQ(message(MsgpackWriter().str("hello").bytes()), "expected an array at byte 0, in span 1 of chunk 1");
  EXPECT_THAT(message(from_hex("")), StartsWith("unexpected-eof"));
  EXPECT_THAT(message(from_hex("ddffffffff")), HasSubstr("longer than the body"));
  EXPECT_THAT(message(from_hex("9191dfffffffff")), HasSubstr("longer than the body"));
  EXPECT_THAT(message(from_hex("9191 81 dbffffffff61")), StartsWith("unexpected-eof"));
}

TEST(TracesV04, RefusesABombOfNesting) {
  MsgpackWriter w;
  w.array(1).array(1).map(1).str("unknown");
  for (int i = 0; i < 100'000; ++i) w.array(1);
  w.nil();
  SpanBatch batch;
  const auto report = decode_traces_v04(w.bytes(), batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("less nesting"));
}

TEST(TracesV05, RefusesAnIndexPastTheTable) {
  SpanBatch batch;
  const auto report = decode_traces_v05(from_hex("92 91a0 9191 9c 010000 010100 0000 00 80 80 00"), batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("index into the table"));
}

TEST(TracesV05, RefusesASpanOfAnotherLength) {
  SpanBatch batch;
  const auto report = decode_traces_v05(from_hex("92 91a0 9191 9b 000000 010100 0000 00 80 80"), batch);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("12 elements"));
}

TEST(TracesJson, TakesWhatGoWouldTake) {
  SpanBatch batch;
  const auto report = decode_json(
      R"( [ null, [], [ null, {"Trace_ID":18446744073709551615,"SPAN_ID":"7","parent_id":null,"name":null,"service":"s\u00e9",
           "start":1,"duration":-2,"error":true,"meta":{"n":1.50,"t":true,"z":null},"metrics":{"a":1,"b":"x"},
           "extra":{"deep":[1,2,{"x":null}]},"type":"","resource":"r"} ] ] trailing)",
      batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n"
            "  trace=18446744073709551615 span=7 parent=0 start=1 duration=-2 error=1\n"
            "  service=s\xc3\xa9 operation= resource=r type=\n"
            "  meta n=1.50\n  meta t=true\n  meta z=\n  meta b=x\n  metric a=1\n");
  EXPECT_EQ(report->chunks, 3u);
  EXPECT_EQ(report->empty_chunks, 2u);
  EXPECT_EQ(report->null_spans, 1u);
}

TEST(TracesJson, RefusesWhatGoWouldRefuse) {
  for (const char* bad : {R"([[{"trace_id":1.5}]])", R"([[{"trace_id":-1}]])", R"([[{"trace_id":"x"}]])",
                          R"([[{"start":1e3}]])", R"({"a":1})", R"([[1]])", R"([[{"meta":[]}]])", R"([[{"name":"a"]])",
                          R"([[{"name":"a)", "", "[[", "nonsense"}) {
    SpanBatch batch;
    EXPECT_FALSE(decode_json(bad, batch)) << bad;
  }
}

TEST(TracesJson, RepairsBodiesThatAreNotUtf8) {
  SpanBatch batch;
  const auto report = decode_json("[[{\"trace_id\":1,\"span_id\":1,\"service\":\"caf\xe9\"}]]", batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(batch.strings[batch.service[0]], "caf\xef\xbf\xbd");
  EXPECT_EQ(report->repaired_strings, 1u);
}

}  // namespace
}  // namespace vizsla::codec
