#include "provider/kube/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "proto/kubernetes/core/v1/event.pb.h"
#include "provider/kube/object_bytes.h"
#include "test/provider/kube/kube_fixture.h"

namespace vk::kube {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using k8s::io::api::core::v1::Event;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

EventNote Note(const std::string& reason, const std::string& message,
               EventType type = EventType::kNormal) {
  return {.about = {.api_version = "v1",
                    .kind = "Pod",
                    .ns = "default",
                    .name = "driver",
                    .uid = "u1",
                    .resource_version = {},
                    .field_path = "spec.containers{main}"},
          .type = type,
          .reason = reason,
          .message = message,
          .at = {}};
}

class EventRecorderTest : public KubeTest {
 protected:
  void Start() {
    tasks_.Spawn("events", recorder_.Run());
    clock_.Advance(0s);
  }
  void Record(EventNote note) {
    recorder_.Record(std::move(note));
    clock_.Advance(0s);
  }
  std::vector<Event> Stored(const std::string& ns = "default") {
    std::vector<Event> events;
    for (const std::string& item : server_.List(kEvents, ns, {})->items) {
      events.emplace_back();
      EXPECT_TRUE(FromBytes(item, &events.back()));
    }
    return events;
  }
  double Dropped(const std::string& reason) {
    return metrics_
        .GetCounter("kube_events_dropped_total", "Events that were never written.",
                    {{"reason", reason}})
        .Value();
  }

  EventRecorder recorder_{{.component = "virtual-node", .host = "vk", .queue = 3},
                          api_,
                          clock_,
                          base::Random(11),
                          log_,
                          metrics_,
                          io_.get_executor()};
};

TEST_F(EventRecorderTest, EventCarriesWhatDescribeShows) {
  Start();
  Record(Note("Pulled", "image is there", EventType::kWarning));

  const auto events = Stored();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(events[0].metadata().name(), testing::StartsWith("driver."));
  EXPECT_EQ(events[0].involvedobject().uid(), "u1");
  EXPECT_EQ(events[0].involvedobject().fieldpath(), "spec.containers{main}");
  EXPECT_EQ(events[0].reason(), "Pulled");
  EXPECT_EQ(events[0].type(), "Warning");
  EXPECT_EQ(events[0].count(), 1);
  EXPECT_EQ(events[0].source().component(), "virtual-node");
  EXPECT_EQ(events[0].source().host(), "vk");
  EXPECT_EQ(events[0].reportingcomponent(), "virtual-node");
  EXPECT_EQ(events[0].firsttimestamp().seconds(), 1'573'900'000);
}

TEST_F(EventRecorderTest, RepeatedNoteIsCounted) {
  Start();
  Record(Note("BackOff", "again"));
  clock_.Advance(5s);
  Record(Note("BackOff", "again"));

  const auto events = Stored();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].count(), 2);
  EXPECT_EQ(events[0].lasttimestamp().seconds() - events[0].firsttimestamp().seconds(), 5);
}

TEST_F(EventRecorderTest, NamesKeepTheOrderWithinASecondSinceKubectlListsByThemThen) {
  Start();
  std::vector<std::string> reasons;
  for (char letter = 'z'; letter > 'p'; --letter) {
    reasons.emplace_back(1, letter);
    Record(Note(reasons.back(), "at the same time"));
  }

  std::vector<Event> events = Stored();
  std::ranges::sort(events, {}, [](const Event& event) { return event.metadata().name(); });
  std::vector<std::string> listed;
  for (const Event& event : events) listed.push_back(event.reason());
  EXPECT_EQ(listed, reasons);
}

TEST_F(EventRecorderTest, TenSimilarNotesBecomeOneCombined) {
  Start();
  for (int i = 0; i < 15; ++i) Record(Note("Failed", "try " + std::to_string(i)));

  const auto events = Stored();
  EXPECT_THAT(events, SizeIs(10));
  const auto combined = std::ranges::find_if(events, [](const Event& event) {
    return event.message().starts_with("(combined from similar events): try 14");
  });
  ASSERT_NE(combined, events.end());
  EXPECT_EQ(combined->count(), 6);
}

TEST_F(EventRecorderTest, OneObjectGetsTwentyFiveAtOnceThenOneInFiveMinutes) {
  Start();
  for (int i = 0; i < 30; ++i) Record(Note("Reason" + std::to_string(i), "x"));
  EXPECT_THAT(Stored(), SizeIs(25));
  EXPECT_EQ(Dropped("rate"), 5);

  clock_.Advance(301s);
  Record(Note("Later", "x"));
  EXPECT_THAT(Stored(), SizeIs(26));
}

TEST_F(EventRecorderTest, EventOfAClusterWideObjectLivesInDefault) {
  Start();
  EventNote note = Note("NodeReady", "ready");
  note.about.kind = "Node";
  note.about.ns.clear();
  Record(std::move(note));

  ASSERT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Stored()[0].involvedobject().namespace_(), "");
}

TEST_F(EventRecorderTest, EventThatEndedItsHourIsMadeAnew) {
  Start();
  Record(Note("BackOff", "again"));
  ASSERT_TRUE(server_.Delete(kEvents, {"default", Stored()[0].metadata().name(), ""}, {}));

  Record(Note("BackOff", "again"));

  ASSERT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Stored()[0].count(), 2);
}

TEST_F(EventRecorderTest, FullQueueDropsNormalNotesFirst) {
  recorder_.Record(Note("A", "x"));
  recorder_.Record(Note("B", "x"));
  recorder_.Record(Note("C", "x", EventType::kWarning));
  recorder_.Record(Note("D", "x"));
  recorder_.Record(Note("E", "x", EventType::kWarning));
  EXPECT_EQ(Dropped("queue_full"), 2);

  Start();

  std::vector<std::string> reasons;
  for (const Event& event : Stored()) reasons.push_back(event.reason());
  EXPECT_THAT(reasons, testing::UnorderedElementsAre("B", "C", "E"));
}

TEST_F(EventRecorderTest, OutageDelaysTheEventAndThenItIsWrittenOnce) {
  Start();
  faults_.error = base::Error(ErrorCode::kUnavailable, "away");
  Record(Note("Late", "x"));
  clock_.Advance(60s);
  EXPECT_THAT(Stored(), IsEmpty());
  faults_.error.reset();
  clock_.Advance(10s);

  EXPECT_THAT(Stored(), SizeIs(1));
}

TEST_F(EventRecorderTest, CreationWhoseReplyWasLostIsNotRepeatedAsAnother) {
  Start();
  faults_.reply_latency = kForever;
  Record(Note("Once", "x"));
  clock_.Advance(10s);
  faults_.reply_latency = {};
  clock_.Advance(30s);

  EXPECT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Dropped("refused"), 0);
}

TEST_F(EventRecorderTest, RefusedEventIsDroppedAtOnce) {
  Start();
  faults_.error = base::Error(ErrorCode::kPermissionDenied, "namespace is being terminated");
  Record(Note("A", "x"));
  faults_.error.reset();
  Record(Note("B", "x"));

  EXPECT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Dropped("refused"), 1);
}

TEST_F(EventRecorderTest, LongMessageIsCutBetweenCharacters) {
  Start();
  std::string message(1023, 'x');
  message += "\xc3\xa9";
  Record(Note("Long", message));

  EXPECT_EQ(Stored()[0].message(), std::string(1023, 'x'));
}

}  // namespace
}  // namespace vk::kube
