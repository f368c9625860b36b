#include "codec/traces_v1.h"

#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/testing/check_batch.h"
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

// Chunks without a priority, of the trace 1.
constexpr std::string_view kNoPriority = "01 d080";
constexpr std::string_view kTraceOne = "06 c410 0000000000000000 0000000000000001";

// One chunk of one span with the given fields, which are its 9, say.
MsgpackWriter payload_of_span(std::uint32_t fields, const MsgpackWriter& span) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(1).map(3).raw(kNoPriority).raw(kTraceOne).raw("04").array(1);
  return w.map(fields + 1).raw("04 01").append(span);
}

// One chunk with the given fields, and a span behind them.
MsgpackWriter payload_of_chunk(std::uint32_t fields, const MsgpackWriter& chunk) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(1).map(fields + 1).append(chunk);
  return w.raw("04").array(1).map(1).raw("04 01");
}

std::string decoded(const MsgpackWriter& body, DecodeReport* report_out = nullptr) {
  SpanBatch batch;
  const auto report = decode_traces_v1(body.bytes(), batch);
  testing::check_batch(batch, report.has_value());
  if (!report) return report.error().message;
  if (report_out != nullptr) *report_out = *report;
  return show(batch);
}

std::string row(std::string_view tags, int id = 1, std::uint64_t trace = 1) {
  return fmt::format(
      "  trace={} span={} parent=0 start=0 duration=0 error=0\n  service= operation= resource= type=\n{}", trace, id,
      tags);
}

// agent-protocol §18.
TEST(TracesV1, DecodesTheGoldenBytes) {
  const auto body = from_hex(
      "8303a363707007a36465760b9183010104918a01a377656202ac687474702e7265717565737403a5474554202f0402"
      "06cf17979cfe362a000007ce0016e3600993a16b01a1760a030d02100206c41000000000000000000000000000000001");
  SpanBatch batch;
  const auto report = decode_traces_v1(body, batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show(batch),
            "chunk\n"
            "  trace=1 span=2 parent=0 start=1700000000000000000 duration=1500000 error=0\n"
            "  service=web operation=http.request resource=GET / type=web\n"
            "  meta k=v\n"
            "  meta env=dev\n"
            "  meta span.kind=server\n"
            "  metric _sampling_priority_v1=1\n");
  EXPECT_EQ(show_payloads(batch), "payload\n  language_name=cpp\n  env=dev\n  chunk 0\n");
}

// Attributes whose keys are strings by number, to see which number a string got.
std::string names(const MsgpackWriter& before, std::initializer_list<std::string_view> numbers) {
  MsgpackWriter w;
  w.append(before).raw("09").array(static_cast<std::uint32_t>(3 * numbers.size()));
  for (const std::string_view number : numbers) w.raw(number).raw("01 00");
  return decoded(payload_of_span(2, w));
}

TEST(TracesV1, NumbersStringsInTheOrderOfTheDocument) {
  // "" is 0, "a" 1, "b" 2; a number itself takes none.
  EXPECT_EQ(names(MsgpackWriter().raw("09").array(6).str("a").raw("01 01").raw("01 01").str("b"), {"00", "01", "02"}),
            "chunk\n" + row("  meta a=a\n  meta a=b\n  meta =\n  meta a=\n  meta b=\n"));
}

TEST(TracesV1, GivesAStringThatIsWrittenAgainNoNewNumber) {
  EXPECT_EQ(
      names(MsgpackWriter().raw("09").array(9).str("a").raw("01").str("a").str("").raw("01").str("a").str("b").raw(
                "01 00"),
            {"01", "02"}),
      "chunk\n" + row("  meta a=a\n  meta =a\n  meta b=\n  meta a=\n  meta b=\n"));
}

TEST(TracesV1, TakesStringsInEveryEncoding) {
  // bin is a string too, nil is "" and takes no number.
  EXPECT_EQ(
      names(MsgpackWriter().raw("09").array(6).bin("a").raw("01 c0").raw("c0 01").raw("d90162"), {"01", "cd0002"}),
      "chunk\n" + row("  meta a=\n  meta =b\n  meta a=\n  meta b=\n"));
}

TEST(TracesV1, NumbersStringsInsideOfWhatItPassesOver) {
  // Key 99 of a span, a key that is a string, an attribute of type 88.
  MsgpackWriter unknown;
  unknown.raw("63").map(1).str("a").array(2).str("b").bin("no number");
  EXPECT_EQ(names(unknown, {"01", "02"}), "chunk\n" + row("  meta a=\n  meta b=\n"));
  EXPECT_EQ(names(MsgpackWriter().str("a").str("b"), {"01", "02"}), "chunk\n" + row("  meta a=\n  meta b=\n"));
  DecodeReport report;
  MsgpackWriter type;
  type.raw("09").array(6).str("a").raw("58").str("b").str("c").raw("01 02");
  EXPECT_EQ(decoded(payload_of_span(1, type), &report), "chunk\n" + row("  meta c=b\n"));
  EXPECT_EQ(report.coerced_values, 1u);
}

TEST(TracesV1, BeginsWithATableOfStrings) {
  MsgpackWriter w;
  w.map(4).raw("01").array(4).str("").str("go").str("prod").str("go").raw("03 01 07 02");
  w.raw("0b").array(1).map(3).raw(kNoPriority).raw(kTraceOne).raw("04").array(1).map(2).raw("04 01 0d 02");
  SpanBatch batch;
  const auto report = decode_traces_v1(w.bytes(), batch);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(show_payloads(batch), "payload\n  language_name=go\n  env=prod\n  chunk 0\n");
  EXPECT_EQ(show(batch), "chunk\n" + row("  meta env=prod\n"));
}

TEST(TracesV1, NumbersStringsThatHadToBeMendedAsTheirSenderDoes) {
  // Two strings that aren't UTF-8, different to the sender, the same when mended.
  EXPECT_EQ(names(MsgpackWriter().raw("09").array(6).str("\xff").raw("01").str("\xfe").str("x").raw("01 00"),
                  {"01", "02", "03"}),
            "chunk\n" + row("  meta \xef\xbf\xbd=\xef\xbf\xbd\n  meta x=\n"
                            "  meta \xef\xbf\xbd=\n  meta \xef\xbf\xbd=\n  meta x=\n"));
}

TEST(TracesV1, RefusesANumberThatNoStringHas) {
  EXPECT_EQ(decoded(payload_of_span(2, MsgpackWriter().raw("01 01 02 00"))),
            "expected the number of a string that came before at byte 33, in span 1 of chunk 1");
  for (const char* number : {"ccff", "cdffff", "ceffffffff", "cfffffffffffffffff", "ff", "d3ffffffffffffffff"}) {
    EXPECT_THAT(decoded(payload_of_span(1, MsgpackWriter().raw("01").raw(number))),
                HasSubstr("a string that came before"))
        << number;
  }
}

TEST(TracesV1, MapsEveryTypeOfAttribute) {
  MsgpackWriter w;
  w.raw("09").array(27);
  w.str("text").raw("01").str("x").str("yes").raw("02 c3").str("no").raw("02 c2").str("real").raw("03").f64(0.5);
  w.str("int").raw("04 f9").str("big").raw("04").u64(1ull << 63);
  w.str("data").raw("05").bin("\x81\xa1k\x01");
  w.str("list").raw("06").array(12).raw("01 02 02 c3 03").f64(1).raw("04 07").raw("05").bin("foo");
  w.raw("06").array(2).raw("01").str("deep");
  w.str("pairs").raw("07").array(6).str("k").raw("01 02").str("n").raw("07").array(0);
  EXPECT_EQ(decoded(payload_of_span(1, w)),
            "chunk\n" + row("  meta text=x\n"
                            "  meta list=[\"x\",true,1.0,7,\"Zm9v\",[\"deep\"]]\n"
                            "  meta pairs={\"k\":\"x\",\"n\":{}}\n"
                            "  metric yes=1\n  metric no=0\n  metric real=0.5\n  metric int=-7\n"
                            "  metric big=9.223372036854776e+18\n"
                            "  meta_struct 81a464617461c40481a16b01\n"));
}

TEST(TracesV1, RefusesListsThatAreNotFlat) {
  EXPECT_THAT(decoded(payload_of_span(1, MsgpackWriter().raw("09").array(4).str("k").raw("01 00 00"))),
              HasSubstr("expected a list of keys, types and values"));
  EXPECT_THAT(decoded(payload_of_span(1, MsgpackWriter().raw("09").array(3).str("k").raw("06").array(1).raw("01"))),
              HasSubstr("expected a list of types and values"));
  EXPECT_THAT(decoded(payload_of_span(1, MsgpackWriter().raw("09").array(3).str("k").raw("07").array(2).raw("0101"))),
              HasSubstr("expected a list of keys, types and values"));
  EXPECT_THAT(decoded(payload_of_span(1, MsgpackWriter().raw("09 dd fffffffd"))), HasSubstr("longer than the body"));
  EXPECT_THAT(decoded(payload_of_span(1, MsgpackWriter().raw("09 80"))), HasSubstr("expected an array"));
}

TEST(TracesV1, ReadsTheFieldsOfASpanBeforeItsTags) {
  // env, version, component and kind as fields, and as attributes that say something else.
  MsgpackWriter w;
  w.raw("0d").str("prod").raw("0e").str("2").raw("0f").str("net/http").raw("10 03").raw("09").array(12);
  for (const char* key : {"env", "version", "component", "span.kind"}) w.str(key).raw("01").str("other");
  EXPECT_EQ(decoded(payload_of_span(5, w)),
            "chunk\n" + row("  meta env=prod\n  meta version=2\n  meta component=net/http\n  meta span.kind=client\n"));
}

TEST(TracesV1, LeavesTagsAloneWhoseFieldsSayNothing) {
  MsgpackWriter w;
  w.raw("0d 00 0e a0 0f c0 10 00")
      .raw("09")
      .array(6)
      .str("env")
      .raw("01")
      .str("dev")
      .str("span.kind")
      .raw("01")
      .str("x");
  EXPECT_EQ(decoded(payload_of_span(5, w)), "chunk\n" + row("  meta env=dev\n  meta span.kind=x\n"));
}

TEST(TracesV1, NamesEveryKindThatItKnows) {
  const std::string_view kinds[] = {"", "internal", "server", "client", "producer", "consumer", "", ""};
  for (int kind = 0; kind < 8; ++kind) {
    DecodeReport report;
    const std::string tags = kinds[kind].empty() ? "" : fmt::format("  meta span.kind={}\n", kinds[kind]);
    EXPECT_EQ(decoded(payload_of_span(1, MsgpackWriter().raw("10").raw(fmt::format("{:02x}", kind))), &report),
              "chunk\n" + row(tags));
    EXPECT_EQ(report.coerced_values, kind > 5 ? 1u : 0u);
  }
}

TEST(TracesV1, PutsWhatAChunkSaysOnItsFirstSpan) {
  MsgpackWriter w;
  w.raw("01 02 02").str("rum").raw("03").array(9);
  w.str("service").raw("01").str("web").str("k").raw("01").str("v").str("n").raw("03").f64(1.5);
  w.raw("05 c3 06 c410 00000000000000ab 0000000000000007 07 04");
  EXPECT_EQ(decoded(payload_of_chunk(6, w)),
            "chunk\n" + row("  meta _dd.p.tid=00000000000000ab\n  meta _dd.origin=rum\n  meta _dd.p.dm=-4\n  meta k=v\n"
                            "  metric _sampling_priority_v1=2\n  metric n=1.5\n",
                            1, 7));
}

// dd-trace-go writes the trace id and the mechanism behind the spans, and the tags of v0.4 as well.
TEST(TracesV1, PutsWhatComesBehindTheSpansOnTheFirstOne) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(2);
  for (const char* id : {"01", "02"}) {
    w.map(4).raw("01 01 04").array(3);
    w.map(2).raw("04").raw(id).raw("09").array(6).str("_dd.p.tid").raw("01").str("00000000000000ab");
    w.str("_sampling_priority_v1").raw("03").f64(1);
    w.map(2).raw("04 0a 09").array(3).str("k").raw("01").str("v");
    w.map(2).raw("04 0b 09").array(3).str("n").raw("03").f64(1);
    w.raw("06 c410 00000000000000ab 0000000000000007 07 01");
  }
  const auto chunk = [](int id) {
    return "chunk\n" +
           row("  meta _dd.p.tid=00000000000000ab\n  meta _dd.p.dm=-1\n  metric _sampling_priority_v1=1\n", id, 7) +
           row("  meta k=v\n", 10, 7) + row("  metric n=1\n", 11, 7);
  };
  EXPECT_EQ(decoded(w), chunk(1) + chunk(2));
}

TEST(TracesV1, TakesTheTraceIdOfTheChunkForTheSpans) {
  const auto chunk = [](std::string_view id) {
    return decoded(payload_of_chunk(2, MsgpackWriter().raw(kNoPriority).raw("06").raw(id)));
  };
  EXPECT_EQ(chunk("c410 0000000000000000 00000000000000ff"), "chunk\n" + row("", 1, 255));
  EXPECT_EQ(chunk("c408 00000000000000ff"), "chunk\n" + row("", 1, 255));  // the low half alone
  EXPECT_EQ(chunk("ccff"), "chunk\n" + row("", 1, 255));                   // as an integer
  EXPECT_EQ(chunk("c0"), "chunk\n" + row("", 1, 0));
  EXPECT_EQ(chunk("c409 01 00000000000000ff"), "chunk\n" + row("  meta _dd.p.tid=0000000000000001\n", 1, 255));
  EXPECT_THAT(chunk("c411 00 0000000000000000 00000000000000ff"), HasSubstr("a trace id of at most 16 bytes"));
  // None at all: the pipeline refuses what has no trace id.
  EXPECT_EQ(decoded(payload_of_chunk(1, MsgpackWriter().raw(kNoPriority))), "chunk\n" + row("", 1, 0));
}

TEST(TracesV1, TakesTheHighHalfOfTheChunkRatherThanATagThatSaysAnother) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(1).map(3).raw(kNoPriority).raw("06 c410 00000000000000ab 0000000000000001 04").array(1);
  w.map(2).raw("04 01 09").array(3).str("_dd.p.tid").raw("01").str("ffffffffffffffff");
  EXPECT_EQ(decoded(w), "chunk\n" + row("  meta _dd.p.tid=00000000000000ab\n"));
}

// A text under the key of the priority is no priority.
TEST(TracesV1, LooksForThePriorityAmongNumbers) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(1).map(3).raw("01 02").raw(kTraceOne).raw("04").array(1);
  w.map(2).raw("04 01 09").array(3).str("_sampling_priority_v1").raw("01").str("1");
  EXPECT_EQ(decoded(w), "chunk\n" + row("  meta _sampling_priority_v1=1\n  metric _sampling_priority_v1=2\n"));
}

TEST(TracesV1, TakesVeryManyTagsOfAChunk) {
  constexpr std::uint32_t kTags = 200'000;
  MsgpackWriter tags;
  for (std::uint32_t i = 0; i < kTags; ++i) tags.str(fmt::format("{:x}", i)).raw("01 00");
  MsgpackWriter w;
  w.map(1).raw("0b").array(1).map(3).raw(kTraceOne).raw("03").array(3 * kTags).append(tags).raw("04").array(1);
  w.map(2).raw("04 01 09").array(3 * kTags).append(tags);
  SpanBatch batch;
  ASSERT_TRUE(decode_traces_v1(w.bytes(), batch));
  EXPECT_EQ(batch.meta.key.size(), kTags);
}

TEST(TracesV1, SaysNothingOfAMechanismThatNobodyGave) {
  MsgpackWriter w;
  w.raw(kNoPriority).raw(kTraceOne).raw("07 00");
  EXPECT_EQ(decoded(payload_of_chunk(3, w)), "chunk\n" + row(""));
  EXPECT_THAT(decoded(payload_of_chunk(1, MsgpackWriter().raw("07 cf0000000100000000"))), HasSubstr("32 bits"));
}

TEST(TracesV1, TakesAnEmptyMapForNoSpan) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(2).map(3).raw(kNoPriority).raw(kTraceOne).raw("04").array(3);
  w.map(0).nil().map(1).raw("04 01");
  w.map(1).raw("04").array(1).map(0);
  DecodeReport report;
  EXPECT_EQ(decoded(w, &report), "chunk\n" + row(""));
  EXPECT_EQ(report.null_spans, 3u);
  EXPECT_EQ(report.empty_chunks, 1u);
}

TEST(TracesV1, TakesTimesOfEitherSign) {
  for (const char* start : {"d317979cfe362a0000", "cf17979cfe362a0000"}) {
    EXPECT_THAT(decoded(payload_of_span(2, MsgpackWriter().raw("06").raw(start).raw("07 ff"))),
                HasSubstr("start=1700000000000000000 duration=-1 "));
  }
}

TEST(TracesV1, TakesLinksWithATraceIdAsANumber) {
  MsgpackWriter w;
  w.raw("0b").array(1).map(3).raw("01 ccff 02 07 63").str("unknown");
  EXPECT_EQ(decoded(payload_of_span(1, w)),
            "chunk\n" + row("  links [{\"trace_id\":\"000000000000000000000000000000ff\","
                            "\"span_id\":\"0000000000000007\"}]\n"));
}

TEST(TracesV1, KeepsWhatPayloadsSayAsText) {
  MsgpackWriter w;
  w.map(1).raw("0a").array(18).str("_dd.tags.process").raw("01").str("a:b").str("n").raw("04 07");
  w.str("real").raw("03").f64(0.5).str("yes").raw("02 c3").str("data").raw("05").bin("foo");
  w.str("list").raw("06").array(2).raw("01 02");
  SpanBatch batch;
  ASSERT_TRUE(decode_traces_v1(w.bytes(), batch));
  EXPECT_EQ(show_payloads(batch),
            "payload\n  tag _dd.tags.process=a:b\n  tag data=Zm9v\n  tag list=[\"a:b\"]\n"
            "  tag n=7\n  tag real=0.5\n  tag yes=1\n");
}

TEST(TracesV1, TakesProbesAndEmptyPayloads) {
  for (const char* hex : {"90", "929090", "80", "c0", "810b90", "810bc0", "810b9180", "810b91c0"}) {
    SpanBatch batch;
    const auto report = decode_traces_v1(from_hex(hex), batch);
    ASSERT_TRUE(report) << hex << ": " << report.error().message;
    EXPECT_EQ(batch.size(), 0u) << hex;
  }
}

TEST(TracesV1, RefusesABombOfNesting) {
  MsgpackWriter lists;
  lists.raw("09").array(3).str("k").raw("06");
  for (int i = 0; i < 100'000; ++i) lists.array(2).raw("06");
  EXPECT_THAT(decoded(payload_of_span(1, lists.array(0))), HasSubstr("less nesting"));

  MsgpackWriter unknown;
  unknown.raw("63");
  for (int i = 0; i < 100'000; ++i) unknown.array(1);
  EXPECT_THAT(decoded(payload_of_span(1, unknown.nil())), HasSubstr("less nesting"));
}

// A string of 1 MB, then lists that name it: a thousand times as attributes is fine, as each is a number here; inside
// of JSON it would be a thousand megabytes.
TEST(TracesV1, RefusesABombOfNames) {
  const std::string big(1'000'000, 'x');
  MsgpackWriter tags;
  tags.raw("09").array(3000);
  tags.str("k").raw("01").str(big);
  for (int i = 1; i < 1000; ++i) tags.raw("01 01 02");
  SpanBatch batch;
  ASSERT_TRUE(decode_traces_v1(payload_of_span(1, tags).bytes(), batch));
  EXPECT_EQ(batch.meta.key.size(), 1000u);

  MsgpackWriter list;
  list.raw("09").array(6).str("k").raw("01").str(big).raw("01 06").array(2000);
  for (int i = 0; i < 1000; ++i) list.raw("01 02");
  EXPECT_THAT(decoded(payload_of_span(1, list)), HasSubstr("less text"));

  MsgpackWriter names;
  names.raw("09").array(3003).str("k").raw("01").str(big);
  for (int i = 0; i < 1000; ++i) names.raw("02 05 c400");  // meta_struct under long names
  EXPECT_THAT(decoded(payload_of_span(1, names)), HasSubstr("less text"));
}

TEST(TracesV1, SaysWhereItStopped) {
  MsgpackWriter w;
  w.map(1).raw("0b").array(2).map(1).raw("04").array(1).map(1).raw("04 01");
  w.map(1).raw("04").array(2).map(1).raw("04 02").map(1).raw("04").str("x");
  EXPECT_EQ(decoded(w), "expected an integer at byte 17, in span 2 of chunk 2");
}

// What dd-trace-go v2.12.0 sent: tests/vectors, or the recordings that they come from.
TEST(TracesV1, ReadsWhatARealTracerSent) {
  std::string body;
  for (const std::string root : {VIZSLA_VECTORS "/captures", VIZSLA_SHARED "/data/captures"}) {
    std::ifstream file(root + "/go-dd-trace-v2-v1.0/0009.bin", std::ios::binary);
    if (!file || !body.empty()) continue;
    std::stringstream text;
    text << file.rdbuf();
    body = text.str();
  }
  if (body.empty()) GTEST_SKIP() << "the recording go-dd-trace-v2-v1.0 isn't there";

  SpanBatch batch;
  const auto report = decode_traces_v1(as_bytes(body), batch);
  ASSERT_TRUE(report) << report.error().message;
  testing::check_batch(batch, true);
  EXPECT_EQ(batch.size(), 2067u);
  EXPECT_EQ(report->chunks, 24u);
  EXPECT_EQ(report->coerced_values + report->repaired_strings + report->null_spans, 0u);
  const model::PayloadAttributes& payload = *batch.payload_of(0);
  EXPECT_EQ(batch.strings[payload.language_name], "go");
  EXPECT_EQ(batch.strings[payload.tracer_version], "v2.12.0");
  EXPECT_EQ(batch.strings[payload.env], "demo");
  EXPECT_EQ(payload.tags.size(), 2u);

  std::map<std::string, int> kinds;
  std::map<std::string, int> services;
  for (std::size_t i = 0; i < batch.size(); ++i) ++services[std::string(batch.strings[batch.service[i]])];
  for (std::size_t i = 0; i < batch.meta.key.size(); ++i) {
    if (batch.strings[batch.meta.key[i]] == "span.kind") ++kinds[std::string(batch.strings[batch.meta.value[i]])];
    EXPECT_NE(batch.strings[batch.meta.key[i]], "service");
  }
  EXPECT_EQ(services, (std::map<std::string, int>{{"orders-go", 2047}, {"orders-db", 20}}));
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"server", 24}, {"client", 30}}));
  for (const std::uint64_t id : batch.trace_id) EXPECT_NE(id, 0u);
  for (std::size_t chunk = 0; chunk < batch.chunk_end.size(); ++chunk) {
    // Go gives its first spans the priority and the mechanism as tags too: nothing is there twice.
    const std::size_t row = batch.chunk_begin(chunk);
    std::map<std::string, int> keys;
    for (auto i = batch.meta.begin_of(row); i < batch.meta.end_of(row); ++i)
      EXPECT_EQ(++keys[std::string(batch.strings[batch.meta.key[i]])], 1);
    for (auto i = batch.metrics.begin_of(row); i < batch.metrics.end_of(row); ++i)
      EXPECT_EQ(++keys[std::string(batch.strings[batch.metrics.key[i]])], 1);
    EXPECT_EQ(keys["_dd.p.tid"] + keys["_dd.p.dm"] + keys["_sampling_priority_v1"], 3);
  }
}

}  // namespace
}  // namespace vizsla::codec
